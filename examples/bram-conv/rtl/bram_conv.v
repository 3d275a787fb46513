`default_nettype none

// A convolution of any size between memories, one multiplication a cycle: for every filter and every pixel it walks the
// taps of the window, adds the bias, requantises, and looks the result up in a table.
//
//   in, weight -> multiply, add -> bias -> scale -> table -> out
//
// A memory gives the word of an address one cycle later, and keeps it until it is enabled again, as block RAM does. The
// sizes are held from `start` to `done`, which rises when the last word has been written and stays until the next start.
// Arithmetic: clauses A-3 to A-5 of docs/arithmetic.md. A pixel of a filter takes its taps and nine cycles.
module bram_conv #(
  // Bits of the addresses of input and output
  parameter ADDRESS_BITS = 18,
  // Bits of the addresses of weights
  parameter WEIGHT_ADDRESS_BITS = 18,
  // Bits of a table's index
  parameter TABLE_ADDRESS_BITS = 12
) (
  input  wire                           clk,
  input  wire                           rst_n,
  input  wire                           start,
  output reg                            done,
  input  wire [15:0]                    in_channels,
  input  wire [15:0]                    in_width,
  input  wire [15:0]                    in_height,
  input  wire [15:0]                    out_channels,
  input  wire [15:0]                    out_width,
  input  wire [15:0]                    out_height,
  input  wire [3:0]                     kernel_size,
  input  wire [3:0]                     stride,
  input  wire [3:0]                     padding,
  // Code of a padding tap, Z and 2^n - 1 of A-4, whether a table follows
  input  wire [7:0]                     pad_code,
  input  wire [15:0]                    zero_point,
  input  wire [15:0]                    code_max,
  input  wire                           use_table,
  // Codes, all channels of a pixel together
  output wire                           in_en,
  output wire [ADDRESS_BITS-1:0]        in_addr,
  input  wire [7:0]                     in_data,
  // Filter by filter, tap by tap, channel by channel
  output wire                           weight_en,
  output wire [WEIGHT_ADDRESS_BITS-1:0] weight_addr,
  input  wire [7:0]                     weight_data,
  // Bias [31:0], multiplier [47:32], shift [53:48] of each filter
  output wire                           param_en,
  output wire [15:0]                    param_addr,
  input  wire [63:0]                    param_data,
  output wire                           table_en,
  output wire [TABLE_ADDRESS_BITS-1:0]  table_addr,
  input  wire [7:0]                     table_data,
  // Codes, filter by filter, row by row
  output wire                           out_en,
  output wire [ADDRESS_BITS-1:0]        out_addr,
  output reg  [7:0]                     out_data
);

  localparam [3:0] IDLE = 4'd0, PITCH = 4'd1, STEPS = 4'd2, CORNER = 4'd3, WINDOW = 4'd4, TAPS = 4'd5, LAST = 4'd6;
  localparam [3:0] BIAS = 4'd7, SCALE = 4'd8, ROUND = 4'd9, CLAMP = 4'd10, LOOK = 4'd11, TAKE = 4'd12, WRITE = 4'd13;
  reg [3:0] state;

  // In words of the input: to the row below, to the next output pixel, to the next output row, to the padded corner.
  reg [31:0] row_pitch, pixel_step, row_step, corner;

  // The window: which output it is for, its place in the image, and the addresses of its first tap and weight.
  reg [15:0] filter, x, y;
  reg signed [17:0] left, top;
  reg [31:0] row_origin, origin, first_weight, out_place;

  // The tap.
  reg [15:0] channel;
  reg [3:0] kx, ky;
  reg signed [17:0] tap_x, tap_y;
  reg [31:0] tap_row, tap, weight;

  wire signed [17:0] stride_s = $signed({14'd0, stride});
  wire signed [17:0] padding_s = $signed({14'd0, padding});
  wire signed [17:0] width_s = $signed({2'd0, in_width});
  wire signed [17:0] height_s = $signed({2'd0, in_height});
  wire in_image = tap_x >= 18'sd0 && tap_x < width_s && tap_y >= 18'sd0 && tap_y < height_s;
  wire last_channel = channel == in_channels - 16'd1;
  wire last_column = kx == kernel_size - 4'd1;
  wire last_tap = last_channel && last_column && ky == kernel_size - 4'd1;
  wire last_x = x == out_width - 16'd1;
  wire last_y = y == out_height - 16'd1;
  wire last_filter = filter == out_channels - 16'd1;

  assign in_en = state == TAPS && in_image;
  assign in_addr = tap[ADDRESS_BITS-1:0];
  assign weight_en = state == TAPS;
  assign weight_addr = weight[WEIGHT_ADDRESS_BITS-1:0];
  assign param_en = state == LAST;
  assign param_addr = filter;
  assign table_en = state == LOOK;
  assign out_en = state == WRITE;
  assign out_addr = out_place[ADDRESS_BITS-1:0];

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      state <= IDLE;
      done <= 1'b0;
    end else begin
      case (state)
        IDLE: begin
          if (start) begin
            state <= PITCH;
            done <= 1'b0;
          end
        end
        TAPS: if (last_tap) state <= LAST;
        WRITE: begin
          state <= last_filter && last_x && last_y ? IDLE : WINDOW;
          done <= last_filter && last_x && last_y;
        end
        default: state <= state + 4'd1;
      endcase
    end
  end

  always @(posedge clk) begin
    if (state == PITCH) begin
      row_pitch <= in_width * in_channels;
      pixel_step <= {28'd0, stride} * {16'd0, in_channels};
    end
    if (state == STEPS) begin
      row_step <= {28'd0, stride} * row_pitch;
      corner <= -({28'd0, padding} * (row_pitch + {16'd0, in_channels}));
    end
  end

  always @(posedge clk) begin
    if (state == CORNER) begin
      filter <= 16'd0;
      x <= 16'd0;
      y <= 16'd0;
      left <= -padding_s;
      top <= -padding_s;
      row_origin <= corner;
      origin <= corner;
      first_weight <= 32'd0;
      out_place <= 32'd0;
    end
    if (state == WRITE) begin
      out_place <= out_place + 32'd1;
      if (!last_x) begin
        x <= x + 16'd1;
        left <= left + stride_s;
        origin <= origin + pixel_step;
      end else begin
        x <= 16'd0;
        left <= -padding_s;
        y <= last_y ? 16'd0 : y + 16'd1;
        top <= last_y ? -padding_s : top + stride_s;
        row_origin <= last_y ? corner : row_origin + row_step;
        origin <= last_y ? corner : row_origin + row_step;
        // The weights of the next filter follow.
        if (last_y) begin
          filter <= filter + 16'd1;
          first_weight <= weight;
        end
      end
    end
  end

  always @(posedge clk) begin
    if (state == WINDOW) begin
      channel <= 16'd0;
      kx <= 4'd0;
      ky <= 4'd0;
      tap_x <= left;
      tap_y <= top;
      tap_row <= origin;
      tap <= origin;
      weight <= first_weight;
    end
    if (state == TAPS) begin
      weight <= weight + 32'd1;
      // The channels of a pixel and the pixels of a row follow one another.
      tap <= tap + 32'd1;
      channel <= last_channel ? 16'd0 : channel + 16'd1;
      if (last_channel) begin
        kx <= last_column ? 4'd0 : kx + 4'd1;
        tap_x <= last_column ? left : tap_x + 18'sd1;
      end
      if (last_channel && last_column) begin
        ky <= ky + 4'd1;
        tap_y <= tap_y + 18'sd1;
        tap_row <= tap_row + row_pitch;
        tap <= tap_row + row_pitch;
      end
    end
  end

  // A-3. A tap is multiplied while the next one is read.
  reg read, padded;
  reg signed [31:0] sum;
  wire signed [8:0] code = $signed({1'b0, padded ? pad_code : in_data});
  wire signed [16:0] product = code * $signed(weight_data);

  always @(posedge clk) begin
    read <= state == TAPS;
    padded <= !in_image;
    if (state == WINDOW) sum <= 32'sd0;
    else if (state == BIAS) sum <= sum + $signed(param_data[31:0]);
    else if (read) sum <= sum + $signed({{15{product[16]}}, product});
  end

  // A-4, A-5.
  reg signed [49:0] scaled;
  reg [15:0] index;
  wire [5:0] shift = param_data[53:48];
  wire signed [49:0] multiplier = $signed({34'd0, param_data[47:32]});
  wire signed [49:0] half = $signed((50'd1 << shift) >> 1);
  wire signed [49:0] highest = $signed({34'd0, code_max});
  assign table_addr = index[TABLE_ADDRESS_BITS-1:0];

  always @(posedge clk) begin
    if (state == SCALE) scaled <= $signed({{18{sum[31]}}, sum}) * multiplier + half;
    if (state == ROUND) scaled <= (scaled >>> shift) + $signed({34'd0, zero_point});
    if (state == CLAMP) index <= scaled < 50'sd0 ? 16'd0 : scaled > highest ? code_max : scaled[15:0];
    if (state == TAKE) out_data <= use_table ? table_data : index[7:0];
  end

  // What the widest memories would need.
  wire unused = &{1'b0, param_data[63:54], tap[31:ADDRESS_BITS], out_place[31:ADDRESS_BITS], weight[31:WEIGHT_ADDRESS_BITS],
                  index[15:TABLE_ADDRESS_BITS]};
endmodule
`default_nettype wire
