// Registers behind AXI4-Lite: four words of 32 bits. Word 0 starts (write 1), word 1 is the status; the others are the host's.
// Addresses behind them, and such as are no multiple of 4, are answered with SLVERR.
`default_nettype none

module axil_registers (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic [7:0]   awaddr_i,
  input  logic         awvalid_i,
  output logic         awready_o,
  input  logic [31:0]  wdata_i,
  input  logic [3:0]   wstrb_i,
  input  logic         wvalid_i,
  output logic         wready_o,
  output logic [1:0]   bresp_o,
  output logic         bvalid_o,
  input  logic         bready_i,
  input  logic [7:0]   araddr_i,
  input  logic         arvalid_i,
  output logic         arready_o,
  output logic [31:0]  rdata_o,
  output logic [1:0]   rresp_o,
  output logic         rvalid_o,
  input  logic         rready_i,

  output logic         start_o,
  input  logic [31:0]  status_i,
  // Words 2 and 3, the first in the lowest bits
  output logic [63:0]  words_o
);

  localparam logic [1:0] Okay = 2'b00;
  localparam logic [1:0] SlaveError = 2'b10;

  logic [7:0]  address_q;
  logic [31:0] data_q;
  logic [3:0]  strobe_q;
  logic        has_address_q, has_data_q;

  assign awready_o = !has_address_q;
  assign wready_o  = !has_data_q;
  wire write = has_address_q && has_data_q && !bvalid_o;
  wire is_known   = address_q <= 8'h0c && address_q[1:0] == 2'd0;
  wire is_word    = is_known && address_q >= 8'h08;
  wire read_known = araddr_i <= 8'h0c && araddr_i[1:0] == 2'd0;
  wire read_word  = read_known && araddr_i >= 8'h08;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      has_address_q <= 1'b0;
      has_data_q    <= 1'b0;
      bvalid_o      <= 1'b0;
      bresp_o       <= Okay;
      start_o       <= 1'b0;
      address_q     <= '0;
      data_q        <= '0;
      strobe_q      <= '0;
      words_o       <= '0;
    end else begin
      start_o <= 1'b0;
      if (awvalid_i && awready_o) begin
        address_q     <= awaddr_i;
        has_address_q <= 1'b1;
      end
      if (wvalid_i && wready_o) begin
        data_q     <= wdata_i;
        strobe_q   <= wstrb_i;
        has_data_q <= 1'b1;
      end
      if (bvalid_o && bready_i) bvalid_o <= 1'b0;
      if (write) begin
        has_address_q <= 1'b0;
        has_data_q    <= 1'b0;
        bvalid_o      <= 1'b1;
        bresp_o       <= is_known ? Okay : SlaveError;
        start_o       <= address_q == 8'h00 && strobe_q[0] && data_q[0];
        if (is_word)
          for (int i = 0; i < 4; i++)
            if (strobe_q[i]) words_o[{address_q[2], 5'(8*i)}+:8] <= data_q[8*i+:8];
      end
    end
  end

  assign arready_o = !rvalid_o;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rvalid_o <= 1'b0;
      rdata_o  <= '0;
      rresp_o  <= Okay;
    end else if (arvalid_i && arready_o) begin
      rvalid_o <= 1'b1;
      rresp_o  <= read_known ? Okay : SlaveError;
      rdata_o  <= read_word ? words_o[{araddr_i[2], 5'd0}+:32] : araddr_i == 8'h04 ? status_i : 32'd0;
    end else if (rready_i) begin
      rvalid_o <= 1'b0;
    end
  end

endmodule

`default_nettype wire
