// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Sends the boxes of a run as one packet of an AXI4-Stream (IHI 0051): a beat that sums the run up, then a beat a box,
// TLAST at the last. A stream has no packet without a beat, so that the first one is there when no box is.
//
// Model: the layout of box_data_o in docs/detector.md. A beat in two cycles: a box is read while no beat is shown.
module box_sender (
  input  logic         clk_i,
  input  logic         rst_ni,
  // A pulse; the summary, the count and the boxes hold until `done_o`
  input  logic         start_i,
  input  logic [127:0] summary_i,
  input  logic [15:0]  count_i,
  // A box, one cycle after its address
  output logic [15:0]  box_addr_o,
  input  logic [127:0] box_data_i,
  output logic         m_axis_tvalid_o,
  input  logic         m_axis_tready_i,
  output logic [127:0] m_axis_tdata_o,
  output logic         m_axis_tlast_o,
  // A pulse: the last beat is taken
  output logic         done_o
);

  // The next box, and whether the summary comes before it. A beat is loaded while none is shown, and its successor read
  // while it is.
  logic [15:0] box_q, last_box_q;
  logic summary_q, start_q, busy_q;

  wire taken = m_axis_tvalid_o && m_axis_tready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      start_q <= 1'b0;
      busy_q <= 1'b0;
      m_axis_tvalid_o <= 1'b0;
    end else begin
      start_q <= start_i;
      if (start_q) busy_q <= 1'b1;
      else if (done_o) busy_q <= 1'b0;
      m_axis_tvalid_o <= busy_q && !taken;
    end
  end

  always_ff @(posedge clk_i) begin
    last_box_q <= count_i - 16'd1;
    if (!busy_q) begin
      summary_q <= 1'b1;
      box_q <= '0;
    end else if (!m_axis_tvalid_o) begin
      m_axis_tdata_o <= summary_q ? summary_i : box_data_i;
      m_axis_tlast_o <= summary_q ? count_i == 16'd0 : box_q == last_box_q;
      summary_q <= 1'b0;
      if (!summary_q) box_q <= box_q + 16'd1;
    end
  end

  assign box_addr_o = box_q;
  assign done_o = taken && m_axis_tlast_o;
endmodule
`default_nettype wire
