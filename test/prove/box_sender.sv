  // An AXI4-Stream (IHI 0051): a beat that is offered stays, with its data and TLAST, until it is taken. A packet is the
  // summary and then every box in order, and TLAST is on the last of them.
  logic begun_p = 1'b0, busy_p = 1'b0, stalled_p = 1'b0;
  logic [127:0] data_p, box_p, summary_p;
  logic last_p, loaded_p;
  logic [15:0] count_p;
  // Beats that have been taken, and what the beat that is offered was loaded from.
  logic [16:0] taken_p;
  logic [127:0] loaded_from_p;
  always_ff @(posedge clk_i) begin
    begun_p <= 1'b1;
    stalled_p <= rst_ni && m_axis_tvalid_o && !m_axis_tready_i;
    data_p <= m_axis_tdata_o;
    last_p <= m_axis_tlast_o;
    count_p <= count_i;
    summary_p <= summary_i;
    if (!m_axis_tvalid_o) loaded_from_p <= taken_p == 17'd0 ? summary_i : box_data_i;
    if (!rst_ni || done_o) busy_p <= 1'b0;
    else if (start_i) busy_p <= 1'b1;
    if (start_i) taken_p <= 17'd0;
    else if (taken) taken_p <= taken_p + 17'd1;
  end

  // Summary, count and boxes hold until the packet is out, and no packet is started before.
  wire prove_assumed = (begun_p || !rst_ni) && (!busy_p || (!start_i && count_i == count_p && summary_i == summary_p));
  wire prove_reached = busy_p && rst_ni && m_axis_tvalid_o && taken_p == 17'd2 && m_axis_tlast_o;
  wire prove_holds = !begun_p || !rst_ni
      || ((!stalled_p || (m_axis_tvalid_o && m_axis_tdata_o == data_p && m_axis_tlast_o == last_p))
          && (!m_axis_tvalid_o || (busy_p && m_axis_tdata_o == loaded_from_p
              && m_axis_tlast_o == (taken_p == {1'b0, count_i}) && taken_p <= {1'b0, count_i}))
          // Where the sender is, between the beats.
          && (busy_q || !m_axis_tvalid_o) && (!(busy_q || start_q) || busy_p) && (!busy_p || busy_q || start_q)
          && (!start_q || (taken_p == 17'd0 && !busy_q))
          && (!busy_q || taken_p <= {1'b0, count_i}) && (!busy_q || last_box_q == count_i - 16'd1)
          && (!busy_q || m_axis_tvalid_o || (summary_q == (taken_p == 17'd0)
              && box_q == (summary_q ? 16'd0 : 16'(taken_p - 17'd1))))
          && (!busy_q || !m_axis_tvalid_o || (!summary_q && box_q == 16'(taken_p))));
