  // A-8, the one division: quotient_o = floor(dividend / divisor), QuotientBits + 1 cycles after start_i.
  //
  // Beside the divider runs long division as it is defined: bits of the dividend come from the top, and with each the
  // quotient so far, times the divisor, doubles and may grow by one divisor. At every step
  //   the bits so far = (quotient so far) * divisor + remainder,  remainder < divisor
  // which after the last one only the floor fulfils.
  localparam int Reach_p = DivisorBits + QuotientBits;

  // The bits so far and those to come; the quotient so far, alone and times the divisor; a 1 for each step made.
  logic [Reach_p-1:0] so_far_p, product_p;
  logic [QuotientBits-1:0] to_come_p, quotient_p, made_p;
  logic [DivisorBits-1:0] divisor_p;
  logic asked_p = 1'b0, done_p;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) asked_p <= 1'b0;
    else if (start_i) asked_p <= 1'b1;
    done_p <= !start_i && made_p == {1'b0, {(QuotientBits - 1) {1'b1}}};
    if (start_i) begin
      {so_far_p, to_come_p} <= {QuotientBits'(0), dividend_i};
      quotient_p <= '0;
      product_p <= '0;
      divisor_p <= divisor_i;
      made_p <= '0;
    end else if (!made_p[QuotientBits-1]) begin
      {so_far_p, to_come_p} <= {so_far_p[Reach_p-2:0], to_come_p, 1'b0};
      quotient_p <= {quotient_p[QuotientBits-2:0], fits};
      product_p <= (product_p << 1) + (fits ? Reach_p'(divisor_p) : '0);
      made_p <= {made_p[QuotientBits-2:0], 1'b1};
    end
  end

  // How many steps have been made, from the ones in made_p.
  logic counted_p;
  always_comb begin
    counted_p = 1'b0;
    for (int k = 0; k <= QuotientBits; k++)
      if (made_p == QuotientBits'((64'd1 << k) - 1) && steps_q == StepBits'(QuotientBits - k)) counted_p = 1'b1;
  end

  wire prove_assumed = !start_i || dividend_i[QuotientBits+:DivisorBits] < divisor_i;
  wire prove_reached = asked_p && rst_ni && done_o && quotient_o[QuotientBits-1] && quotient_o[0];
  wire prove_holds = !asked_p || !rst_ni || (counted_p && done_o == done_p && divisor_q == divisor_p
      && remainder_q < divisor_p && so_far_p == product_p + Reach_p'(remainder_q)
      && (to_come_p & made_p) == '0 && (quotient_p & ~made_p) == '0 && shift_q == (quotient_p | to_come_p));
