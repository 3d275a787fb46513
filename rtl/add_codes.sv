// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Addition of two tensors (clause A-6), `Lanes` codes a cycle:
// q = clamp(Z_y + ⌊((a - Z_a) · M_a + (b - Z_b) · M_b + h) / 2^s⌋, 0, max), h = 2^(s-1), 1 ≤ s ≤ 31.
// `max_i` is 2^A - 1 of the output, which may have fewer bits than the datapath.
// Each product is below 2^(A+16) in magnitude and h ≤ 2^30: with A ≤ 8 the sum fits 32 bits and a sign.
// That is what the defaults give, and with other numbers and another rounding what Staged = 0 gives.
//
// Staged = 1: each operand and then their sum go through a requantiser, with M and s of their own. An operand is
// shifted by OperandLeft before that, and leaves it, as the sum does, saturated to 32 bits. Without SumScales the sum is a
// code but for its zero point.
//
// Model: src/golden/add.ts. Latency 8, Staged 16; throughput one beat a cycle.
module add_codes #(
  // Codes a cycle
  parameter int Lanes = 16,
  // Bits of a code
  parameter int CodeBits = 8,
  // 1: each operand is rounded, then their sum
  parameter int Staged = 0,
  // Bits of M; Staged: 0 is no multiplier
  parameter int MultiplierBits = 16,
  // assay_pkg::Round…
  parameter int Rounding = assay_pkg::RoundHalfUp,
  // The largest s
  parameter int MostShift = 31,
  // OverflowSaturate or OverflowWrap, to max_i
  parameter int CodeOverflow = assay_pkg::OverflowSaturate,
  // Staged, 1: a doubling high multiply of 32 bits, whose M has 31
  parameter int DoublingHigh = 0,
  // Staged: bits by which an operand is shifted to the left
  parameter int OperandLeft = 0,
  // Staged, 1: a negative s of an operand shifts to the left
  parameter int LeftShift = 0,
  // Staged, 1: the sum is scaled as the operands are
  parameter int SumScales = 0,
  localparam int MBits = MultiplierBits > 0 ? MultiplierBits : 1,
  localparam int ShiftBits = MostShift < 32 ? 5 : 6
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
  input  logic [MBits-1:0]          multiplier_a_i,
  input  logic [MBits-1:0]          multiplier_b_i,
  // M of the sum, and s of each operand, of Staged
  input  logic [MBits-1:0]          multiplier_y_i,
  input  logic [7:0]                shift_a_i,
  input  logic [7:0]                shift_b_i,
  // s of the sum
  input  logic [ShiftBits-1:0]      shift_i,
  output logic                      valid_o,
  output logic [Lanes*CodeBits-1:0] code_o
);

  initial begin
    if (Lanes < 1 || CodeBits < 1 || CodeBits > 8) $fatal(1, "add_codes: Lanes or CodeBits out of range");
    if (Rounding < 0 || Rounding > assay_pkg::RoundTosaDouble) $fatal(1, "add_codes: no rounding %0d", Rounding);
    if (MultiplierBits < (Staged != 0 ? 0 : 1) || MultiplierBits > 32)
      $fatal(1, "add_codes: MultiplierBits is %0d, must be 1 to 32, or 0 where Staged", MultiplierBits);
    if (CodeOverflow < 1 || CodeOverflow > 2) $fatal(1, "add_codes: no such overflow");
    if (MostShift < 0 || MostShift > 63) $fatal(1, "add_codes: MostShift is %0d, must be 0 to 63", MostShift);
    if (Staged == 0 && (DoublingHigh != 0 || OperandLeft != 0 || LeftShift != 0 || SumScales != 0))
      $fatal(1, "add_codes: one rounding takes no stage of an operand");
    if (Staged != 0 && CodeOverflow == assay_pkg::OverflowWrap) $fatal(1, "add_codes: a sum of stages saturates");
    if (OperandLeft < 0 || OperandLeft + CodeBits + 1 > 32)
      $fatal(1, "add_codes: OperandLeft is %0d, an operand has 32 bits", OperandLeft);
  end

  if (Staged == 0) begin : g_joint
    // Bits of a sum with what rounding adds.
    localparam int Exact = CodeBits + MultiplierBits + 3;
    localparam int Width = Exact > MostShift + 2 ? Exact : MostShift + 2;

    logic [3:1] valid_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid_q <= '0;
      else valid_q <= {valid_q[2:1], valid_i};
    end

    // Registers that this process alone reads, as in requantise.sv: codes less their zero points, and times M.
    (* mem2reg *) logic signed [CodeBits:0] a [Lanes], b [Lanes];
    (* mem2reg *) logic signed [CodeBits+MultiplierBits:0] scaled_a [Lanes], scaled_b [Lanes];
    localparam int Sum = CodeBits + MultiplierBits + 2;
    localparam int Slot = assay_pkg::slotBits(Sum);
    logic [Lanes*Slot-1:0] sum_q;

    task automatic meet;
      logic [Lanes*Slot-1:0] sums;
      sums = '0;
      for (int i = 0; i < Lanes; i++) sums[i*Slot+:Sum] = Sum'(scaled_a[i]) + Sum'(scaled_b[i]);
      sum_q <= sums;
    endtask

    task automatic multiply;
      for (int i = 0; i < Lanes; i++) begin
        scaled_a[i] = a[i] * $signed({1'b0, multiplier_a_i});
        scaled_b[i] = b[i] * $signed({1'b0, multiplier_b_i});
      end
    endtask

    task automatic take;
      for (int i = 0; i < Lanes; i++) begin
        a[i] = $signed({1'b0, a_i[i*CodeBits+:CodeBits]}) - $signed({1'b0, zero_a_i});
        b[i] = $signed({1'b0, b_i[i*CodeBits+:CodeBits]}) - $signed({1'b0, zero_b_i});
      end
    endtask

    always_ff @(posedge clk_i) begin
      if (valid_q[2]) meet;
      if (valid_q[1]) multiply;
      if (valid_i) take;
    end

    round_code #(
      .Lanes(Lanes), .ValueBits(Sum), .Width(Width), .CodeBits(CodeBits), .Rounding(Rounding),
      .CodeOverflow(CodeOverflow)
    ) u_round (
      .clk_i,
      .rst_ni,
      .valid_i(valid_q[3]),
      .value_i(sum_q),
      .shift_i({Lanes{8'(shift_i)}}),
      .zero_i(zero_y_i),
      .max_i,
      .valid_o,
      .code_o
    );

    wire unused = &{1'b0, multiplier_y_i, shift_a_i, shift_b_i};
  end else begin : g_staged
    localparam int ParamBits = assay_pkg::paramBits(MultiplierBits);
    localparam int SAt = ParamBits == 64 ? 48 : 64;
    localparam int SumParamBits = assay_pkg::paramBits(SumScales != 0 ? MultiplierBits : 0);

    // A parameter word without a bias.
    function automatic logic [ParamBits-1:0] word(input logic [MBits-1:0] multiplier, input logic [7:0] s);
      word = '0;
      word[32+:MBits] = multiplier;
      word[SAt+:8] = s;
    endfunction

    logic [Lanes*32-1:0] a, b, scaled_a, scaled_b, sum;
    logic scaled;

    requantise #(
      .Lanes(Lanes), .CodeBits(32), .MultiplierBits(MultiplierBits), .DoublingHigh(DoublingHigh), .LeftShift(LeftShift),
      .Rounding(Rounding), .MostShift(MostShift)
    ) u_a (
      .clk_i,
      .rst_ni,
      .valid_i,
      .sum_i(a),
      .param_i({Lanes{word(multiplier_a_i, shift_a_i)}}),
      .zero_i(32'h8000_0000),
      .max_i(32'hffff_ffff),
      .valid_o(scaled),
      .code_o(scaled_a)
    );

    logic unused_valid;
    requantise #(
      .Lanes(Lanes), .CodeBits(32), .MultiplierBits(MultiplierBits), .DoublingHigh(DoublingHigh), .LeftShift(LeftShift),
      .Rounding(Rounding), .MostShift(MostShift)
    ) u_b (
      .clk_i,
      .rst_ni,
      .valid_i,
      .sum_i(b),
      .param_i({Lanes{word(multiplier_b_i, shift_b_i)}}),
      .zero_i(32'h8000_0000),
      .max_i(32'hffff_ffff),
      .valid_o(unused_valid),
      .code_o(scaled_b)
    );

    // Of 32 bits each, carried 2^31 above their values, as codes are; saturated to 32 bits.
    function automatic logic [31:0] add(input logic [31:0] left, input logic [31:0] right);
      logic signed [33:0] total;
      total = $signed({2'b0, left}) + $signed({2'b0, right}) - 34'sh1_0000_0000;
      add = total < -34'sh8000_0000 ? 32'h8000_0000 : total > 34'sh7fff_ffff ? 32'h7fff_ffff : total[31:0];
    endfunction

    for (genvar i = 0; i < Lanes; i++) begin : g_lane
      assign a[i*32+:32] = (32'(a_i[i*CodeBits+:CodeBits]) - 32'(zero_a_i)) << OperandLeft;
      assign b[i*32+:32] = (32'(b_i[i*CodeBits+:CodeBits]) - 32'(zero_b_i)) << OperandLeft;
      assign sum[i*32+:32] = add(scaled_a[i*32+:32], scaled_b[i*32+:32]);
    end

    requantise #(
      .Lanes(Lanes), .CodeBits(CodeBits), .MultiplierBits(SumScales != 0 ? MultiplierBits : 0),
      .DoublingHigh(SumScales != 0 ? DoublingHigh : 0), .Rounding(SumScales != 0 ? Rounding : assay_pkg::RoundFloor),
      .MostShift(SumScales != 0 ? MostShift : 0)
    ) u_sum (
      .clk_i,
      .rst_ni,
      .valid_i(scaled),
      .sum_i(sum),
      .param_i({Lanes{SumParamBits'(SumScales != 0 ? word(multiplier_y_i, 8'(shift_i)) : ParamBits'(0))}}),
      .zero_i(zero_y_i),
      .max_i,
      .valid_o,
      .code_o
    );
  end
endmodule
`default_nettype wire
