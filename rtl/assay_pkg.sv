// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Constants of the program format (docs/detector.md, "Program"): header, opcodes, errors, and the fields of an
// instruction. The TypeScript side of the same numbers is src/rom/program.ts.
package assay_pkg;
  // Header words 0 and 1.
  localparam logic [31:0] Magic = 32'h5941_5341;
  localparam logic [31:0] FormatVersion = 32'd3;

  // Opcodes.
  localparam logic [7:0] OpConv = 8'd1;
  localparam logic [7:0] OpAdd = 8'd2;
  localparam logic [7:0] OpMaxPool = 8'd3;
  localparam logic [7:0] OpUpsample = 8'd4;
  localparam logic [7:0] OpDetect = 8'd5;

  // Values of error_o.
  localparam logic [7:0] ErrorNone = 8'd0;
  localparam logic [7:0] ErrorFormat = 8'd1;  // not a program, or another format version
  localparam logic [7:0] ErrorParameters = 8'd2;  // made for another PI, PO, PX, W, A, P or arithmetic
  localparam logic [7:0] ErrorModel = 8'd3;  // the parameter ROM belongs to another model
  localparam logic [7:0] ErrorInstruction = 8'd4;  // unknown opcode, or an index outside the program
  localparam logic [7:0] ErrorDepth = 8'd5;  // more memory or levels needed than there are
  localparam logic [7:0] ErrorOperand = 8'd6;  // an instruction of no size, or beyond a memory: operand_check
  localparam logic [7:0] ErrorMemory = 8'd7;  // the memory of weights answered with an error

  // Offsets of an instruction's fields, as word * 32 + bit; the comment beside each is its width in bits.
  // Word k of an instruction lies in bits k * 32 +: 32 of instr_i.
  localparam int Opcode = 0 * 32;  // 8
  localparam int InBase = 1 * 32;  // 32
  localparam int InPlane = 2 * 32;  // 32
  localparam int InPitch = 3 * 32;  // 32
  localparam int InWidth = 4 * 32;  // 16
  localparam int InHeight = 4 * 32 + 16;  // 16
  localparam int InBlocks = 5 * 32;  // 16
  localparam int OutBase = 6 * 32;  // 32
  localparam int OutPlane = 7 * 32;  // 32
  localparam int OutPitch = 8 * 32;  // 32
  localparam int OutWidth = 9 * 32;  // 16
  localparam int OutHeight = 9 * 32 + 16;  // 16
  localparam int OutBlocks = 10 * 32;  // 16
  localparam int Kernel = 11 * 32;  // 8
  localparam int Stride = 11 * 32 + 8;  // 8
  localparam int Padding = 11 * 32 + 16;  // 8
  localparam int PadCode = 12 * 32;  // 16
  localparam int RequantZero = 12 * 32 + 16;  // 16
  localparam int WeightBase = 13 * 32;  // 32
  localparam int ParamBase = 14 * 32;  // 32
  localparam int TableBase = 15 * 32;  // 32
  localparam int HasTable = 16 * 32;  // 1
  // Of a CONV the bits of its table's index, or of its output where it has none; of an ADD the bits of its output.
  localparam int RequantBits = 16 * 32 + 8;  // 8
  // The second input of an ADD, and clause A-6.
  localparam int BBase = 17 * 32;  // 32
  localparam int BPlane = 18 * 32;  // 32
  localparam int BPitch = 19 * 32;  // 32
  localparam int MultiplierA = 20 * 32;  // 16
  localparam int MultiplierB = 20 * 32 + 16;  // 16
  localparam int Shift = 21 * 32;  // 32
  localparam int ZeroA = 22 * 32;  // 16
  localparam int ZeroB = 22 * 32 + 16;  // 16
  localparam int ZeroY = 23 * 32;  // 16
  // Of an ADD for another arithmetic than `assay`, instead of MultiplierA and MultiplierB.
  localparam int WideMultiplierA = 24 * 32;  // 32
  localparam int WideMultiplierB = 25 * 32;  // 32
  localparam int MultiplierY = 26 * 32;  // 32
  localparam int ShiftA = 27 * 32;  // 8
  localparam int ShiftB = 27 * 32 + 8;  // 8
  // DETECT.
  localparam int MinCode = 1 * 32;  // 32
  localparam int IouThreshold = 2 * 32;  // 32
  localparam int LevelCount = 3 * 32;  // 16
  localparam int MultiLabel = 3 * 32 + 16;  // 1
  localparam int Classes = 4 * 32;  // 32
  localparam int Bins = 5 * 32;  // 32
  localparam int MaxDetections = 6 * 32;  // 32
  localparam int Levels = 7 * 32;  // 800
  // Of each of the five levels in Levels.
  localparam int LevelBits = 5 * 32;
  localparam int LevelBoxBase = 0 * 32;  // 32
  localparam int LevelClassBase = 1 * 32;  // 32
  localparam int LevelPlane = 2 * 32;  // 32
  localparam int LevelWidth = 3 * 32;  // 16
  localparam int LevelHeight = 3 * 32 + 16;  // 16
  localparam int LevelPitch = 4 * 32;  // 16
  localparam int LevelLog2Stride = 4 * 32 + 16;  // 16

  // What becomes of the bits that a right shift drops (src/arithmetic/stages.ts).
  localparam int RoundFloor = 0;
  localparam int RoundTowardZero = 1;
  localparam int RoundHalfUp = 2;
  localparam int RoundHalfDown = 3;
  localparam int RoundHalfAway = 4;
  localparam int RoundHalfToEven = 5;
  localparam int RoundTosaDouble = 6;

  // What becomes of a value that does not fit.
  localparam int OverflowNone = 0;
  localparam int OverflowWrap = 1;
  localparam int OverflowSaturate = 2;

  // Header words 11 and 12 where they are not 0: parameters of requantise and add_codes, and the words of `assay`.
  localparam int RequantiseAccBits = 0;  // 6 bits
  localparam int RequantiseAccOverflow = 6;  // 2 bits
  localparam int RequantiseMultiplierBits = 8;  // 6 bits
  localparam int RequantiseDoublingHigh = 14;  // 1 bits
  localparam int RequantiseLeftShift = 15;  // 1 bits
  localparam int RequantiseRounding = 16;  // 3 bits
  localparam int RequantiseMostShift = 19;  // 6 bits
  localparam int RequantiseBetween = 25;  // 2 bits
  localparam int RequantiseCodeOverflow = 27;  // 2 bits
  localparam int AddMultiplierBits = 0;  // 6 bits
  localparam int AddRounding = 6;  // 3 bits
  localparam int AddMostShift = 9;  // 6 bits
  localparam int AddCodeOverflow = 15;  // 2 bits
  localparam int AddStaged = 17;  // 1 bits
  localparam int AddDoublingHigh = 18;  // 1 bits
  localparam int AddOperandLeft = 19;  // 5 bits
  localparam int AddLeftShift = 24;  // 1 bits
  localparam int AddSumScales = 25;  // 1 bits
  localparam logic [31:0] AssayRequantise = 32'h117a_1020;
  localparam logic [31:0] AssayAdd = 32'h0001_3e90;

  // The parameters of a header word, with those of `assay` for 0.
  function automatic logic [31:0] requantiseWord(input int word);
    requantiseWord = word == 0 ? AssayRequantise : word;
  endfunction
  function automatic logic [31:0] addWord(input int word);
    addWord = word == 0 ? AssayAdd : word;
  endfunction

  // Bits of a lane in a word of the parameter ROM.
  function automatic int paramBits(input int multiplierBits);
    paramBits = multiplierBits > 16 ? 96 : 64;
  endfunction
  function automatic int paramBitsOf(input int word);
    paramBitsOf = paramBits((requantiseWord(word) >> RequantiseMultiplierBits) & 63);
  endfunction

  // Bits from lane to lane of values that have so many: whole words of 32, which a simulator reads more quickly.
  function automatic int slotBits(input int bits);
    slotBits = bits / 32 * 32 + 32;
  endfunction

  // A depth, or 1 in the place of one that a module's check refuses: tools then come as far as the check, and its words.
  function automatic int positive(input int depth);
    positive = depth > 1 ? depth : 1;
  endfunction

  // Bits of an address into `depth` words; one at least.
  function automatic int addressBits(input int depth);
    addressBits = depth > 1 ? $clog2(depth) : 1;
  endfunction

  // The level of an index, of so many. A choice of each, because a part select by the index becomes a shifter of some
  // 400 LUTs in Yosys.
  function automatic logic [159:0] levelAt(input logic [799:0] levels, input logic [2:0] index, input int count);
    levelAt = levels[0+:LevelBits];
    for (int i = 1; i < 5; i++) if (i < count && index == 3'(i)) levelAt = levels[i*LevelBits+:LevelBits];
  endfunction
endpackage
`default_nettype wire
