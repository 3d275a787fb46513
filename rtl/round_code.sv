// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The end of every requantisation, `Lanes` values a cycle (A-4, A-6; docs/arithmetic.md, "Profiles"):
// code = clamp(Z + ⌊(value + increment) / 2^s⌋, 0, max), where Rounding says what the increment is: 2^(s-1), or 0 for
// s = 0, where half goes up.
//
// Behind the shift a value is narrowed to 32 bits as Between says. `zero_i` and `max_i` hold while there are beats.
//
// Model: `requantise` in src/golden/fixed-point.ts, and src/arithmetic/run-stages.ts. Latency 5, throughput one beat a
// cycle.
module round_code #(
  // Values a cycle
  parameter int Lanes = 16,
  // Bits of a value as it comes
  parameter int ValueBits = 49,
  // With its sign and room for what rounding adds, at least ValueBits
  parameter int Width = 49,
  // Bits of a code
  parameter int CodeBits = 8,
  // assay_pkg::Round…
  parameter int Rounding = assay_pkg::RoundHalfUp,
  // assay_pkg::Overflow…, of 32 bits behind the shift
  parameter int Between = assay_pkg::OverflowNone,
  // OverflowSaturate or OverflowWrap, to max_i
  parameter int CodeOverflow = assay_pkg::OverflowSaturate,
  localparam int Slot = assay_pkg::slotBits(ValueBits)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      valid_i,
  // Signed; the bits above ValueBits do not count. A register in front of it does not repeat the sign: behind a DSP Yosys 0.23
  // loses what repeats it
  input  logic [Lanes*Slot-1:0]     value_i,
  input  logic [Lanes*8-1:0]        shift_i,
  input  logic [CodeBits-1:0]       zero_i,
  input  logic [CodeBits-1:0]       max_i,
  output logic                      valid_o,
  output logic [Lanes*CodeBits-1:0] code_o
);

  // Bits of a value beside its zero point: one that has more gives the same code as the largest or least of these.
  localparam int Near = CodeBits + 2;
  localparam int Code = CodeBits + 3;
  // Room for all those bits.
  localparam int Wide = Width > 34 ? (Width > Near ? Width : Near) : (Near > 34 ? Near : 34);

  logic [4:1] valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
      valid_o <= 1'b0;
    end else begin
      valid_q <= {valid_q[3:1], valid_i};
      valid_o <= valid_q[4];
    end
  end

  wire signed [Code-1:0] zero = $signed({3'd0, zero_i});
  wire signed [Code-1:0] max = $signed({3'd0, max_i});

  // All of it in functions, so that a simulator runs them only when there is something to round.

  // What Rounding adds to a value before its low s bits are dropped.
  function automatic logic signed [Width-1:0] increment(input logic signed [Width-1:0] value, input logic [5:0] s);
    logic signed [Width-1:0] half, less, extra;
    half = $signed((Width'(1) << s) >> 1);
    // Just below a half, so that a tie goes down; 0 where nothing is dropped.
    less = half - (s == 6'd0 ? Width'(0) : Width'(1));
    extra = value[Width-1] ? -Width'(64'sh4000_0000) : Width'(64'sh4000_0000);
    increment = half;
    if (Rounding == assay_pkg::RoundFloor) increment = '0;
    if (Rounding == assay_pkg::RoundTowardZero) increment = value[Width-1] ? $signed((Width'(1) << s) - Width'(1)) : '0;
    if (Rounding == assay_pkg::RoundHalfDown) increment = less;
    if (Rounding == assay_pkg::RoundHalfAway) increment = value[Width-1] ? less : half;
    if (Rounding == assay_pkg::RoundHalfToEven)
      increment = s == 6'd0 ? '0 : less + ((value >> s) & Width'(1));
    if (Rounding == assay_pkg::RoundTosaDouble && s > 6'd31) increment = half + extra;
  endfunction

  // The value as Between narrows it to 32 bits.
  function automatic logic signed [Wide-1:0] narrow(input logic signed [Width-1:0] value);
    narrow = Wide'(value);
    if (Between == assay_pkg::OverflowWrap) narrow = Wide'($signed(narrow[31:0]));
    if (Between == assay_pkg::OverflowSaturate && narrow[Wide-1:31] != {(Wide - 31) {narrow[Wide-1]}})
      narrow = {{(Wide - 31) {narrow[Wide-1]}}, {31{!narrow[Wide-1]}}};
  endfunction

  // Whether it has no more bits than a code with its zero point.
  function automatic logic isNear(input logic signed [Wide-1:0] value);
    isNear = value[Wide-1:Near-1] == {(Wide - Near + 1) {value[Wide-1]}};
  endfunction

  function automatic logic [CodeBits-1:0] clamp(input logic signed [Code-1:0] code, input logic near,
                                                input logic negative, input logic signed [Code-1:0] limit);
    if (near ? code[Code-1] : negative) clamp = '0;
    else if (!near || code > limit) clamp = limit[CodeBits-1:0];
    else clamp = code[CodeBits-1:0];
    if (CodeOverflow == assay_pkg::OverflowWrap) clamp = code[CodeBits-1:0] & limit[CodeBits-1:0];
  endfunction

  // Registers that this process alone reads are assigned in place, from the last stage to the first: a simulator then
  // keeps no second copy of them, and runs a stage only when there is something in it.
  (* mem2reg *) logic [5:0] shift1 [Lanes], shift2 [Lanes];
  (* mem2reg *) logic signed [Width-1:0] value1 [Lanes], increment1 [Lanes], raised [Lanes], shifted [Lanes];
  (* mem2reg *) logic near [Lanes], negative [Lanes];
  (* mem2reg *) logic signed [Code-1:0] code [Lanes];

  task automatic finish;
    logic [Lanes*CodeBits-1:0] codes;
    for (int i = 0; i < Lanes; i++) codes[i*CodeBits+:CodeBits] = clamp(code[i], near[i], negative[i], max);
    code_o <= codes;
  endtask

  task automatic move;
    logic signed [Wide-1:0] narrowed;
    for (int i = 0; i < Lanes; i++) begin
      narrowed = narrow(shifted[i]);
      near[i] = isNear(narrowed);
      negative[i] = narrowed[Wide-1];
      code[i] = Code'($signed(narrowed[Near-1:0])) + zero;
    end
  endtask

  task automatic shift;
    for (int i = 0; i < Lanes; i++) shifted[i] = raised[i] >>> shift2[i];
  endtask

  task automatic raise;
    for (int i = 0; i < Lanes; i++) begin
      raised[i] = value1[i] + increment1[i];
      shift2[i] = shift1[i];
    end
  endtask

  task automatic take;
    for (int i = 0; i < Lanes; i++) begin
      value1[i] = Width'($signed(value_i[i*Slot+:ValueBits]));
      increment1[i] = increment(value1[i], shift_i[i*8+:6]);
      shift1[i] = shift_i[i*8+:6];
    end
  endtask

  always_ff @(posedge clk_i) begin
    if (valid_q[4]) finish;
    if (valid_q[3]) move;
    if (valid_q[2]) shift;
    if (valid_q[1]) raise;
    if (valid_i) take;
  end

  for (genvar i = 0; i < Lanes; i++) begin : g_unused
    wire unused = &{1'b0, value_i[i*Slot+ValueBits+:Slot-ValueBits], shift_i[i*8+6+:2]};
  end
endmodule
`default_nettype wire
