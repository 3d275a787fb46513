// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The detector on buses, to be put into an FPGA: registers behind AXI4-Lite, the picture and the boxes as AXI4-Streams,
// an interrupt, and weights from a memory behind AXI4 if not from a ROM. docs/detector.md, "On a bus", has the registers and what happens when.
//
//   s_axil ──> detector_registers ──> run_control ──> detector
//   s_axis_image ──> image_writer ──> host port ──────^  ^  box port ──> box_sender ──> m_axis_boxes
//   m_axi, with the weights in a memory ─────────────────┘
//
// Model: that of `detector`. A run takes the cycles of the detector and three more; a picture a cycle a pixel from 3
// lanes on, and may come while boxes are sent.
module detector_axi #(
  // Input channels a cycle; also the codes of a feature word
  parameter int PI = 16,
  // Output channels a cycle, a multiple of PI
  parameter int PO = 16,
  // Neighbouring output pixels of a row a cycle, a power of two
  parameter int PX = 4,
  // W: bits of a weight, 2 to 8
  parameter int WeightBits = 8,
  // A: bits of a code, 4 to 8
  parameter int ActivationBits = 8,
  // P: bits of an index of the activation table, A to 12
  parameter int TableBits = 8,
  // Rows of each feature bank
  parameter int FeatureDepth = 65536,
  // Words of the weight ROM
  parameter int WeightDepth = 16384,
  // Words of the parameter ROM
  parameter int ParamDepth = 1024,
  // Words of the table ROM
  parameter int TableDepth = 32768,
  // Words of the program ROM
  parameter int ProgramDepth = 4096,
  // K of A-10: candidates that q_NMS sorts
  parameter int Capacity = 1024,
  // Boxes that q_NMS keeps at most
  parameter int MaxDetections = 300,
  // Levels of the detect head at most, 1 to 5
  parameter int MaxLevels = 3,
  // The arithmetic of convolutions, header word 11 of the program; 0: `assay`
  parameter int RequantiseArithmetic = 0,
  // That of additions, header word 12
  parameter int AddArithmetic = 0,
  // 1: the weights come from a memory, 0: from the weight ROM
  parameter int WeightsFromMemory = 0,
  // Bits of the memory's data bus: 32, 64 or 128
  parameter int MemoryDataBits = 128,
  // Weight words that are held, at least those of the largest output group
  parameter int WeightBufferWords = 288,
  // Content of the program ROM for synthesis; in simulation the plusarg +program names it
  parameter ProgramFile = "",
  // Content of the weight ROM, likewise; the plusarg is +weights
  parameter WeightFile = "",
  // Content of the parameter ROM; +params
  parameter ParamFile = "",
  // Content of the table ROM; +tables
  parameter TableFile = "",
  // Content of the head ROM; +head
  parameter HeadFile = "",
  // Words 33 to 36 of the program, as the registers hold them after a reset
  parameter int ImageBase = 0,
  parameter int ImagePlane = 0,
  parameter int ImagePitch = 0,
  parameter int ImageWidth = 0,
  parameter int ImageHeight = 0,
  // 1: a word of the picture holds 2x2 pixels
  parameter int SpaceToDepth = 0,
  // The last instruction, likewise
  parameter int Last = 0,
  // Words in a row of a picture, at most, with space-to-depth
  parameter int LineDepth = 640,
  localparam int ImageBits = (3 * ActivationBits + 7) / 8 * 8
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  // Registers
  input  logic [11:0]                  s_axil_awaddr_i,
  input  logic                         s_axil_awvalid_i,
  output logic                         s_axil_awready_o,
  input  logic [31:0]                  s_axil_wdata_i,
  input  logic [3:0]                   s_axil_wstrb_i,
  input  logic                         s_axil_wvalid_i,
  output logic                         s_axil_wready_o,
  output logic [1:0]                   s_axil_bresp_o,
  output logic                         s_axil_bvalid_o,
  input  logic                         s_axil_bready_i,
  input  logic [11:0]                  s_axil_araddr_i,
  input  logic                         s_axil_arvalid_i,
  output logic                         s_axil_arready_o,
  output logic [31:0]                  s_axil_rdata_o,
  output logic [1:0]                   s_axil_rresp_o,
  output logic                         s_axil_rvalid_o,
  input  logic                         s_axil_rready_i,
  // A picture: a pixel a beat, TLAST at the last
  input  logic                         s_axis_image_tvalid_i,
  output logic                         s_axis_image_tready_o,
  input  logic [ImageBits-1:0]         s_axis_image_tdata_i,
  input  logic                         s_axis_image_tlast_i,
  // A summary and the boxes, TLAST at the last
  output logic                         m_axis_boxes_tvalid_o,
  input  logic                         m_axis_boxes_tready_i,
  output logic [127:0]                 m_axis_boxes_tdata_o,
  output logic                         m_axis_boxes_tlast_o,
  // Memory of the weights, AXI4, reads only; quiet where they are in the ROM
  output logic                         m_axi_arvalid_o,
  input  logic                         m_axi_arready_i,
  output logic [63:0]                  m_axi_araddr_o,
  output logic [7:0]                   m_axi_arlen_o,
  output logic [2:0]                   m_axi_arsize_o,
  output logic [1:0]                   m_axi_arburst_o,
  output logic [3:0]                   m_axi_arcache_o,
  output logic [2:0]                   m_axi_arprot_o,
  input  logic                         m_axi_rvalid_i,
  output logic                         m_axi_rready_o,
  input  logic [MemoryDataBits-1:0]    m_axi_rdata_i,
  input  logic [1:0]                   m_axi_rresp_i,
  input  logic                         m_axi_rlast_i,
  output logic                         interrupt_o,
  // The tap of the detector, for simulation; in an FPGA it stays open
  output logic                         tap_valid_o,
  output logic [15:0]                  tap_pc_o,
  output logic [31:0]                  tap_addr_o,
  output logic [PI*ActivationBits-1:0] tap_data_o
);

  localparam logic [31:0] Id = 32'h58415341;
  localparam logic [31:0] Version = 32'd1;
  localparam logic [287:0] SettingsReset = {
    64'd0, 31'd0, 1'(SpaceToDepth), 16'(ImageHeight), 16'(ImageWidth), 16'd0, 16'(ImagePitch), 8'd0, 24'(ImagePlane),
    8'd0, 24'(ImageBase), 16'd0, 16'(Last), 32'd0
  };
  localparam logic [287:0] SettingsMask = {
    WeightsFromMemory != 0 ? 64'hffff_ffff_ffff_f000 : 64'd0, 31'd0, 1'(PI >= 12), 32'hffffffff, 32'h0000ffff, 32'h00ffffff, 32'h00ffffff, 32'h0000ffff, 32'h0000ffff
  };

  logic start, busy, detector_done, overflow, host_valid, host_ready;
  logic [7:0] error;
  logic [15:0] pc, box_addr, box_count, detector_count;
  logic [31:0] host_addr, candidates, detector_candidates, pixels, cycles, status;
  logic [127:0] box_data, summary;
  logic [PI*ActivationBits-1:0] host_data;
  logic image_enable, image_active, image_complete, image_error, image_pending, send, boxes_sent, refused, idle, settings_changed;
  logic [2:0] command;
  logic [3:0] events;
  logic [287:0] settings;

  detector_registers #(
    .WeightsFromMemory(WeightsFromMemory), .SettingsReset(SettingsReset), .SettingsMask(SettingsMask)
  ) u_registers (
    .clk_i,
    .rst_ni,
    .s_axil_awaddr_i,
    .s_axil_awvalid_i,
    .s_axil_awready_o,
    .s_axil_wdata_i,
    .s_axil_wstrb_i,
    .s_axil_wvalid_i,
    .s_axil_wready_o,
    .s_axil_bresp_o,
    .s_axil_bvalid_o,
    .s_axil_bready_i,
    .s_axil_araddr_i,
    .s_axil_arvalid_i,
    .s_axil_arready_o,
    .s_axil_rdata_o,
    .s_axil_rresp_o,
    .s_axil_rvalid_o,
    .s_axil_rready_i,
    .status_i({
      pixels, candidates, 16'd0, box_count, cycles, 16'd0, pc, status, 32'd0, 16'(TableBits), 16'(ActivationBits),
      16'(WeightBits), 16'(PX), 16'(PO), 16'(PI), Version, Id
    }),
    .command_o(command),
    .command_refused_i(refused),
    .settings_o(settings),
    .settings_locked_i(!idle || image_active),
    .settings_changed_o(settings_changed),
    .event_i(events),
    .image_pending_o(image_pending),
    .interrupt_o
  );

  run_control u_control (
    .clk_i,
    .rst_ni,
    .command_i(command),
    .refused_o(refused),
    .idle_o(idle),
    .status_o(status),
    .events_o(events),
    .image_pending_i(image_pending),
    .image_active_i(image_active),
    .image_complete_i(image_complete),
    .image_error_i(image_error),
    .image_enable_o(image_enable),
    .start_o(start),
    .busy_i(busy),
    .done_i(detector_done),
    .error_i(error),
    .box_count_i(detector_count),
    .candidate_count_i(detector_candidates),
    .overflow_i(overflow),
    .box_count_o(box_count),
    .candidate_count_o(candidates),
    .cycles_o(cycles),
    .summary_o(summary),
    .send_o(send),
    .sent_i(boxes_sent)
  );

  image_writer #(
    .PI(PI), .PX(PX), .ActivationBits(ActivationBits), .FeatureDepth(FeatureDepth), .LineDepth(LineDepth)
  ) u_image (
    .clk_i,
    .rst_ni,
    .enable_i(image_enable),
    .base_i(settings[64+:24]),
    .plane_i(settings[96+:24]),
    .pitch_i(settings[128+:16]),
    .width_i(settings[160+:16]),
    .height_i(settings[176+:16]),
    .space_to_depth_i(settings[192]),
    .changed_i(settings_changed),
    .s_axis_tvalid_i(s_axis_image_tvalid_i),
    .s_axis_tready_o(s_axis_image_tready_o),
    .s_axis_tdata_i(s_axis_image_tdata_i),
    .s_axis_tlast_i(s_axis_image_tlast_i),
    .host_valid_o(host_valid),
    .host_addr_o(host_addr),
    .host_data_o(host_data),
    .active_o(image_active),
    .complete_o(image_complete),
    .consume_i(start),
    .error_o(image_error),
    .pixels_o(pixels)
  );

  box_sender u_boxes (
    .clk_i,
    .rst_ni,
    .start_i(send),
    .summary_i(summary),
    .count_i(box_count),
    .box_addr_o(box_addr),
    .box_data_i(box_data),
    .m_axis_tvalid_o(m_axis_boxes_tvalid_o),
    .m_axis_tready_i(m_axis_boxes_tready_i),
    .m_axis_tdata_o(m_axis_boxes_tdata_o),
    .m_axis_tlast_o(m_axis_boxes_tlast_o),
    .done_o(boxes_sent)
  );

  detector #(
    .PI(PI), .PO(PO), .PX(PX), .WeightBits(WeightBits), .ActivationBits(ActivationBits), .TableBits(TableBits),
    .FeatureDepth(FeatureDepth), .WeightDepth(WeightDepth), .ParamDepth(ParamDepth), .TableDepth(TableDepth),
    .ProgramDepth(ProgramDepth), .Capacity(Capacity), .MaxDetections(MaxDetections), .MaxLevels(MaxLevels),
    .RequantiseArithmetic(RequantiseArithmetic), .AddArithmetic(AddArithmetic),
    .WeightsFromMemory(WeightsFromMemory), .MemoryDataBits(MemoryDataBits), .WeightBufferWords(WeightBufferWords),
    .ProgramFile(ProgramFile),
    .WeightFile(WeightFile), .ParamFile(ParamFile), .TableFile(TableFile), .HeadFile(HeadFile)
  ) u_detector (
    .clk_i,
    .rst_ni,
    .host_valid_i(host_valid),
    .host_ready_o(host_ready),
    .host_addr_i(host_addr),
    .host_data_i(host_data),
    .start_i(start),
    .first_i(settings[0+:16]),
    .last_i(settings[32+:16]),
    .busy_o(busy),
    .done_o(detector_done),
    .error_o(error),
    .pc_o(pc),
    .tap_valid_o,
    .tap_pc_o,
    .tap_addr_o,
    .tap_data_o,
    .box_addr_i(box_addr),
    .box_data_o(box_data),
    .box_count_o(detector_count),
    .candidate_count_o(detector_candidates),
    .overflow_o(overflow),
    .weights_base_i(settings[224+:64]),
    .m_axi_arvalid_o,
    .m_axi_arready_i,
    .m_axi_araddr_o,
    .m_axi_arlen_o,
    .m_axi_rvalid_i,
    .m_axi_rready_o,
    .m_axi_rdata_i,
    .m_axi_rresp_i
  );

  // Bursts of whole beats, incrementing; normal memory that may be buffered, secure data without privilege.
  assign m_axi_arsize_o = 3'($clog2(MemoryDataBits / 8));
  assign m_axi_arburst_o = 2'b01;
  assign m_axi_arcache_o = 4'b0011;
  assign m_axi_arprot_o = 3'b000;

`ifndef SYNTHESIS
  // No pixel is taken while the detector is busy, so that it is ready for every word.
  always_ff @(posedge clk_i) if (rst_ni && host_valid && !host_ready) $error("detector_axi: a word comes during a run");
`endif
endmodule
`default_nettype wire
