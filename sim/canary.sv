// SPDX-License-Identifier: Apache-2.0
// Small processes whose results some version of Verilator has changed. sim/canary.cpp knows the answers, and
// src/simulate/build/canary.ts asks before the first model of a version is compiled.
`default_nettype none
module canary #(
  // 1 makes a result wrong, to show that it is noticed
  parameter bit Fault = 1'b0
) (
  input  wire         clk_i,
  input  wire  [7:0]  a_i,
  input  wire  [7:0]  b_i,
  input  wire  [7:0]  zero_i,
  input  wire  [15:0] multiplier_i,
  input  wire  [4:0]  shift_i,
  // Casts: a function in the place of its call lost what its result is cast to (Verilator 5.048).
  output logic [7:0]  cast_o,
  // Order: what a process reads before it writes, and writes before it reads.
  output logic [15:0] swap_o,
  output logic [7:0]  order_o,
  // Order within a function: a tree in place, whose steps were exchanged (Verilator 5.020 and 5.032).
  output logic [12:0] best_o,
  // Signs: comparisons, shifts and extensions of what is signed.
  output logic [31:0] sign_o
);
  function automatic logic signed [32:0] scale(input logic [7:0] code, input logic [7:0] zero,
                                               input logic [15:0] multiplier);
    logic signed [8:0] difference;
    difference = $signed({1'b0, code}) - $signed({1'b0, zero});
    scale = 33'(difference) * 33'($signed({1'b0, multiplier}));
  endfunction

  function automatic logic [7:0] round(input logic signed [32:0] sum, input logic [4:0] shift);
    logic signed [32:0] code;
    code = sum >>> shift;
    round = code < 33'sd0 ? '0 : code > 33'sd255 ? '1 : code[7:0];
  endfunction

  wire signed [32:0] half = $signed((33'd1 << shift_i) >> 1);
  logic signed [32:0] sum_q;
  always_ff @(posedge clk_i) sum_q <= scale(a_i, zero_i, multiplier_i) + scale(b_i, zero_i, multiplier_i) + half;
  always_ff @(posedge clk_i) cast_o <= round(sum_q, shift_i) + {7'd0, Fault};

  always_ff @(posedge clk_i) begin
    swap_o[7:0] <= swap_o[15:8] ^ a_i;
    swap_o[15:8] <= swap_o[7:0] + b_i;
  end

  logic [7:0] kept_q, next_q;
  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    order_o <= kept_q;
    next_q = kept_q + a_i;
    if (b_i[0]) kept_q = next_q;
    if (b_i[1]) kept_q = kept_q ^ 8'h5a;
    if (b_i[2]) order_o <= kept_q;
  end
  /* verilator lint_on BLKSEQ */

  // {lane, value} of the largest of 32, the lowest lane of a tie.
  function automatic logic [12:0] best(input logic [255:0] word);
    logic [255:0] values;
    logic [159:0] lanes;
    values = word;
    for (int i = 0; i < 32; i++) lanes[i*5+:5] = 5'(i);
    for (int step = 1; step < 32; step = step * 2) begin
      for (int i = 0; i + step < 32; i = i + 2 * step) begin
        if (values[(i+step)*8+:8] > values[i*8+:8]) begin
          values[i*8+:8] = values[(i+step)*8+:8];
          lanes[i*5+:5] = lanes[(i+step)*5+:5];
        end
      end
    end
    best = {lanes[4:0], values[7:0]};
  endfunction

  logic [255:0] word_q;
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 32; i++) word_q[i*8+:8] <= a_i + 8'(i) * b_i;
  end

  logic pick_q;
  /* verilator lint_off UNUSEDSIGNAL */
  logic [7:0] beside_q;
  /* verilator lint_on UNUSEDSIGNAL */
  always_ff @(posedge clk_i) begin
    pick_q <= 1'b1;
    if (pick_q) begin
      best_o <= beside_q[0] ? {5'd0, word_q[7:0]} : best(word_q);
      beside_q <= {word_q[7:1], 1'b0};
    end
  end

  wire signed [7:0] sa = $signed(a_i);
  wire signed [7:0] sb = $signed(b_i);
  wire signed [15:0] wide_a = 16'(sa);
  wire signed [15:0] wide_b = 16'(sb);
  always_ff @(posedge clk_i) sign_o <= {sa < sb, sa >>> shift_i[2:0] == sb, 14'(sa * sb), wide_a + (wide_b >>> 1)};
endmodule
`default_nettype wire
