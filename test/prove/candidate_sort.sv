  // A-10.2 and A-10.3: six candidates with any codes come at any pace, twice, as class_score sends them. At the end each
  // has the entry that the total order gives it: behind all that have a larger code, and those of the same code that came
  // before it; those beyond the capacity have none.
  localparam int N_p = 4;
  (* anyconst *) wire [N_p*A-1:0] codes_p;
  (* anyseq *) wire go_p;
  // Clear, count, rank, place, look.
  logic [2:0] stage_p = 3'd0;
  logic [2:0] sent_p = 3'd0;
  logic [3:0] waited_p = 4'd0;
  logic asked_p = 1'b0;
  wire send_p = (stage_p == 3'd1 || stage_p == 3'd3) && go_p && sent_p < N_p;
  wire last_p = send_p && sent_p == N_p - 1;
  always_ff @(posedge clk_i) begin
    asked_p <= rst_ni && (stage_p == 3'd0 || stage_p == 3'd2);
    if (send_p) sent_p <= sent_p + 1'b1;
    if (stage_p == 3'd0 || stage_p == 3'd2) begin
      sent_p <= '0;
      if (done_o) stage_p <= stage_p + 3'd1;
    end else if (last_p) begin
      stage_p <= stage_p + 3'd1;
    end
    if (stage_p == 3'd4 && waited_p != 4'd4) waited_p <= waited_p + 4'd1;
  end

  // Places by the total order.
  logic right_p;
  logic [CountBits:0] place_p;
  always_comb begin
    right_p = total_o == N_p && stored_o == (N_p < Capacity ? N_p : Capacity);
    for (int j = 0; j < N_p; j++) begin
      place_p = '0;
      for (int i = 0; i < N_p; i++)
        if (codes_p[i*A+:A] > codes_p[j*A+:A] || (i < j && codes_p[i*A+:A] == codes_p[j*A+:A])) place_p = place_p + 1'b1;
      for (int k = 0; k < Capacity; k++)
        if (place_p == k && entries[k] != {PayloadBits'(j), codes_p[j*A+:A]}) right_p = 1'b0;
    end
  end

  logic begun_p = 1'b0;
  always_ff @(posedge clk_i) begun_p <= 1'b1;
  wire prove_assumed = rst_ni == begun_p && clear_i == (begun_p && stage_p == 3'd0 && !asked_p)
      && rank_i == (stage_p == 3'd2 && !asked_p) && place_i == (stage_p == 3'd3) && candidate_valid_i == send_p
      && candidate_code_i == A'(codes_p >> (sent_p * A)) && candidate_data_i == PayloadBits'(sent_p);
  wire prove_reached = waited_p == 4'd4;
  wire prove_holds = waited_p != 4'd4 || right_p;
