// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Walks the class logits of every anchor and offers the candidates of q_NMS (clauses A-9 and A-10.1): of each anchor
// the class with the largest code, the lowest index winning a tie, if that code reaches min_code_i; with
// multi_label_i every class whose code does. Candidates come in ascending order of (anchor, class), with no
// backpressure.
//
// Class channel c lies in block c / PI, lane c mod PI; docs/detector.md, "Feature memory", has the addresses.
// Settings hold from start_i to done_o.
//
// Model: `bestClass` and `listCandidates` in src/golden/head-spec.ts. Throughput one class word a cycle; with
// multi-label a word that holds n > 1 candidates takes n cycles. A scan takes about 6 cycles more than its words.
module class_score #(
  // Lanes of a feature word
  parameter int PI = 16,
  // A: bits of a code
  parameter int ActivationBits = 8,
  // Pixels a cycle of the engine; there are 2 * PX feature banks
  parameter int PX = 4,
  // Levels at most, 1 to 5
  parameter int MaxLevels = 3,
  localparam int A = ActivationBits,
  localparam int BankBits = $clog2(2 * PX),
  localparam int LevelBits = assay_pkg::LevelBits,
  localparam int IndexBits = assay_pkg::addressBits(MaxLevels),
  localparam int CountBits = $clog2(MaxLevels + 1),
  localparam int PlaceBits = 46 + IndexBits
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  // A pulse begins a scan; done_o is high for one cycle when the last candidate has been taken
  input  logic                           start_i,
  output logic                           done_o,
  // Fields of the DETECT instruction; min_code_i of 2^A leaves no candidate
  input  logic [CountBits-1:0]           level_count_i,
  input  logic [MaxLevels*LevelBits-1:0] levels_i,
  input  logic [10:0]                    classes_i,
  input  logic [A:0]                     min_code_i,
  input  logic                           multi_label_i,
  // Feature memory: data one cycle after the address
  output logic                           read_valid_o,
  output logic [31:0]                    read_row_o,
  output logic [BankBits-1:0]            read_bank_o,
  input  logic [PI*A-1:0]                read_data_i,
  // A candidate; its place is anchor [23:0], x [34:24], y [45:35], level [46+:IndexBits]
  output logic                           candidate_valid_o,
  output logic [A-1:0]                   candidate_code_o,
  output logic [9:0]                     candidate_class_o,
  output logic [PlaceBits-1:0]           candidate_place_o
);

  localparam int LaneBits = assay_pkg::addressBits(PI);

  // The walk: level, y, x, block of classes.
  typedef enum logic [1:0] {Idle, Load, Walk, Drain} state_e;
  state_e state_d, state_q;
  logic [IndexBits-1:0] level_q;
  logic [23:0] anchor_q;
  logic [10:0] x_q, y_q, last_x_q, last_y_q;
  // First class of the block at hand.
  logic [10:0] class_q;
  logic [31:0] plane_q;
  logic [15:0] pitch_q;
  // Bank rows of the image row's first word, of the anchor's first block, of the block at hand.
  logic [31:0] line_row_q, anchor_row_q, row_q;
  logic [BankBits-1:0] bank_q;
  logic word_free, pipe_empty;

  wire [LevelBits-1:0] level = assay_pkg::levelAt(800'(levels_i), 3'(level_q), MaxLevels);
  wire [31:0] base = level[assay_pkg::LevelClassBase+:32];
  wire last_block = 12'(class_q) + 12'(PI) >= 12'(classes_i);
  wire level_done = state_q == Walk && word_free && last_block && x_q == last_x_q && y_q == last_y_q;

  assign read_valid_o = state_q == Walk && word_free;
  assign read_row_o = row_q;
  assign read_bank_o = bank_q;
  assign done_o = state_q == Drain && pipe_empty;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Load: state_d = Walk;
      Walk: if (level_done) begin
        state_d = Load;
        if (CountBits'(level_q) + 1'b1 == level_count_i) state_d = Drain;
      end
      Drain: if (pipe_empty) state_d = Idle;
      default: ;
    endcase
    if (start_i) state_d = Load;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= Idle;
    else state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    if (start_i) anchor_q <= '0;
    if (start_i) level_q <= '0;
    else if (level_done) level_q <= level_q + 1'b1;
    if (state_q == Load) begin
      plane_q <= level[assay_pkg::LevelPlane+:32];
      pitch_q <= level[assay_pkg::LevelPitch+:16];
      last_x_q <= 11'(level[assay_pkg::LevelWidth+:16] - 16'd1);
      last_y_q <= 11'(level[assay_pkg::LevelHeight+:16] - 16'd1);
      line_row_q <= base;
      anchor_row_q <= base;
      row_q <= base;
      bank_q <= '0;
      class_q <= '0;
      x_q <= '0;
      y_q <= '0;
    end else if (read_valid_o) begin
      if (!last_block) begin
        class_q <= class_q + 11'(PI);
        row_q <= row_q + plane_q;
      end else begin
        class_q <= '0;
        anchor_q <= anchor_q + 24'd1;
        if (x_q == last_x_q) begin
          x_q <= '0;
          y_q <= y_q + 11'd1;
          bank_q <= '0;
          line_row_q <= line_row_q + 32'(pitch_q);
          anchor_row_q <= line_row_q + 32'(pitch_q);
          row_q <= line_row_q + 32'(pitch_q);
        end else begin
          // The bank count is a power of two: the bank wraps by itself, and the row then moves on.
          x_q <= x_q + 11'd1;
          bank_q <= bank_q + 1'b1;
          anchor_row_q <= anchor_row_q + 32'(&bank_q);
          row_q <= anchor_row_q + 32'(&bank_q);
        end
      end
    end
  end

  // The words: arriving, held, at work. A word at work that holds several candidates stops the walk; the one word
  // that is then still arriving is held. Tag: first class [9:0], place, first block, last block.
  logic arriving_q, held_q, work_q;
  logic [PlaceBits+11:0] arriving_tag_q, held_tag_q, work_tag_q;
  logic [PI*A-1:0] held_word_q, work_word_q;
  // Multi-label: lanes that are candidates and have not been offered.
  logic [PI-1:0] work_lanes_q;

  assign word_free = !work_q || !multi_label_i || (work_lanes_q & (work_lanes_q - 1'b1)) == '0;

  // Lanes beyond the last class hold anything: they become code 0, which never wins over a lower lane.
  function automatic logic [PI*A-1:0] blank(input logic [PI*A-1:0] word, input logic [9:0] first,
                                                input logic [10:0] count);
    for (int i = 0; i < PI; i++) begin
      blank[i*A+:A] = 12'(first) + 12'(i) < 12'(count) ? word[i*A+:A] : '0;
    end
  endfunction

  function automatic logic [PI-1:0] reaching(input logic [PI*A-1:0] word, input logic [9:0] first,
                                                 input logic [10:0] count, input logic [A:0] min_code);
    for (int i = 0; i < PI; i++) begin
      reaching[i] = 12'(first) + 12'(i) < 12'(count) && {1'b0, word[i*A+:A]} >= min_code;
    end
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      arriving_q <= 1'b0;
      held_q <= 1'b0;
      work_q <= 1'b0;
    end else if (state_q != Idle) begin
      arriving_q <= read_valid_o;
      held_q <= !word_free && (arriving_q || held_q);
      work_q <= !word_free || arriving_q || held_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (read_valid_o) arriving_tag_q <= {last_block, class_q == '0, level_q, y_q, x_q, anchor_q, class_q[9:0]};
    if (arriving_q && !word_free) begin
      held_tag_q <= arriving_tag_q;
      held_word_q <= read_data_i;
    end
    if (word_free && held_q) begin
      work_tag_q <= held_tag_q;
      work_word_q <= blank(held_word_q, held_tag_q[9:0], classes_i);
      work_lanes_q <= reaching(held_word_q, held_tag_q[9:0], classes_i, min_code_i);
    end else if (word_free && arriving_q) begin
      work_tag_q <= arriving_tag_q;
      work_word_q <= blank(read_data_i, arriving_tag_q[9:0], classes_i);
      work_lanes_q <= reaching(read_data_i, arriving_tag_q[9:0], classes_i, min_code_i);
    end else if (work_q) begin
      work_lanes_q <= work_lanes_q & (work_lanes_q - 1'b1);
    end
  end

  // The offer. {lane, code} of the largest code, the lowest lane of a tie: a tree in which the lower half wins a
  // draw.
  function automatic logic [LaneBits+A-1:0] best_lane(input logic [PI*A-1:0] word);
    logic [PI*A-1:0] codes;
    logic [PI*LaneBits-1:0] lanes;
    codes = word;
    for (int i = 0; i < PI; i++) lanes[i*LaneBits+:LaneBits] = LaneBits'(i);
    for (int step = 1; step < PI; step = step * 2) begin
      for (int i = 0; i + step < PI; i = i + 2 * step) begin
        if (codes[(i+step)*A+:A] > codes[i*A+:A]) begin
          codes[i*A+:A] = codes[(i+step)*A+:A];
          lanes[i*LaneBits+:LaneBits] = lanes[(i+step)*LaneBits+:LaneBits];
        end
      end
    end
    best_lane = {lanes[LaneBits-1:0], codes[A-1:0]};
  endfunction

  // {lane, code} of the lowest lane that is set.
  function automatic logic [LaneBits+A-1:0] next_lane(input logic [PI*A-1:0] word, input logic [PI-1:0] lanes);
    next_lane = '0;
    for (int i = PI - 1; i >= 0; i--) begin
      if (lanes[i]) next_lane = {LaneBits'(i), word[i*A+:A]};
    end
  endfunction

  logic offer_q, offer_first_q, offer_last_q;
  logic [LaneBits+A-1:0] offer_lane_q;
  logic [9:0] offer_class_q;
  logic [PlaceBits-1:0] offer_place_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) offer_q <= 1'b0;
    else if (state_q != Idle) offer_q <= work_q && (!multi_label_i || work_lanes_q != '0);
  end

  always_ff @(posedge clk_i) begin
    if (work_q) begin
      offer_lane_q <= multi_label_i ? next_lane(work_word_q, work_lanes_q) : best_lane(work_word_q);
      offer_class_q <= work_tag_q[9:0];
      offer_place_q <= work_tag_q[10+:PlaceBits];
      offer_first_q <= work_tag_q[10+PlaceBits] || multi_label_i;
      offer_last_q <= work_tag_q[11+PlaceBits] || multi_label_i;
    end
  end

  // The candidate: the best block.
  logic [A-1:0] best_code_q;
  logic [9:0] best_class_q;
  wire wins = offer_first_q || offer_lane_q[A-1:0] > best_code_q;
  wire [A-1:0] code = wins ? offer_lane_q[A-1:0] : best_code_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) candidate_valid_o <= 1'b0;
    else if (state_q != Idle) candidate_valid_o <= offer_q && offer_last_q && {1'b0, code} >= min_code_i;
  end

  always_ff @(posedge clk_i) begin
    if (offer_q) begin
      best_code_q <= code;
      if (wins) best_class_q <= offer_class_q + 10'(offer_lane_q[A+:LaneBits]);
      candidate_place_o <= offer_place_q;
    end
  end

  assign candidate_code_o = best_code_q;
  assign candidate_class_o = best_class_q;
  assign pipe_empty = !(arriving_q || held_q || work_q || offer_q || candidate_valid_o);

`ifndef SYNTHESIS
  // A word that is held is never overwritten.
  always @(posedge clk_i) begin
    if (rst_ni) assert (!(held_q && arriving_q)) else $error("class_score: a word was lost");
  end
`endif
endmodule
`default_nettype wire
