// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Writes a picture that arrives as AXI4-Stream (IHI 0051) into the feature memory, in the layout that the program reads
// (docs/detector.md, "Feature memory"). A beat is a pixel, row by row; its three codes are in bits 0, A and 2A and up.
//
// A picture of another length than width and height say, or one that has no room, is an error: what is left of it is
// taken up to TLAST, and the next beat begins a picture. A picture that is whole waits for `consume_i`.
//
// Where 2x2 pixels share a word (space-to-depth), the upper row of each pair waits in a line memory.
//
// Model: `packTensor` in src/rom/pack.ts. A pixel a cycle if a word holds its three codes, else one in ⌈3/PI⌉; none in the
// three cycles after a picture, and after the settings have changed.
module image_writer #(
  // Codes of a feature word; space-to-depth takes 12
  parameter int PI = 16,
  // Half the number of banks, a power of two
  parameter int PX = 4,
  // A: bits of a code
  parameter int ActivationBits = 8,
  // Rows of a bank
  parameter int FeatureDepth = 1024,
  // Words in a row of a picture, at most, with space-to-depth
  parameter int LineDepth = 640,
  localparam int Pixel = 3 * ActivationBits,
  localparam int DataBits = (Pixel + 7) / 8 * 8,
  localparam int Word = PI * ActivationBits
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  // Low while an instruction may read or write the memory: no pixel is taken
  input  logic                enable_i,
  // Words 33 to 36 of the program, which hold while `active_o` is high; width and height count feature words
  input  logic [23:0]         base_i,
  input  logic [23:0]         plane_i,
  input  logic [15:0]         pitch_i,
  input  logic [15:0]         width_i,
  input  logic [15:0]         height_i,
  input  logic                space_to_depth_i,
  // They change in this cycle
  input  logic                changed_i,
  input  logic                s_axis_tvalid_i,
  output logic                s_axis_tready_o,
  input  logic [DataBits-1:0] s_axis_tdata_i,
  input  logic                s_axis_tlast_i,
  // The host port of the detector, which is ready while `active_o` is high
  output logic                host_valid_o,
  output logic [31:0]         host_addr_o,
  output logic [Word-1:0]     host_data_o,
  // A part of a picture is there, or its first pixel is offered
  output logic                active_o,
  // A whole picture is in the memory; `consume_i` makes room for the next
  output logic                complete_o,
  input  logic                consume_i,
  // A pulse, the cycle after a pixel: the picture is too short, too long, or has no room
  output logic                error_o,
  // Pixels of the picture at hand, or of the last one
  output logic [31:0]         pixels_o
);

  localparam int Blocks = (2 + PI) / PI;
  localparam int BankBits = $clog2(2 * PX);
  localparam bit CanFold = PI >= 12;

  initial if (LineDepth < 1 || LineDepth > 65536)
    $fatal(1, "image_writer: LineDepth is %0d, must be 1 to 65536", LineDepth);

  typedef enum logic [1:0] {Fill, Drain, Full} state_e;
  state_e state_q;
  logic begun_q;
  // Where the next pixel belongs: word (x, y), its corner of the word, and its row of a bank.
  logic [15:0] x_q, y_q;
  logic right_q, low_q;
  logic [25:0] row_q;
  // Whether its column and its line are the last ones, and whether it has room.
  logic last_column_q, last_line_q, room_q;
  // Where this line begins, and the next two, and whether the next has room there. A sum of the largest settings has 26 bits,
  // so that nothing wraps before it is beyond the memory.
  logic [25:0] line_q, line1_q, line2_q;
  logic line1_room_q;
  // Of the settings: width and height less 2, where they are not 1; the first row without room, and the one before.
  logic [15:0] width_less2_q, height_less2_q;
  logic one_column_q, one_line_q, sized_q;
  logic [25:0] bound_q, bound_last_q;
  // Cycles since the settings have changed, or a picture has ended, up to 3: then all of it is there.
  logic [1:0] settled_q;

  wire fold = CanFold && space_to_depth_i;
  wire word_end = !fold || right_q;
  wire row_end = word_end && last_column_q;
  wire band_end = row_end && (!fold || low_q);
  wire frame_end = band_end && last_line_q;

  wire accept = s_axis_tvalid_i && s_axis_tready_o;
  wire fill = accept && state_q == Fill;
  wire fault = fill && (!room_q || s_axis_tlast_i != frame_end);
  wire emit = fill && !fault && word_end && (!fold || low_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Fill;
      begun_q <= 1'b0;
      settled_q <= 2'd0;
      x_q <= '0;
      y_q <= '0;
      right_q <= 1'b0;
      low_q <= 1'b0;
      pixels_o <= '0;
      error_o <= 1'b0;
    end else begin
      error_o <= fault;
      if (accept) pixels_o <= state_q == Fill && !begun_q ? 32'd1 : pixels_o + 32'd1;
      if (changed_i || (fill && (fault || frame_end))) settled_q <= 2'd0;
      else if (settled_q != 2'd3) settled_q <= settled_q + 2'd1;
      if (fill) begin
        begun_q <= !fault && !frame_end;
        right_q <= fold && !right_q;
        if (word_end) x_q <= row_end ? '0 : x_q + 16'd1;
        if (row_end) low_q <= fold && !low_q;
        if (band_end) y_q <= y_q + 16'd1;
        if (fault || frame_end) begin
          x_q <= '0;
          y_q <= '0;
          right_q <= 1'b0;
          low_q <= 1'b0;
        end
      end
      case (state_q)
        Fill: begin
          if (fault) begin
            if (!s_axis_tlast_i) state_q <= Drain;
          end else if (fill && frame_end) state_q <= Full;
        end
        Drain: if (accept && s_axis_tlast_i) state_q <= Fill;
        default: if (consume_i) state_q <= Fill;
      endcase
    end
  end

  // Rows from the first block of a word to its last.
  wire [25:0] span = 26'(Blocks - 1) * 26'(plane_i);
  wire next_row = x_q[BankBits-1:0] == '1;
  always_ff @(posedge clk_i) begin
    if (settled_q != 2'd3) begin
      width_less2_q <= width_i - 16'd2;
      height_less2_q <= height_i - 16'd2;
      one_column_q <= width_i == 16'd1;
      one_line_q <= height_i == 16'd1;
      sized_q <= width_i != 16'd0 && height_i != 16'd0;
      bound_q <= span < 26'(FeatureDepth) ? 26'(FeatureDepth) - span : '0;
      bound_last_q <= bound_q - 26'd1;
      row_q <= 26'(base_i);
      line_q <= 26'(base_i);
      line1_q <= 26'(base_i) + 26'(pitch_i);
      line2_q <= line1_q + 26'(pitch_i);
      room_q <= sized_q && line_q < bound_q;
      line1_room_q <= line1_q < bound_q;
      last_column_q <= one_column_q;
      last_line_q <= one_line_q;
    end else if (fill && word_end) begin
      last_column_q <= last_column_q ? one_column_q : x_q == width_less2_q;
      if (!last_column_q) begin
        if (next_row) row_q <= row_q + 26'd1;
        if ((next_row && row_q == bound_last_q) || (fold && 32'(x_q) == LineDepth - 1)) room_q <= 1'b0;
      end else if (!band_end) begin
        // The lower row of a word's pixels is in the memory where the upper one is.
        row_q <= line_q;
      end else begin
        row_q <= line1_q;
        room_q <= line1_room_q;
        line_q <= line1_q;
        line1_q <= line2_q;
        line1_room_q <= line2_q < bound_q;
        line2_q <= line2_q + 26'(pitch_i);
        last_line_q <= y_q == height_less2_q;
      end
    end
  end

  // The lanes of a word, the first in the lowest bits.
  wire [Pixel-1:0] pixel = s_axis_tdata_i[Pixel-1:0];
  logic [Blocks*Word-1:0] lanes;
  if (CanFold) begin : g_fold
    logic [2*Pixel-1:0] upper [LineDepth];
    logic [2*Pixel-1:0] upper_q, above_q;
    logic [Pixel-1:0] left_q, lower_left_q, pixel_q;
    localparam int LineBits = assay_pkg::addressBits(LineDepth);
    always_ff @(posedge clk_i) begin
      // What is taken in the cycle of a pixel counts: the last one before the next.
      if (!right_q) left_q <= pixel;
      if (right_q && !low_q) upper[LineBits'(x_q)] <= {pixel, left_q};
      upper_q <= upper[LineBits'(x_q)];
      if (emit) begin  // The pixel of a word that comes last.
        above_q <= upper_q;
        lower_left_q <= left_q;
        pixel_q <= pixel;
      end
    end
    assign lanes = fold ? Word'({pixel_q, lower_left_q, above_q}) : Word'(pixel_q);
  end else begin : g_plain
    always_ff @(posedge clk_i) begin
      if (emit) lanes <= (Blocks * Word)'(pixel);
      else lanes <= lanes >> Word;
    end
  end

  // One word, or the words of one pixel: block after block.
  logic valid_q;
  logic [1:0] block_q;
  logic [25:0] word_row_q;
  logic [BankBits-1:0] bank_q;
  wire written = valid_q && block_q == 2'(Blocks - 1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (emit) valid_q <= 1'b1;
    else if (written) valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (emit) begin
      block_q <= '0;
      word_row_q <= row_q;
      bank_q <= x_q[BankBits-1:0];
    end else begin
      block_q <= block_q + 2'd1;
      word_row_q <= word_row_q + 26'(plane_i);
    end
  end

`ifndef SYNTHESIS
  // A word belongs to a picture.
  always @(posedge clk_i) if (rst_ni && valid_q) assert (begun_q || state_q == Full);
`endif

  assign host_valid_o = valid_q;
  assign host_addr_o = 32'({word_row_q, bank_q});
  assign host_data_o = lanes[Word-1:0];
  assign s_axis_tready_o = state_q == Drain || (state_q == Fill && enable_i && settled_q == 2'd3 && (!valid_q || written));
  assign active_o = begun_q || valid_q || (s_axis_tvalid_i && enable_i && state_q == Fill);
  assign complete_o = state_q == Full && !valid_q;
endmodule
`default_nettype wire
