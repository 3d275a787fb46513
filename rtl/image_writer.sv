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
// Model: `packTensor` in src/rom/pack.ts. A pixel a cycle if a word holds its three codes, else one in ⌈3/PI⌉.
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
  input  logic                s_axis_tvalid_i,
  output logic                s_axis_tready_o,
  input  logic [DataBits-1:0] s_axis_tdata_i,
  input  logic                s_axis_tlast_i,
  // The host port of the detector, which is ready while `active_o` is high
  output logic                host_valid_o,
  output logic [31:0]         host_addr_o,
  output logic [Word-1:0]     host_data_o,
  // A part of a picture is there, or comes in this cycle
  output logic                active_o,
  // A whole picture is in the memory; `consume_i` makes room for the next
  output logic                complete_o,
  input  logic                consume_i,
  // A pulse: the picture is too short, too long, or has no room
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
  // Where the next pixel belongs: word (x, y), and its corner of the word.
  logic [15:0] x_q, y_q;
  logic right_q, low_q;
  logic [25:0] line_q;

  wire fold = CanFold && space_to_depth_i;
  wire word_end = !fold || right_q;
  wire row_end = word_end && x_q == width_i - 16'd1;
  wire band_end = row_end && (!fold || low_q);
  wire frame_end = band_end && y_q == height_i - 16'd1;

  // A sum of the largest settings has 26 bits, so that nothing wraps before it is beyond the memory.
  wire [25:0] line = y_q == 16'd0 ? 26'(base_i) : line_q;
  wire [25:0] row = line + (26'(x_q) >> BankBits);
  wire [25:0] last_row = row + 26'(Blocks - 1) * 26'(plane_i);
  wire has_room = width_i != 16'd0 && height_i != 16'd0 && last_row < 26'(FeatureDepth) &&
                  (!fold || 32'(x_q) < LineDepth);

  wire accept = s_axis_tvalid_i && s_axis_tready_o;
  wire fill = accept && state_q == Fill;
  wire fault = fill && (!has_room || s_axis_tlast_i != frame_end);
  wire emit = fill && !fault && word_end && (!fold || low_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Fill;
      begun_q <= 1'b0;
      x_q <= '0;
      y_q <= '0;
      right_q <= 1'b0;
      low_q <= 1'b0;
      pixels_o <= '0;
    end else begin
      if (accept) pixels_o <= state_q == Fill && !begun_q ? 32'd1 : pixels_o + 32'd1;
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

  always_ff @(posedge clk_i) if (fill && band_end) line_q <= line + 26'(pitch_i);

  // The lanes of a word, the first in the lowest bits.
  wire [Pixel-1:0] pixel = s_axis_tdata_i[Pixel-1:0];
  logic [Blocks*Word-1:0] lanes;
  if (CanFold) begin : g_fold
    logic [2*Pixel-1:0] upper [LineDepth];
    logic [2*Pixel-1:0] upper_q;
    logic [Pixel-1:0] left_q;
    localparam int LineBits = assay_pkg::addressBits(LineDepth);
    always_ff @(posedge clk_i) begin
      // What is taken in the cycle of a pixel counts: the last one before the next.
      if (!right_q) left_q <= pixel;
      if (right_q && !low_q) upper[LineBits'(x_q)] <= {pixel, left_q};
      upper_q <= upper[LineBits'(x_q)];
    end
    assign lanes = fold ? (Blocks * Word)'({pixel, left_q, upper_q}) : (Blocks * Word)'(pixel);
  end else begin : g_plain
    assign lanes = (Blocks * Word)'(pixel);
  end

  // One word, or the words of one pixel: block after block.
  logic valid_q;
  logic [1:0] block_q;
  logic [25:0] row_q;
  logic [BankBits-1:0] bank_q;
  logic [Blocks*Word-1:0] lanes_q;
  wire written = valid_q && block_q == 2'(Blocks - 1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (emit) valid_q <= 1'b1;
    else if (written) valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (emit) begin
      block_q <= '0;
      row_q <= row;
      bank_q <= x_q[BankBits-1:0];
      lanes_q <= lanes;
    end else begin
      block_q <= block_q + 2'd1;
      row_q <= row_q + 26'(plane_i);
      lanes_q <= lanes_q >> Word;
    end
  end

  assign host_valid_o = valid_q;
  assign host_addr_o = 32'({row_q, bank_q});
  assign host_data_o = lanes_q[Word-1:0];
  assign s_axis_tready_o = state_q == Drain || (state_q == Fill && enable_i && (!valid_q || written));
  assign active_o = begun_q || valid_q || fill;
  assign complete_o = state_q == Full && !valid_q;
  assign error_o = fault;
endmodule
`default_nettype wire
