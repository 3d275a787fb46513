  // A-3 without its bias: acc[p][o] = Σ x[p][i] * w[o][i] over the beats of a tile, modulo 2^32, six cycles after its last
  // one, in the form for synthesis. Each stage is held against what the registers before it held; the accumulator of a
  // part of the input channels against its own definition. That parts add up to all of them is taken from algebra.
  // What a register holds before as many cycles are over as there are stages before it has no meaning.
  logic [2:0] age_p = 3'd0;
  logic [5:1] end_p;
  logic [3:1] valid_p, first_p;
  // A tile has begun: what is left of one before has no meaning.
  logic known_p = 1'b0;
  always_ff @(posedge clk_i) begin
    if (age_p != 3'd5) age_p <= age_p + 3'd1;
    end_p <= {end_p[4:1], valid_i && last_i};
    valid_p <= {valid_p[2:1], valid_i};
    first_p <= {first_p[2:1], first_i};
    if (age_p >= 3'd3 && valid_p[3] && first_p[3]) known_p <= 1'b1;
  end

  logic same_p;
  always_comb begin
    same_p = age_p <= 3'd5 && (!known_p || age_p > 3'd3);
    for (int i = 1; i <= 5; i++) if (age_p >= i && last_q[i] != end_p[i]) same_p = 1'b0;
    for (int i = 1; i <= 2; i++)
      if (age_p >= i && (valid_q[i] != valid_p[i] || first_q[i] != first_p[i])) same_p = 1'b0;
  end

  logic [PX*PO-1:0] right_p;
  for (genvar p = 0; p < PX; p++) begin : g_prove
    for (genvar o = 0; o < PO; o++) begin : g_channel
      logic [Parts-1:0] right;
      logic [Parts*32-1:0] acc;
      for (genvar k = 0; k < Parts; k++) begin : g_part
        logic [Part-1:0] exact;
        logic [Part*(A+W)-1:0] product;
        for (genvar i = 0; i < Part; i++) begin : g_product
          always_ff @(posedge clk_i)
            product[i*(A+W)+:A+W] <=
                $signed({1'b0, x_i[(p*PI+k*Part+i)*A+:A]}) * $signed(w_i[(o*PI+k*Part+i)*W+:W]);
          if (i % 2 == 0) begin : g_even
            assign exact[i] = g_pixel[p].g_output[o].g_part[k].g_pair[i/2].even_q == product[i*(A+W)+:A+W];
          end else begin : g_odd
            assign exact[i] = g_pixel[p].g_output[o].g_part[k].g_pair[i/2].odd_q == product[i*(A+W)+:A+W];
          end
        end
        // The sum of all, one cycle later in pairs, two cycles later in one.
        logic signed [31:0] sum, sum1, sum2, pairs;
        always_comb begin
          sum = 32'sd0;
          for (int i = 0; i < Part; i++) sum = sum + 32'($signed(product[i*(A+W)+:A+W]));
        end
        assign pairs = 32'(g_pixel[p].g_output[o].g_part[k].g_pair[0].sum_q)
            + (Pairs > 1 ? 32'(g_pixel[p].g_output[o].g_part[k].g_pair[Pairs-1].sum_q) : 32'sd0);
        always_ff @(posedge clk_i) begin
          sum1 <= sum;
          sum2 <= sum1;
          if (valid_p[3]) acc[k*32+:32] <= first_p[3] ? sum2 : acc[k*32+:32] + sum2;
        end
        assign right[k] = (age_p < 3'd1 || &exact) && (age_p < 3'd2 || pairs == sum1)
            && (age_p < 3'd3 || 32'(g_pixel[p].g_output[o].g_part[k].dot_q) == sum2)
            && (!known_p || g_pixel[p].g_output[o].acc_q[k*32+:32] == acc[k*32+:32]);
      end

      // The sum of the accumulators, two cycles after the last beat is in.
      logic [31:0] total, total1, total2, halves;
      logic whole1 = 1'b0, whole2 = 1'b0;
      always_comb begin
        total = 32'd0;
        for (int k = 0; k < Parts; k++) total = total + acc[k*32+:32];
        halves = 32'd0;
        for (int h = 0; h < Halves; h++) halves = halves + g_pixel[p].g_output[o].half_q[h*32+:32];
      end
      always_ff @(posedge clk_i) begin
        if (end_p[4]) total1 <= total;
        if (end_p[5]) total2 <= total1;
        if (end_p[4]) whole1 <= known_p;
        if (end_p[5]) whole2 <= whole1;
      end
      assign right_p[p*PO+o] = &right && (age_p == 3'd5 || !(whole1 || whole2))
          && (age_p < 3'd3 || (g_pixel[p].g_output[o].valid3_q == valid_p[3]
              && g_pixel[p].g_output[o].keep3_q == !first_p[3]))
          && (!whole1 || halves == total1)
          && (!whole2 || acc_o[(p*PO+o)*32+:32] == total2);
    end
  end

  wire prove_assumed = 1'b1;
  wire prove_reached = end_p[5] && known_p && !first_p[3];
  wire prove_holds = same_p && &right_p;
