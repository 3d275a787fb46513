// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Requantise (clauses A-3 and A-4), `Lanes` sums a cycle:
// acc = sum + B, p = clamp(Z + ⌊(acc · M + h) / 2^s⌋, 0, max), h = 2^(s-1), or 0 for s = 0.
// One rounding, half up, then the zero point, then the clamp. `max_i` is 2^n - 1. The parameter ROM holds B of a lane
// in bits 31:0 of 64, M in 47:32, s in 53:48. |acc · M| ≤ 2^31 · (2^16 - 1) and h ≤ 2^46: the sum fits 48 bits and a
// sign.
//
// Model: `requantise` in src/golden/fixed-point.ts. Latency 2, throughput one beat a cycle.
module requantise #(
  // Accumulators a cycle
  parameter int Lanes = 16,
  // Bits of a code
  parameter int CodeBits = 8
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      valid_i,
  // Signed sums of products, modulo 2^32; acc fits 32 bits (A-3)
  input  logic [Lanes*32-1:0]       sum_i,
  input  logic [Lanes*64-1:0]       param_i,
  input  logic [CodeBits-1:0]       zero_i,
  input  logic [CodeBits-1:0]       max_i,
  output logic                      valid_o,
  output logic [Lanes*CodeBits-1:0] code_o
);

  initial if (Lanes < 1 || CodeBits < 1 || CodeBits > 16) $fatal(1, "requantise: Lanes or CodeBits out of range");

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

  wire signed [48:0] zero = $signed({{(49 - CodeBits) {1'b0}}, zero_i});
  wire signed [48:0] max = $signed({{(49 - CodeBits) {1'b0}}, max_i});

  // The two halves of A-4, as functions so that a simulator runs them only when there is something to requantise.
  function automatic logic signed [48:0] scale(input logic [31:0] sum, input logic [63:0] param);
    logic signed [31:0] acc;
    acc = sum + param[31:0];
    scale = 49'(acc) * 49'($signed({1'b0, param[47:32]})) + $signed((49'd1 << param[53:48]) >> 1);
  endfunction

  function automatic logic [CodeBits-1:0] round(input logic signed [48:0] product, input logic [5:0] shift,
                                                input logic signed [48:0] offset, input logic signed [48:0] limit);
    logic signed [48:0] code;
    code = (product >>> shift) + offset;
    round = code < 49'sd0 ? '0 : code > limit ? limit[CodeBits-1:0] : code[CodeBits-1:0];
  endfunction

  for (genvar i = 0; i < Lanes; i++) begin : g_lane
    logic [5:0] shift_q;
    logic signed [48:0] product_q;

    always_ff @(posedge clk_i) begin
      if (valid_i) begin
        product_q <= scale(sum_i[i*32+:32], param_i[i*64+:64]);
        shift_q <= param_i[i*64+48+:6];
      end
    end

    always_ff @(posedge clk_i) begin
      if (valid_q) code_o[i*CodeBits+:CodeBits] <= round(product_q, shift_q, zero, max);
    end
  end

`ifndef SYNTHESIS
  // A shift above 47 has no meaning in A-4.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
    end else if (valid_i) begin
      for (int i = 0; i < Lanes; i++) assert (param_i[i*64+48+:6] < 6'd48);
    end
  end
`endif
endmodule
`default_nettype wire
