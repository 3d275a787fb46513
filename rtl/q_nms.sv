// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Greedy, class-aware suppression (clauses A-10.4 and A-10.5). Boxes arrive in the total order of A-10.2; one is kept
// unless a kept box of its class suppresses it:
//
//   inter * 2^10 > T * union, union = area_a + area_b - inter, which is inter / union > T / 2^10 without a divider.
//
// Kept boxes of one class form a list, the newest first, so that a box meets only those of its own class: one a
// cycle, and it stops at the first that suppresses it. The memory takes two cycles from an address to a register, so
// a kept box names the one before it and the one before that.
//
// Model: `overlaps` and the greedy loop of `detectSpec` in src/golden/head-spec.ts. A box that meets n > 1 takes
// n + 19 cycles when it is kept; the worst case, one class and 299 boxes kept of 1024, is 283,000 cycles.
module q_nms #(
  // Boxes kept at most
  parameter int MaxDetections = 300,
  // Classes are below this
  parameter int MaxClasses = 1024
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  // A pulse forgets every kept box and the box at work
  input  logic         clear_i,
  // T of A-10, and max_det; both hold between clears
  input  logic [10:0]  threshold_i,
  input  logic [15:0]  limit_i,
  // Boxes in the layout of box_data_o in docs/detector.md; ready only when every box before is decided
  input  logic         in_valid_i,
  output logic         in_ready_o,
  input  logic [127:0] in_data_i,
  // max_det, or the memory's end, is reached: one cycle after count_o and limit_i say so
  output logic         full_o,
  output logic [15:0]  count_o,
  // A kept box, one cycle later; only while no box is at work
  input  logic [15:0]  box_addr_i,
  output logic [127:0] box_data_o
);

  localparam int IndexBits = assay_pkg::addressBits(MaxDetections);
  localparam int CountBits = $clog2(assay_pkg::positive(MaxDetections) + 1);
  localparam int ClassBits = assay_pkg::addressBits(MaxClasses);
  // A box without the bits of its class that are always 0.
  localparam int BoxBits = 112 + ClassBits;
  // A link: an index, and above it whether there is such a box.
  localparam int LinkBits = IndexBits + 1;

  // A kept box, the one kept before it of the same class, and the one before that.
  logic [2*LinkBits+BoxBits-1:0] kept [assay_pkg::positive(MaxDetections)];
  // The newest kept box of each class. Nothing clears this memory: an index counts only if it is below the number of
  // kept boxes and that box is of the class in question (a sparse set, Briggs and Torczon 1993).
  logic [IndexBits-1:0] heads [MaxClasses];

  typedef enum logic [2:0] {Accept, Fetch, Look, Compare, Keep, Settle} state_e;
  state_e state_d, state_q;
  logic [CountBits-1:0] count_q;
  logic [BoxBits-1:0] box_q;
  logic [IndexBits-1:0] head_read_q, head_q;
  logic [2*LinkBits+BoxBits-1:0] kept_q;

  assign in_ready_o = state_q == Accept && !full_o;
  assign count_o = 16'(count_q);

  // The walk: a box of the list is in kept_q, then in entry_q. The first one gives the second and the third.
  logic head_valid_q, read_q, arrived_q, first_q, third_q;
  logic [63:0] entry_corners_q;
  logic [ClassBits-1:0] entry_class_q;
  logic [LinkBits-1:0] entry_link_q, entry_skip_q;
  // Links of the box at work: to the newest of its class, and the one before.
  logic linked_q;
  logic [LinkBits-1:0] skip_q;

  wire same = head_valid_q && entry_class_q == box_q[64+:ClassBits];
  wire met = arrived_q && (same || !first_q);
  wire first_met = arrived_q && first_q && same;
  wire more = first_met ? entry_link_q[IndexBits] : (met || third_q) && entry_skip_q[IndexBits];

  // The stages of the comparison behind the entry, and the box at work that goes ahead of the list through the first
  // of them, for its area.
  localparam int Stages = 11;
  logic [Stages-1:0] stage_q;
  logic [5:0] self_q;
  logic verdict_q;
  wire suppressed = stage_q[Stages-1] && verdict_q;
  wire pipe_busy = read_q || arrived_q || third_q || stage_q != '0;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Accept: if (in_valid_i && in_ready_o) state_d = Fetch;
      Fetch: state_d = Look;
      Look: state_d = Compare;
      Compare: begin
        if (suppressed) state_d = Accept;
        else if (!pipe_busy) state_d = Keep;
      end
      Keep: state_d = Settle;
      default: state_d = Accept;
    endcase
    if (clear_i) state_d = Settle;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Settle;
      count_q <= '0;
      full_o <= 1'b0;
    end else begin
      state_q <= state_d;
      full_o <= 16'(count_q) >= limit_i || count_q == CountBits'(MaxDetections);
      if (clear_i) count_q <= '0;
      else if (state_q == Keep) count_q <= count_q + 1'b1;
    end
  end

  wire comparing = !clear_i && (state_q == Look || (state_q == Compare && !suppressed));

  always_ff @(posedge clk_i) begin
    read_q <= comparing && (state_q == Look || more);
    arrived_q <= comparing && read_q;
    third_q <= comparing && first_met;
    stage_q <= comparing ? {stage_q[Stages-2:0], met} : '0;
    self_q <= {self_q[4:0], state_q == Fetch};
    if (state_q == Look) begin
      head_valid_q <= 1'b0;
      if (CountBits'(head_q) < count_q) head_valid_q <= 1'b1;
      first_q <= 1'b1;
      linked_q <= 1'b0;
      skip_q[IndexBits] <= 1'b0;
    end else if (arrived_q) begin
      first_q <= 1'b0;
      if (first_met) begin
        linked_q <= 1'b1;
        skip_q <= entry_link_q;
      end
    end
  end

  // Memories.
  assign box_data_o = {kept_q[ClassBits+64+:48], 16'(kept_q[64+:ClassBits]), kept_q[63:0]};

  always_ff @(posedge clk_i) begin
    kept_q <= kept[state_q == Look ? head_q
        : state_q != Compare ? box_addr_i[IndexBits-1:0]
        : first_q ? entry_link_q[IndexBits-1:0] : entry_skip_q[IndexBits-1:0]];
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Accept && in_valid_i) begin
      box_q <= {in_data_i[127:80], in_data_i[64+:ClassBits], in_data_i[63:0]};
      head_read_q <= heads[in_data_i[64+:ClassBits]];
    end
    if (state_q == Fetch) head_q <= head_read_q;
  end

  always_ff @(posedge clk_i) begin
    if (state_q == Keep) begin
      kept[count_q[IndexBits-1:0]] <= {skip_q, linked_q, head_q, box_q};
      heads[box_q[64+:ClassBits]] <= count_q[IndexBits-1:0];
    end
  end

  always_ff @(posedge clk_i) begin
    if (read_q) begin
      entry_class_q <= kept_q[64+:ClassBits];
      entry_link_q <= kept_q[BoxBits+:LinkBits];
      entry_skip_q <= kept_q[BoxBits+LinkBits+:LinkBits];
    end
    if (state_q == Fetch) entry_corners_q <= box_q[63:0];
    else if (read_q) entry_corners_q <= kept_q[63:0];
  end

  // The comparison. Corners are 16 bits, so sides are below 2^16, areas below 2^32, their sum below 2^33, both sides
  // of the comparison below 2^44. A factor of a product is cut into digits of 5 or 6 bits, and a register follows a
  // partial product, so that multipliers without their own registers, and those made of logic, are short too.

  // hi - lo of two signed numbers where that is positive, else 0.
  function automatic logic [15:0] span(input logic signed [15:0] lo, input logic signed [15:0] hi);
    span = hi > lo ? hi - lo : '0;
  endfunction

  function automatic logic [15:0] larger(input logic signed [15:0] a, input logic signed [15:0] b);
    larger = a > b ? a : b;
  endfunction

  function automatic logic [15:0] smaller(input logic signed [15:0] a, input logic signed [15:0] b);
    smaller = a < b ? a : b;
  endfunction

  // {left, top, right, bottom} of the intersection, and sides.
  logic [15:0] inter_x0_q, inter_y0_q, inter_x1_q, inter_y1_q;
  logic [15:0] inter_width_q, inter_height_q, entry_width_q, entry_height_q, width_q, height_q;
  // Partial products, as they leave the multiplier and one cycle later.
  logic [21:0] inter_low_q, inter_low_qq, low_q, low_qq;
  logic [20:0] inter_mid_q, inter_mid_qq, inter_high_q, inter_high_qq, mid_q, mid_qq, high_q, high_qq;
  logic [31:0] inter_q, entry_area_q, area_q;
  // The intersection on its way beside the union.
  logic [31:0] inter_sum_q, inter_part_q, inter_part_qq, inter_half_q, inter_side_q;
  logic [32:0] union_q;
  // T * the lower 17 and the upper 16 bits of the union, by digits of T.
  logic [22:0] low_low_q, low_low_qq;
  logic [21:0] low_high_q, low_high_qq, high_low_q, high_low_qq;
  logic [20:0] high_high_q, high_high_qq;
  logic [27:0] union_low_q;
  logic [26:0] union_high_q;
  logic [43:0] union_side_q;
  wire [5:0] threshold_low = threshold_i[5:0];
  wire [4:0] threshold_high = threshold_i[10:6];

  always_ff @(posedge clk_i) begin
    if (arrived_q || self_q[0]) begin
      inter_x0_q <= larger(box_q[15:0], entry_corners_q[15:0]);
      inter_y0_q <= larger(box_q[31:16], entry_corners_q[31:16]);
      inter_x1_q <= smaller(box_q[47:32], entry_corners_q[47:32]);
      inter_y1_q <= smaller(box_q[63:48], entry_corners_q[63:48]);
      width_q <= span(entry_corners_q[15:0], entry_corners_q[47:32]);
      height_q <= span(entry_corners_q[31:16], entry_corners_q[63:48]);
    end
    if (stage_q[0] || self_q[1]) begin
      inter_width_q <= span(inter_x0_q, inter_x1_q);
      inter_height_q <= span(inter_y0_q, inter_y1_q);
      entry_width_q <= width_q;
      entry_height_q <= height_q;
    end
    if (stage_q[1] || self_q[2]) begin
      inter_low_q <= 22'(inter_width_q) * 22'(inter_height_q[5:0]);
      inter_mid_q <= 21'(inter_width_q) * 21'(inter_height_q[10:6]);
      inter_high_q <= 21'(inter_width_q) * 21'(inter_height_q[15:11]);
      low_q <= 22'(entry_width_q) * 22'(entry_height_q[5:0]);
      mid_q <= 21'(entry_width_q) * 21'(entry_height_q[10:6]);
      high_q <= 21'(entry_width_q) * 21'(entry_height_q[15:11]);
    end
    if (stage_q[2] || self_q[3]) begin
      inter_low_qq <= inter_low_q;
      inter_mid_qq <= inter_mid_q;
      inter_high_qq <= inter_high_q;
      low_qq <= low_q;
      mid_qq <= mid_q;
      high_qq <= high_q;
    end
    if (stage_q[3] || self_q[4]) begin
      inter_q <= 32'(inter_low_qq) + (32'(inter_mid_qq) << 6) + (32'(inter_high_qq) << 11);
      entry_area_q <= 32'(low_qq) + (32'(mid_qq) << 6) + (32'(high_qq) << 11);
    end
    if (self_q[5]) area_q <= entry_area_q;
    if (stage_q[4]) begin
      union_q <= 33'(entry_area_q) + 33'(area_q) - 33'(inter_q);
      inter_sum_q <= inter_q;
    end
    if (stage_q[5]) begin
      low_low_q <= 23'(union_q[16:0]) * 23'(threshold_low);
      low_high_q <= 22'(union_q[16:0]) * 22'(threshold_high);
      high_low_q <= 22'(union_q[32:17]) * 22'(threshold_low);
      high_high_q <= 21'(union_q[32:17]) * 21'(threshold_high);
      inter_part_q <= inter_sum_q;
    end
    if (stage_q[6]) begin
      low_low_qq <= low_low_q;
      low_high_qq <= low_high_q;
      high_low_qq <= high_low_q;
      high_high_qq <= high_high_q;
      inter_part_qq <= inter_part_q;
    end
    if (stage_q[7]) begin
      union_low_q <= 28'(low_low_qq) + (28'(low_high_qq) << 6);
      union_high_q <= 27'(high_low_qq) + (27'(high_high_qq) << 6);
      inter_half_q <= inter_part_qq;
    end
    if (stage_q[8]) begin
      union_side_q <= 44'(union_low_q) + (44'(union_high_q) << 17);
      inter_side_q <= inter_half_q;
    end
    if (stage_q[9]) verdict_q <= (44'(inter_side_q) << 10) > union_side_q;
  end

`ifndef SYNTHESIS
  // A class that the memory has no place for would be taken for another.
  always @(posedge clk_i) begin
    if (rst_ni && in_valid_i) begin
      assert (32'(in_data_i[79:64]) < MaxClasses)
        else $error("q_nms: class %0d, MaxClasses is %0d", in_data_i[79:64], MaxClasses);
    end
  end
`endif
endmodule
`default_nettype wire
