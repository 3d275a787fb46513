  // The words of a tile come in order, none is left out and none is added: block by block of a pixel, pixel by pixel, each
  // at its place: row = first row + block * plane, bank = first bank + pixel (docs/detector.md, "Order of work").
  logic begun_p = 1'b0, due_p = 1'b0;
  logic [RowBits-1:0] first_p, plane_p;
  logic [BankBits-1:0] bank_p;
  logic [PixelBits-1:0] pixel_p, pixels_p;
  logic [BlockBits-1:0] block_p, blocks_p;
  wire end_p = pixel_p == pixels_p && block_p == blocks_p;
  always_ff @(posedge clk_i) begin
    begun_p <= 1'b1;
    plane_p <= plane_i;
    if (!rst_ni) due_p <= 1'b0;
    else if (tile_valid_i) due_p <= 1'b1;
    else if (end_p) due_p <= 1'b0;
    if (tile_valid_i) begin
      {first_p, bank_p, pixels_p, blocks_p} <= {tile_row_i, tile_bank_i, tile_pixels_i, tile_blocks_i};
      {pixel_p, block_p} <= '0;
    end else if (block_p == blocks_p) begin
      pixel_p <= pixel_p + 1'b1;
      block_p <= '0;
    end else begin
      block_p <= block_p + 1'b1;
    end
  end
  logic [RowBits-1:0] row_p;
  always_comb begin
    row_p = first_p;
    for (int k = 1; k < Blocks; k++) if (k <= block_p) row_p = row_p + plane_i;
  end

  // A tile comes when the one before is out, and the distance of the planes holds.
  wire prove_assumed = (begun_p || !rst_ni) && (!due_p || plane_i == plane_p) && (!tile_valid_i || !due_p || end_p)
      && tile_blocks_i < Blocks && tile_pixels_i < PX;
  wire prove_reached = begun_p && rst_ni && valid_o && end_p && pixel_p != '0 && block_p != '0;
  wire prove_holds = !begun_p || !rst_ni || (valid_o == due_p && (!due_p || (pixel_o == pixel_p && block_o == block_p
      && row_o == row_p && bank_o == BankBits'(bank_p + pixel_p) && first_row_q == first_p && pixels_q == pixels_p
      && blocks_q == blocks_p && pixel_p <= pixels_p && block_p <= blocks_p && blocks_p < Blocks)));
