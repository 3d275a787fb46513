  // AXI4-Lite (A3.2, A3.4): an answer stays as it is until it is taken, none comes without a request, and every request
  // gets one: as many answers to writes as addresses and as data came, as many to reads as addresses, at
  // most two cycles later.
  logic begun_p = 1'b0;
  logic [2:0] addresses_p = '0, words_p = '0, reads_p = '0, waited_p = '0, read_waited_p = '0;
  logic b_held_p = 1'b0, r_held_p = 1'b0;
  logic [1:0] b_p, r_p;
  logic [31:0] data_p;
  wire b_taken_p = s_axil_bvalid_o && s_axil_bready_i;
  wire r_taken_p = s_axil_rvalid_o && s_axil_rready_i;
  always_ff @(posedge clk_i) begin
    begun_p <= 1'b1;
    b_p <= s_axil_bresp_o;
    r_p <= s_axil_rresp_o;
    data_p <= s_axil_rdata_o;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {addresses_p, words_p, reads_p, waited_p, read_waited_p, b_held_p, r_held_p} <= '0;
    end else begin
      addresses_p <= addresses_p + 3'(s_axil_awvalid_i && s_axil_awready_o) - 3'(b_taken_p);
      words_p <= words_p + 3'(s_axil_wvalid_i && s_axil_wready_o) - 3'(b_taken_p);
      reads_p <= reads_p + 3'(s_axil_arvalid_i && s_axil_arready_o) - 3'(r_taken_p);
      waited_p <= s_axil_bvalid_o || addresses_p == '0 || words_p == '0 ? '0 : waited_p + 3'd1;
      read_waited_p <= s_axil_rvalid_o || reads_p == '0 ? '0 : read_waited_p + 3'd1;
      b_held_p <= s_axil_bvalid_o && !s_axil_bready_i;
      r_held_p <= s_axil_rvalid_o && !s_axil_rready_i;
    end
  end

  wire prove_assumed = begun_p || !rst_ni;
  wire prove_reached = begun_p && addresses_p == 3'd2 && words_p == 3'd2 && r_held_p;
  wire prove_holds = !begun_p || !rst_ni || (
      addresses_p == 3'(has_address_q) + 3'(s_axil_bvalid_o) && words_p == 3'(has_data_q) + 3'(s_axil_bvalid_o)
      && reads_p == 3'(has_read_q) + 3'(s_axil_rvalid_o) && !(has_read_q && s_axil_rvalid_o)
      && waited_p <= 3'd1 && read_waited_p <= 3'd1
      && (!b_held_p || (s_axil_bvalid_o && s_axil_bresp_o == b_p))
      && (!r_held_p || (s_axil_rvalid_o && s_axil_rresp_o == r_p && s_axil_rdata_o == data_p)));
