// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// PX x PI lanes for the operators that pass codes on (clause A-7) and for the operands of an addition (A-6).
// From a beat with `first_i` to one with `last_i`:
//   max_i = 1: a = the largest code of each lane (max-pool; a single beat copies)
//   max_i = 0: a = the first beat, b = the last (addition)
//
// Model: src/golden/max-pool.ts, upsample.ts, add.ts. Latency 2: the outputs change at the second edge after the beat
// with `last_i`. Throughput one beat a cycle, tiles back to back.
module code_array #(
  // Codes in a word
  parameter int PI = 16,
  // Pixels
  parameter int PX = 4,
  // Bits of a code
  parameter int ActivationBits = 8,
  localparam int Word = PI * ActivationBits
) (
  input  logic               clk_i,
  input  logic               valid_i,
  input  logic               first_i,
  input  logic               last_i,
  input  logic               max_i,
  input  logic [PX*Word-1:0] x_i,
  output logic [PX*Word-1:0] a_o,
  output logic [PX*Word-1:0] b_o
);

  localparam int A = ActivationBits;

  logic [PX*Word-1:0] a_q, b_q;
  logic done_q;
  always_ff @(posedge clk_i) done_q <= valid_i && last_i;

  // The larger code of each lane.
  function automatic logic [PX*Word-1:0] larger(input logic [PX*Word-1:0] a, input logic [PX*Word-1:0] b);
    for (int p = 0; p < PX; p++)
      for (int i = p * PI; i < (p + 1) * PI; i++) larger[i*A+:A] = a[i*A+:A] > b[i*A+:A] ? a[i*A+:A] : b[i*A+:A];
  endfunction

  // What this process alone reads is assigned in place, after it is read: a simulator then keeps no second copy of it.
  always_ff @(posedge clk_i) begin
    if (done_q) begin
      a_o <= a_q;
      b_o <= b_q;
    end
    if (valid_i) begin
      if (first_i) a_q = x_i;
      else if (max_i) a_q = larger(x_i, a_q);
      b_q = x_i;
    end
  end
endmodule
`default_nettype wire
