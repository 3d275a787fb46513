// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Runs one CONV, ADD, MAX-POOL or UPSAMPLE instruction (docs/detector.md, "Program"): clauses A-3 to A-7.
//
//   cycle  0          1          2         3          4 to 8      9         10 to 18      19, 20   21
//          walker     bank       words,    align      products,   sums      requantise    table    write
//          addresses  words      weights   and        sums,       word by   (or add)
//                     (synch.)   in        padding    accumul.    word
//                                registers
//
// Beats follow each other without a gap; the results of a tile leave one word a cycle, while the next tile
// accumulates. Nothing stalls behind the walker, which alone waits for a weight that is not there yet. Codes that only
// pass (max-pool, upsample) leave at cycle 6. done_o is a pulse when the last word is on its way into the feature
// memory: the next instruction may read it.
//
// Model: src/golden/conv.ts, add.ts, max-pool.ts, upsample.ts. Latency 21 cycles from the last beat of a tile to the
// write of its first word, throughput PX·PI·PO products a cycle.
module conv_engine #(
  // Input channels a cycle, the codes of a feature word
  parameter int PI = 16,
  // Output channels a cycle, a multiple of PI
  parameter int PO = 16,
  // Output pixels a cycle, a power of two
  parameter int PX = 4,
  // W: bits of a weight
  parameter int WeightBits = 8,
  // A: bits of a code
  parameter int ActivationBits = 8,
  // P: bits of an index of the activation table
  parameter int TableBits = 8,
  // Rows of a feature bank
  parameter int FeatureDepth = 1024,
  // Words of the weight ROM
  parameter int WeightDepth = 1024,
  // Words of the parameter ROM
  parameter int ParamDepth = 64,
  // Header words 11 and 12: the arithmetic, 0 is that of `assay`
  parameter int RequantiseArithmetic = 0,
  parameter int AddArithmetic = 0,
  localparam int ParamBits = assay_pkg::paramBitsOf(RequantiseArithmetic),
  localparam int Word = PI * ActivationBits,
  localparam int BankBits = $clog2(2 * PX),
  localparam int RowBits = assay_pkg::addressBits(FeatureDepth),
  localparam int WeightAddressBits = assay_pkg::addressBits(WeightDepth),
  localparam int ParamAddressBits = assay_pkg::addressBits(ParamDepth)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  // The instruction; it must hold until done_o
  input  logic                         start_i,
  input  logic [1023:0]                instr_i,
  output logic                         busy_o,
  output logic                         done_o,
  // Feature memory: words one cycle after the row
  output logic                         read_valid_o,
  output logic [RowBits-1:0]           read_row_o,
  output logic [BankBits-1:0]          read_shift_o,
  input  logic [2*PX*Word-1:0]         read_data_i,
  output logic                         write_valid_o,
  output logic [RowBits-1:0]           write_row_o,
  output logic [BankBits-1:0]          write_bank_o,
  output logic [Word-1:0]              write_data_o,
  // Weights: word two cycles after the address, which holds while valid is low
  output logic                         weight_valid_o,
  output logic [WeightAddressBits-1:0] weight_addr_o,
  input  logic [PO*PI*WeightBits-1:0]  weight_data_i,
  // Weights that come from a memory: weight_cache has what each means. Where they are in a ROM, stall and failed are 0
  input  logic                         weight_stall_i,
  input  logic                         weight_failed_i,
  output logic                         weight_wait_o,
  output logic                         weight_beat_o,
  output logic                         weight_tile_end_o,
  output logic                         weight_group_end_o,
  // Parameter ROM: word one cycle after the address
  output logic                         param_valid_o,
  output logic [ParamAddressBits-1:0]  param_addr_o,
  input  logic [PO*ParamBits-1:0]      param_data_i,
  // Loads the activation table, between instructions
  input  logic                         table_write_valid_i,
  input  logic [TableBits-1:0]         table_write_addr_i,
  input  logic [ActivationBits-1:0]    table_write_data_i
);

  localparam int Blocks = PO / PI;
  localparam int PixelBits = assay_pkg::addressBits(PX);
  localparam int BlockBits = assay_pkg::addressBits(Blocks);
  localparam int A = ActivationBits;
  localparam logic [31:0] Requantise = assay_pkg::requantiseWord(RequantiseArithmetic);
  localparam logic [31:0] Add = assay_pkg::addWord(AddArithmetic);
  // Of an ADD: whether it takes 16 cycles instead of 8, and where its multipliers are.
  localparam int AddStaged = 32'(Add[assay_pkg::AddStaged]);
  localparam int AddMultiplierBits = 32'(Add[assay_pkg::AddMultiplierBits+:6]);
  localparam int AddMBits = AddMultiplierBits > 0 ? AddMultiplierBits : 1;
  localparam int AddMostShift = 32'(Add[assay_pkg::AddMostShift+:6]);
  localparam int AddA = AddArithmetic == 0 ? assay_pkg::MultiplierA : assay_pkg::WideMultiplierA;
  localparam int AddB = AddArithmetic == 0 ? assay_pkg::MultiplierB : assay_pkg::WideMultiplierB;

  // What the instruction is, from the cycle after start_i on.
  logic is_conv_q, is_add_q, is_stride2_q, is_double_q;
  logic [TableBits-1:0] code_max_q;
  wire [7:0] opcode = instr_i[assay_pkg::Opcode+:8];
  wire is_upsample = opcode == assay_pkg::OpUpsample;
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      is_conv_q <= opcode == assay_pkg::OpConv;
      is_add_q <= opcode == assay_pkg::OpAdd;
      is_stride2_q <= !is_upsample && instr_i[assay_pkg::Stride+:8] == 8'd2;
      is_double_q <= is_upsample && instr_i[assay_pkg::Stride+:8] == 8'd2;
      code_max_q <= TableBits'((32'd1 << instr_i[assay_pkg::RequantBits+:8]) - 32'd1);
    end
  end

  // Cycle 0: addresses.
  logic walk_busy, beat_valid, beat_first, beat_last;
  logic [PX-1:0] beat_pad;
  logic [WeightAddressBits-1:0] beat_weight;
  logic [RowBits-1:0] tile_row;
  logic [BankBits-1:0] tile_bank;
  logic [PixelBits-1:0] tile_pixels;
  logic [BlockBits-1:0] tile_blocks;
  logic [ParamAddressBits-1:0] tile_param;

  tile_walker #(
    .PI(PI), .PO(PO), .PX(PX), .FeatureDepth(FeatureDepth), .WeightDepth(WeightDepth), .ParamDepth(ParamDepth)
  ) u_walker (
    .clk_i,
    .rst_ni,
    .start_i,
    .instr_i,
    .busy_o(walk_busy),
    .beat_valid_o(beat_valid),
    .beat_first_o(beat_first),
    .beat_last_o(beat_last),
    .beat_row_o(read_row_o),
    .beat_shift_o(read_shift_o),
    .beat_pad_o(beat_pad),
    .beat_weight_o(beat_weight),
    .beat_group_end_o(weight_group_end_o),
    .weight_stall_i,
    .weight_failed_i,
    .weight_wait_o,
    .tile_row_o(tile_row),
    .tile_bank_o(tile_bank),
    .tile_pixels_o(tile_pixels),
    .tile_blocks_o(tile_blocks),
    .tile_param_o(tile_param)
  );
  assign read_valid_o = beat_valid;
  assign weight_beat_o = beat_valid && is_conv_q;
  assign weight_tile_end_o = beat_last;

  // What travels with a beat, to cycle 3 (bit k: in cycle k); and with the last of a tile, to the cycle before its
  // results are there.
  localparam int SumsAt = 9;
  localparam int CodesAt = 5;
  localparam int TileBits = RowBits + BankBits + PixelBits + BlockBits + ParamAddressBits;
  logic [3:1] valid_q, first_q;
  logic [SumsAt-1:1] last_q;
  logic [BankBits-1:0] shift_q;
  logic [PX-1:0] pad_q;
  logic [WeightAddressBits-1:0] weight_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_o <= 1'b0;
      valid_q <= '0;
      last_q <= '0;
    end else begin
      if (start_i) busy_o <= 1'b1;
      else if (done_o) busy_o <= 1'b0;
      valid_q <= {valid_q[2:1], beat_valid};
      last_q <= {last_q[SumsAt-2:1], beat_valid && beat_last};
    end
  end

  always_ff @(posedge clk_i) begin
    first_q <= {first_q[2:1], beat_first};
    shift_q <= read_shift_o;
    pad_q <= beat_pad;
    weight_q <= beat_weight;
  end

  // Tiles that wait for their results, a place for every cycle until then.
  wire tile_valid = is_conv_q ? last_q[SumsAt-1] : last_q[CodesAt-1];
  logic [TileBits-1:0] tiles [8];
  logic [2:0] tile_put_q, tile_take_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      tile_put_q <= 3'd0;
      tile_take_q <= 3'd0;
    end else begin
      if (last_q[1]) tile_put_q <= tile_put_q + 3'd1;
      if (tile_valid) tile_take_q <= tile_take_q + 3'd1;
    end
  end
  always_ff @(posedge clk_i) if (last_q[1]) tiles[tile_put_q] <= {tile_row, tile_bank, tile_pixels, tile_blocks, tile_param};
  wire [TileBits-1:0] tile = tiles[tile_take_q];

  assign weight_valid_o = valid_q[1] && is_conv_q;
  assign weight_addr_o = weight_q;

  // Cycles 1 to 3: input words of PX pixels.
  logic [PX*Word-1:0] x;
  pixel_align #(.PI(PI), .PX(PX), .ActivationBits(A)) u_align (
    .clk_i,
    .valid_i(valid_q[1]),
    .shift_i(shift_q),
    .stride2_i(is_stride2_q),
    .double_i(is_double_q),
    .pad_i(pad_q),
    .pad_code_i(instr_i[assay_pkg::PadCode+:A]),
    .bank_data_i(read_data_i),
    .data_o(x)
  );

  // Cycles 3 to 9: accumulate.
  logic [PX*PO*32-1:0] acc;
  mac_array #(.PI(PI), .PO(PO), .PX(PX), .WeightBits(WeightBits), .ActivationBits(A)) u_mac (
    .clk_i,
    .valid_i(valid_q[3] && is_conv_q),
    .first_i(first_q[3]),
    .last_i(last_q[3]),
    .x_i(x),
    .w_i(weight_data_i),
    .acc_o(acc)
  );

  logic [PX*Word-1:0] codes_a, codes_b;
  code_array #(.PI(PI), .PX(PX), .ActivationBits(A)) u_codes (
    .clk_i,
    .valid_i(valid_q[3] && !is_conv_q),
    .first_i(first_q[3]),
    .last_i(last_q[3]),
    .max_i(!is_add_q),
    .x_i(x),
    .a_o(codes_a),
    .b_o(codes_b)
  );

  // Cycle 9, or 5 where nothing was multiplied: the results, word by word.
  assign param_valid_o = tile_valid && is_conv_q;
  assign param_addr_o = tile[ParamAddressBits-1:0];

  logic word_valid;
  logic [PixelBits-1:0] word_pixel;
  logic [BlockBits-1:0] word_block;
  logic [RowBits-1:0] word_row;
  logic [BankBits-1:0] word_bank;
  tile_drain #(.PX(PX), .Blocks(Blocks), .RowBits(RowBits)) u_drain (
    .clk_i,
    .rst_ni,
    .plane_i(instr_i[assay_pkg::OutPlane+:RowBits]),
    .tile_valid_i(tile_valid),
    .tile_row_i(tile[TileBits-1-:RowBits]),
    .tile_bank_i(tile[TileBits-RowBits-1-:BankBits]),
    .tile_pixels_i(tile[ParamAddressBits+BlockBits+:PixelBits]),
    .tile_blocks_i(tile[ParamAddressBits+:BlockBits]),
    .valid_o(word_valid),
    .pixel_o(word_pixel),
    .block_o(word_block),
    .row_o(word_row),
    .bank_o(word_bank)
  );

  // The words at work: validity travels beside them, their places wait until they are written.
  localparam int ConvStage = 11;
  localparam int AddStage = AddStaged != 0 ? 17 : 9;
  localparam int Stages = AddStage > ConvStage ? AddStage : ConvStage;
  logic [Stages:1] stage_valid_q;
  logic [RowBits+BankBits-1:0] places [32];
  logic [4:0] place_put_q, place_take_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      stage_valid_q <= '0;
      place_put_q <= 5'd0;
      place_take_q <= 5'd0;
    end else begin
      stage_valid_q <= {stage_valid_q[Stages-1:1], word_valid};
      if (word_valid) place_put_q <= place_put_q + 5'd1;
      if (write_valid_o) place_take_q <= place_take_q + 5'd1;
    end
  end
  always_ff @(posedge clk_i) if (word_valid) places[place_put_q] <= {word_row, word_bank};
  assign {write_row_o, write_bank_o} = places[place_take_q];

  logic [PI*32-1:0] sum_q;
  logic [PI*ParamBits-1:0] param_q;
  logic [Word-1:0] a_q, b_q;
  always_ff @(posedge clk_i) begin
    if (word_valid && is_conv_q) begin
      for (int p = 0; p < PX; p++)
        for (int b = 0; b < Blocks; b++)
          if (word_pixel == PixelBits'(p) && word_block == BlockBits'(b)) sum_q <= acc[(p*Blocks+b)*PI*32+:PI*32];
      for (int b = 0; b < Blocks; b++)
        if (word_block == BlockBits'(b)) param_q <= param_data_i[b*PI*ParamBits+:PI*ParamBits];
    end
    if (word_valid && !is_conv_q) begin
      for (int p = 0; p < PX; p++) begin
        if (word_pixel == PixelBits'(p)) begin
          a_q <= codes_a[p*Word+:Word];
          b_q <= codes_b[p*Word+:Word];
        end
      end
    end
  end

  // Stages 1 to 9.
  logic requantised;
  logic [PI*TableBits-1:0] index;
  requantise #(
    .Lanes(PI), .CodeBits(TableBits),
    .AccBits(32'(Requantise[assay_pkg::RequantiseAccBits+:6])),
    .AccOverflow(32'(Requantise[assay_pkg::RequantiseAccOverflow+:2])),
    .MultiplierBits(32'(Requantise[assay_pkg::RequantiseMultiplierBits+:6])),
    .DoublingHigh(32'(Requantise[assay_pkg::RequantiseDoublingHigh])),
    .LeftShift(32'(Requantise[assay_pkg::RequantiseLeftShift])),
    .Rounding(32'(Requantise[assay_pkg::RequantiseRounding+:3])),
    .MostShift(32'(Requantise[assay_pkg::RequantiseMostShift+:6])),
    .Between(32'(Requantise[assay_pkg::RequantiseBetween+:2])),
    .CodeOverflow(32'(Requantise[assay_pkg::RequantiseCodeOverflow+:2]))
  ) u_requantise (
    .clk_i,
    .rst_ni,
    .valid_i(stage_valid_q[1] && is_conv_q),
    .sum_i(sum_q),
    .param_i(param_q),
    .zero_i(instr_i[assay_pkg::RequantZero+:TableBits]),
    .max_i(code_max_q),
    .valid_o(requantised),
    .code_o(index)
  );

  logic added;
  logic [Word-1:0] total;
  add_codes #(
    .Lanes(PI), .CodeBits(A), .Staged(AddStaged), .MultiplierBits(AddMultiplierBits), .MostShift(AddMostShift),
    .Rounding(32'(Add[assay_pkg::AddRounding+:3])),
    .CodeOverflow(32'(Add[assay_pkg::AddCodeOverflow+:2])),
    .DoublingHigh(32'(Add[assay_pkg::AddDoublingHigh])),
    .OperandLeft(32'(Add[assay_pkg::AddOperandLeft+:5])),
    .LeftShift(32'(Add[assay_pkg::AddLeftShift])),
    .SumScales(32'(Add[assay_pkg::AddSumScales]))
  ) u_add (
    .clk_i,
    .rst_ni,
    .valid_i(stage_valid_q[1] && is_add_q),
    .a_i(a_q),
    .b_i(b_q),
    .zero_a_i(instr_i[assay_pkg::ZeroA+:A]),
    .zero_b_i(instr_i[assay_pkg::ZeroB+:A]),
    .zero_y_i(instr_i[assay_pkg::ZeroY+:A]),
    .max_i(code_max_q[A-1:0]),
    .multiplier_a_i(instr_i[AddA+:AddMBits]),
    .multiplier_b_i(instr_i[AddB+:AddMBits]),
    .multiplier_y_i(instr_i[assay_pkg::MultiplierY+:AddMBits]),
    .shift_a_i(instr_i[assay_pkg::ShiftA+:8]),
    .shift_b_i(instr_i[assay_pkg::ShiftB+:8]),
    .shift_i(instr_i[assay_pkg::Shift+:(AddMostShift < 32 ? 5 : 6)]),
    .valid_o(added),
    .code_o(total)
  );

  // Stages 9 to 11.
  logic [Word-1:0] table_code;
  activation_table #(.Lanes(PI), .TableBits(TableBits), .ActivationBits(A)) u_table (
    .clk_i,
    .write_valid_i(table_write_valid_i),
    .write_addr_i(table_write_addr_i),
    .write_data_i(table_write_data_i),
    .valid_i(requantised),
    .table_i(instr_i[assay_pkg::HasTable]),
    .index_i(index),
    .code_o(table_code)
  );

  // Each operator writes in a stage of its own.
  assign write_valid_o = is_conv_q ? stage_valid_q[ConvStage] : is_add_q ? added : stage_valid_q[1];
  assign write_data_o = is_conv_q ? table_code : is_add_q ? total : a_q;

  // Done when the walker has stopped and everything behind it has run dry.
  wire idle = !walk_busy && valid_q == '0 && last_q == '0 && !word_valid && stage_valid_q == '0;
  assign done_o = busy_o && idle;

`ifndef SYNTHESIS
  // Nothing is under way in an engine that nobody has started.
  always @(posedge clk_i) if (rst_ni && !busy_o) assert (idle);
  // A memory of weights counts beats.
  always @(posedge clk_i) if (rst_ni) assert (weight_beat_o == (read_valid_o && is_conv_q));

  // A code that saturates has bits that the datapath has: an index those of the table, an output those of a code.
  wire [7:0] code_bits = instr_i[assay_pkg::RequantBits+:8];
  wire [7:0] most_bits = opcode == assay_pkg::OpConv && instr_i[assay_pkg::HasTable] ? 8'(TableBits) : 8'(A);
  always @(posedge clk_i) begin
    if (rst_ni && start_i && (opcode == assay_pkg::OpConv || opcode == assay_pkg::OpAdd))
      assert (code_bits >= 8'd1 && code_bits <= most_bits)
      else $error("conv_engine: codes of %0d bits, at most %0d", code_bits, most_bits);
  end
`endif
endmodule
`default_nettype wire
