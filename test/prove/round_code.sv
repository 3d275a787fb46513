  // A-4 and A-6 behind their products: code = clamp(Z + floor((value + h) / 2^s), 0, max), h = 2^(s-1), or 0 for s = 0,
  // five cycles after the value. The floor is the shift of a two's complement number to the right. Each stage is held, in
  // 64 bits, against what the registers before it held; the last two, Z and clamp, together.
  logic begun_p = 1'b0;
  logic [5:1] valid_p;
  logic signed [63:0] half_p, value_p, raised_p, floor_p, exact_p;
  logic [CodeBits-1:0] code_p;
  logic [5:0] s1_p, s2_p;
  logic [CodeBits-1:0] zero_p, max_p;

  // In the order of the stages: the value, h and s; the sum; the floor; the code.
  always_ff @(posedge clk_i) begin
    begun_p <= 1'b1;
    zero_p <= zero_i;
    max_p <= max_i;
    value_p <= 64'($signed(value_i[ValueBits-1:0]));
    half_p <= shift_i[5:0] == 6'd0 ? 64'sd0 : 64'sd1 <<< (shift_i[5:0] - 6'd1);
    s1_p <= shift_i[5:0];
    raised_p <= 64'(value1[0]) + 64'(increment1[0]);
    s2_p <= shift1[0];
    floor_p <= 64'(raised[0]) >>> shift2[0];
    if (valid_q[3]) exact_p <= 64'(shifted[0]) + $signed({48'd0, 16'(zero_i)});
    if (valid_q[4]) code_p <= exact_p < 0 ? '0 : exact_p > $signed({48'd0, 16'(max_i)}) ? max_i : exact_p[CodeBits-1:0];
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_p <= '0;
    else valid_p <= {valid_p[4:1], valid_i};
  end

  // A value is within what requantise and add_codes give: half of what its bits could hold.
  wire prove_assumed = (begun_p || !rst_ni) && (!begun_p || valid_p == '0 || (zero_i == zero_p && max_i == max_p))
      && (!valid_i || (32'(shift_i[5:0]) <= Width - 2 && value_i[ValueBits-1] == value_i[ValueBits-2]));
  wire prove_reached = begun_p && valid_o && code_o != '0 && code_o != max_i && s2_p > 6'd20;
  wire prove_holds = !begun_p || ({valid_o, valid_q} == valid_p
      && (!valid_p[1] || (64'(value1[0]) == value_p && 64'(increment1[0]) == half_p && shift1[0] == s1_p
          && value1[0][Width-1] == value1[0][Width-2] && half_p <= 64'sd1 <<< (Width - 3)))
      && (!valid_p[2] || (64'(raised[0]) == raised_p && shift2[0] == s2_p))
      && (!valid_p[3] || 64'(shifted[0]) == floor_p)
      && (!valid_p[5] || code_o == code_p));
