// Reads `beats_i` beats of 64 bits from an address, in bursts of up to 16 that cross no boundary of 128 bytes. One burst is under
// way at a time; every beat is taken at once.
`default_nettype none

module axi_reader (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,
  input  logic [31:0] address_i,
  input  logic [15:0] beats_i,
  output logic        valid_o,
  output logic [63:0] data_o,
  // 1 with the last beat
  output logic        done_o,
  output logic        error_o,

  output logic [31:0] araddr_o,
  output logic [7:0]  arlen_o,
  output logic [2:0]  arsize_o,
  output logic [1:0]  arburst_o,
  output logic        arvalid_o,
  input  logic        arready_i,
  input  logic [63:0] rdata_i,
  input  logic [1:0]  rresp_i,
  input  logic        rlast_i,
  input  logic        rvalid_i,
  output logic        rready_o
);

  logic [31:0] address_q;
  logic [15:0] left_q;
  logic        reading_q;

  // Beats up to the next boundary.
  wire [15:0] room  = 16'd16 - {12'd0, address_q[6:3]};
  wire [15:0] burst = left_q < room ? left_q : room;

  assign arsize_o  = 3'd3;
  assign arburst_o = 2'b01;
  assign rready_o  = reading_q;
  assign valid_o   = rvalid_i && rready_o;
  assign data_o    = rdata_i;
  assign done_o    = valid_o && left_q == 16'd1;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      address_q <= '0;
      left_q    <= '0;
      reading_q <= 1'b0;
      arvalid_o <= 1'b0;
      araddr_o  <= '0;
      arlen_o   <= '0;
      error_o   <= 1'b0;
    end else if (start_i) begin
      address_q <= address_i;
      left_q    <= beats_i;
      error_o   <= 1'b0;
    end else begin
      if (arvalid_o && arready_i) begin
        arvalid_o <= 1'b0;
        reading_q <= 1'b1;
      end
      if (valid_o) begin
        left_q    <= left_q - 16'd1;
        address_q <= address_q + 32'd8;
        if (rresp_i != 2'b00) error_o <= 1'b1;
        if (rlast_i) reading_q <= 1'b0;
      end
      if (left_q != 16'd0 && !arvalid_o && !reading_q) begin
        arvalid_o <= 1'b1;
        araddr_o  <= address_q;
        arlen_o   <= 8'(burst - 16'd1);
      end
    end
  end

endmodule

`default_nettype wire
