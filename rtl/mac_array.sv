// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The multiplier array: PX pixels x PO output channels x PI input channels of products a cycle (clause A-3 without
// its bias): acc[p][o] = Σ x[p][i] · w[o][i], summed from a beat with `first_i` to one with `last_i`.
//
// Each (pixel, output channel) has one accumulator for every Part input channels, so that the adder behind the
// multipliers stays short; the partial sums meet once a tile, on their way to `acc_o`. Addition modulo 2^32 is
// associative, so only the whole sum needs to fit (A-3 has it checked before a model is accepted).
//
// It is written twice, with the same result in the same cycle. For synthesis there is a register behind every product,
// every sum of two and of four, and every accumulator. A simulation spends its time here: it multiplies and adds in one
// step whose shape a C++ compiler turns into vector instructions (the loop over the accumulators of a row stays a loop,
// and a step of it is the same operation on neighbours in memory), and lets the few totals wait instead.
//
// Model: `accumulate` in src/golden/conv.ts. Latency 6: acc_o changes at the sixth edge after the beat with
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

  initial begin
    if (PI < 1 || PO < 1 || PX < 1) $fatal(1, "mac_array: an array size is below 1");
    if (W < 2 || W > 8 || A < 4 || A > 8) $fatal(1, "mac_array: WeightBits must be 2 to 8, ActivationBits 4 to 8");
  end

  // Bit k: the last beat of a tile was k edges ago.
  logic [5:1] last_q;
  always_ff @(posedge clk_i) last_q <= {last_q[4:1], valid_i && last_i};

`ifdef SYNTHESIS
  localparam int Pairs = (Part + 1) / 2;
  localparam int Halves = (Parts + 1) / 2;

  logic [2:1] valid_q, first_q;
  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[1], valid_i};
    first_q <= {first_q[1], first_i};
  end

  for (genvar p = 0; p < PX; p++) begin : g_pixel
    for (genvar o = 0; o < PO; o++) begin : g_output
      // Copies for each, so that no register drives the accumulators of all.
      (* keep = "true" *) logic valid3_q, keep3_q;
      logic [Parts*32-1:0] acc_q;
      logic [Halves*32-1:0] half_q;
      always_ff @(posedge clk_i) begin
        valid3_q <= valid_q[2];
        keep3_q <= !first_q[2];
      end

      for (genvar k = 0; k < Parts; k++) begin : g_part
        logic signed [A+W+1:0] dot_q;
        for (genvar j = 0; j < Pairs; j++) begin : g_pair
          localparam int Lane = k * Part + 2 * j;
          // A register in the multiplier, one behind the adder beside it.
          logic signed [A+W-1:0] even_q, odd_q;
          logic signed [A+W:0] sum_q;
          always_ff @(posedge clk_i) begin
            even_q <= $signed({1'b0, x_i[(p*PI+Lane)*A+:A]}) * $signed(w_i[(o*PI+Lane)*W+:W]);
            sum_q <= even_q + odd_q;
          end
          if (2 * j + 1 < Part) begin : g_odd
            always_ff @(posedge clk_i)
              odd_q <= $signed({1'b0, x_i[(p*PI+Lane+1)*A+:A]}) * $signed(w_i[(o*PI+Lane+1)*W+:W]);
          end else begin : g_odd
            assign odd_q = '0;
          end
        end
        always_ff @(posedge clk_i) begin
          dot_q <= (A + W + 2)'(g_pair[0].sum_q) + (Pairs > 1 ? (A + W + 2)'(g_pair[Pairs-1].sum_q) : '0);
          if (valid3_q) acc_q[k*32+:32] <= 32'(dot_q) + $signed(acc_q[k*32+:32] & {32{keep3_q}});
        end
      end

      // The accumulators in two steps: pairs of them, then all.
      function automatic logic [31:0] all;
        all = 32'd0;
        for (int h = 0; h < Halves; h++) all = all + half_q[h*32+:32];
      endfunction
      for (genvar h = 0; h < Halves; h++) begin : g_half
        always_ff @(posedge clk_i)
          if (last_q[4]) half_q[h*32+:32] <= acc_q[2*h*32+:32] + (2 * h + 1 < Parts ? acc_q[(2*h+1)%Parts*32+:32] : 32'd0);
      end
      always_ff @(posedge clk_i) if (last_q[5]) acc_o[(p*PO+o)*32+:32] <= all();
    end
  end
`else
  // Output channels of a row, rows of a pixel, and accumulators of a row
  localparam int Group = PO % 4 == 0 ? 4 : PO % 2 == 0 ? 2 : 1;
  localparam int Rows = PO / Group;
  localparam int Row = Group * Parts;
  localparam logic [31:0] Sign = 32'd1 << (W - 1);

  // The accumulators of pixel p and output channel o begin at (p * PO + o) * Parts.
  (* mem2reg *) logic [31:0] acc_q [PX*PO*Parts];
  // What they take from a beat: weights, one word for each accumulator of a pixel, with inverted signs (offset binary);
  // codes, one word for each accumulator of a row.
  (* mem2reg *) logic [Part*W-1:0] w [PO*Parts];
  (* mem2reg *) logic [Part*A-1:0] x [PX*Row];

  task automatic add;
    logic [31:0] dot;
    logic [31:0] keep;
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
          for (int i = 0; i < Part; i++)
            dot = dot + 32'(x[p*Row+j][i*A+:A]) * (32'(w[r*Row+j][i*W+:W]) - Sign);
          acc_q[(p*Rows+r)*Row+j] = (acc_q[(p*Rows+r)*Row+j] & keep) + dot;
        end
  endtask

  // Totals that wait for four cycles, each in the place of its cycle.
  logic [PX*PO*32-1:0] waiting_q [4];
  logic [PX*PO*32-1:0] total_q;
  logic [1:0] place_q;

  task automatic total;
    logic [31:0] sum;
    for (int j = 0; j < PX * PO; j++) begin
      sum = 32'd0;
      for (int k = 0; k < Parts; k++) sum = sum + acc_q[j*Parts+k];
      total_q[j*32+:32] = sum;
    end
  endtask

  // Accumulators and words belong to this process alone, which reads them before it writes them: assigned in place, so
  // that a simulator does not keep and copy a second set of them.
  always_ff @(posedge clk_i) begin
    if (last_q[5]) acc_o <= waiting_q[place_q];
    if (last_q[1]) begin
      total;
      waiting_q[place_q] = total_q;
    end
    if (valid_i) add;
    place_q = place_q + 2'd1;
  end

  initial place_q = 2'd0;
`endif
endmodule
`default_nettype wire
