// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Shows what one accumulator of the multiplier array adds, for `assay explain --rtl`. Bound to every mac_array; a build
// without this file has no trace of it.
//
// Plusargs choose the accumulator: tile (tiles since reset, from 0), pixel within the tile, output lane. Each beat of
// that tile prints
//   assay-mac <accumulator, signed> <input word, hexadecimal> <weights of the lane, hexadecimal>
// half a cycle after the edge at which it was added.
module mac_probe #(
  // Parameters of mac_array
  parameter int PI = 16,
  parameter int PO = 16,
  parameter int PX = 4,
  parameter int WeightBits = 8,
  parameter int ActivationBits = 8,
  // Its accumulators of a (pixel, output channel)
  parameter int Parts = 4
) (
  input  logic                            clk_i,
  input  logic                            valid_i,
  input  logic                            first_i,
  input  logic [PX*PI*ActivationBits-1:0] x_i,
  input  logic [PO*PI*WeightBits-1:0]     w_i
);

  int tile, pixel, lane;
  initial begin
    if ($value$plusargs("probe_tile=%d", tile) == 0) tile = -1;
    if ($value$plusargs("probe_pixel=%d", pixel) == 0) pixel = 0;
    if ($value$plusargs("probe_lane=%d", lane) == 0) lane = 0;
  end

  // Tiles begun since reset; a register's initial value, since mac_array has no reset.
  logic signed [31:0] tile_q = -1;
  logic valid_q = 1'b0;
  logic [PI*ActivationBits-1:0] x_q;
  logic [PI*WeightBits-1:0] w_q;
  always_ff @(posedge clk_i) begin
    valid_q <= valid_i;
    if (valid_i && first_i) tile_q <= tile_q + 1;
    x_q <= x_i[pixel*PI*ActivationBits+:PI*ActivationBits];
    w_q <= w_i[lane*PI*WeightBits+:PI*WeightBits];
  end

  function automatic logic signed [31:0] total(input int first);
    total = 32'd0;
    for (int k = 0; k < Parts; k++) total = total + mac_array.acc_q[first+k];
  endfunction

  always_ff @(negedge clk_i) begin
    if (valid_q && tile_q == tile)
      $display("assay-mac %0d %h %h", total((pixel * PO + lane) * Parts), x_q, w_q);
  end
endmodule

bind mac_array mac_probe #(
  .PI(PI), .PO(PO), .PX(PX), .WeightBits(WeightBits), .ActivationBits(ActivationBits), .Parts(Parts)
) u_probe (
  .clk_i,
  .valid_i,
  .first_i,
  .x_i,
  .w_i
);
`default_nettype wire
