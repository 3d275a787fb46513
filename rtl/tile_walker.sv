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
// row.
//
// A tile of n result words keeps the drain busy for n cycles, so the last beat of the next one waits until n cycles
// have passed since this one's last beat. A beat of a convolution also waits for its weight word, where that comes from
// a memory. No other part of the engine ever stalls.
//
// Model: src/rom/placement.ts and weights.ts. Latency 2 from start_i to the first beat, throughput one beat a cycle.
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

  // Fixed for the instruction: kind, loop ends, steps.
  logic is_conv_q, is_add_q, is_double_q, is_stride2_q;
  logic [7:0] kernel_end_q;
  logic [15:0] block_end_q;
  logic [17:0] origin_q;
  logic [RowBits-1:0] in_step_q, out_group_q;

  // Loop counters.
  logic [15:0] blocks_left_q, oy_q, ox_q, block_q;
  logic [7:0] ky_q, kx_q;
  // Input row of ky, and of ky = 0; negative above the tensor.
  logic signed [17:0] iy_q, iy_first_q;
  // Running rows: of the group, the output row, ky, the beat; of an addition's second tensor; of the results.
  logic [RowBits-1:0] group_row_q, first_row_q, line_row_q, row_q, b_group_row_q, b_row_q, out_group_row_q, out_row_q;
  logic [WeightBits-1:0] weight_q, group_weight_q;
  logic [ParamBits-1:0] param_q;
  // Cycles until the drain can take the next tile.
  localparam int WaitBits = $clog2(PX * Blocks + 1);
  logic [WaitBits-1:0] wait_q;

  logic setup_q, walk_q;
  assign busy_o = setup_q || walk_q;

  wire last_block = block_q == block_end_q;
  wire last_kx = kx_q == kernel_end_q;
  wire last_ky = ky_q == kernel_end_q;
  wire last_beat = last_block && last_kx && last_ky;
  wire [15:0] pixels_left = out_width - ox_q;
  wire last_tile = pixels_left <= 16'(PX);
  wire last_line = oy_q + 16'd1 == out_height;
  wire last_group = blocks_left_q <= (is_conv_q ? 16'(Blocks) : 16'd1);

  // The window's first pixel; negative left of the tensor.
  wire [17:0] ox = is_double_q ? {3'd0, ox_q[15:1]} : is_stride2_q ? {1'b0, ox_q, 1'b0} : {2'd0, ox_q};
  wire signed [17:0] ix = $signed(ox + origin_q + {10'd0, kx_q});
  wire line_ok = iy_q >= 18'sd0 && iy_q < $signed({2'd0, in_height});

  assign weight_wait_o = walk_q && is_conv_q && weight_stall_i;
  assign beat_valid_o = walk_q && !(last_beat && wait_q != '0) && !weight_wait_o;
  assign beat_first_o = block_q == 16'd0 && kx_q == 8'd0 && ky_q == 8'd0;
  assign beat_last_o = last_beat;
  assign beat_group_end_o = last_beat && last_tile && last_line;
  assign beat_row_o = row_q + RowBits'(ix >>> BankBits);
  assign beat_shift_o = ix[BankBits-1:0];
  assign beat_weight_o = weight_q;
  for (genvar j = 0; j < PX; j++) begin : g_lane
    wire [17:0] offset = is_stride2_q ? 18'(2 * j) : is_double_q ? 18'(j / 2) : 18'(j);
    wire [17:0] x = $unsigned(ix) + offset;
    assign beat_pad_o[j] = !line_ok || x >= {2'd0, in_width};
  end

  wire [15:0] pixels = last_tile ? pixels_left : 16'(PX);
  wire [15:0] blocks = !is_conv_q ? 16'd1 : last_group ? blocks_left_q : 16'(Blocks);
  always_ff @(posedge clk_i) begin
    if (last_beat) begin
      tile_row_o <= out_row_q + RowBits'(ox_q >> BankBits);
      tile_bank_o <= ox_q[BankBits-1:0];
      tile_pixels_o <= PixelBits'(pixels - 16'd1);
      tile_blocks_o <= BlockBits'(blocks - 16'd1);
      tile_param_o <= param_q;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      setup_q <= 1'b0;
      walk_q <= 1'b0;
      wait_q <= '0;
    end else begin
      setup_q <= start_i;
      if (setup_q) walk_q <= 1'b1;
      if (wait_q != '0) wait_q <= wait_q - WaitBits'(1);
      if (beat_valid_o && last_beat) begin
        wait_q <= WaitBits'(pixels * blocks - 16'd1);
        if (last_tile && last_line && last_group) walk_q <= 1'b0;
      end
      if (weight_failed_i) walk_q <= 1'b0;
    end
  end

  // Registers that this process alone reads are assigned in place, after they are read: a simulator then keeps no
  // second copy of them.
  always_ff @(posedge clk_i) begin
    if (setup_q) begin
      is_conv_q <= is_conv;
      is_add_q <= is_add;
      is_double_q <= is_upsample && stride == 8'd2;
      is_stride2_q <= !is_upsample && stride == 8'd2;
      kernel_end_q <= has_window ? kernel - 8'd1 : 8'd0;
      block_end_q <= is_conv ? in_blocks - 16'd1 : is_add ? 16'd1 : 16'd0;
      origin_q <= 18'd0 - {10'd0, padding};
      in_step_q <= !is_upsample && stride == 8'd2 ? in_pitch << 1 : in_pitch;
      out_group_q <= is_conv ? RowBits'(out_plane * RowBits'(Blocks)) : out_plane;
      blocks_left_q <= out_blocks;
      oy_q <= 16'd0;
      ox_q <= 16'd0;
      ky_q <= 8'd0;
      kx_q <= 8'd0;
      block_q <= 16'd0;
      iy_q <= 18'sd0 - $signed({10'd0, padding});
      iy_first_q = 18'sd0 - $signed({10'd0, padding});
      group_row_q = in_base - RowBits'(in_pitch * RowBits'(padding));
      first_row_q = in_base - RowBits'(in_pitch * RowBits'(padding));
      line_row_q = in_base - RowBits'(in_pitch * RowBits'(padding));
      row_q <= in_base - RowBits'(in_pitch * RowBits'(padding));
      b_group_row_q = b_base;
      b_row_q = b_base;
      out_group_row_q = out_base;
      out_row_q <= out_base;
      weight_q <= weight_base;
      group_weight_q = weight_base;
      param_q <= param_base;
    end else if (beat_valid_o) begin
      weight_q <= weight_q + WeightBits'(1);
      block_q <= last_block ? 16'd0 : block_q + 16'd1;
      if (!last_block) begin
        row_q <= is_add_q ? b_row_q : row_q + in_plane;
      end else if (!last_kx) begin
        kx_q <= kx_q + 8'd1;
        row_q <= line_row_q;
      end else if (!last_ky) begin
        kx_q <= 8'd0;
        ky_q <= ky_q + 8'd1;
        iy_q <= iy_q + 18'sd1;
        line_row_q = line_row_q + in_pitch;
        row_q <= line_row_q;
      end else begin
        kx_q <= 8'd0;
        ky_q <= 8'd0;
        if (!last_tile) begin
          ox_q <= ox_q + 16'(PX);
          iy_q <= iy_first_q;
          line_row_q = first_row_q;
          row_q <= first_row_q;
          weight_q <= group_weight_q;
        end else begin
          ox_q <= 16'd0;
          if (!last_line) begin
            oy_q <= oy_q + 16'd1;
            // While doubling, every input row serves two output rows.
            iy_first_q = iy_first_q + (is_double_q && !oy_q[0] ? 18'sd0 : is_stride2_q ? 18'sd2 : 18'sd1);
            first_row_q = first_row_q + (is_double_q && !oy_q[0] ? '0 : in_step_q);
            iy_q <= iy_first_q;
            line_row_q = first_row_q;
            row_q <= first_row_q;
            b_row_q = b_row_q + b_pitch;
            out_row_q <= out_row_q + out_pitch;
            weight_q <= group_weight_q;
          end else begin
            oy_q <= 16'd0;
            blocks_left_q <= blocks_left_q - (is_conv_q ? 16'(Blocks) : 16'd1);
            iy_q <= $signed(origin_q);
            iy_first_q = $signed(origin_q);
            // A convolution reads all its input again, the others the next block.
            if (!is_conv_q) group_row_q = group_row_q + in_plane;
            first_row_q = group_row_q;
            line_row_q = group_row_q;
            row_q <= group_row_q;
            b_group_row_q = b_group_row_q + b_plane;
            b_row_q = b_group_row_q;
            out_group_row_q = out_group_row_q + out_group_q;
            out_row_q <= out_group_row_q;
            group_weight_q = weight_q + WeightBits'(1);
            param_q <= param_q + ParamBits'(1);
          end
        end
      end
    end
  end
endmodule
`default_nettype wire
