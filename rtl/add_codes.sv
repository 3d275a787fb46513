// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Addition of two tensors (clause A-6), `Lanes` codes a cycle:
// q = clamp(Z_y + ⌊((a - Z_a) · M_a + (b - Z_b) · M_b + h) / 2^s⌋, 0, max), h = 2^(s-1), 1 ≤ s ≤ 31.
// `max_i` is 2^A - 1 of the output, which may have fewer bits than the datapath.
// Each product is below 2^(A+16) in magnitude and h ≤ 2^30: with A ≤ 8 the sum fits 32 bits and a sign.
//
// Model: src/golden/add.ts. Latency 2, throughput one beat a cycle.
module add_codes #(
  // Codes a cycle
  parameter int Lanes = 16,
  // Bits of a code
  parameter int CodeBits = 8
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      valid_i,
  input  logic [Lanes*CodeBits-1:0] a_i,
  input  logic [Lanes*CodeBits-1:0] b_i,
  input  logic [CodeBits-1:0]       zero_a_i,
  input  logic [CodeBits-1:0]       zero_b_i,
  input  logic [CodeBits-1:0]       zero_y_i,
  input  logic [CodeBits-1:0]       max_i,
  input  logic [15:0]               multiplier_a_i,
  input  logic [15:0]               multiplier_b_i,
  input  logic [4:0]                shift_i,
  output logic                      valid_o,
  output logic [Lanes*CodeBits-1:0] code_o
);

  initial if (Lanes < 1 || CodeBits < 1 || CodeBits > 8) $fatal(1, "add_codes: Lanes or CodeBits out of range");

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
  wire signed [32:0] max = $signed({{(33 - CodeBits) {1'b0}}, max_i});
  wire signed [32:0] half = $signed((33'd1 << shift_i) >> 1);

  // The two halves of A-6, as functions so that a simulator runs them only when there is something to add.
  function automatic logic signed [32:0] scale(input logic [CodeBits-1:0] code, input logic [CodeBits-1:0] zero,
                                               input logic [15:0] multiplier);
    logic signed [CodeBits:0] difference;
    difference = $signed({1'b0, code}) - $signed({1'b0, zero});
    scale = 33'(difference) * 33'($signed({1'b0, multiplier}));
  endfunction

  function automatic logic [CodeBits-1:0] round(input logic signed [32:0] sum, input logic [4:0] shift,
                                                input logic signed [32:0] offset, input logic signed [32:0] limit);
    logic signed [32:0] code;
    code = (sum >>> shift) + offset;
    round = code < 33'sd0 ? '0 : code > limit ? limit[CodeBits-1:0] : code[CodeBits-1:0];
  endfunction

  for (genvar i = 0; i < Lanes; i++) begin : g_lane
    logic signed [32:0] sum_q;

    always_ff @(posedge clk_i) begin
      if (valid_i)
        sum_q <= scale(a_i[i*CodeBits+:CodeBits], zero_a_i, multiplier_a_i)
            + scale(b_i[i*CodeBits+:CodeBits], zero_b_i, multiplier_b_i) + half;
    end

    always_ff @(posedge clk_i) begin
      if (valid_q) code_o[i*CodeBits+:CodeBits] <= round(sum_q, shift_i, zero_y, max);
    end
  end
endmodule
`default_nettype wire
