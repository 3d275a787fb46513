// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The multiplier array: PX pixels x PO output channels x PI input channels of products a cycle (clause A-3 without
// its bias): acc[p][o] = Σ x[p][i] · w[o][i], summed from a beat with `first_i` to one with `last_i`.
//
// Each (pixel, output channel) has one accumulator for every Part input channels, so that the adder behind the
// multipliers stays short; the partial sums meet once a tile, on their way to `acc_o`. Addition modulo 2^32 is
// associative, so only the whole sum needs to fit (A-3 has it checked before a model is accepted).
//
// A simulation spends its time here. The shape is what a C++ compiler turns into vector multiplies: accumulators of a
// pixel in one flat vector, one expression for each, signs made by xor and subtraction (the gates of a sign
// extension).
//
// Model: `accumulate` in src/golden/conv.ts. Latency 2: acc_o changes at the second edge after the beat with
// `last_i`, and holds until the next tile's. Throughput one beat a cycle, tiles back to back.
module mac_array #(
  // Input channels a cycle, the codes of a feature word
  parameter int PI = 16,
  // Output channels a cycle, a multiple of PI
  parameter int PO = 16,
  // Output pixels a cycle, a power of two
  parameter int PX = 4,
  // W: bits of a weight
  parameter int WeightBits = 8,
  // A: bits of a code
  parameter int ActivationBits = 8
) (
  input  logic                            clk_i,
  input  logic                            valid_i,
  input  logic                            first_i,
  input  logic                            last_i,
  input  logic [PX*PI*ActivationBits-1:0] x_i,
  input  logic [PO*PI*WeightBits-1:0]     w_i,
  output logic [PX*PO*32-1:0]             acc_o
);

  localparam int A = ActivationBits;
  localparam int W = WeightBits;
  // Products an accumulator takes a beat, and accumulators of a (pixel, output channel)
  localparam int Part = PI % 4 == 0 ? 4 : PI % 2 == 0 ? 2 : 1;
  localparam int Parts = PI / Part;
  localparam logic [31:0] Sign = 32'd1 << (W - 1);

  initial begin
    if (PI < 1 || PO < 1 || PX < 1) $fatal(1, "mac_array: an array size is below 1");
    if (W < 2 || W > 8 || A < 4 || A > 8) $fatal(1, "mac_array: WeightBits must be 2 to 8, ActivationBits 4 to 8");
  end

  // Σ x · w of Part lanes. (v ^ Sign) - Sign extends the sign of a W-bit v.
  function automatic logic [31:0] dot(input logic [Part*A-1:0] x, input logic [Part*W-1:0] w);
    dot = 32'd0;
    for (int i = 0; i < Part; i++) dot = dot + 32'(x[i*A+:A]) * ((32'(w[i*W+:W]) ^ Sign) - Sign);
  endfunction

  // Σ of the accumulators of a (pixel, output channel).
  function automatic logic [31:0] total(input logic [Parts*32-1:0] acc);
    total = 32'd0;
    for (int k = 0; k < Parts; k++) total = total + acc[k*32+:32];
  endfunction

  wire [31:0] keep = {32{!first_i}};
  logic done_q;
  always_ff @(posedge clk_i) done_q <= valid_i && last_i;

  for (genvar p = 0; p < PX; p++) begin : g_pixel
    logic [PO*Parts*32-1:0] acc_q;

    // The accumulators are registers of this process alone, read before they are written: assigned in place, so that
    // a simulator does not keep and copy a second set of them.
    always_ff @(posedge clk_i) begin
      if (done_q) begin
        for (int o = 0; o < PO; o++) acc_o[(p*PO+o)*32+:32] <= total(acc_q[o*Parts*32+:Parts*32]);
      end
      if (valid_i) begin
        for (int o = 0; o < PO; o++)
          for (int k = 0; k < Parts; k++)
            acc_q[(o*Parts+k)*32+:32] = (acc_q[(o*Parts+k)*32+:32] & keep)
                + dot(x_i[(p*PI+k*Part)*A+:Part*A], w_i[(o*PI+k*Part)*W+:Part*W]);
      end
    end
  end
endmodule
`default_nettype wire
