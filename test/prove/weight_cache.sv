  // AXI4 (A3.2.1, A3.4.1): an address and its length stay until they are taken, and no burst crosses 4 KB, nor a multiple
  // of BurstBytes, whatever is freed, fails or begins anew meanwhile.
  logic begun_p = 1'b0, held_p = 1'b0;
  logic [63:0] address_p;
  logic [7:0] length_p;
  always_ff @(posedge clk_i) begin
    begun_p <= 1'b1;
    address_p <= m_axi_araddr_o;
    length_p <= m_axi_arlen_o;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) held_p <= 1'b0;
    else held_p <= m_axi_arvalid_o && !m_axi_arready_i;
  end
  wire [31:0] end_p = 32'(m_axi_araddr_o[9:0]) + (32'(m_axi_arlen_o) + 32'd1) * BeatBytes;
  // Beats up to the next multiple of BurstBytes, and what the steps to a burst have of it.
  wire [BurstBits-1:0] most_p = BurstBits'((32'd1024 - 32'(offset_q[9:0])) / BeatBytes);
  wire steps_p = 32'(offset_q) % BeatBytes == 0 && (asked_q & (asked_q + 4'd1)) == '0
      && (!asked_q[0] || to_boundary_q == most_p) && (!asked_q[1] || in_room_q <= most_p)
      && (!asked_q[2] || burst_q <= most_p)
      && (!asked_q[3] || (size_q <= most_p && some_q == (size_q != '0) && size_less1_q == size_q - BurstBits'(1)));

  // In a reset nothing runs.
  wire prove_assumed = (begun_p || !rst_ni) && (rst_ni || !run_i);
  wire prove_reached = begun_p && held_p && m_axi_arlen_o > 8'd3 && m_axi_araddr_o[9:0] != '0;
  wire prove_holds = !begun_p || !rst_ni || ((!valid_q || steps_p) && (!m_axi_arvalid_o || end_p <= 32'd1024)
      && (!held_p || (m_axi_arvalid_o && m_axi_araddr_o == address_p && m_axi_arlen_o == length_p)));
