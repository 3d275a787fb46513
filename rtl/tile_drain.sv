// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Counts out the result words of a tile: pixel by pixel, the blocks of the group within a pixel, and their places in
// the feature memory (docs/detector.md, "Order of work"). The walker spaces the tiles so that a new one never arrives
// before the last word of the one before.
//
// Model: `elementIndices` in src/rom/pack.ts. Latency 1 from tile_valid_i to the first word, throughput one word a
// cycle.
module tile_drain #(
  // Pixels of a tile, a power of two
  parameter int PX = 4,
  // Blocks of a group
  parameter int Blocks = 1,
  // Bits of a row
  parameter int RowBits = 10,
  localparam int BankBits = $clog2(2 * PX),
  localparam int PixelBits = assay_pkg::addressBits(PX),
  localparam int BlockBits = assay_pkg::addressBits(Blocks)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // Rows from block to block of the results
  input  logic [RowBits-1:0]   plane_i,
  // A tile: place of its first word, pixels and blocks less one
  input  logic                 tile_valid_i,
  input  logic [RowBits-1:0]   tile_row_i,
  input  logic [BankBits-1:0]  tile_bank_i,
  input  logic [PixelBits-1:0] tile_pixels_i,
  input  logic [BlockBits-1:0] tile_blocks_i,
  // A word
  output logic                 valid_o,
  output logic [PixelBits-1:0] pixel_o,
  output logic [BlockBits-1:0] block_o,
  output logic [RowBits-1:0]   row_o,
  output logic [BankBits-1:0]  bank_o
);

  logic [RowBits-1:0] first_row_q;
  logic [PixelBits-1:0] pixels_q;
  logic [BlockBits-1:0] blocks_q;

  wire last_block = block_o == blocks_q;
  wire last = last_block && pixel_o == pixels_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_o <= 1'b0;
    else if (tile_valid_i) valid_o <= 1'b1;
    else if (last) valid_o <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (tile_valid_i) begin
      first_row_q <= tile_row_i;
      pixels_q <= tile_pixels_i;
      blocks_q <= tile_blocks_i;
      row_o <= tile_row_i;
      bank_o <= tile_bank_i;
      pixel_o <= '0;
      block_o <= '0;
    end else if (valid_o) begin
      if (last_block) begin
        row_o <= first_row_q;
        bank_o <= bank_o + BankBits'(1);
        pixel_o <= pixel_o + PixelBits'(1);
        block_o <= '0;
      end else begin
        row_o <= row_o + plane_i;
        block_o <= block_o + BlockBits'(1);
      end
    end
  end

`ifndef SYNTHESIS
  // The walker has kept its distance: a tile arrives when the one before is out.
  always @(posedge clk_i) begin
    if (rst_ni && tile_valid_i) assert (!valid_o || last);
  end
`endif
endmodule
`default_nettype wire
