  // A-3 without its bias, as mac_array.sv proves it of the form for synthesis, in the form for simulators, which adds to
  // its accumulators at once and lets the totals wait. A weight without its sign bit's meaning, less Sign, is the weight.
  logic [2:0] age_p = 3'd0;
  logic [5:1] end_p;
  logic known_p = 1'b0;
  always_ff @(posedge clk_i) begin
    if (age_p != 3'd5) age_p <= age_p + 3'd1;
    end_p <= {end_p[4:1], valid_i && last_i};
    if (valid_i && first_i) known_p <= 1'b1;
  end

  // Which totals are of a whole tile, by the cycles since its last beat.
  logic [5:2] whole_p = '0;
  logic whole_last_p = 1'b0;
  always_ff @(posedge clk_i) begin
    whole_p <= {whole_p[4:2], end_p[1] && known_p};
    if (end_p[5]) whole_last_p <= whole_p[5];
  end

  logic same_p;
  always_comb begin
    same_p = age_p <= 3'd5 && (!known_p || age_p != 3'd0) && (!whole_last_p || age_p == 3'd5);
    for (int i = 1; i <= 5; i++) if (age_p >= i && last_q[i] != end_p[i]) same_p = 1'b0;
    for (int i = 2; i <= 5; i++) if (whole_p[i] && (age_p < i || !end_p[i])) same_p = 1'b0;
  end

  logic [PX*PO-1:0] right_p;
  for (genvar p = 0; p < PX; p++) begin : g_prove
    for (genvar o = 0; o < PO; o++) begin : g_channel
      localparam int At = p * PO + o;
      logic [Parts-1:0] right;
      logic [Parts*32-1:0] acc;
      logic [PI-1:0] signs;
      for (genvar i = 0; i < PI; i++) begin : g_sign
        assign signs[i] = 32'(w_i[(o*PI+i)*W+:W] ^ Sign[W-1:0]) - Sign == 32'($signed(w_i[(o*PI+i)*W+:W]));
      end
      for (genvar k = 0; k < Parts; k++) begin : g_part
        logic [31:0] dot;
        logic [Part*W-1:0] offset;
        assign offset = w_i[(o*Parts+k)*Part*W+:Part*W] ^ {Part{Sign[W-1:0]}};
        always_comb begin
          dot = 32'd0;
          for (int i = 0; i < Part; i++)
            dot = dot + 32'(x_i[((p*Parts+k)*Part+i)*A+:A]) * (32'(offset[i*W+:W]) - Sign);
        end
        always_ff @(posedge clk_i) if (valid_i) acc[k*32+:32] <= (first_i ? 32'd0 : acc[k*32+:32]) + dot;
        assign right[k] = !known_p || acc_q[At*Parts+k] == acc[k*32+:32];
      end

      logic [31:0] total;
      logic [5*32-1:0] totals;
      logic [31:0] total_last;
      always_comb begin
        total = 32'd0;
        for (int k = 0; k < Parts; k++) total = total + acc[k*32+:32];
      end
      always_ff @(posedge clk_i) begin
        totals <= {totals[4*32-1:0], total};
        if (end_p[5]) total_last <= totals[3*32+:32];
      end
      logic waits;
      always_comb begin
        waits = !whole_last_p || acc_o[At*32+:32] == total_last;
        for (int i = 2; i <= 5; i++)
          if (whole_p[i] && waiting_q[2'(place_q - (i - 1))][At*32+:32] != totals[(i-2)*32+:32]) waits = 1'b0;
      end
      assign right_p[At] = &right && waits && &signs;
    end
  end

  wire prove_assumed = 1'b1;
  wire prove_reached = end_p[5] && whole_p[5] && end_p[2];
  wire prove_holds = same_p && &right_p;
