// Addition of two tensors (clause A-6), `Lanes` codes a cycle:
// q = clamp(Z_y + ⌊((a - Z_a) · M_a + (b - Z_b) · M_b + h) / 2^s⌋, 0, 2^A - 1), h = 2^(s-1), 1 ≤ s ≤ 31.
// Each product is below 2^(A+16) in magnitude and h ≤ 2^30: with A ≤ 8 the sum fits 32 bits and a sign.
//
// Model: src/golden/ (add). Latency 2, one beat a cycle.
`default_nettype none

module add_codes #(
    // Codes a cycle
    parameter int Lanes = 16,
    // Bits of a code
    parameter int CodeBits = 8
) (
    input  wire                       clk_i,
    input  wire                       rst_ni,
    input  wire                       valid_i,
    input  wire  [Lanes*CodeBits-1:0] a_i,
    input  wire  [Lanes*CodeBits-1:0] b_i,
    input  wire  [      CodeBits-1:0] zero_a_i,
    input  wire  [      CodeBits-1:0] zero_b_i,
    input  wire  [      CodeBits-1:0] zero_y_i,
    input  wire  [              15:0] multiplier_a_i,
    input  wire  [              15:0] multiplier_b_i,
    input  wire  [               4:0] shift_i,
    output logic                      valid_o,
    output logic [Lanes*CodeBits-1:0] code_o
);

  initial if (Lanes < 1 || CodeBits < 1 || CodeBits > 8) $fatal(1, "add_codes: Lanes or CodeBits out of range");

  localparam logic signed [32:0] Max = 33'((1 << CodeBits) - 1);

  logic valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      valid_o <= 1'b0;
    end else begin
      valid_q <= valid_i;
      valid_o <= valid_q;
    end
  end

  wire signed [32:0] zero_y = $signed({{(33 - CodeBits) {1'b0}}, zero_y_i});
  wire signed [32:0] half = $signed((33'd1 << shift_i) >> 1);

  for (genvar i = 0; i < Lanes; i++) begin : g_lane
    logic signed [CodeBits:0] a, b;
    logic signed [32:0] sum_q, scaled;
    assign a = $signed({1'b0, a_i[i*CodeBits+:CodeBits]}) - $signed({1'b0, zero_a_i});
    assign b = $signed({1'b0, b_i[i*CodeBits+:CodeBits]}) - $signed({1'b0, zero_b_i});

    always_ff @(posedge clk_i) begin
      if (valid_i)
        sum_q <= 33'(a) * 33'($signed({1'b0, multiplier_a_i})) + 33'(b) * 33'($signed({1'b0, multiplier_b_i})) + half;
    end

    assign scaled = (sum_q >>> shift_i) + zero_y;

    always_ff @(posedge clk_i) begin
      if (valid_q) begin
        if (scaled < 33'sd0) code_o[i*CodeBits+:CodeBits] <= '0;
        else if (scaled > Max) code_o[i*CodeBits+:CodeBits] <= '1;
        else code_o[i*CodeBits+:CodeBits] <= scaled[CodeBits-1:0];
      end
    end
  end
endmodule
`default_nettype wire
