// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// The DETECT instruction of docs/detector.md: from the logits in feature memory to the boxes that q_NMS keeps
// (clauses A-8 to A-10).
//
//   clear    the counters of the sort
//   count    scan the class logits, count candidates by code       about one cycle a class word
//   rank     places from counts
//   place    scan them again, write candidates in the total order  about one cycle a class word
//   suppress decode a box (114 cycles) while the one before it meets the kept ones (one a cycle)
//
// Boxes are decoded only when suppression reaches them. The instruction holds from start_i to done_o. Its bins (1 to
// 16), classes (1 to MaxClasses) and levels (1 to MaxLevels) are the ROM generator's responsibility; a maximum of
// detections above MaxDetections is taken as MaxDetections.
//
// Its clock may stand still between runs; the read port of the boxes then holds.
//
// Model: `detectSpec` in src/golden/head-spec.ts. With 8400 anchors of 80 classes and 16 lanes a scan is 42,000
// cycles; suppression takes 34,000 cycles until 300 boxes of 80 classes are kept, 283,000 at the worst
// (test/rtl/nms-cycles.ts).
module detect_head #(
  // Lanes of a feature word, 1 to 32
  parameter int PI = 16,
  // A: bits of a code, 4 to 8
  parameter int ActivationBits = 8,
  // Pixels a cycle of the engine, a power of two; there are 2 * PX feature banks
  parameter int PX = 4,
  // K of A-10
  parameter int Capacity = 1024,
  // Boxes kept at most
  parameter int MaxDetections = 300,
  // Classes at most
  parameter int MaxClasses = 1024,
  // Levels at most, 1 to 5
  parameter int MaxLevels = 3,
  localparam int A = ActivationBits,
  localparam int BankBits = $clog2(2 * PX)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                start_i,
  input  logic [1023:0]       instr_i,
  output logic                busy_o,
  output logic                done_o,
  // Feature memory: the word of this bank and bank row one cycle later
  output logic                read_valid_o,
  output logic [31:0]         read_row_o,
  output logic [BankBits-1:0] read_bank_o,
  input  logic [PI*A-1:0]     read_data_i,
  // Head ROM: E of A-8, then the scores of A-9; one cycle later
  output logic [15:0]         table_addr_o,
  input  logic [15:0]         table_data_i,
  // Results of the last DETECT: a kept box one cycle after its index, while not busy
  input  logic [15:0]         box_addr_i,
  output logic [127:0]        box_data_o,
  output logic [15:0]         box_count_o,
  output logic [31:0]         candidate_count_o,
  output logic                overflow_o
);

  localparam int CountBits = $clog2(assay_pkg::positive(Capacity) + 1);
  localparam int LevelCountBits = $clog2(MaxLevels + 1);
  localparam int LevelsBits = MaxLevels * assay_pkg::LevelBits;
  localparam int PlaceBits = 46 + assay_pkg::addressBits(MaxLevels);
  // What the sort keeps with a code: class and place.
  localparam int PayloadBits = 10 + PlaceBits;

  // The instruction's fields.
  wire [31:0] min_code = instr_i[assay_pkg::MinCode+:32];
  wire [15:0] level_count = instr_i[assay_pkg::LevelCount+:16];
  wire [31:0] classes = instr_i[assay_pkg::Classes+:32];
  wire [31:0] bin_count = instr_i[assay_pkg::Bins+:32];
  wire [31:0] max_detections = instr_i[assay_pkg::MaxDetections+:32];
  wire [LevelsBits-1:0] levels = instr_i[assay_pkg::Levels+:LevelsBits];

  // Order of work.
  typedef enum logic [2:0] {Idle, Clear, Count, Rank, Place, Suppress} state_e;
  state_e state_d, state_q;
  logic sorted, scanned, finished;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Idle: if (start_i) state_d = Clear;
      Clear: if (sorted) state_d = Count;
      Count: if (scanned) state_d = Rank;
      Rank: if (sorted) state_d = Place;
      Place: if (scanned) state_d = Suppress;
      default: if (finished) state_d = Idle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      done_o <= 1'b0;
    end else begin
      state_q <= state_d;
      done_o <= finished;
    end
  end

  assign busy_o = state_q != Idle;

  // Scan. Every minCode above the largest code is as good as 2^A: no candidate.
  logic [A:0] least_code_q;
  logic scan_read, candidate_valid;
  logic [31:0] scan_row;
  logic [BankBits-1:0] scan_bank;
  logic [A-1:0] candidate_code;
  logic [9:0] candidate_class;
  logic [PlaceBits-1:0] candidate_place;

  always_ff @(posedge clk_i)
    if (state_q == Clear)
      least_code_q <= |min_code[31:A] ? {1'b1, {A{1'b0}}}
                                      : {1'b0, min_code[A-1:0]};

  class_score #(.PI(PI), .ActivationBits(A), .PX(PX), .MaxLevels(MaxLevels)) u_class_score (
    .clk_i,
    .rst_ni,
    .start_i(sorted),
    .done_o(scanned),
    .level_count_i(level_count[LevelCountBits-1:0]),
    .levels_i(levels),
    .classes_i(classes[10:0]),
    .min_code_i(least_code_q),
    .multi_label_i(instr_i[assay_pkg::MultiLabel]),
    .read_valid_o(scan_read),
    .read_row_o(scan_row),
    .read_bank_o(scan_bank),
    .read_data_i,
    .candidate_valid_o(candidate_valid),
    .candidate_code_o(candidate_code),
    .candidate_class_o(candidate_class),
    .candidate_place_o(candidate_place)
  );

  // Sort.
  logic entry_read;
  logic [CountBits-1:0] entry_index_q, stored;
  logic [PayloadBits+A-1:0] entry;

  candidate_sort #(.ActivationBits(A), .Capacity(Capacity), .PayloadBits(PayloadBits)) u_sort (
    .clk_i,
    .rst_ni,
    .clear_i(state_q == Idle && start_i),
    .rank_i(state_q == Count && scanned),
    .done_o(sorted),
    .place_i(state_q == Place),
    .candidate_valid_i(candidate_valid),
    .candidate_code_i(candidate_code),
    .candidate_data_i({candidate_class, candidate_place}),
    .total_o(candidate_count_o),
    .stored_o(stored),
    .read_valid_i(entry_read),
    .read_addr_i(entry_index_q),
    .read_data_o(entry)
  );

  assign overflow_o = candidate_count_o > 32'(Capacity);

  // Fetch, decode, suppress.
  logic entry_valid_q, decode_ready, decode_read, box_valid, box_ready, full;
  logic [31:0] decode_row;
  logic [BankBits-1:0] decode_bank;
  logic [127:0] box;

  assign entry_read = state_q == Suppress && !entry_valid_q && entry_index_q != stored;
  assign finished = state_q == Suppress
                   && (full || (entry_index_q == stored && !entry_valid_q && decode_ready && box_ready));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      entry_valid_q <= 1'b0;
      entry_index_q <= '0;
    end else if (state_q == Suppress) begin
      if (finished) begin
        entry_valid_q <= 1'b0;
        entry_index_q <= '0;
      end else if (entry_read) begin
        entry_valid_q <= 1'b1;
        entry_index_q <= entry_index_q + 1'b1;
      end else if (decode_ready) begin
        entry_valid_q <= 1'b0;
      end
    end
  end

  box_decode #(.PI(PI), .ActivationBits(A), .PX(PX), .MaxLevels(MaxLevels)) u_box_decode (
    .clk_i,
    .rst_ni,
    .clear_i(finished),
    .levels_i(levels),
    .bins_i(bin_count[4:0]),
    .in_valid_i(entry_valid_q),
    .in_ready_o(decode_ready),
    .in_place_i(entry[A+:PayloadBits]),
    .in_code_i(entry[A-1:0]),
    .read_valid_o(decode_read),
    .read_row_o(decode_row),
    .read_bank_o(decode_bank),
    .read_data_i,
    .table_addr_o,
    .table_data_i,
    .out_valid_o(box_valid),
    .out_ready_i(box_ready),
    .out_data_o(box)
  );

  q_nms #(.MaxDetections(MaxDetections), .MaxClasses(MaxClasses)) u_q_nms (
    .clk_i,
    .rst_ni,
    .clear_i(state_q == Idle && start_i),
    .threshold_i(instr_i[assay_pkg::IouThreshold+:11]),
    .limit_i(max_detections[31:16] != '0 ? 16'hffff : max_detections[15:0]),
    .in_valid_i(box_valid),
    .in_ready_o(box_ready),
    .in_data_i(box),
    .full_o(full),
    .count_o(box_count_o),
    .box_addr_i,
    .box_data_o
  );

  // A register in front of the memory. The clock runs in reset, and nothing reads then.
  always_ff @(posedge clk_i) begin
    read_valid_o <= scan_read || decode_read;
    if (scan_read || decode_read) begin
      read_row_o <= scan_read ? scan_row : decode_row;
      read_bank_o <= scan_read ? scan_bank : decode_bank;
    end
  end

`ifndef SYNTHESIS
  // The settings are within what the widths are made for.
  always @(posedge clk_i) begin
    if (rst_ni && state_q == Idle && start_i) begin
      assert (level_count >= 1 && level_count <= 16'(MaxLevels))
        else $error("detect_head: %0d levels, MaxLevels is %0d", level_count, MaxLevels);
      assert (classes >= 1 && classes <= MaxClasses)
        else $error("detect_head: %0d classes, MaxClasses is %0d", classes, MaxClasses);
      assert (bin_count >= 1 && bin_count <= 16) else $error("detect_head: %0d bins", bin_count);
    end
  end
`endif
endmodule
`default_nettype wire
