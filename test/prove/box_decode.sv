  // A-8: of a side's bins den = Σ e and num = Σ bin * e, e = E[largest - logit]; the distance is
  // floor((num * stride * 16 + den / 2) / den), in sixteenths of a pixel, from the anchor's centre. Each stage is held against
  // what the registers before it held; bins come to the sums in order, none is left out, and never more than 16, so that
  // the sums fit: 16 * 65535 < 2^20, (1 + … + 15) * 65535 < 2^23. The quotient is u_divider's, and fits (divider.sv).
  // A box, its class and score stay until it is taken.
  // The first reset lasts seven cycles: the flags of the stages have none and drain.
  logic [2:0] cycles_p = 3'd0;
  wire begun_p = cycles_p == 3'd7;
  logic [31:0] centre_x_p, centre_y_p;
  logic [A-1:0] drop_p;
  // The bins of the stages, and how many the sums have.
  logic [3:0] product_bin_p, summed_bin_p;
  logic [4:0] bins_p = 5'd0;
  logic [31:0] weighed_p, weighed2_p;
  logic [19:0] den_p;
  logic [22:0] num_p;
  logic [63:0] scaled_p, dividend_p;
  logic [19:0] divisor_p;
  logic [4:0] bins_held_p;
  logic was_line_p = 1'b0, was_summing_p = 1'b0, was_here_p = 1'b0, was_product_p = 1'b0, was_done_p = 1'b0, was_done2_p = 1'b0;
  logic was_looked_up_p = 1'b0;
  logic [15:0] looked_up_p;
  logic held_p = 1'b0;
  logic [63:0] box_p;
  logic divided_p = 1'b0;
  logic [2:0] side_p;
  logic [15:0] corner_p;
  always_ff @(posedge clk_i) begin
    if (!begun_p) cycles_p <= cycles_p + 3'd1;
    bins_held_p <= bins_i;
    was_line_p <= state_q == Line;
    was_summing_p <= summing_q;
    was_here_p <= here_exp_q;
    was_product_p <= product_q;
    was_done_p <= summing_done;
    was_done2_p <= was_done_p;
    was_looked_up_p <= looked_up_q;
    looked_up_p <= table_data_i;
    centre_x_p <= (32'(x) * 32'd2 + 32'd1) << (32'd3 + 32'(stride_q));
    centre_y_p <= (32'(y) * 32'd2 + 32'd1) << (32'd3 + 32'(stride_q));
    drop_p <= largest_q - bin_code_q;
    weighed_p <= 32'(exp_q) * 32'(exp_bin_q);
    weighed2_p <= 32'(weighed_q);
    if (here_exp_q) product_bin_p <= exp_bin_q;
    if (product_q) summed_bin_p <= product_bin_p;
    if (!begun_p) bins_p <= 5'd0;
    else if (summed_q) begin
      bins_p <= summed_first_q ? 5'd1 : bins_p + 5'd1;
      den_p <= (summed_bin_p == '0 ? 20'd0 : den_q) + 20'(summed_exp_q);
      num_p <= (summed_bin_p == '0 ? 23'd0 : num_q) + 23'(weighed_qq);
    end
    scaled_p <= 64'(num_q) << (32'd4 + 32'(stride_q));
    divisor_p <= den_q;
    dividend_p <= 64'(scaled_q) + 64'(divisor_q) / 64'd2;
    held_p <= rst_ni && out_valid_o && !out_ready_i && !clear_i;
    box_p <= out_data_o[127:64];
    divided_p <= divided;
    side_p <= sum_side;
    corner_p <= sum_side == 3'd2 ? 16'(centre_x_q - 16'(distance)) : sum_side == 3'd3 ? 16'(centre_y_q - 16'(distance))
        : sum_side == 3'd4 ? 16'(centre_x_q + 16'(distance)) : 16'(centre_y_q + 16'(distance));
  end

  // A bin follows the one before it through the stages, and the sums have all before it.
  wire follows_p = (!(summing_q && summing_bin_q != '0) || (dropped_q && dropped_bin_q == summing_bin_q - 4'd1))
      && (!(dropped_q && dropped_bin_q != '0) || (looked_up_q && looked_up_bin_q == dropped_bin_q - 4'd1))
      && (!(looked_up_q && looked_up_bin_q != '0) || (here_exp_q && exp_bin_q == looked_up_bin_q - 4'd1))
      && (!(here_exp_q && exp_bin_q != '0) || (product_q && product_bin_p == exp_bin_q - 4'd1))
      && (!(product_q && product_bin_p != '0) || (summed_q && summed_bin_p == product_bin_p - 4'd1))
      && (!(summed_q && summed_bin_p != '0) || bins_p == 5'(summed_bin_p))
      && (!product_q || product_first_q == (product_bin_p == '0)) && (!summed_q || summed_first_q == (summed_bin_p == '0));
  // Of each side's sixteen cycles the first bins_i ask for a bin, in order; it is in the sums seven cycles later.
  wire in_sides_p = state_q == Sides;
  wire [7:0] elapsed_p = sum_q + LoadCycles;
  wire [6:1] due_p;
  wire [29:0] stages_p = {summed_q, summed_bin_p, product_q, product_bin_p, here_exp_q, exp_bin_q, looked_up_q,
                          looked_up_bin_q, dropped_q, dropped_bin_q, summing_q, summing_bin_q};
  for (genvar d = 1; d < 7; d++) begin : g_due_p
    wire [7:0] at = sum_q - 8'(d);
    wire asks = at[7:6] == '0 && {1'b0, at[3:0]} < bins_i;
    assign due_p[d] = !in_sides_p || elapsed_p < 8'(d)
        || (stages_p[(d-1)*5+4] == asks && (!asks || stages_p[(d-1)*5+:4] == at[3:0]));
  end
  wire [7:0] last_p = sum_q - 8'd7;
  wire [4:0] summed_p = {1'b0, last_p[3:0]} < bins_i ? {1'b0, last_p[3:0]} + 5'd1 : bins_i;
  wire all_due_p = due_p == '1 && (!in_sides_p || elapsed_p < 8'd27 || last_p[7:6] != '0 || bins_p == summed_p)
      && (!in_sides_p || elapsed_p < 8'd1 || was_done_p == (sum_q[3:0] == 4'd7))
      && (!in_sides_p || elapsed_p < 8'd2 || was_done2_p == (sum_q[3:0] == 4'd8))
      && (!(state_q == Level || state_q == Line || state_q == Address) || elapsed_p == 8'd0);
  // What a side is divided by has all of its bins, and the division begins two cycles later.
  wire divides_p = (!(summing_done && sum_side != 3'd0 && sum_side < 3'd5 && !sum_q[7]) || bins_p == bins_i)
      && (!divide || (was_done2_p && sum_q[3:0] == 4'd8));
  wire sums_p = bins_p == '0 || (bins_p <= 5'd16 && den_q == den_p && num_q == num_p);

  wire prove_assumed = (begun_p || !rst_ni) && (!begun_p || bins_i == bins_held_p) && bins_i != '0 && bins_i <= 5'd16;
  wire prove_reached = begun_p && bins_p == 5'd2 && num_p > 23'd5;
  wire drains_p = cycles_p == 3'd0 || (state_q == Idle && !asked_q && !summing_q
      && (cycles_p < 3'd2 || (!arriving_q && !dropped_q)) && (cycles_p < 3'd3 || (!here_q && !looked_up_q))
      && (cycles_p < 3'd4 || (!loaded_q && !here_exp_q)) && (cycles_p < 3'd5 || !product_q)
      && (cycles_p < 3'd6 || !summed_q));
  wire prove_holds = !begun_p ? drains_p : (sums_p && follows_p && (!rst_ni || (all_due_p && divides_p
      && (!was_looked_up_p || exp_q == looked_up_p) && (!dropped_q || state_q == Level || table_addr_o == 16'(drop_q)) &&
      (!was_line_p || (centre_x_q == centre_x_p[15:0] && centre_y_q == centre_y_p[15:0]))
      && (!was_summing_p || drop_q == drop_p)
      && (!was_here_p || 32'(weighed_q) == weighed_p) && (!was_product_p || 32'(weighed_qq) == weighed2_p)
      && (!was_done_p || (64'(scaled_q) == scaled_p && divisor_q == divisor_p)) && dividend_q == dividend_p[34:0]
      && (!divided_p || (side_p == 3'd2 ? x0_q : side_p == 3'd3 ? y0_q : side_p == 3'd4 ? x1_q : y1_q) == corner_p)
      && (!held_p || (out_valid_o && out_data_o[127:64] == box_p)))));
