  // A-6 up to its rounding: what round_code takes, three cycles after a beat, is (a - Z_a) * M_a + (b - Z_b) * M_b, exactly.
  // Each stage is held against what the registers before it held; round_code.sv has the other half.
  logic begun_p = 1'b0;
  logic [3:1] valid_p;
  logic signed [31:0] a_p [Lanes], b_p [Lanes], sum_p [Lanes];
  logic signed [CodeBits+MultiplierBits:0] scaled_a_p [Lanes], scaled_b_p [Lanes];
  logic [Lanes-1:0] same_p;
  always_ff @(posedge clk_i) begun_p <= 1'b1;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_p <= '0;
    else valid_p <= {valid_p[2:1], valid_i};
  end
  for (genvar i = 0; i < Lanes; i++) begin : g_prove
    always_ff @(posedge clk_i) begin
      a_p[i] <= 32'(a_i[i*CodeBits+:CodeBits]) - 32'(zero_a_i);
      b_p[i] <= 32'(b_i[i*CodeBits+:CodeBits]) - 32'(zero_b_i);
      scaled_a_p[i] <= a[i] * $signed({1'b0, multiplier_a_i});
      scaled_b_p[i] <= b[i] * $signed({1'b0, multiplier_b_i});
      sum_p[i] <= 32'(scaled_a[i]) + 32'(scaled_b[i]);
    end
    assign same_p[i] = (!valid_p[1] || (32'(a[i]) == a_p[i] && 32'(b[i]) == b_p[i]))
        && (!valid_p[2] || (scaled_a[i] == scaled_a_p[i] && scaled_b[i] == scaled_b_p[i]))
        && (!valid_p[3] || 32'($signed(sum_q[i*Slot+:Sum])) == sum_p[i]);
  end

  wire prove_assumed = begun_p || !rst_ni;
  wire prove_reached = begun_p && valid_q[3] && sum_p[0] < -32'sd100000;
  wire prove_holds = !begun_p || (valid_q == valid_p && same_p == '1);
