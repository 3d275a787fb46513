`default_nettype none

// A 3x3 convolution at stride 1 as a stream of pixels: line buffers instead of a feature memory, all 9 * Channels
// products of one filter in a cycle, one filter after another. Requantises and looks the result up in a table.
//
//   s_axis (pixels) -> line_window -> dot product with filter 0, 1, … -> scale -> table -> m_axis (codes, filter by filter)
//
// Weights, parameters and table are loaded before the first pixel, each through a stream of its own that ends with
// tlast. Arithmetic: clauses A-3 to A-5 of docs/arithmetic.md. Throughput a filter a cycle; latency five cycles.
module streaming_conv #(
  // Input channels of the layer
  parameter int Channels = 8,
  // Filters of the layer
  parameter int Filters = 8,
  // Widest image
  parameter int MaxWidth = 64,
  // Bits of the table's index
  parameter int TableBits = 10
) (
  input  logic                  aclk,
  input  logic                  aresetn,
  // Size of the image, code of a padding tap, Z of A-4, whether a table follows
  input  logic [15:0]           cfg_width_i,
  input  logic [15:0]           cfg_height_i,
  input  logic [7:0]            cfg_pad_i,
  input  logic [TableBits-1:0]  cfg_zero_i,
  input  logic                  cfg_table_i,
  // Weights, filter by filter, tap by tap, channel by channel
  input  logic                  s_axis_weights_tvalid,
  output logic                  s_axis_weights_tready,
  input  logic [7:0]            s_axis_weights_tdata,
  input  logic                  s_axis_weights_tlast,
  // Bias [31:0], multiplier [47:32], shift [53:48] of each filter
  input  logic                  s_axis_params_tvalid,
  output logic                  s_axis_params_tready,
  input  logic [63:0]           s_axis_params_tdata,
  input  logic                  s_axis_params_tlast,
  input  logic                  s_axis_table_tvalid,
  output logic                  s_axis_table_tready,
  input  logic [7:0]            s_axis_table_tdata,
  input  logic                  s_axis_table_tlast,
  // A pixel a beat, channel c in bits c * 8 +: 8
  input  logic                  s_axis_tvalid,
  output logic                  s_axis_tready,
  input  logic [Channels*8-1:0] s_axis_tdata,
  input  logic                  s_axis_tlast,
  output logic                  m_axis_tvalid,
  input  logic                  m_axis_tready,
  output logic [7:0]            m_axis_tdata,
  output logic                  m_axis_tlast
);

  localparam int Taps = 9 * Channels;
  localparam int TapBits = $clog2(Taps + 1);
  localparam int FilterBits = Filters > 1 ? $clog2(Filters) : 1;

  // Loading.
  logic [Taps*8-1:0] weights [Filters];
  logic [63:0] params [Filters];
  logic [7:0] table_mem [1 << TableBits];
  // All taps of a filter but the last
  logic [Taps*8-9:0] filter_q;
  logic [TapBits-1:0] tap_q;
  logic [FilterBits-1:0] weight_addr_q, param_addr_q;
  logic [TableBits-1:0] table_addr_q;

  assign s_axis_weights_tready = 1'b1;
  assign s_axis_params_tready = 1'b1;
  assign s_axis_table_tready = 1'b1;

  wire [Taps*8-1:0] filter = {s_axis_weights_tdata, filter_q};
  wire filter_full = tap_q == TapBits'(Taps - 1);

  always_ff @(posedge aclk) begin
    if (s_axis_weights_tvalid) begin
      filter_q <= filter[Taps*8-1:8];
      if (filter_full) weights[weight_addr_q] <= filter;
    end
    if (s_axis_params_tvalid) params[param_addr_q] <= s_axis_params_tdata;
    if (s_axis_table_tvalid) table_mem[table_addr_q] <= s_axis_table_tdata;
  end

  always_ff @(posedge aclk or negedge aresetn) begin
    if (!aresetn) begin
      tap_q <= '0;
      weight_addr_q <= '0;
      param_addr_q <= '0;
      table_addr_q <= '0;
    end else begin
      if (s_axis_weights_tvalid) begin
        tap_q <= filter_full ? '0 : tap_q + 1'b1;
        if (s_axis_weights_tlast) weight_addr_q <= '0;
        else if (filter_full) weight_addr_q <= weight_addr_q + 1'b1;
      end
      if (s_axis_params_tvalid) param_addr_q <= s_axis_params_tlast ? '0 : param_addr_q + 1'b1;
      if (s_axis_table_tvalid) table_addr_q <= s_axis_table_tlast ? '0 : table_addr_q + 1'b1;
    end
  end

  // Windows.
  logic window_valid, window_ready, window_last;
  logic [Taps*8-1:0] window;

  line_window #(.Pixel(Channels * 8), .MaxWidth(MaxWidth)) u_window (
    .clk_i(aclk),
    .rst_ni(aresetn),
    .width_i(cfg_width_i),
    .height_i(cfg_height_i),
    .pad_i({Channels{cfg_pad_i}}),
    .in_valid_i(s_axis_tvalid),
    .in_ready_o(s_axis_tready),
    .in_pixel_i(s_axis_tdata),
    .out_valid_o(window_valid),
    .out_ready_i(window_ready),
    .out_window_o(window),
    .out_last_o(window_last)
  );

  // The pipeline stands still as a whole while its last stage waits.
  logic busy_q, last_pixel_q;
  logic [FilterBits-1:0] issue_q;
  logic [Taps*8-1:0] window_q;
  logic [4:0] valid_q, last_q;

  wire advance = !valid_q[4] || m_axis_tready;
  wire last_filter = issue_q == FilterBits'(Filters - 1);

  assign window_ready = advance && !busy_q;

  always_ff @(posedge aclk or negedge aresetn) begin
    if (!aresetn) begin
      busy_q <= 1'b0;
      issue_q <= '0;
      valid_q <= '0;
    end else if (advance) begin
      valid_q <= {valid_q[3:0], busy_q};
      if (busy_q) begin
        issue_q <= last_filter ? '0 : issue_q + 1'b1;
        if (last_filter) busy_q <= 1'b0;
      end else if (window_valid) begin
        busy_q <= 1'b1;
      end
    end
  end

  always_ff @(posedge aclk) begin
    if (advance) last_q <= {last_q[3:0], last_pixel_q && last_filter};
    if (window_ready && window_valid) begin
      window_q <= window;
      last_pixel_q <= window_last;
    end
  end

  // A-3.
  logic [Taps*8-1:0] weight_q;
  logic signed [31:0] sum;
  always_comb begin
    sum = '0;
    for (int i = 0; i < Taps; i++)
      sum = sum + 32'($signed({1'b0, window_q[i*8+:8]})) * 32'($signed(weight_q[i*8+:8]));
  end

  // A-4, A-5.
  logic [63:0] param1_q;
  logic [15:0] multiplier_q;
  logic [5:0] shift2_q, shift3_q;
  logic signed [31:0] acc_q;
  logic signed [49:0] scaled_q, code;
  logic [TableBits-1:0] code4_q;
  logic [7:0] code5_q, looked_up_q;

  wire signed [49:0] half = $signed((50'd1 << shift2_q) >> 1);
  assign code = (scaled_q >>> shift3_q) + $signed({{(50 - TableBits) {1'b0}}, cfg_zero_i});

  localparam logic [TableBits-1:0] TableMax = '1;
  wire [TableBits-1:0] highest = cfg_table_i ? TableMax : TableBits'(8'hff);

  always_ff @(posedge aclk) begin
    if (advance) begin
      weight_q <= weights[issue_q];
      param1_q <= params[issue_q];

      acc_q <= sum + $signed(param1_q[31:0]);
      multiplier_q <= param1_q[47:32];
      shift2_q <= param1_q[53:48];

      scaled_q <= 50'(acc_q) * 50'($signed({1'b0, multiplier_q})) + half;
      shift3_q <= shift2_q;

      if (code < 50'sd0) code4_q <= '0;
      else if (code > $signed({{(50 - TableBits) {1'b0}}, highest})) code4_q <= highest;
      else code4_q <= code[TableBits-1:0];

      code5_q <= code4_q[7:0];
      looked_up_q <= table_mem[code4_q];
    end
  end

  assign m_axis_tvalid = valid_q[4];
  assign m_axis_tlast = last_q[4];
  assign m_axis_tdata = cfg_table_i ? looked_up_q : code5_q;

  // The frame's size says where it ends.
  wire unused = &{1'b0, s_axis_tlast, param1_q[63:54]};

  initial begin
    if (Channels < 1 || Filters < 1) $fatal(1, "streaming_conv: Channels and Filters must be at least 1");
    if (TableBits < 8) $fatal(1, "streaming_conv: TableBits is %0d, must be at least 8", TableBits);
  end
endmodule
`default_nettype wire
