  // A-9 and A-10.1: of each anchor the class with the largest code, the lowest of a draw, if that reaches min_code; with
  // multi_label every class that does. One anchor and one class, whichever they are, stand for all: their candidate comes
  // once, or never, as the clause says, with its code and place; and candidates come in the order of (anchor, class).
  localparam int Most_p = 3;
  // Words of two codes in eight rows of two banks (PI = 2, PX = 1, two levels), and levels of one or two pixels a side.
  (* anyconst *) wire [8*2*2*A-1:0] memory_p;
  (* anyconst *) wire [5:0] base_p, plane_p, pitch_p;
  (* anyconst *) wire [3:0] width_p, height_p;
  (* anyconst *) wire multi_p, level_p, x_p, y_p, levels_p;
  (* anyconst *) wire [1:0] class_p, classes_p;
  (* anyconst *) wire [A:0] min_p;

  // The codes of the one anchor, what the clause says of the one class, and the anchor's number.
  wire [2:0] row_p = base_p[level_p*3+:3] + (y_p ? pitch_p[level_p*3+:3] : 3'd0);
  logic [Most_p*A-1:0] codes_p;
  for (genvar c = 0; c < Most_p; c++) begin : g_prove
    wire [2:0] row = row_p + (c / 2 != 0 ? plane_p[level_p*3+:3] : 3'd0);
    wire [4:0] at = {row, x_p, 1'(c % 2)};
    assign codes_p[c*A+:A] = memory_p[at*A+:A];
  end
  logic [A-1:0] mine_p;
  logic wanted_p;
  always_comb begin
    mine_p = codes_p[A-1:0];
    for (int c = 1; c < Most_p; c++) if (c == class_p) mine_p = codes_p[c*A+:A];
    wanted_p = {1'b0, mine_p} >= min_p;
    for (int c = 0; c < Most_p; c++)
      if (!multi_p && c < classes_p && (codes_p[c*A+:A] > mine_p || (codes_p[c*A+:A] == mine_p && c < class_p)))
        wanted_p = 1'b0;
  end
  wire [23:0] anchor_p = 24'(x_p) + (y_p ? 24'(width_p[level_p*2+:2]) : 24'd0)
      + (level_p ? 24'(width_p[0+:2]) * 24'(height_p[0+:2]) : 24'd0);

  // What is offered.
  wire its_level_p = candidate_place_o[46];
  wire [33:0] order_p = {candidate_place_o[23:0], candidate_class_o};
  wire hit_p = candidate_valid_o && candidate_class_o == 10'(class_p)
      && candidate_place_o[PlaceBits-1:24] == {level_p, 10'd0, y_p, 10'd0, x_p};
  wire range_p = candidate_class_o < 10'(classes_p) && its_level_p <= levels_p
      && candidate_place_o[34:24] < 11'(width_p[its_level_p*2+:2]) && candidate_place_o[45:35] < 11'(height_p[its_level_p*2+:2]);

  logic begun_p = 1'b0, started_p = 1'b0, some_p = 1'b0;
  logic [1:0] seen_p = 2'd0;
  logic [33:0] last_p;
  logic [2*A-1:0] asked_p, data_p;
  wire [3:0] word_p = {read_row_o[2:0], read_bank_o};
  always_ff @(posedge clk_i) begin
    begun_p <= 1'b1;
    started_p <= begun_p;
    asked_p <= memory_p[word_p*2*A+:2*A];
    data_p <= asked_p;
    if (hit_p && seen_p != 2'd2) seen_p <= seen_p + 2'd1;
    if (candidate_valid_o) some_p <= 1'b1;
    if (candidate_valid_o) last_p <= order_p;
  end

  wire small_p = width_p[0+:2] != '0 && width_p[0+:2] != '1 && width_p[2+:2] != '0 && width_p[2+:2] != '1 && height_p[0+:2] != '0
      && height_p[0+:2] != '1 && height_p[2+:2] != '0 && height_p[2+:2] != '1 && classes_p != '0;
  wire one_p = level_p <= levels_p && 2'(x_p) < width_p[level_p*2+:2] && 2'(y_p) < height_p[level_p*2+:2] && class_p < classes_p;
  wire settings_p = level_count_i == 2'(levels_p) + 2'd1 && classes_i == 11'(classes_p) && min_code_i == min_p
      && multi_label_i == multi_p
      && levels_i[319:64] == {32'(pitch_p[3+:3]), 14'd0, height_p[2+:2], 14'd0, width_p[2+:2], 32'(plane_p[3+:3]), 32'(base_p[3+:3]),
                              levels_i[191:160], 32'(pitch_p[0+:3]), 14'd0, height_p[0+:2], 14'd0, width_p[0+:2], 32'(plane_p[0+:3])}
      && levels_i[63:32] == 32'(base_p[0+:3]) && levels_i[31:0] == '0 && levels_i[191:160] == '0;

  wire prove_assumed = rst_ni == begun_p && start_i == (begun_p && !started_p) && small_p && one_p && settings_p
      && read_data_i == data_p;
  wire prove_reached = done_o && seen_p == 2'd1 && level_p;
  wire prove_holds = !begun_p || (
      (!candidate_valid_o || (range_p && (!some_p || order_p > last_p)))
      && (!hit_p || (candidate_code_o == mine_p && candidate_place_o[23:0] == anchor_p && seen_p == 2'd0))
      && (!done_o || seen_p == 2'(wanted_p)));
