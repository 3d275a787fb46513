  // A-10.4: a box suppresses another where inter * 2^10 > T * union, union = area + area - inter. Each stage of the
  // comparison is held, in wide arithmetic, against what the registers before it held. A product is cut into digits of one
  // factor, as school does it: that the parts add up to the product, and that
  // the sum then has its bits, is taken from algebra.
  logic begun_p = 1'b0;
  // Stages that were entered in the cycle before: by a kept box, and by the box at work on its way to its area.
  logic [10:0] met_p;
  logic [5:0] own_p;

  function automatic logic [15:0] side_p(input logic signed [15:0] from, input logic signed [15:0] to);
    logic signed [16:0] length;
    length = 17'(to) - 17'(from);
    side_p = length > 17'sd0 ? length[15:0] : 16'd0;
  endfunction

  logic signed [15:0] x0_p, y0_p, x1_p, y1_p;
  logic [15:0] width_p, height_p, inter_width_p, inter_height_p, entry_width_p, entry_height_p;
  logic [21:0] inter_low_p, low_p;
  logic [20:0] inter_mid_p, inter_high_p, mid_p, high_p;
  logic [63:0] inter_parts_p, parts_p, inter_area_p, entry_area_p, area_p, union_p;
  logic [22:0] low_low_p;
  logic [21:0] low_high_p, high_low_p;
  logic [20:0] high_high_p;
  logic [87:0] sides_p;
  logic [63:0] union_low_p, union_high_p, union_side_p;
  logic [31:0] inter5_p, inter6_p, inter7_p, inter8_p, inter9_p;
  logic verdict_p;
  always_ff @(posedge clk_i) begin
    begun_p <= 1'b1;
    met_p <= {stage_q[9:0], arrived_q};
    own_p <= self_q;
    x0_p <= $signed(box_q[15:0]) >= $signed(entry_corners_q[15:0]) ? box_q[15:0] : entry_corners_q[15:0];
    y0_p <= $signed(box_q[31:16]) >= $signed(entry_corners_q[31:16]) ? box_q[31:16] : entry_corners_q[31:16];
    x1_p <= $signed(box_q[47:32]) <= $signed(entry_corners_q[47:32]) ? box_q[47:32] : entry_corners_q[47:32];
    y1_p <= $signed(box_q[63:48]) <= $signed(entry_corners_q[63:48]) ? box_q[63:48] : entry_corners_q[63:48];
    width_p <= side_p(entry_corners_q[15:0], entry_corners_q[47:32]);
    height_p <= side_p(entry_corners_q[31:16], entry_corners_q[63:48]);
    inter_width_p <= side_p(inter_x0_q, inter_x1_q);
    inter_height_p <= side_p(inter_y0_q, inter_y1_q);
    {entry_width_p, entry_height_p} <= {width_q, height_q};
    inter_low_p <= 22'(inter_width_q) * 22'(inter_height_q[5:0]);
    inter_mid_p <= 21'(inter_width_q) * 21'(inter_height_q[10:6]);
    inter_high_p <= 21'(inter_width_q) * 21'(inter_height_q[15:11]);
    low_p <= 22'(entry_width_q) * 22'(entry_height_q[5:0]);
    mid_p <= 21'(entry_width_q) * 21'(entry_height_q[10:6]);
    high_p <= 21'(entry_width_q) * 21'(entry_height_q[15:11]);
    inter_parts_p <= {inter_low_q, inter_mid_q, inter_high_q};
    parts_p <= {low_q, mid_q, high_q};
    inter_area_p <= 64'(inter_low_qq) + 64'(inter_mid_qq) * 64'd64 + 64'(inter_high_qq) * 64'd2048;
    entry_area_p <= 64'(low_qq) + 64'(mid_qq) * 64'd64 + 64'(high_qq) * 64'd2048;
    area_p <= 64'(entry_area_q);
    union_p <= 64'(entry_area_q) + 64'(area_q) - 64'(inter_q);
    low_low_p <= 23'(union_q[16:0]) * 23'(threshold_i[5:0]);
    low_high_p <= 22'(union_q[16:0]) * 22'(threshold_i[10:6]);
    high_low_p <= 22'(union_q[32:17]) * 22'(threshold_i[5:0]);
    high_high_p <= 21'(union_q[32:17]) * 21'(threshold_i[10:6]);
    sides_p <= {low_low_q, low_high_q, high_low_q, high_high_q};
    union_low_p <= 64'(low_low_qq) + 64'(low_high_qq) * 64'd64;
    union_high_p <= 64'(high_low_qq) + 64'(high_high_qq) * 64'd64;
    union_side_p <= 64'(union_low_q) + 64'(union_high_q) * 64'd131072;
    {inter5_p, inter6_p, inter7_p, inter8_p, inter9_p} <= {inter_q, inter_sum_q, inter_part_q, inter_part_qq, inter_half_q};
    verdict_p <= 64'(inter_side_q) * 64'd1024 > 64'(union_side_q);
  end

  wire prove_assumed = 1'b1;
  wire prove_reached = begun_p && stage_q[10] && verdict_q;
  wire prove_holds = !begun_p || (
      (!(met_p[0] || own_p[0]) || ($signed(inter_x0_q) == x0_p && $signed(inter_y0_q) == y0_p
          && $signed(inter_x1_q) == x1_p && $signed(inter_y1_q) == y1_p && width_q == width_p && height_q == height_p))
      && (!(met_p[1] || own_p[1]) || ({inter_width_q, inter_height_q} == {inter_width_p, inter_height_p}
          && {entry_width_q, entry_height_q} == {entry_width_p, entry_height_p}))
      && (!(met_p[2] || own_p[2]) || ({inter_low_q, inter_mid_q, inter_high_q} == {inter_low_p, inter_mid_p, inter_high_p}
          && {low_q, mid_q, high_q} == {low_p, mid_p, high_p}))
      && (!(met_p[3] || own_p[3]) || ({inter_low_qq, inter_mid_qq, inter_high_qq} == inter_parts_p
          && {low_qq, mid_qq, high_qq} == parts_p))
      && (!(met_p[4] || own_p[4]) || (inter_q == inter_area_p[31:0] && entry_area_q == entry_area_p[31:0]))
      && (!own_p[5] || 64'(area_q) == area_p)
      && (!met_p[5] || (union_q == union_p[32:0] && inter_sum_q == inter5_p))
      && (!met_p[6] || ({low_low_q, low_high_q, high_low_q, high_high_q}
          == {low_low_p, low_high_p, high_low_p, high_high_p} && inter_part_q == inter6_p))
      && (!met_p[7] || ({low_low_qq, low_high_qq, high_low_qq, high_high_qq} == sides_p && inter_part_qq == inter7_p))
      && (!met_p[8] || (union_low_q == union_low_p[27:0] && union_high_q == union_high_p[26:0] && inter_half_q == inter8_p))
      && (!met_p[9] || (union_side_q == union_side_p[43:0] && inter_side_q == inter9_p))
      && (!met_p[10] || verdict_q == verdict_p));
