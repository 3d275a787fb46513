`default_nettype none

// Slides a 3x3 window over an image that comes pixel by pixel, row by row, all channels of a pixel in one beat. Two
// line buffers hold the rows above; the border of one pixel is made here, from `pad_i`. Waits for the first pixel
// before a frame begins.
//
// Two cycles a position of the padded image: read the line buffers, then shift.
module line_window #(
  // Bits of a pixel, all channels
  parameter int Pixel = 64,
  // Widest image
  parameter int MaxWidth = 64
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  // Held while a frame is under way
  input  logic [15:0]        width_i,
  input  logic [15:0]        height_i,
  input  logic [Pixel-1:0]   pad_i,
  input  logic               in_valid_i,
  output logic               in_ready_o,
  input  logic [Pixel-1:0]   in_pixel_i,
  output logic               out_valid_o,
  input  logic               out_ready_i,
  // Tap (ky, kx) in bits (ky * 3 + kx) * Pixel +: Pixel
  output logic [9*Pixel-1:0] out_window_o,
  output logic               out_last_o
);

  localparam int AddressBits = $clog2(MaxWidth + 2);

  logic [Pixel-1:0] above [MaxWidth+2];
  logic [Pixel-1:0] far_above [MaxWidth+2];
  logic [Pixel-1:0] above_q, far_above_q, pixel;
  logic [15:0] x_q, y_q;
  logic step_q, in_image, first, blocked, shift;

  wire [AddressBits-1:0] address = x_q[AddressBits-1:0];

  always_comb begin
    in_image = x_q != 16'd0 && x_q <= width_i && y_q != 16'd0 && y_q <= height_i;
    first = x_q == 16'd0 && y_q == 16'd0;
    blocked = out_valid_o && !out_ready_i;
    shift = step_q && !blocked && (in_valid_i || !(in_image || first));
    pixel = in_image ? in_pixel_i : pad_i;
  end

  assign in_ready_o = step_q && !blocked && in_image;

  always_ff @(posedge clk_i) begin
    if (!step_q) begin
      above_q <= above[address];
      far_above_q <= far_above[address];
    end
    if (shift) begin
      above[address] <= pixel;
      far_above[address] <= above_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (shift) begin
      out_window_o[0*Pixel+:3*Pixel] <= {far_above_q, out_window_o[1*Pixel+:2*Pixel]};
      out_window_o[3*Pixel+:3*Pixel] <= {above_q, out_window_o[4*Pixel+:2*Pixel]};
      out_window_o[6*Pixel+:3*Pixel] <= {pixel, out_window_o[7*Pixel+:2*Pixel]};
      out_last_o <= x_q > width_i && y_q > height_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step_q <= 1'b0;
      x_q <= '0;
      y_q <= '0;
      out_valid_o <= 1'b0;
    end else begin
      step_q <= !step_q || !shift;
      if (shift) begin
        out_valid_o <= x_q > 16'd1 && y_q > 16'd1;
        x_q <= x_q > width_i ? '0 : x_q + 16'd1;
        if (x_q > width_i) y_q <= y_q > height_i ? '0 : y_q + 16'd1;
      end else if (out_ready_i) begin
        out_valid_o <= 1'b0;
      end
    end
  end

  initial if (Pixel < 1 || MaxWidth < 1) $fatal(1, "line_window: Pixel and MaxWidth must be at least 1");
endmodule
`default_nettype wire
