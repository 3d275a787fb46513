  // A-10.5, and that q_NMS ends: a box that is taken is decided within 19 + MaxDetections cycles, whatever stood in the
  // memories before; never are more boxes kept than max_det and the memory allow.
  logic begun_p = 1'b0;
  logic [5:0] open_p = 6'd0;
  logic [15:0] limit_p;
  always_ff @(posedge clk_i) begin
    begun_p <= 1'b1;
    limit_p <= limit_i;
    if (!rst_ni || clear_i || in_ready_o || full_o) open_p <= 6'd0;
    else open_p <= open_p + 6'd1;
  end

  wire prove_assumed = rst_ni == begun_p && (clear_i || limit_i == limit_p) && limit_i != 16'd0;
  wire prove_reached = begun_p && count_o == 16'd1 && state_q == Accept;
  wire prove_holds = !begun_p || (count_q <= MaxDetections && (16'(count_q) <= limit_i || clear_i)
      && open_p <= 6'd19 + 6'(MaxDetections));
