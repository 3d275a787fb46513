// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The multiplier array: PX pixels x PO output channels x PI input channels of products a cycle (clause A-3 without
// its bias): acc[p][o] = Σ x[p][i] · w[o][i], summed from a beat with `first_i` to one with `last_i`.
//
// Each (pixel, output channel) has one accumulator for every Part input channels, so that the adder behind the
// multipliers stays short; the partial sums meet once a tile, on their way to `acc_o`. Addition modulo 2^32 is
// associative, so only the whole sum needs to fit (A-3 has it checked before a model is accepted).
//
// A simulation spends its time here. The shape is what a C++ compiler turns into vector instructions: the loop over
// the accumulators of a row stays a loop, and a step of it is the same operation on neighbours in memory.
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
  // Output channels of a row, rows of a pixel, and accumulators of a row
  localparam int Group = PO % 4 == 0 ? 4 : PO % 2 == 0 ? 2 : 1;
  localparam int Rows = PO / Group;
  localparam int Row = Group * Parts;
  localparam logic [31:0] Sign = 32'd1 << (W - 1);

  initial begin
    if (PI < 1 || PO < 1 || PX < 1) $fatal(1, "mac_array: an array size is below 1");
    if (W < 2 || W > 8 || A < 4 || A > 8) $fatal(1, "mac_array: WeightBits must be 2 to 8, ActivationBits 4 to 8");
  end

  // The accumulators of pixel p and output channel o begin at (p * PO + o) * Parts.
  (* mem2reg *) logic [31:0] acc_q [PX*PO*Parts];
  // What they take from a beat: weights, one word for each accumulator of a pixel, with inverted signs (offset binary);
  // codes, one word for each accumulator of a row.
  (* mem2reg *) logic [Part*W-1:0] w [PO*Parts];
  (* mem2reg *) logic [Part*A-1:0] x [PX*Row];

  task automatic add;
    logic [31:0] dot;
    logic [31:0] keep;
`ifdef SYNTHESIS
    logic signed [A+W:0] product;
`endif
    keep = {32{!first_i}};
    for (int k = 0; k < PO * Parts; k++) w[k] = w_i[k*Part*W+:Part*W] ^ {Part{Sign[W-1:0]}};
    for (int p = 0; p < PX; p++)
      for (int e = 0; e < Group; e++)
        for (int k = 0; k < Parts; k++) x[p*Row+e*Parts+k] = x_i[(p*Parts+k)*Part*A+:Part*A];
`ifdef ASSAY_VECTORISE
    // Where the version knows this comment (src/simulate/build/verilator.ts).
    /* verilator unroll_disable */
`endif
    for (int unsigned j = 0; j < Row; j++)
      for (int r = 0; r < Rows; r++)
        for (int p = 0; p < PX; p++) begin
          dot = 32'd0;
          // One multiplier. Offset binary less Sign is the signed weight.
          for (int i = 0; i < Part; i++) begin
`ifdef SYNTHESIS
            // The same product of as few bits as it has: one DSP, where 32 bits would take two.
            product = $signed({1'b0, x[p*Row+j][i*A+:A]}) * $signed(w[r*Row+j][i*W+:W] ^ Sign[W-1:0]);
            dot = dot + 32'(product);
`else
            dot = dot + 32'(x[p*Row+j][i*A+:A]) * (32'(w[r*Row+j][i*W+:W]) - Sign);
`endif
          end
          acc_q[(p*Rows+r)*Row+j] = (acc_q[(p*Rows+r)*Row+j] & keep) + dot;
        end
  endtask

  task automatic total;
    logic [31:0] sum;
    for (int j = 0; j < PX * PO; j++) begin
      sum = 32'd0;
      for (int k = 0; k < Parts; k++) sum = sum + acc_q[j*Parts+k];
      acc_o[j*32+:32] <= sum;
    end
  endtask

  logic done_q;
  always_ff @(posedge clk_i) done_q <= valid_i && last_i;

  // Accumulators and words belong to this process alone, which reads them before it writes them: assigned in place, so
  // that a simulator does not keep and copy a second set of them.
  always_ff @(posedge clk_i) begin
    if (done_q) total;
    if (valid_i) add;
  end
endmodule
`default_nettype wire
