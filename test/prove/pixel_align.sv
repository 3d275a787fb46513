  // Every code of every lane, two cycles after a window: lane j holds the bank word of the window's pixel j, 2j or j / 2,
  // counted from the bank of its first pixel and around the banks; Z_x (A-3) or 0 (A-7) where the lane is padding.
  // One code of one lane is watched, any one, for any window.
  logic [PX*Word-1:0] expected_p, shown_p;
  logic first_p = 1'b0, second_p = 1'b0;
  logic stride2_p, double_p;
  logic [ActivationBits-1:0] pad_code_p;
  always_ff @(posedge clk_i) begin
    first_p <= valid_i;
    second_p <= first_p;
    stride2_p <= stride2_i;
    double_p <= double_i;
    pad_code_p <= pad_code_i;
    if (valid_i) begin
      for (int j = 0; j < PX; j++)
        expected_p[j*Word+:Word] <= pad_i[j] ? {PI{pad_code_i}}
            : Word'(bank_data_i >> (Word * ((shift_i + (stride2_i ? 2 * j : double_i ? j / 2 : j)) % Banks)));
    end
    if (first_p) shown_p <= expected_p;
  end
  logic seen_p = 1'b0;
  always_ff @(posedge clk_i) if (first_p) seen_p <= 1'b1;

  // As the port says: these hold while windows are on their way.
  wire prove_assumed = !first_p || (stride2_i == stride2_p && double_i == double_p && pad_code_i == pad_code_p);
  wire prove_reached = seen_p && second_p && stride2_i && !pad_q[0] && data_o[Word-1:0] != '0;
  wire prove_holds = (!first_p || valid_q) && (!seen_p || data_o == shown_p);
