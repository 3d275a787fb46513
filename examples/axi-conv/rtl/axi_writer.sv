// Writes `beats_i` beats of 64 bits to an address, in bursts of up to 16 that cross no boundary of 128 bytes. `next_o` asks for the beat
// that `data_i` holds in the next cycle.
`default_nettype none

module axi_writer (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,
  input  logic [31:0] address_i,
  input  logic [15:0] beats_i,
  output logic        next_o,
  input  logic [63:0] data_i,
  output logic        done_o,
  output logic        error_o,

  output logic [31:0] awaddr_o,
  output logic [7:0]  awlen_o,
  output logic [2:0]  awsize_o,
  output logic [1:0]  awburst_o,
  output logic        awvalid_o,
  input  logic        awready_i,
  output logic [63:0] wdata_o,
  output logic [7:0]  wstrb_o,
  output logic        wlast_o,
  output logic        wvalid_o,
  input  logic        wready_i,
  input  logic [1:0]  bresp_i,
  input  logic        bvalid_i,
  output logic        bready_o
);

  typedef enum logic [2:0] {Idle, Address, Fetch, Send, Answer} state_e;
  state_e      state_q;
  logic [31:0] address_q;
  logic [15:0] left_q;
  logic [7:0]  beat_q;

  wire [15:0] room  = 16'd16 - {12'd0, address_q[6:3]};
  wire [15:0] burst = left_q < room ? left_q : room;

  assign awaddr_o  = address_q;
  assign awlen_o   = 8'(burst - 16'd1);
  assign awsize_o  = 3'd3;
  assign awburst_o = 2'b01;
  assign awvalid_o = state_q == Address;
  assign wstrb_o   = 8'hff;
  assign wvalid_o  = state_q == Send;
  assign wdata_o   = data_i;
  assign wlast_o   = beat_q == awlen_o;
  assign bready_o  = state_q == Answer;
  assign next_o    = state_q == Fetch;
  assign done_o    = state_q == Answer && bvalid_i && left_q == burst;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= Idle;
      address_q <= '0;
      left_q    <= '0;
      beat_q    <= '0;
      error_o   <= 1'b0;
    end else begin
      case (state_q)
        Idle:
        if (start_i) begin
          address_q <= address_i;
          left_q    <= beats_i;
          beat_q    <= '0;
          error_o   <= 1'b0;
          state_q   <= Address;
        end
        Address: if (awready_i) state_q <= Fetch;
        Fetch:   state_q <= Send;
        Send:
        if (wready_i) begin
          beat_q  <= beat_q + 8'd1;
          state_q <= wlast_o ? Answer : Fetch;
        end
        Answer:
        if (bvalid_i) begin
          if (bresp_i != 2'b00) error_o <= 1'b1;
          address_q <= address_q + {13'd0, burst, 3'd0};
          left_q    <= left_q - burst;
          beat_q    <= '0;
          state_q   <= left_q == burst ? Idle : Address;
        end
        default: state_q <= Idle;
      endcase
    end
  end

endmodule

`default_nettype wire
