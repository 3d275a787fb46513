// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The address generator of the convolution engine walks one instruction (docs/detector.md, "Program", "Order of
// work"):
//
//   for each output group, output row, tile of PX pixels:   (a group is PO channels; of the other operators one block)
//     for ky, kx, input block: one beat                     (an addition: one beat for each of its tensors)
//
// A beat names a window of 2PX input pixels (row, first bank, lanes in the padding) and a weight word; with the last
// beat of a tile comes where its results go. No address needs a multiplier: every loop adds its stride to a running
// row, and one padding row a cycle is taken off the first.
//
// Stage 0 holds the counters of a beat, and of each loop whether this is its last turn; stage 1 its sums; stage 2, which
// is the outputs, which lanes are in the padding. All of them go on together, when stage 2 is free.
//
// A tile of n result words keeps the drain busy for n cycles, so the last beat of the next one waits until n cycles
// have passed since this one's last beat. A beat of a convolution also waits for its weight word, where that comes from
// a memory. No other part of the engine ever stalls.
//
// Model: src/rom/placement.ts and weights.ts. Latency 5 + padding from start_i to the first beat, throughput one beat a
// cycle.
module tile_walker #(
  // Input channels a cycle, the codes of a feature word
  parameter int PI = 16,
  // Output channels a cycle, a multiple of PI
  parameter int PO = 16,
  // Output pixels a cycle, a power of two
  parameter int PX = 4,
  // Rows of a feature bank
  parameter int FeatureDepth = 1024,
  // Words of the weight ROM
  parameter int WeightDepth = 1024,
  // Words of the parameter ROM
  parameter int ParamDepth = 64,
  localparam int BankBits = $clog2(2 * PX),
  localparam int RowBits = assay_pkg::addressBits(FeatureDepth),
  localparam int WeightBits = assay_pkg::addressBits(WeightDepth),
  localparam int ParamBits = assay_pkg::addressBits(ParamDepth),
  localparam int Blocks = PO / PI,
  localparam int PixelBits = assay_pkg::addressBits(PX),
  localparam int BlockBits = assay_pkg::addressBits(Blocks)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // The instruction; it must hold while busy_o
  input  logic                  start_i,
  input  logic [1023:0]         instr_i,
  output logic                  busy_o,
  // A beat
  output logic                  beat_valid_o,
  output logic                  beat_first_o,
  output logic                  beat_last_o,
  output logic [RowBits-1:0]    beat_row_o,
  output logic [BankBits-1:0]   beat_shift_o,
  output logic [PX-1:0]         beat_pad_o,
  output logic [WeightBits-1:0] beat_weight_o,
  // Also the last beat of a group
  output logic                  beat_group_end_o,
  // Of a convolution: no beat while stall is high, and wait is where one would have been; failed ends the walk
  input  logic                  weight_stall_i,
  input  logic                  weight_failed_i,
  output logic                  weight_wait_o,
  // The cycle after the last beat of a tile: first result word, pixels and blocks less one, parameter word
  output logic [RowBits-1:0]    tile_row_o,
  output logic [BankBits-1:0]   tile_bank_o,
  output logic [PixelBits-1:0]  tile_pixels_o,
  output logic [BlockBits-1:0]  tile_blocks_o,
  output logic [ParamBits-1:0]  tile_param_o
);

  initial begin
    if (PX < 1 || (PX & (PX - 1)) != 0) $fatal(1, "tile_walker: PX is %0d, must be a power of two", PX);
    if (PI < 1 || PO % PI != 0) $fatal(1, "tile_walker: PO is %0d, must be a multiple of PI, %0d", PO, PI);
  end

  // The instruction's fields.
  wire [7:0] opcode = instr_i[assay_pkg::Opcode+:8];
  wire [RowBits-1:0] in_base = instr_i[assay_pkg::InBase+:RowBits];
  wire [RowBits-1:0] in_plane = instr_i[assay_pkg::InPlane+:RowBits];
  wire [RowBits-1:0] in_pitch = instr_i[assay_pkg::InPitch+:RowBits];
  wire [15:0] in_width = instr_i[assay_pkg::InWidth+:16];
  wire [15:0] in_height = instr_i[assay_pkg::InHeight+:16];
  wire [15:0] in_blocks = instr_i[assay_pkg::InBlocks+:16];
  wire [RowBits-1:0] out_base = instr_i[assay_pkg::OutBase+:RowBits];
  wire [RowBits-1:0] out_plane = instr_i[assay_pkg::OutPlane+:RowBits];
  wire [RowBits-1:0] out_pitch = instr_i[assay_pkg::OutPitch+:RowBits];
  wire [15:0] out_width = instr_i[assay_pkg::OutWidth+:16];
  wire [15:0] out_height = instr_i[assay_pkg::OutHeight+:16];
  wire [15:0] out_blocks = instr_i[assay_pkg::OutBlocks+:16];
  wire [7:0] kernel = instr_i[assay_pkg::Kernel+:8];
  wire [7:0] stride = instr_i[assay_pkg::Stride+:8];
  wire [7:0] padding = instr_i[assay_pkg::Padding+:8];
  wire [WeightBits-1:0] weight_base = instr_i[assay_pkg::WeightBase+:WeightBits];
  wire [ParamBits-1:0] param_base = instr_i[assay_pkg::ParamBase+:ParamBits];
  wire [RowBits-1:0] b_base = instr_i[assay_pkg::BBase+:RowBits];
  wire [RowBits-1:0] b_plane = instr_i[assay_pkg::BPlane+:RowBits];
  wire [RowBits-1:0] b_pitch = instr_i[assay_pkg::BPitch+:RowBits];

  wire is_conv = opcode == assay_pkg::OpConv;
  wire is_add = opcode == assay_pkg::OpAdd;
  wire is_upsample = opcode == assay_pkg::OpUpsample;
  wire has_window = is_conv || opcode == assay_pkg::OpMaxPool;

  // Fixed for the instruction: kind, loop ends (a count less one, and whether it is 0), steps.
  logic is_conv_q, is_add_q, is_double_q, is_stride2_q;
  logic [7:0] kernel_end_q;
  logic [15:0] block_end_q, width_end_q, line_end_q;
  logic block_one_q, kernel_one_q, narrow_q, line_one_q;
  logic signed [17:0] origin_q;
  logic [RowBits-1:0] in_step_q, group_back_q, out_group_q;

  // Stage 0. What follows of each loop, and whether nothing does.
  logic [15:0] block_left_q, more_q, lines_left_q;
  logic [16:0] blocks_left_q;
  logic [7:0] ky_left_q, kx_left_q;
  // The window is another one than that of the beat before.
  logic moved_q;
  logic first_q, last_block_q, last_kx_q, last_ky_q, last_tile_q, last_line_q, last_group_q;
  // The window's first pixel, that of the tile, that of the next tile in halves; negative left of the tensor. The first
  // result.
  logic signed [17:0] ix_q, tile_ix_q;
  logic [18:0] tile_next_q;
  logic [15:0] ox_q;
  // Input row of ky, that of ky = 0, that of the next line; negative above the tensor.
  logic signed [17:0] iy_q, iy_first_q, iy_next_q;
  // While doubling, every input row serves two output rows: whether the line after the next one is in the same row.
  logic hold_q;
  // Running rows: of the beat, of ky and the next ky, of the output row and the next, of the next group; of an
  // addition's second tensor; of the results.
  logic [RowBits-1:0] row_q, line_row_q, line_next_q, first_row_q, first_next_q, group_next_q;
  logic [RowBits-1:0] b_row_q, b_group_next_q, out_row_q, out_group_next_q;
  logic [WeightBits-1:0] weight_q, group_weight_q;
  logic [ParamBits-1:0] param_q;
  logic [7:0] pads_left_q;

  // Stage 1.
  logic first1_q, last1_q, group_end1_q, end1_q, moved1_q, far1_q, near1_q, line_ok1_q;
  logic [RowBits-1:0] row1_q, tile_row1_q;
  logic [BankBits-1:0] shift1_q, tile_bank1_q;
  // Pixels of the input row from the window's first one on.
  logic signed [18:0] left1_q;
  logic [WeightBits-1:0] weight1_q;
  logic [PixelBits-1:0] pixels1_q;
  logic [BlockBits-1:0] blocks1_q;
  logic [ParamBits-1:0] param1_q;

  // Stage 2, beside the outputs.
  localparam int WaitBits = $clog2(PX * Blocks + 1);
  logic end2_q;
  logic [WaitBits-1:0] words2_q;
  logic [RowBits-1:0] tile_row2_q;
  logic [BankBits-1:0] tile_bank2_q;
  logic [PixelBits-1:0] pixels2_q;
  logic [BlockBits-1:0] blocks2_q;
  logic [ParamBits-1:0] param2_q;

  // Cycles until the drain can take the next tile, and whether it can.
  logic [WaitBits-1:0] wait_q;
  logic free_q;

  logic setup_q, pad_q, enter_q, walk_q, valid1_q, valid2_q;
  assign weight_wait_o = valid2_q && is_conv_q && weight_stall_i;
  assign beat_valid_o = valid2_q && (free_q || !beat_last_o) && !(is_conv_q && weight_stall_i);
  wire advance = !valid2_q || beat_valid_o;
  // The first step (enter) is that to the first group, from a last beat that is none.
  wire step = walk_q && advance;
  wire enter = setup_q ? padding == 8'd0 : pad_q && pads_left_q == 8'd1;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_o <= 1'b0;
      setup_q <= 1'b0;
      pad_q <= 1'b0;
      walk_q <= 1'b0;
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      free_q <= 1'b1;
    end else begin
      if (start_i) busy_o <= 1'b1;
      else if ((beat_valid_o && end2_q) || weight_failed_i) busy_o <= 1'b0;
      setup_q <= start_i;
      if (setup_q) pad_q <= padding != 8'd0;
      else if (pads_left_q == 8'd1) pad_q <= 1'b0;
      if (enter) walk_q <= 1'b1;
      else if (advance && valid1_q && end1_q) walk_q <= 1'b0;
      // Behind the last beat of all, stage 0 holds none.
      if (advance) valid1_q <= walk_q && !enter_q && !(valid1_q && end1_q);
      if (advance) valid2_q <= valid1_q;
      if (beat_valid_o && beat_last_o) free_q <= words2_q == '0;
      else if (!free_q) free_q <= wait_q == WaitBits'(1);
      if (weight_failed_i) begin
        pad_q <= 1'b0;
        walk_q <= 1'b0;
        valid1_q <= 1'b0;
        valid2_q <= 1'b0;
      end
    end
  end

  // They have a meaning while there is a walk and while the drain is busy.
  always_ff @(posedge clk_i) begin
    enter_q <= enter;
    wait_q <= beat_valid_o && beat_last_o ? words2_q : wait_q - WaitBits'(1);
  end

  wire [16:0] group_size = is_conv_q ? 17'(Blocks) : 17'd1;
  // Of the first group, rows of padding; of the others, the plane of the one before.
  wire [RowBits-1:0] group_back = pad_q ? in_pitch : group_back_q;
  wire [18:0] tile_step = is_double_q ? 19'(PX) : is_stride2_q ? 19'(4 * PX) : 19'(2 * PX);
  wire [17:0] line_step = is_stride2_q ? 18'd2 : 18'd1;

  // Of the instruction, the first lane of a pixel each.
  logic [PX*BankBits-1:0] offsets;
  for (genvar j = 0; j < PX; j++) begin : g_lane
    assign offsets[j*BankBits+:BankBits] =
        is_stride2_q ? BankBits'(2 * j) : is_double_q ? BankBits'(j / 2) : BankBits'(j);
  end

  // Of the beats in stage 0 and 1, in the process below.
  logic last_beat, group_end, all_pad;

  // From the last stage to the first one. Registers that this process alone reads are assigned in place, after they are
  // read: a simulator then keeps no second copy of them.
  always_ff @(posedge clk_i) begin
    last_beat = last_block_q && last_kx_q && last_ky_q;
    group_end = last_beat && last_tile_q && last_line_q;
    if (beat_last_o) begin
      tile_row_o <= tile_row2_q;
      tile_bank_o <= tile_bank2_q;
      tile_pixels_o <= pixels2_q;
      tile_blocks_o <= blocks2_q;
      tile_param_o <= param2_q;
    end
    if (advance) begin
      beat_first_o <= first1_q;
      beat_last_o <= last1_q;
      beat_group_end_o <= group_end1_q;
      end2_q <= end1_q;
      beat_row_o <= row1_q;
      beat_weight_o <= weight1_q;
      if (moved1_q) begin
        beat_shift_o <= shift1_q;
        // A window begins a row of banks or more to the left of the tensor (far), or less than that (near).
        all_pad = !line_ok1_q || far1_q || left1_q[18] || left1_q == 19'sd0;
        for (int j = 0; j < PX; j++)
          beat_pad_o[j] <= all_pad
              || (near1_q && {1'b0, shift1_q} + {1'b0, offsets[j*BankBits+:BankBits]} < (BankBits + 1)'(2 * PX))
              || (left1_q[18:BankBits] == '0 && left1_q[BankBits-1:0] <= offsets[j*BankBits+:BankBits]);
      end
      if (last1_q) begin
        words2_q <= (WaitBits'(pixels1_q) + WaitBits'(1)) * (WaitBits'(blocks1_q) + WaitBits'(1)) - WaitBits'(1);
        tile_row2_q = tile_row1_q;
        tile_bank2_q = tile_bank1_q;
        pixels2_q = pixels1_q;
        blocks2_q = blocks1_q;
        param2_q = param1_q;
      end
      first1_q = first_q;
      last1_q = last_beat;
      group_end1_q = group_end;
      end1_q <= group_end && last_group_q;
      row1_q = row_q + RowBits'(ix_q >>> BankBits);
      moved1_q = moved_q;
      if (moved_q) begin
        shift1_q = ix_q[BankBits-1:0];
        left1_q = $signed({3'd0, in_width}) - 19'(ix_q);
        far1_q = ix_q[17] && ix_q[17:BankBits] != '1;
        near1_q = ix_q[17:BankBits] == '1;
        // A row above the tensor, too, is beyond its last one without a sign.
        line_ok1_q = $unsigned(iy_q) < {2'd0, in_height};
      end
      weight1_q = weight_q;
      if (last_beat) begin
        tile_row1_q = out_row_q + RowBits'(ox_q >> BankBits);
        tile_bank1_q = ox_q[BankBits-1:0];
        pixels1_q = last_tile_q ? more_q[PixelBits-1:0] : PixelBits'(PX - 1);
        blocks1_q = !is_conv_q ? '0 : last_group_q ? BlockBits'(blocks_left_q - 17'd1) : BlockBits'(Blocks - 1);
        param1_q = param_q;
      end
    end

    if (setup_q) begin
      is_conv_q <= is_conv;
      is_add_q <= is_add;
      is_double_q <= is_upsample && stride == 8'd2;
      is_stride2_q <= !is_upsample && stride == 8'd2;
      kernel_end_q <= kernel - 8'd1;
      kernel_one_q <= !has_window || kernel == 8'd1;
      block_end_q <= is_conv ? in_blocks - 16'd1 : 16'd1;
      block_one_q <= is_conv ? in_blocks == 16'd1 : !is_add;
      width_end_q <= out_width - 16'd1;
      narrow_q <= out_width <= 16'(PX);
      line_end_q <= out_height - 16'd1;
      line_one_q <= out_height == 16'd1;
      origin_q <= 18'sd0 - $signed({10'd0, padding});
      in_step_q <= !is_upsample && stride == 8'd2 ? in_pitch << 1 : in_pitch;
      // A convolution reads all its input again for each group, the others the next block.
      group_back_q <= is_conv ? '0 : '0 - in_plane;
      out_group_q <= is_conv ? RowBits'(out_plane * RowBits'(Blocks)) : out_plane;
      last_block_q = 1'b1;
      last_kx_q = 1'b1;
      last_ky_q = 1'b1;
      last_tile_q = 1'b1;
      last_line_q = 1'b1;
      blocks_left_q = {1'b0, out_blocks} + (is_conv ? 17'(Blocks) : 17'd1);
      pads_left_q <= padding;
      group_next_q = in_base;
      b_group_next_q = b_base;
      out_group_next_q = out_base;
      weight_q = weight_base - WeightBits'(1);
      param_q = param_base - ParamBits'(1);
    end else if (pad_q) begin
      pads_left_q <= pads_left_q - 8'd1;
      group_next_q = group_next_q - group_back;
    end else if (step) begin
      first_q = last_beat;
      moved_q = last_block_q;
      weight_q = weight_q + WeightBits'(1);
      // It is used in the second beat after line_row_q has changed, at the earliest.
      line_next_q <= line_row_q + in_pitch;
      if (!last_block_q) begin
        last_block_q = block_left_q == 16'd1;
        block_left_q = block_left_q - 16'd1;
        row_q = is_add_q ? b_row_q : row_q + in_plane;
      end else begin
        last_block_q = block_one_q;
        block_left_q = block_end_q;
        if (!last_kx_q) begin
          last_kx_q = kx_left_q == 8'd1;
          kx_left_q = kx_left_q - 8'd1;
          ix_q = ix_q + 18'sd1;
          row_q = line_row_q;
        end else begin
          last_kx_q = kernel_one_q;
          kx_left_q = kernel_end_q;
          if (!last_ky_q) begin
            last_ky_q = ky_left_q == 8'd1;
            ky_left_q = ky_left_q - 8'd1;
            ix_q = tile_ix_q;
            iy_q = iy_q + 18'sd1;
            line_row_q = line_next_q;
            row_q = line_next_q;
          end else begin
            last_ky_q = kernel_one_q;
            ky_left_q = kernel_end_q;
            if (!last_tile_q) begin
              last_tile_q = more_q < 16'(2 * PX);
              more_q = more_q - 16'(PX);
              ox_q = ox_q + 16'(PX);
              ix_q = $signed(tile_next_q[18:1]);
              tile_ix_q = $signed(tile_next_q[18:1]);
              tile_next_q = tile_next_q + tile_step;
              iy_q = iy_first_q;
              line_row_q = first_row_q;
              row_q = first_row_q;
              weight_q = group_weight_q;
            end else begin
              last_tile_q = narrow_q;
              more_q = width_end_q;
              ox_q = 16'd0;
              ix_q = origin_q;
              tile_ix_q = origin_q;
              tile_next_q = {origin_q, 1'b0} + tile_step;
              if (!last_line_q) begin
                last_line_q = lines_left_q == 16'd1;
                lines_left_q = lines_left_q - 16'd1;
                iy_q = iy_next_q;
                iy_first_q = iy_next_q;
                iy_next_q = iy_next_q + (hold_q ? '0 : $signed(line_step));
                line_row_q = first_next_q;
                row_q = first_next_q;
                first_row_q = first_next_q;
                first_next_q = first_next_q + (hold_q ? '0 : in_step_q);
                hold_q = is_double_q && !hold_q;
                b_row_q = b_row_q + b_pitch;
                out_row_q = out_row_q + out_pitch;
                weight_q = group_weight_q;
              end else begin
                last_line_q = line_one_q;
                lines_left_q = line_end_q;
                iy_q = origin_q;
                iy_first_q = origin_q;
                iy_next_q = origin_q + (is_double_q ? '0 : $signed(line_step));
                line_row_q = group_next_q;
                row_q = group_next_q;
                first_row_q = group_next_q;
                first_next_q = group_next_q + (is_double_q ? '0 : in_step_q);
                hold_q = 1'b0;
                group_next_q = group_next_q - group_back;
                b_row_q = b_group_next_q;
                b_group_next_q = b_group_next_q + b_plane;
                out_row_q = out_group_next_q;
                out_group_next_q = out_group_next_q + out_group_q;
                group_weight_q = weight_q;
                param_q = param_q + ParamBits'(1);
                last_group_q = blocks_left_q <= group_size << 1;
                blocks_left_q = blocks_left_q - group_size;
              end
            end
          end
        end
      end
    end
  end
endmodule
`default_nettype wire
