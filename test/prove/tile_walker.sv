  // "Order of work" and "Feature memory" of docs/detector.md, by loops and products: every beat names the row, the first
  // bank, the lanes in the padding and the weights of its window, every tile the place of its results; each comes once,
  // in its order, in the first cycle in which it may.
  (* anyconst *) wire [1023:0] instr_p;
  wire [7:0] opcode_p = instr_p[assay_pkg::Opcode+:8];
  wire [7:0] kernel_p = instr_p[assay_pkg::Kernel+:8];
  wire [7:0] stride_p = instr_p[assay_pkg::Stride+:8];
  wire [7:0] padding_p = instr_p[assay_pkg::Padding+:8];
  wire [15:0] width_p = instr_p[assay_pkg::InWidth+:16];
  wire [15:0] height_p = instr_p[assay_pkg::InHeight+:16];
  wire [15:0] in_blocks_p = instr_p[assay_pkg::InBlocks+:16];
  wire [15:0] out_width_p = instr_p[assay_pkg::OutWidth+:16];
  wire [15:0] out_height_p = instr_p[assay_pkg::OutHeight+:16];
  wire [15:0] out_blocks_p = instr_p[assay_pkg::OutBlocks+:16];
  wire conv_p = opcode_p == 8'd1, add_p = opcode_p == 8'd2, pool_p = opcode_p == 8'd3, copy_p = opcode_p == 8'd4;
  wire two_p = stride_p == 8'd2;

  // The loops.
  logic [2:0] group_p = '0, y_p = '0, x_p = '0, ky_p = '0, kx_p = '0, step_p = '0;
  wire [2:0] kernel_end_p = conv_p || pool_p ? 3'(kernel_p) - 3'd1 : 3'd0;
  wire [2:0] step_end_p = conv_p ? 3'(in_blocks_p) - 3'd1 : add_p ? 3'd1 : 3'd0;
  wire [2:0] size_p = conv_p ? 3'(Blocks) : 3'd1;
  wire last_p = kx_p == kernel_end_p && ky_p == kernel_end_p && step_p == step_end_p;
  wire last_x_p = 16'(x_p) + 16'(PX) >= out_width_p;
  wire last_y_p = 16'(y_p) + 16'd1 == out_height_p;
  wire last_group_p = 16'(group_p) + 16'(size_p) >= out_blocks_p;

  // The window: its first pixel, and the row of that.
  wire signed [7:0] iy_p = copy_p ? (two_p ? $signed({5'd0, y_p}) >>> 1 : $signed({5'd0, y_p}))
      : (two_p ? $signed({4'd0, y_p, 1'b0}) : $signed({5'd0, y_p})) - $signed(padding_p) + $signed({5'd0, ky_p});
  wire signed [7:0] ix_p = copy_p ? (two_p ? $signed({5'd0, x_p}) >>> 1 : $signed({5'd0, x_p}))
      : (two_p ? $signed({4'd0, x_p, 1'b0}) : $signed({5'd0, x_p})) - $signed(padding_p) + $signed({5'd0, kx_p});
  wire other_p = add_p && step_p == 3'd1;
  wire [RowBits-1:0] base_p = other_p ? instr_p[assay_pkg::BBase+:RowBits] : instr_p[assay_pkg::InBase+:RowBits];
  wire [RowBits-1:0] plane_p = other_p ? instr_p[assay_pkg::BPlane+:RowBits] : instr_p[assay_pkg::InPlane+:RowBits];
  wire [RowBits-1:0] pitch_p = other_p ? instr_p[assay_pkg::BPitch+:RowBits] : instr_p[assay_pkg::InPitch+:RowBits];
  wire [RowBits-1:0] row_p = base_p + RowBits'(conv_p ? step_p : group_p) * plane_p + RowBits'(iy_p) * pitch_p
      + RowBits'(ix_p >>> BankBits);
  wire [WeightBits-1:0] weight_p = instr_p[assay_pkg::WeightBase+:WeightBits]
      + ((WeightBits'(group_p) / WeightBits'(Blocks) * WeightBits'(kernel_p) + WeightBits'(ky_p)) * WeightBits'(kernel_p)
         + WeightBits'(kx_p)) * WeightBits'(in_blocks_p) + WeightBits'(step_p);
  logic [PX-1:0] pad_p;
  for (genvar j = 0; j < PX; j++) begin : g_prove
    wire signed [7:0] x = ix_p + (copy_p ? (two_p ? 8'(j / 2) : 8'(j)) : two_p ? 8'(2 * j) : 8'(j));
    assign pad_p[j] = iy_p < 0 || iy_p >= $signed({1'b0, height_p}) || x < 0 || x >= $signed({1'b0, width_p});
  end

  // The tile: its results.
  wire [RowBits-1:0] tile_p = instr_p[assay_pkg::OutBase+:RowBits]
      + RowBits'(group_p) * instr_p[assay_pkg::OutPlane+:RowBits] + RowBits'(y_p) * instr_p[assay_pkg::OutPitch+:RowBits]
      + RowBits'(x_p >> BankBits);
  wire [2:0] pixels_p = last_x_p ? 3'(out_width_p) - x_p : 3'(PX);
  wire [2:0] blocks_p = last_group_p ? 3'(out_blocks_p) - group_p : size_p;

  // Cycles since the start, cycles until the drain is free, and what the last tile was.
  logic begun_p = 1'b0, over_p = 1'b0, tiled_p = 1'b0;
  logic [7:0] since_p = 8'd0;
  logic [4:0] busy_p = 5'd0;
  logic [RowBits-1:0] tile_row_p;
  logic [BankBits-1:0] tile_bank_p;
  logic [2:0] tile_pixels_p, tile_blocks_p;
  logic [ParamBits-1:0] tile_param_p;
  wire due_p = since_p >= 8'd5 + padding_p && !over_p;
  wire beat_p = due_p && !(last_p && busy_p != 5'd0) && !(conv_p && weight_stall_i);
  always_ff @(posedge clk_i) begin
    begun_p <= 1'b1;
    if (begun_p && !(&since_p)) since_p <= since_p + 8'd1;
    if (busy_p != 5'd0) busy_p <= busy_p - 5'd1;
    tiled_p <= beat_p && last_p;
    if (beat_p) begin
      step_p <= step_p + 3'd1;
      if (step_p == step_end_p) begin
        step_p <= '0;
        kx_p <= kx_p + 3'd1;
        if (kx_p == kernel_end_p) begin
          kx_p <= '0;
          ky_p <= ky_p + 3'd1;
        end
      end
      if (last_p) begin
        busy_p <= 5'(pixels_p) * 5'(blocks_p) - 5'd1;
        tile_row_p <= tile_p;
        tile_bank_p <= BankBits'(x_p);
        tile_pixels_p <= pixels_p;
        tile_blocks_p <= blocks_p;
        tile_param_p <= instr_p[assay_pkg::ParamBase+:ParamBits] + ParamBits'(group_p / Blocks);
        ky_p <= '0;
        x_p <= x_p + 3'(PX);
        if (last_x_p) begin
          x_p <= '0;
          y_p <= y_p + 3'd1;
          if (last_y_p) begin
            y_p <= '0;
            group_p <= group_p + size_p;
            if (last_group_p) over_p <= 1'b1;
          end
        end
      end
    end
  end

  // What stays small, so that the walk ends within the cycles that are looked at.
  wire small_p = width_p <= 16'd4 && height_p <= 16'd4 && in_blocks_p <= 16'd2 && out_width_p <= 16'd3
      && out_height_p <= 16'd2 && out_blocks_p <= 16'd3 && kernel_p <= 8'd2 && padding_p <= 8'd1;
  wire allowed_p = opcode_p >= 8'd1 && opcode_p <= 8'd4 && width_p != '0 && height_p != '0 && in_blocks_p != '0
      && out_width_p != '0 && out_height_p != '0 && out_blocks_p != '0 && (stride_p == 8'd1 || (two_p && !add_p))
      && (conv_p || pool_p ? kernel_p != '0 : padding_p == '0);

  wire prove_assumed = rst_ni == begun_p && start_i == (begun_p && since_p == 8'd0) && instr_i == instr_p
      && !weight_failed_i && small_p && allowed_p;
  wire prove_reached = over_p && !busy_o && conv_p && in_blocks_p == 16'd2 && kernel_p == 8'd2;
  wire prove_holds = !begun_p || (beat_valid_o == beat_p && busy_o == (since_p != 8'd0 && !over_p)
      && weight_wait_o == (due_p && conv_p && weight_stall_i)
      && (!beat_p || (beat_row_o == row_p && beat_shift_o == BankBits'(ix_p) && beat_pad_o == pad_p
          && beat_first_o == (kx_p == '0 && ky_p == '0 && step_p == '0) && beat_last_o == last_p
          && beat_group_end_o == (last_p && last_x_p && last_y_p) && (!conv_p || beat_weight_o == weight_p)))
      && (!tiled_p || (tile_row_o == tile_row_p && tile_bank_o == tile_bank_p && 3'(tile_pixels_o) + 3'd1 == tile_pixels_p
          && 3'(tile_blocks_o) + 3'd1 == tile_blocks_p && (!conv_p || tile_param_o == tile_param_p))));
