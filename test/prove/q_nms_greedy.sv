  // A-10.5, the greedy rule: a box is kept unless a kept box of its class suppresses it, and kept boxes stand in the order
  // in which they came. Which box suppresses which is free but the same all through a run: a table by number of the box,
  // which a box carries in its corner, stands in the place of what the comparison finds (q_nms_overlap.sv proves that).
  localparam int N_p = 4;
  (* anyconst *) wire [N_p*N_p-1:0] suppresses_p;
  logic begun_p = 1'b0;
  logic [15:0] limit_p;
  logic [2:0] taken_p = 3'd0;
  // Of the boxes so far: whether it is kept, and its class.
  logic [N_p-1:0] kept_p = '0, class_p = '0;
  logic [11*2-1:0] number_p;
  logic [1:0] number;
  logic free;
  always_comb begin
    number = taken_p[1:0];
    free = 1'b1;
    for (int j = 0; j < N_p; j++)
      if (kept_p[j] && class_p[j] == in_data_i[64] && suppresses_p[j*N_p+number]) free = 1'b0;
  end
  always_ff @(posedge clk_i) begin
    begun_p <= 1'b1;
    limit_p <= limit_i;
    // The number of the box that the list gave, beside the stages of the comparison.
    number_p <= {number_p[10*2-1:0], entry_corners_q[1:0]};
    if (rst_ni && in_valid_i && in_ready_o) begin
      taken_p <= taken_p + 3'd1;
      kept_p[number] <= free;
      class_p[number] <= in_data_i[64];
    end
  end

  // What is kept, in order.
  logic right_p;
  logic [2:0] count_p;
  always_comb begin
    right_p = 1'b1;
    count_p = 3'd0;
    for (int j = 0; j < N_p; j++) begin
      if (kept_p[j]) begin
        for (int k = 0; k < MaxDetections; k++)
          if (k == count_p && (kept[k][1:0] != j || kept[k][64] != class_p[j])) right_p = 1'b0;
        count_p = count_p + 3'd1;
      end
    end
    if (16'(count_p) != count_o) right_p = 1'b0;
  end

  wire prove_assumed = rst_ni == begun_p && !clear_i && (!begun_p || limit_i == limit_p) && limit_i != 16'd0
      && (taken_p < N_p || !in_valid_i) && in_data_i[79:65] == '0 && in_data_i[1:0] == number
      && (!stage_q[10] || verdict_q == suppresses_p[number_p[10*2+:2]*N_p+box_q[1:0]]);
  wire prove_reached = begun_p && state_q == Accept && taken_p == N_p && count_o == 16'd2 && kept_p[3];
  wire prove_holds = !begun_p || state_q != Accept || right_p;
