// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The registers of detector_axi behind AXI4-Lite (IHI 0022): docs/detector.md, "Registers".
//
// A write that does nothing because it may not is answered with SLVERR, and so is an access to an address that is no
// register: one beyond the last, or no multiple of 4. Only the bytes under a strobe are written. An event of a cycle
// wins over a write of 1 that clears it.
//
// A write takes two cycles from its later half, address or data, to its response; a read takes two.
module detector_registers #(
  // 1: there are words 32 and 33
  parameter int WeightsFromMemory = 0,
  // Words 14 to 20, 32 and 33 after a reset, the first in the lowest bits
  parameter logic [287:0] SettingsReset = '0,
  // Their bits that there are
  parameter logic [287:0] SettingsMask = '1
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [11:0]  s_axil_awaddr_i,
  input  logic         s_axil_awvalid_i,
  output logic         s_axil_awready_o,
  input  logic [31:0]  s_axil_wdata_i,
  input  logic [3:0]   s_axil_wstrb_i,
  input  logic         s_axil_wvalid_i,
  output logic         s_axil_wready_o,
  output logic [1:0]   s_axil_bresp_o,
  output logic         s_axil_bvalid_o,
  input  logic         s_axil_bready_i,
  input  logic [11:0]  s_axil_araddr_i,
  input  logic         s_axil_arvalid_i,
  output logic         s_axil_arready_o,
  output logic [31:0]  s_axil_rdata_o,
  output logic [1:0]   s_axil_rresp_o,
  output logic         s_axil_rvalid_o,
  input  logic         s_axil_rready_i,
  // Words 0 to 11, which nobody writes; the place of CONTROL reads as it is given
  input  logic [383:0] status_i,
  // Bits that a write to CONTROL sets, for one cycle; what may not be in this cycle is refused
  output logic [2:0]   command_o,
  input  logic         command_refused_i,
  // Words 14 to 20, 32 and 33; while locked they stay
  output logic [287:0] settings_o,
  input  logic         settings_locked_i,
  // They change in this cycle
  output logic         settings_changed_o,
  // Bits of INTERRUPT_STATUS that become 1
  input  logic [3:0]   event_i,
  // Its bit of an error of a picture
  output logic         image_pending_o,
  output logic         interrupt_o
);

  localparam logic [1:0] Okay = 2'b00;
  localparam logic [1:0] SubordinateError = 2'b10;

  localparam logic [9:0] Control = 10'd5;
  localparam logic [9:0] InterruptEnable = 10'd12;
  localparam logic [9:0] InterruptStatus = 10'd13;
  localparam logic [9:0] FirstSetting = 10'd14;
  localparam logic [9:0] Words = 10'd21;
  localparam logic [9:0] WeightsBase = 10'd32;

  // Which word of the registers is setting i.
  function automatic logic [9:0] wordOf(input int i);
    wordOf = i < 7 ? FirstSetting + 10'(i) : WeightsBase + 10'(i - 7);
  endfunction

  logic [9:0] write_word_q;
  // Where a write goes.
  logic to_control_q, to_setting_q, to_enable_q, to_status_q;
  logic [31:0] data_q;
  logic [3:0] strobe_q, enable_q, pending_q;
  logic has_address_q, has_data_q;

  assign s_axil_awready_o = !has_address_q;
  assign s_axil_wready_o = !has_data_q;

  // One write is carried out when its address and its data are there and the response before is taken.
  wire write = has_address_q && has_data_q && !s_axil_bvalid_o;
  wire [9:0] write_word = s_axil_awaddr_i[11:2];
  wire is_aligned = s_axil_awaddr_i[1:0] == 2'd0;
  wire is_setting = (write_word >= FirstSetting && write_word < Words) || (WeightsFromMemory != 0 && write_word[9:1] == WeightsBase[9:1]);
  wire is_control = write && to_control_q;
  wire is_settings = write && to_setting_q;
  assign settings_changed_o = is_settings && !settings_locked_i;
  wire is_enable = write && to_enable_q;
  wire is_status = write && to_status_q;

  assign command_o = is_control && strobe_q[0] ? data_q[2:0] : '0;
  wire is_refused = !(is_control && !command_refused_i) && !settings_changed_o && !is_enable &&
                    !is_status;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      has_address_q <= 1'b0;
      has_data_q <= 1'b0;
      s_axil_bvalid_o <= 1'b0;
      enable_q <= '0;
      pending_q <= '0;
      settings_o <= SettingsReset;
    end else begin
      if (write) has_address_q <= 1'b0;
      else if (s_axil_awvalid_i) has_address_q <= 1'b1;
      if (write) has_data_q <= 1'b0;
      else if (s_axil_wvalid_i) has_data_q <= 1'b1;
      if (write) s_axil_bvalid_o <= 1'b1;
      else if (s_axil_bready_i) s_axil_bvalid_o <= 1'b0;
      if (is_enable && strobe_q[0]) enable_q <= data_q[3:0];
      pending_q <= (pending_q & ~(is_status && strobe_q[0] ? data_q[3:0] : 4'd0)) | event_i;
      if (settings_changed_o)
        for (int i = 0; i < 36; i++)
          if (write_word_q == wordOf(i / 4) && strobe_q[i%4])
            settings_o[i*8+:8] <= data_q[i%4*8+:8] & SettingsMask[i*8+:8];
    end
  end

  always_ff @(posedge clk_i) begin
    if (s_axil_awready_o) begin
      write_word_q <= write_word;
      to_control_q <= is_aligned && write_word == Control;
      to_setting_q <= is_aligned && is_setting;
      to_enable_q <= is_aligned && write_word == InterruptEnable;
      to_status_q <= is_aligned && write_word == InterruptStatus;
    end
    if (s_axil_wready_o) begin
      data_q <= s_axil_wdata_i;
      strobe_q <= s_axil_wstrb_i;
    end
    if (write) s_axil_bresp_o <= is_refused ? SubordinateError : Okay;
  end

  // Which word is read is a register, so that the choice has a cycle. Words 32 and 33 follow the others.
  logic has_read_q, is_known_q;
  logic [4:0] read_index_q;
  wire [9:0] read_word = s_axil_araddr_i[11:2];
  wire is_base = WeightsFromMemory != 0 && read_word[9:1] == WeightsBase[9:1];
  wire is_known = s_axil_araddr_i[1:0] == 2'd0 && (read_word < Words || is_base);

  // Pairs, pairs of pairs, and so on: a tree of choices.
  wire [1023:0] choice32 = 1024'({settings_o, 28'd0, pending_q, 28'd0, enable_q, status_i});
  logic [511:0] choice16;
  logic [255:0] choice8;
  logic [127:0] choice4;
  logic [63:0] choice2;
  for (genvar i = 0; i < 16; i++) begin : g_choice16
    assign choice16[i*32+:32] = read_index_q[0] ? choice32[i*64+32+:32] : choice32[i*64+:32];
  end
  for (genvar i = 0; i < 8; i++) begin : g_choice8
    assign choice8[i*32+:32] = read_index_q[1] ? choice16[i*64+32+:32] : choice16[i*64+:32];
  end
  for (genvar i = 0; i < 4; i++) begin : g_choice4
    assign choice4[i*32+:32] = read_index_q[2] ? choice8[i*64+32+:32] : choice8[i*64+:32];
  end
  for (genvar i = 0; i < 2; i++) begin : g_choice2
    assign choice2[i*32+:32] = read_index_q[3] ? choice4[i*64+32+:32] : choice4[i*64+:32];
  end

  assign s_axil_arready_o = !has_read_q && !s_axil_rvalid_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      has_read_q <= 1'b0;
      s_axil_rvalid_o <= 1'b0;
    end else begin
      has_read_q <= s_axil_arready_o && s_axil_arvalid_i;
      if (has_read_q) s_axil_rvalid_o <= 1'b1;
      else if (s_axil_rready_i) s_axil_rvalid_o <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (s_axil_arready_o) begin
      is_known_q <= is_known;
      read_index_q <= is_base ? 5'(Words) + 5'(read_word[0]) : read_word[4:0];
    end
    if (has_read_q) begin
      s_axil_rresp_o <= is_known_q ? Okay : SubordinateError;
      s_axil_rdata_o <= read_index_q[4] ? choice2[63:32] : choice2[31:0];
    end
  end

  assign image_pending_o = pending_q[2];
  assign interrupt_o = (pending_q & enable_q) != '0;
endmodule
`default_nettype wire
