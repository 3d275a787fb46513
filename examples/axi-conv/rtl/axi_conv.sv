// Convolutions, one after another, started through AXI4-Lite and fetched from one DDR behind AXI4: eight input channels a cycle, one
// output channel and one output row at a time. Everything is 8 bits; the arithmetic is Assay's (docs/arithmetic.md, A-3 to A-5).
//
// Registers, 32 bits each:
//   0x00  write 1: start                     0x04  status: bit 0 busy, bit 1 a bus error
//   0x08  address of the descriptors         0x0c  how many there are, at least 1
// A descriptor has 16 words of 32 bits:
//   0  address of the input  1  of the weights  2  of the parameters  3  of the table  4  of the output
//   5  input  [15:0] width [31:16] height     6  output [15:0] width [31:16] height
//   7  [15:0] blocks of 8 input channels      [31:16] output channels
//   8  [3:0] kernel [7:4] stride [11:8] padding [31:16] beats of the table, 0: none
//   9  [15:0] zero point [31:16] largest index
//  10  [7:0] code of a tap in the padding
// In memory: input and output in planes of 8 channels (c/8 y x c%8), so that a concat is tensors one behind the other; weights
// o ky kx i (channels in blocks of 8), parameters o (bias, multiplier, shift), table p.
`default_nettype none

module axi_conv #(
  // Beats of 8 codes: of three rows of the input, of the weights of a channel
  parameter int RowBeats = 4096,
  parameter int WeightBeats = 1024
) (
  input  logic        aclk,
  input  logic        aresetn,

  input  logic [7:0]  s_axi_awaddr,
  input  logic        s_axi_awvalid,
  output logic        s_axi_awready,
  input  logic [31:0] s_axi_wdata,
  input  logic [3:0]  s_axi_wstrb,
  input  logic        s_axi_wvalid,
  output logic        s_axi_wready,
  output logic [1:0]  s_axi_bresp,
  output logic        s_axi_bvalid,
  input  logic        s_axi_bready,
  input  logic [7:0]  s_axi_araddr,
  input  logic        s_axi_arvalid,
  output logic        s_axi_arready,
  output logic [31:0] s_axi_rdata,
  output logic [1:0]  s_axi_rresp,
  output logic        s_axi_rvalid,
  input  logic        s_axi_rready,

  output logic [31:0] m_axi_awaddr,
  output logic [7:0]  m_axi_awlen,
  output logic [2:0]  m_axi_awsize,
  output logic [1:0]  m_axi_awburst,
  output logic        m_axi_awvalid,
  input  logic        m_axi_awready,
  output logic [63:0] m_axi_wdata,
  output logic [7:0]  m_axi_wstrb,
  output logic        m_axi_wlast,
  output logic        m_axi_wvalid,
  input  logic        m_axi_wready,
  input  logic [1:0]  m_axi_bresp,
  input  logic        m_axi_bvalid,
  output logic        m_axi_bready,
  output logic [31:0] m_axi_araddr,
  output logic [7:0]  m_axi_arlen,
  output logic [2:0]  m_axi_arsize,
  output logic [1:0]  m_axi_arburst,
  output logic        m_axi_arvalid,
  input  logic        m_axi_arready,
  input  logic [63:0] m_axi_rdata,
  input  logic [1:0]  m_axi_rresp,
  input  logic        m_axi_rlast,
  input  logic        m_axi_rvalid,
  output logic        m_axi_rready
);

  localparam int RowBits = $clog2(RowBeats);
  localparam int WeightAddr = $clog2(WeightBeats);

  logic [63:0]  registers;
  logic [511:0] words;  // of the descriptor
  logic         start, busy_q, error_q;

  axil_registers u_registers (
    .clk_i(aclk), .rst_ni(aresetn),
    .awaddr_i(s_axi_awaddr), .awvalid_i(s_axi_awvalid), .awready_o(s_axi_awready),
    .wdata_i(s_axi_wdata), .wstrb_i(s_axi_wstrb), .wvalid_i(s_axi_wvalid), .wready_o(s_axi_wready),
    .bresp_o(s_axi_bresp), .bvalid_o(s_axi_bvalid), .bready_i(s_axi_bready),
    .araddr_i(s_axi_araddr), .arvalid_i(s_axi_arvalid), .arready_o(s_axi_arready),
    .rdata_o(s_axi_rdata), .rresp_o(s_axi_rresp), .rvalid_o(s_axi_rvalid), .rready_i(s_axi_rready),
    .start_o(start), .status_i({30'd0, error_q, busy_q}), .words_o(registers)
  );

  wire [31:0] list_at    = registers[31:0];
  wire [31:0] input_at   = words[32*0+:32];
  wire [31:0] weights_at = words[32*1+:32];
  wire [31:0] params_at  = words[32*2+:32];
  wire [31:0] table_at   = words[32*3+:32];
  wire [31:0] output_at  = words[32*4+:32];
  wire [15:0] in_width   = words[32*5+:16];
  wire [15:0] in_height  = words[32*5+16+:16];
  wire [15:0] out_width  = words[32*6+:16];
  wire [15:0] out_height = words[32*6+16+:16];
  wire [15:0] blocks     = words[32*7+:16];
  wire [15:0] channels   = words[32*7+16+:16];
  wire [3:0]  kernel     = words[32*8+:4];
  wire [3:0]  stride     = words[32*8+4+:4];
  wire [3:0]  padding    = words[32*8+8+:4];
  wire [15:0] table_beats = words[32*8+16+:16];
  wire [15:0] zero       = words[32*9+:16];
  wire [15:0] largest    = words[32*9+16+:16];
  wire [7:0]  pad_code   = words[32*10+:8];
  wire        unused     = ^{words[511:328], words[271:268], registers[63:48]};

  typedef enum logic [3:0] {
    Idle, Fetch, Table, Row, RowWait, Param, Weights, Compute, Drain, Store, Done
  } state_e;
  state_e state_q;

  // Transfers.
  logic        read_start, read_valid, read_done, read_error;
  logic [31:0] read_at;
  logic [15:0] read_beats;
  logic [63:0] read_data;
  logic        read_busy_q;
  logic        write_start, write_next, write_done, write_error;
  logic [63:0] write_data_q;

  axi_reader u_reader (
    .clk_i(aclk), .rst_ni(aresetn), .start_i(read_start), .address_i(read_at), .beats_i(read_beats),
    .valid_o(read_valid), .data_o(read_data), .done_o(read_done), .error_o(read_error),
    .araddr_o(m_axi_araddr), .arlen_o(m_axi_arlen), .arsize_o(m_axi_arsize), .arburst_o(m_axi_arburst),
    .arvalid_o(m_axi_arvalid), .arready_i(m_axi_arready), .rdata_i(m_axi_rdata), .rresp_i(m_axi_rresp),
    .rlast_i(m_axi_rlast), .rvalid_i(m_axi_rvalid), .rready_o(m_axi_rready)
  );
  axi_writer u_writer (
    .clk_i(aclk), .rst_ni(aresetn), .start_i(write_start), .address_i(write_at), .beats_i(out_width),
    .next_o(write_next), .data_i(write_data_q), .done_o(write_done), .error_o(write_error),
    .awaddr_o(m_axi_awaddr), .awlen_o(m_axi_awlen), .awsize_o(m_axi_awsize), .awburst_o(m_axi_awburst),
    .awvalid_o(m_axi_awvalid), .awready_i(m_axi_awready), .wdata_o(m_axi_wdata), .wstrb_o(m_axi_wstrb),
    .wlast_o(m_axi_wlast), .wvalid_o(m_axi_wvalid), .wready_i(m_axi_wready), .bresp_i(m_axi_bresp),
    .bvalid_i(m_axi_bvalid), .bready_o(m_axi_bready)
  );

  // Buffers. Rows lie one after the other, each in blocks of in_width beats.
  logic [63:0] row_mem    [RowBeats];
  logic [63:0] weight_mem [WeightBeats];
  logic [63:0] table_mem  [512];
  logic [63:0] line_mem   [512];
  logic [53:0] param_q;

  logic [15:0] fill_q;
  logic [15:0] y_q, o_q;
  logic [15:0] layer_q;
  logic [3:0]  load_q;
  logic [15:0] load_block_q;
  logic [15:0] load_at_q;  // in the buffer
  wire  [15:0] row_beats = in_width * blocks;
  // The row of the input that a row of the kernel meets; above the image it wraps to large numbers.
  wire  [15:0] top_row  = y_q * {12'd0, stride} - {12'd0, padding};
  wire  [15:0] load_row = top_row + {12'd0, load_q};
  wire         last_block = load_block_q == blocks - 16'd1;
  wire  [15:0] taps     = {12'd0, kernel} * {12'd0, kernel};

  always_ff @(posedge aclk) begin
    if (read_valid) begin
      case (state_q)
        Table:   table_mem[fill_q[8:0]] <= read_data;
        RowWait: row_mem[RowBits'(load_at_q + fill_q)] <= read_data;
        Weights: weight_mem[fill_q[WeightAddr-1:0]] <= read_data;
        default: ;
      endcase
    end
  end

  always_ff @(posedge aclk) if (read_valid && state_q == Fetch) words[{fill_q[2:0], 6'd0}+:64] <= read_data;

  // Taps of an output, one block of channels a cycle.
  logic [15:0] x_q, block_q;
  logic [15:0] block_at_q;  // of the block in its row
  logic [3:0]  ky_q, kx_q;
  logic [15:0] row_at_q;  // of the first block of the tap's row
  logic [15:0] tap_q;
  logic        issue;
  wire  [15:0] column   = x_q * {12'd0, stride} - {12'd0, padding} + {12'd0, kx_q};
  wire  [15:0] tap_row  = top_row + {12'd0, ky_q};
  wire         outside  = column >= in_width || tap_row >= in_height;
  wire         last_tap = block_q == blocks - 16'd1 && kx_q == kernel - 4'd1 && ky_q == kernel - 4'd1;

  logic [63:0] codes_q, weights_q;
  logic        tap_valid_q, tap_outside_q, tap_first_q, tap_last_q;
  assign issue = state_q == Compute;
  always_ff @(posedge aclk) begin
    codes_q       <= row_mem[RowBits'(row_at_q + block_at_q + column)];
    weights_q     <= weight_mem[tap_q[WeightAddr-1:0]];
    tap_outside_q <= outside;
    tap_first_q   <= tap_q == 16'd0;
    tap_last_q    <= last_tap;
  end

  logic signed [31:0] sum;
  always_comb begin
    sum = '0;
    for (int i = 0; i < 8; i++)
      sum = sum + $signed({24'd0, tap_outside_q ? pad_code : codes_q[8*i+:8]}) * $signed({{24{weights_q[8*i+7]}}, weights_q[8*i+:8]});
  end

  // A-4: Z + floor((acc * M + h) / 2^s), then the clamp.
  logic signed [31:0] acc_q;
  logic               acc_valid_q, code_valid_q, table_valid_q;
  logic [11:0]        index_q;
  logic [63:0]        table_q;
  logic [2:0]         table_lane_q;
  wire  [5:0]         shift   = param_q[53:48];
  wire signed [63:0]  scaled  = 64'(acc_q) * $signed({48'd0, param_q[47:32]});
  wire signed [63:0]  half    = shift == 6'd0 ? 64'sd0 : 64'sd1 <<< (shift - 6'd1);
  wire signed [63:0]  rounded = (scaled + half) >>> shift;
  wire signed [63:0]  placed  = rounded + $signed({48'd0, zero});
  always_ff @(posedge aclk) begin
    if (tap_valid_q) acc_q <= (tap_first_q ? $signed(param_q[31:0]) : acc_q) + sum;
    index_q      <= placed < 0 ? 12'd0 : placed > $signed({48'd0, largest}) ? largest[11:0] : placed[11:0];
    table_q      <= table_mem[index_q[11:3]];
    table_lane_q <= index_q[2:0];
  end
  logic [7:0] index_late_q;
  always_ff @(posedge aclk) index_late_q <= index_q[7:0];
  wire [7:0] code = table_beats == 16'd0 ? index_late_q : table_q[8*table_lane_q+:8];

  // A row of eight output channels, a pixel a beat. The first of them clears the others.
  logic [15:0] stored_q;
  wire  [2:0]  lane      = o_q[2:0];
  wire         last_lane = lane == 3'd7 || o_q == channels - 16'd1;
  always_ff @(posedge aclk)
    if (table_valid_q)
      for (int i = 0; i < 8; i++)
        if (lane == 3'd0 || lane == 3'(i)) line_mem[stored_q[8:0]][8*i+:8] <= lane == 3'(i) ? code : 8'd0;
  logic [8:0] line_at_q;
  wire [31:0] write_at = output_at + (((32'(o_q) >> 3) * 32'(out_height) + 32'(y_q)) * 32'(out_width) << 3);
  always_ff @(posedge aclk) if (write_next) write_data_q <= line_mem[line_at_q];

  // What is read next.
  always_comb begin
    read_start = 1'b0;
    read_at    = input_at + ((32'(load_block_q) * 32'(in_height) + 32'(load_row)) * 32'(in_width) << 3);
    read_beats = in_width;
    case (state_q)
      Fetch: begin
        read_start = !read_busy_q;
        read_at    = list_at + {10'd0, layer_q, 6'd0};
        read_beats = 16'd8;
      end
      Table: begin
        read_start = !read_busy_q;
        read_at    = table_at;
        read_beats = table_beats;
      end
      Row: read_start = load_row < in_height;
      Param: begin
        read_start = !read_busy_q;
        read_at    = params_at + {13'd0, o_q, 3'd0};
        read_beats = 16'd1;
      end
      Weights: begin
        read_start = !read_busy_q;
        read_at    = weights_at + {10'd0, 22'(o_q * taps * blocks)} * 32'd8;
        read_beats = taps * blocks;
      end
      default: ;
    endcase
  end
  assign write_start = state_q == Drain && stored_q == out_width && last_lane;

  always_ff @(posedge aclk or negedge aresetn) begin
    if (!aresetn) begin
      state_q       <= Idle;
      busy_q        <= 1'b0;
      error_q       <= 1'b0;
      read_busy_q   <= 1'b0;
      tap_valid_q   <= 1'b0;
      acc_valid_q   <= 1'b0;
      code_valid_q  <= 1'b0;
      table_valid_q <= 1'b0;
      {fill_q, y_q, o_q, layer_q, load_block_q, load_at_q, x_q, block_q, block_at_q, row_at_q, tap_q, stored_q} <= '0;
      {load_q, ky_q, kx_q} <= '0;
      line_at_q     <= '0;
      param_q       <= '0;
    end else begin
      if (read_start) begin
        read_busy_q <= 1'b1;
        fill_q      <= '0;
      end else if (read_valid) begin
        fill_q <= fill_q + 16'd1;
        if (read_done) read_busy_q <= 1'b0;
      end
      if (read_error || write_error) error_q <= 1'b1;
      tap_valid_q   <= issue;
      acc_valid_q   <= tap_valid_q && tap_last_q;
      code_valid_q  <= acc_valid_q;
      table_valid_q <= code_valid_q;
      if (table_valid_q) stored_q <= stored_q + 16'd1;
      if (write_next) line_at_q <= line_at_q + 9'd1;

      case (state_q)
        Idle:
        if (start) begin
          busy_q  <= 1'b1;
          error_q <= 1'b0;
          layer_q <= '0;
          state_q <= Fetch;
        end
        Fetch: begin
          y_q          <= '0;
          load_q       <= '0;
          load_block_q <= '0;
          load_at_q    <= '0;
          // The word that says so is in beat 4.
          if (read_done) state_q <= table_beats == 16'd0 ? Row : Table;
        end
        Table: if (read_done) state_q <= Row;
        // The rows that the kernel meets; those outside hold whatever was there.
        Row: state_q <= RowWait;
        RowWait:
        if (!read_busy_q || read_done) begin
          load_at_q    <= load_at_q + in_width;
          load_block_q <= last_block ? 16'd0 : load_block_q + 16'd1;
          state_q      <= Row;
          if (last_block) begin
            load_q <= load_q + 4'd1;
            if (load_q == kernel - 4'd1) begin
              load_q    <= '0;
              load_at_q <= '0;
              o_q       <= '0;
              state_q   <= Param;
            end
          end
        end
        Param:
        if (read_valid) begin
          param_q <= read_data[53:0];
          state_q <= Weights;
        end
        Weights:
        if (read_done) begin
          x_q        <= '0;
          block_q    <= '0;
          block_at_q <= '0;
          kx_q     <= '0;
          ky_q     <= '0;
          tap_q    <= '0;
          row_at_q <= '0;
          stored_q <= '0;
          line_at_q <= '0;
          state_q  <= Compute;
        end
        Compute: begin
          block_q    <= block_q + 16'd1;
          block_at_q <= block_at_q + in_width;
          tap_q      <= tap_q + 16'd1;
          if (block_q == blocks - 16'd1) begin
            block_q    <= '0;
            block_at_q <= '0;
            kx_q    <= kx_q + 4'd1;
            if (kx_q == kernel - 4'd1) begin
              kx_q     <= '0;
              ky_q     <= ky_q + 4'd1;
              row_at_q <= row_at_q + row_beats;
              if (ky_q == kernel - 4'd1) begin
                ky_q     <= '0;
                row_at_q <= '0;
                tap_q    <= '0;
                x_q      <= x_q + 16'd1;
                if (x_q == out_width - 16'd1) state_q <= Drain;
              end
            end
          end
        end
        Drain:
        if (stored_q == out_width) begin
          if (!last_lane) o_q <= o_q + 16'd1;
          state_q <= last_lane ? Store : Param;
        end
        Store:
        if (write_done) begin
          o_q     <= o_q + 16'd1;
          state_q <= Param;
          if (o_q == channels - 16'd1) begin
            y_q     <= y_q + 16'd1;
            state_q <= y_q == out_height - 16'd1 ? Done : Row;
          end
        end
        Done: begin
          layer_q <= layer_q + 16'd1;
          state_q <= Fetch;
          if (layer_q + 16'd1 == registers[47:32]) begin
            busy_q  <= 1'b0;
            state_q <= Idle;
          end
        end
        default: state_q <= Idle;
      endcase
    end
  end

endmodule

`default_nettype wire
