// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Runs a whole quantised YOLOv8 by itself: image in the feature memory, program and weights in ROMs, boxes out. The
// weights may come from a memory instead.
// Ports, memories, program and errors: docs/detector.md. Arithmetic: docs/arithmetic.md.
//
//   host ──> feature memory <──> conv_engine  (CONV, ADD, MAX-POOL, UPSAMPLE) <── weight, parameter ROM, table ROM
//                           ───> detect_head  (DETECT)                        <── head ROM ──> boxes
//            program ROM ──────> sequencer
//
// Model: src/golden/run.ts. Throughput PX·PI·PO products a cycle while a convolution runs. At PI x PO x PX = 16 x 16
// x 4 the 63 convolutions of YOLOv8n take 4.43 million cycles at 640x640.
module detector #(
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
  parameter HeadFile = ""
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  // Writes a feature word while idle
  input  logic                         host_valid_i,
  output logic                         host_ready_o,
  input  logic [31:0]                  host_addr_i,
  input  logic [PI*ActivationBits-1:0] host_data_i,
  // Runs instructions first to last
  input  logic                         start_i,
  input  logic [15:0]                  first_i,
  input  logic [15:0]                  last_i,
  output logic                         busy_o,
  output logic                         done_o,
  output logic [7:0]                   error_o,
  output logic [15:0]                  pc_o,
  // Every feature word as an instruction writes it
  output logic                         tap_valid_o,
  output logic [15:0]                  tap_pc_o,
  output logic [31:0]                  tap_addr_o,
  output logic [PI*ActivationBits-1:0] tap_data_o,
  // Boxes of the last DETECT
  input  logic [15:0]                  box_addr_i,
  output logic [127:0]                 box_data_o,
  output logic [15:0]                  box_count_o,
  output logic [31:0]                  candidate_count_o,
  output logic                         overflow_o,
  // Byte address of the weights in the memory, which holds during a run; the low 12 bits count as 0
  input  logic [63:0]                  weights_base_i,
  // Memory of the weights, AXI4, reads only; quiet where they are in the ROM
  output logic                         m_axi_arvalid_o,
  input  logic                         m_axi_arready_i,
  output logic [63:0]                  m_axi_araddr_o,
  output logic [7:0]                   m_axi_arlen_o,
  input  logic                         m_axi_rvalid_i,
  output logic                         m_axi_rready_o,
  input  logic [MemoryDataBits-1:0]    m_axi_rdata_i,
  input  logic [1:0]                   m_axi_rresp_i
);

  localparam int Word = PI * ActivationBits;
  localparam int BankBits = $clog2(2 * PX);
  localparam int RowBits = assay_pkg::addressBits(FeatureDepth);
  localparam int WeightAddressBits = assay_pkg::addressBits(WeightDepth);
  localparam int ParamAddressBits = assay_pkg::addressBits(ParamDepth);
  localparam int TableAddressBits = assay_pkg::addressBits(TableDepth);
  localparam int ProgramAddressBits = assay_pkg::addressBits(ProgramDepth);
  localparam int ParamBits = assay_pkg::paramBitsOf(RequantiseArithmetic);
  localparam int HeadDepth = 2 << ActivationBits;

  initial begin
    if (PI < 1 || PI > 32) $fatal(1, "detector: PI is %0d, must be 1 to 32", PI);
    if (PO < PI || PO % PI != 0) $fatal(1, "detector: PO is %0d, must be a multiple of PI, %0d", PO, PI);
    if (PX < 1 || PX > 16 || (PX & (PX - 1)) != 0) $fatal(1, "detector: PX is %0d, must be 1, 2, 4, 8 or 16", PX);
    if (WeightBits < 2 || WeightBits > 8) $fatal(1, "detector: WeightBits is %0d, must be 2 to 8", WeightBits);
    if (ActivationBits < 4 || ActivationBits > 8)
      $fatal(1, "detector: ActivationBits is %0d, must be 4 to 8", ActivationBits);
    if (TableBits < ActivationBits || TableBits > 12)
      $fatal(1, "detector: TableBits is %0d, must be ActivationBits to 12", TableBits);
    if (WeightsFromMemory != 0 && WeightsFromMemory != 1)
      $fatal(1, "detector: WeightsFromMemory is %0d, must be 0 or 1", WeightsFromMemory);
    if (WeightBufferWords < 1) $fatal(1, "detector: WeightBufferWords is %0d, must be 1 at least", WeightBufferWords);
    if (MaxLevels < 1 || MaxLevels > 5) $fatal(1, "detector: MaxLevels is %0d, must be 1 to 5", MaxLevels);
    if (WeightDepth < 1 || ParamDepth < 1 || TableDepth < 1 || ProgramDepth < 1)
      $fatal(1, "detector: depths are %0d, %0d, %0d and %0d words, each must be 1 at least", WeightDepth, ParamDepth,
             TableDepth, ProgramDepth);
    if (Capacity < 1 || Capacity > 65535) $fatal(1, "detector: Capacity is %0d, must be 1 to 65535", Capacity);
    if (MaxDetections < 1 || MaxDetections > 65535)
      $fatal(1, "detector: MaxDetections is %0d, must be 1 to 65535", MaxDetections);
    if (FeatureDepth < 1 || RowBits > 24) $fatal(1, "detector: FeatureDepth is %0d, must be 1 to 2^24", FeatureDepth);
  end

  // Sequencer and its program.
  logic program_valid, id_valid, table_read_valid, table_write_valid;
  logic engine_start, engine_busy, engine_done, head_start, head_done, control_clk;
  logic [ProgramAddressBits-1:0] program_addr;
  logic [31:0] program_data;
  logic [TableAddressBits-1:0] table_read_addr;
  logic [TableBits-1:0] table_write_addr;
  logic [ActivationBits-1:0] table_data;
  logic [1023:0] instr;
  logic [PO*ParamBits-1:0] param_data;
  logic [31:0] weight_words;
  logic [7:0] weight_error;

  // Sequencer and detect head have nothing to do while the engine works, which is most of the time, nor between two runs
  // while there are no boxes that somebody may read.
  clock_gate u_control_gate (
    .clk_i,
    .enable_i(busy_o ? !engine_busy || engine_done : start_i || box_count_o != '0 || !rst_ni),
    .clk_o(control_clk)
  );

  sequencer #(
    .PI(PI), .PO(PO), .PX(PX), .WeightBits(WeightBits), .ActivationBits(ActivationBits), .TableBits(TableBits),
    .FeatureDepth(FeatureDepth), .WeightDepth(WeightDepth), .ParamDepth(ParamDepth), .TableDepth(TableDepth),
    .ProgramDepth(ProgramDepth), .MaxLevels(MaxLevels), .RequantiseArithmetic(RequantiseArithmetic),
    .AddArithmetic(AddArithmetic)
  ) u_sequencer (
    .clk_i(control_clk),
    .rst_ni,
    .start_i,
    .first_i,
    .last_i,
    .busy_o,
    .done_o,
    .error_o,
    .pc_o,
    .program_valid_o(program_valid),
    .program_addr_o(program_addr),
    .program_data_i(program_data),
    .id_valid_o(id_valid),
    .id_data_i(param_data[31:0]),
    .table_read_valid_o(table_read_valid),
    .table_read_addr_o(table_read_addr),
    .table_write_valid_o(table_write_valid),
    .table_write_addr_o(table_write_addr),
    .weight_words_o(weight_words),
    .instr_o(instr),
    .engine_start_o(engine_start),
    .engine_done_i(engine_done),
    .engine_error_i(weight_error),
    .head_start_o(head_start),
    .head_done_i(head_done)
  );

  rom #(.Width(32), .Depth(ProgramDepth), .File(ProgramFile), .Plusarg("program")) u_program_rom (
    .clk_i,
    .read_valid_i(program_valid),
    .read_addr_i(program_addr),
    .read_data_o(program_data)
  );

  rom #(.Width(ActivationBits), .Depth(TableDepth), .File(TableFile), .Plusarg("tables")) u_table_rom (
    .clk_i,
    .read_valid_i(table_read_valid),
    .read_addr_i(table_read_addr),
    .read_data_o(table_data)
  );

  // A register between the ROM and the tables: the sequencer writes an entry two cycles after its read.
  logic [ActivationBits-1:0] table_data_q;
  always_ff @(posedge control_clk) table_data_q <= table_data;

  // Feature memory: the engine and the detect head never read at the same time, the host writes only while idle.
  logic engine_read_valid, engine_write_valid, head_read_valid;
  logic [RowBits-1:0] engine_read_row, engine_write_row;
  logic [BankBits-1:0] engine_read_shift, engine_write_bank, head_read_bank, head_bank_q;
  logic [31:0] head_read_row;
  logic [2*PX*Word-1:0] read_data;
  logic [Word-1:0] engine_write_data;

  // One register in front of the write port, for the engine's words and the host's.
  logic write_valid_q, tap_valid_q;
  logic [RowBits-1:0] write_row_q;
  logic [BankBits-1:0] write_bank_q;
  logic [Word-1:0] write_data_q;

  assign host_ready_o = !busy_o;
  // A word beyond the memory is taken and goes nowhere.
  wire host_inside = host_addr_i >> BankBits < 32'(FeatureDepth);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {write_valid_q, tap_valid_q} <= '0;
    end else begin
      write_valid_q <= engine_write_valid || (host_valid_i && host_ready_o && host_inside);
      tap_valid_q <= engine_write_valid;
    end
  end

  always_ff @(posedge clk_i) begin
    if (engine_write_valid) begin
      write_row_q <= engine_write_row;
      write_bank_q <= engine_write_bank;
      write_data_q <= engine_write_data;
    end else if (host_valid_i) begin
      write_row_q <= RowBits'(host_addr_i >> BankBits);
      write_bank_q <= host_addr_i[BankBits-1:0];
      write_data_q <= host_data_i;
    end
  end

  feature_memory #(.PI(PI), .PX(PX), .ActivationBits(ActivationBits), .Depth(FeatureDepth)) u_features (
    .clk_i,
    .read_valid_i(engine_read_valid || head_read_valid),
    .read_row_i(head_read_valid ? head_read_row[RowBits-1:0] : engine_read_row),
    .read_shift_i(head_read_valid ? '0 : engine_read_shift),
    .read_data_o(read_data),
    .write_valid_i(write_valid_q),
    .write_row_i(write_row_q),
    .write_bank_i(write_bank_q),
    .write_data_i(write_data_q)
  );

  assign tap_valid_o = tap_valid_q;
  assign tap_pc_o = pc_o;
  assign tap_addr_o = 32'({write_row_q, write_bank_q});
  assign tap_data_o = write_data_q;

  // Engine, with its ROMs.
  logic weight_valid, param_valid, weight_stall, weight_wait, weight_beat, weight_tile_end, weight_group_end;
  logic [WeightAddressBits-1:0] weight_addr;
  logic [ParamAddressBits-1:0] param_addr;
  logic [PO*PI*WeightBits-1:0] weight_data;

  conv_engine #(
    .PI(PI), .PO(PO), .PX(PX), .WeightBits(WeightBits), .ActivationBits(ActivationBits), .TableBits(TableBits),
    .FeatureDepth(FeatureDepth), .WeightDepth(WeightDepth), .ParamDepth(ParamDepth),
    .RequantiseArithmetic(RequantiseArithmetic), .AddArithmetic(AddArithmetic)
  ) u_engine (
    .clk_i,
    .rst_ni,
    .start_i(engine_start),
    .instr_i(instr),
    .busy_o(engine_busy),
    .done_o(engine_done),
    .read_valid_o(engine_read_valid),
    .read_row_o(engine_read_row),
    .read_shift_o(engine_read_shift),
    .read_data_i(read_data),
    .write_valid_o(engine_write_valid),
    .write_row_o(engine_write_row),
    .write_bank_o(engine_write_bank),
    .write_data_o(engine_write_data),
    .weight_valid_o(weight_valid),
    .weight_addr_o(weight_addr),
    .weight_data_i(weight_data),
    .weight_stall_i(weight_stall),
    .weight_failed_i(weight_error != assay_pkg::ErrorNone),
    .weight_wait_o(weight_wait),
    .weight_beat_o(weight_beat),
    .weight_tile_end_o(weight_tile_end),
    .weight_group_end_o(weight_group_end),
    .param_valid_o(param_valid),
    .param_addr_o(param_addr),
    .param_data_i(param_data),
    .table_write_valid_i(table_write_valid),
    .table_write_addr_i(table_write_addr),
    .table_write_data_i(table_data_q)
  );

  if (WeightsFromMemory == 0) begin : g_weights
    rom #(
      .Width(PO * PI * WeightBits), .Depth(WeightDepth), .File(WeightFile), .Plusarg("weights"),
      .OutputRegister(1)
    ) u_weight_rom (
      .clk_i,
      .read_valid_i(weight_valid),
      .read_addr_i(weight_addr),
      .read_data_o(weight_data)
    );
    assign weight_stall = 1'b0;
    assign weight_error = assay_pkg::ErrorNone;
    assign m_axi_arvalid_o = 1'b0;
    assign m_axi_araddr_o = '0;
    assign m_axi_arlen_o = '0;
    assign m_axi_rready_o = 1'b0;
  end else begin : g_weights
    // The register of the ROM, behind the buffer.
    logic [PO*PI*WeightBits-1:0] buffer_data;
    always_ff @(posedge clk_i) weight_data <= buffer_data;
    weight_cache #(
      .Width(PO * PI * WeightBits), .Depth(WeightBufferWords), .WeightDepth(WeightDepth), .DataBits(MemoryDataBits)
    ) u_weight_cache (
      .clk_i,
      .rst_ni,
      .run_i(busy_o),
      .memory_base_i(weights_base_i),
      .memory_words_i(weight_words),
      .start_i(engine_start && instr[assay_pkg::Opcode+:8] == assay_pkg::OpConv),
      .start_word_i(instr[assay_pkg::WeightBase+:WeightAddressBits]),
      .stall_o(weight_stall),
      .beat_i(weight_beat),
      .tile_end_i(weight_tile_end),
      .group_end_i(weight_group_end),
      .wait_i(weight_wait),
      .error_o(weight_error),
      .read_valid_i(weight_valid),
      .read_data_o(buffer_data),
      .m_axi_arvalid_o,
      .m_axi_arready_i,
      .m_axi_araddr_o,
      .m_axi_arlen_o,
      .m_axi_rvalid_i,
      .m_axi_rready_o,
      .m_axi_rdata_i,
      .m_axi_rresp_i
    );
  end

  rom #(.Width(PO * ParamBits), .Depth(ParamDepth), .File(ParamFile), .Plusarg("params")) u_param_rom (
    .clk_i,
    .read_valid_i(param_valid || id_valid),
    .read_addr_i(id_valid ? '0 : param_addr),
    .read_data_o(param_data)
  );

  // Detect head, with its ROM. It reads one word; the memory gives the whole row.
  logic head_busy;
  logic [15:0] head_addr, head_data;
  logic [Word-1:0] head_word;

  always_ff @(posedge clk_i) if (head_read_valid) head_bank_q <= head_read_bank;
  assign head_word = read_data[32'(head_bank_q)*Word+:Word];

  detect_head #(
    .PI(PI), .ActivationBits(ActivationBits), .PX(PX), .Capacity(Capacity), .MaxDetections(MaxDetections),
    .MaxLevels(MaxLevels)
  ) u_head (
    .clk_i(control_clk),
    .rst_ni,
    .start_i(head_start),
    .instr_i(instr),
    .busy_o(head_busy),
    .done_o(head_done),
    .read_valid_o(head_read_valid),
    .read_row_o(head_read_row),
    .read_bank_o(head_read_bank),
    .read_data_i(head_word),
    .table_addr_o(head_addr),
    .table_data_i(head_data),
    .box_addr_i,
    .box_data_o,
    .box_count_o,
    .candidate_count_o,
    .overflow_o
  );

  rom #(.Width(16), .Depth(HeadDepth), .File(HeadFile), .Plusarg("head")) u_head_rom (
    .clk_i,
    .read_valid_i(head_busy),
    .read_addr_i(head_addr[ActivationBits:0]),
    .read_data_o(head_data)
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk_i)
    if (rst_ni && host_valid_i && host_ready_o)
      assert (host_inside) else $error("detector: host_addr_i is %0d, beyond %0d rows", host_addr_i, FeatureDepth);
`endif
endmodule
`default_nettype wire
