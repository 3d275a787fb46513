// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Requantise (clauses A-3 and A-4), `Lanes` sums a cycle:
// acc = sum + B, p = clamp(Z + ⌊(acc · M + h) / 2^s⌋, 0, max), h = 2^(s-1), or 0 for s = 0.
// One rounding, half up, then the zero point, then the clamp. `max_i` is 2^n - 1. The parameter ROM holds B of a lane
// in bits 31:0 of 64, M in 47:32, s in 53:48. |acc · M| ≤ 2^31 · (2^16 - 1) and h ≤ 2^46: the sum fits 48 bits and a
// sign. That is what the defaults give.
//
// With other parameters it is what the stages of a profile say, in this order (docs/arithmetic.md, "Profiles"):
//   acc      wrapped or saturated to AccBits
//   left     by -s where s is negative, saturated to 32 bits
//   multiply by M; or, DoublingHigh, ⌊(acc · M + 2^30) / 2^31⌋
//   right    by s where it is positive, with Rounding: every one adds a number to the value before the shift
//   narrow   to 32 bits, as Between says
//   Z, and to a code as CodeOverflow says
// Codes are unsigned; a signed code is the code plus 2^(n-1), and so is Z. With M of more than 16 bits, or 96 bits a lane,
// M is in bits 63:32 and s in 71:64. With LeftShift s has a sign and 8 bits.
//
// Model: `requantise` in src/golden/fixed-point.ts, and src/arithmetic/run-stages.ts. Latency 8, throughput one beat a
// cycle.
module requantise #(
  // Accumulators a cycle
  parameter int Lanes = 16,
  // Bits of a code
  parameter int CodeBits = 8,
  // Bits of an accumulator, where AccOverflow makes it narrower than the sum
  parameter int AccBits = 32,
  // assay_pkg::Overflow…, once, of sum + B
  parameter int AccOverflow = assay_pkg::OverflowNone,
  // Bits of M; 0: no multiplier
  parameter int MultiplierBits = 16,
  // 1: a doubling high multiply of 32 bits, whose M has 31
  parameter int DoublingHigh = 0,
  // 1: a negative s shifts to the left
  parameter int LeftShift = 0,
  // assay_pkg::Round…
  parameter int Rounding = assay_pkg::RoundHalfUp,
  // The largest s
  parameter int MostShift = 47,
  // assay_pkg::Overflow…, of 32 bits behind the shift
  parameter int Between = assay_pkg::OverflowNone,
  // OverflowSaturate or OverflowWrap, to max_i
  parameter int CodeOverflow = assay_pkg::OverflowSaturate,
  localparam int ParamBits = assay_pkg::paramBits(MultiplierBits)
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       valid_i,
  // Signed sums of products, modulo 2^32; acc fits 32 bits (A-3)
  input  logic [Lanes*32-1:0]        sum_i,
  input  logic [Lanes*ParamBits-1:0] param_i,
  input  logic [CodeBits-1:0]        zero_i,
  input  logic [CodeBits-1:0]        max_i,
  output logic                       valid_o,
  output logic [Lanes*CodeBits-1:0]  code_o
);

  // Bits of a value before it is rounded, and with what rounding adds.
  localparam int Exact = DoublingHigh != 0 ? 32 : 32 + MultiplierBits;
  localparam int Reach = MostShift + (Rounding == assay_pkg::RoundTosaDouble ? 1 : 0);
  localparam int Width = (Exact > Reach ? Exact : Reach) + 1;
  // M and s of a parameter word. Without a multiplier M is 1.
  localparam int MBits = MultiplierBits > 0 ? MultiplierBits : 1;
  localparam int SAt = ParamBits - 32 + (ParamBits == 64 ? 16 : 0);
  // M in parts of at most 17 bits: a product of one with 17 bits of an accumulator is a multiplier of 18 x 18.
  localparam bit HasTop = MBits > 17;
  localparam int PartBits = HasTop ? 16 : MBits;
  localparam int TopBits = HasTop ? MBits - 16 : 1;
  // Bits of a product before it is narrowed.
  localparam int Full = 33 + MBits;

  initial begin
    if (Lanes < 1 || CodeBits < 1 || CodeBits > 32) $fatal(1, "requantise: Lanes or CodeBits out of range");
    if (AccBits < 8 || AccBits > 32) $fatal(1, "requantise: AccBits is %0d, must be 8 to 32", AccBits);
    if (MultiplierBits < 0 || MultiplierBits > 32)
      $fatal(1, "requantise: MultiplierBits is %0d, must be 0 to 32", MultiplierBits);
    if (DoublingHigh != 0 && MultiplierBits != 31)
      $fatal(1, "requantise: MultiplierBits is %0d, a doubling high multiply takes 31", MultiplierBits);
    if (Rounding < 0 || Rounding > assay_pkg::RoundTosaDouble) $fatal(1, "requantise: no rounding %0d", Rounding);
    if (MostShift < 0 || MostShift > 63) $fatal(1, "requantise: MostShift is %0d, must be 0 to 63", MostShift);
    if (AccOverflow < 0 || AccOverflow > 2 || Between < 0 || Between > 2 || CodeOverflow < 1 || CodeOverflow > 2)
      $fatal(1, "requantise: no such overflow");
    // What saturates on its way to the left is beyond every code only where those saturate too.
    if (LeftShift != 0 && (Between == assay_pkg::OverflowWrap || CodeOverflow == assay_pkg::OverflowWrap))
      $fatal(1, "requantise: LeftShift takes codes that saturate");
  end

  logic [3:1] valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[2:1], valid_i};
  end

  // All of it in functions, so that a simulator runs them only when there is something to requantise.

  // A-3, narrowed, and shifted to the left.
  function automatic logic signed [31:0] accumulate(input logic [31:0] sum, input logic [31:0] bias,
                                                    input logic signed [7:0] s);
    logic signed [31:0] acc, least, most;
    logic signed [63:0] left;
    acc = sum + bias;
    most = $signed(32'h7fff_ffff >> (32 - AccBits));
    least = ~most;
    if (AccOverflow == assay_pkg::OverflowWrap) acc = $signed(acc << (32 - AccBits)) >>> (32 - AccBits);
    if (AccOverflow == assay_pkg::OverflowSaturate) acc = acc < least ? least : acc > most ? most : acc;
    left = 64'(acc);
    if (LeftShift != 0 && s[7]) begin
      left = left <<< -s;
      acc = left < -64'sh8000_0000 ? 32'sh8000_0000 : left > 64'sh7fff_ffff ? 32'sh7fff_ffff : left[31:0];
    end
    accumulate = acc;
  endfunction

  // s of a right shift.
  function automatic logic [5:0] right(input logic [ParamBits-1:0] param);
    right = LeftShift != 0 && param[SAt+7] ? 6'd0 : param[SAt+:6];
  endfunction

  // The low 17 bits of an accumulator and the others, times M. Two DSPs share their sum: the second adds what the first
  // has above its low 17 bits.
  function automatic logic signed [Full-1:0] join17(input logic signed [17+PartBits:0] low,
                                                    input logic signed [15+PartBits:0] high);
    logic signed [15+PartBits:0] upper;
    upper = high + (16 + PartBits)'(low >> 17);
    join17 = Full'($signed({upper, low[16:0]}));
  endfunction

  // Registers that this process alone reads are assigned in place, from the last stage to the first: a simulator then
  // keeps no second copy of them, and runs a stage only when there is something in it.
  (* mem2reg *) logic [5:0] shift1 [Lanes], shift2 [Lanes];
  (* mem2reg *) logic signed [31:0] acc1 [Lanes];
  (* mem2reg *) logic [MBits-1:0] multiplier1 [Lanes];
  // Products with the lower part of M, and with its upper part where it has two.
  (* mem2reg *) logic signed [17+PartBits:0] low [Lanes];
  (* mem2reg *) logic signed [15+PartBits:0] high [Lanes];
  (* mem2reg *) logic signed [17+TopBits:0] low_top [Lanes];
  (* mem2reg *) logic signed [15+TopBits:0] high_top [Lanes];
  localparam int Product = MultiplierBits == 0 || DoublingHigh != 0 ? 32 : Full;
  localparam int Slot = assay_pkg::slotBits(Product);
  logic [Lanes*Slot-1:0] value_q;
  logic [Lanes*8-1:0] shift_q;

  task automatic meet;
    logic [Lanes*Slot-1:0] values;
    logic [Lanes*8-1:0] shifts;
    logic signed [Full-1:0] product;
    values = '0;
    for (int i = 0; i < Lanes; i++) begin
      product = join17(low[i], high[i]);
      if (HasTop) product = product + (Full'(high_top[i]) <<< 33) + (Full'(low_top[i]) <<< 16);
      if (DoublingHigh != 0) product = Full'($signed(32'((product + Full'(64'sh4000_0000)) >> 31)));
      values[i*Slot+:Product] = Product'(product);
      shifts[i*8+:8] = 8'(shift2[i]);
    end
    value_q <= values;
    shift_q <= shifts;
  endtask

  task automatic multiply;
    for (int i = 0; i < Lanes; i++) begin
      low[i] = $signed({1'b0, acc1[i][16:0]}) * $signed({1'b0, multiplier1[i][PartBits-1:0]});
      high[i] = $signed(acc1[i][31:17]) * $signed({1'b0, multiplier1[i][PartBits-1:0]});
      if (HasTop) begin
        low_top[i] = $signed({1'b0, acc1[i][16:0]}) * $signed({1'b0, multiplier1[i][MBits-1-:TopBits]});
        high_top[i] = $signed(acc1[i][31:17]) * $signed({1'b0, multiplier1[i][MBits-1-:TopBits]});
      end
      shift2[i] = shift1[i];
    end
  endtask

  task automatic take;
    for (int i = 0; i < Lanes; i++) begin
      acc1[i] = accumulate(sum_i[i*32+:32], param_i[i*ParamBits+:32], param_i[i*ParamBits+SAt+:8]);
      multiplier1[i] = MultiplierBits == 0 ? MBits'(1) : param_i[i*ParamBits+32+:MBits];
      shift1[i] = right(param_i[i*ParamBits+:ParamBits]);
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (valid_q[2]) meet;
    if (valid_q[1]) multiply;
    if (valid_i) take;
  end

  round_code #(
    .Lanes(Lanes), .ValueBits(Product), .Width(Width), .CodeBits(CodeBits), .Rounding(Rounding), .Between(Between),
    .CodeOverflow(CodeOverflow)
  ) u_round (
    .clk_i,
    .rst_ni,
    .valid_i(valid_q[3]),
    .value_i(value_q),
    .shift_i(shift_q),
    .zero_i,
    .max_i,
    .valid_o,
    .code_o
  );

`ifndef SYNTHESIS
  // A shift above the largest has no meaning in A-4, and one to the left is of 31 bits at most.
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
    end else if (valid_i) begin
      for (int i = 0; i < Lanes; i++) begin
        assert (7'(right(param_i[i*ParamBits+:ParamBits])) < 7'(MostShift + 1));
        assert (LeftShift == 0 || $signed(param_i[i*ParamBits+SAt+:8]) >= -8'sd31);
      end
    end
  end
`endif
endmodule
`default_nettype wire
