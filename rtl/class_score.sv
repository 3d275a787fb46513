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
// A word that has come from memory goes through a register before and behind the comparison with min_code_i, and
// through a tree of pairs with a register a level, to the comparison with the words before.
//
// Model: `bestClass` and `listCandidates` in src/golden/head-spec.ts. Throughput one class word a cycle; with
// multi-label a word that holds n > 1 candidates takes n cycles. A scan takes two cycles a level and about 11 more than
// its words.
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
  // Feature memory: data two cycles after the address
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
  typedef enum logic [2:0] {Idle, Load, Begin, Walk, Drain} state_e;
  state_e state_d, state_q;
  logic [IndexBits-1:0] level_q;
  logic last_level_q;
  logic [23:0] anchor_q;
  logic [10:0] x_q, y_q, last_x_q, last_y_q;
  // First class of the block at hand, the classes from there on, whether they are no more than the block's lanes.
  logic [10:0] class_q, left_q;
  logic last_block_q;
  logic [31:0] plane_q;
  logic [15:0] pitch_q;
  // Bank rows of the next image row's first word, of the anchor's first block, of the block at hand.
  logic [31:0] next_line_q, anchor_row_q, row_q;
  logic [BankBits-1:0] bank_q;
  logic word_free, pipe_empty;

  wire [LevelBits-1:0] level = assay_pkg::levelAt(800'(levels_i), 3'(level_q), MaxLevels);
  wire [31:0] base = level[assay_pkg::LevelClassBase+:32];
  wire one_block = 12'(classes_i) <= 12'(PI);
  wire row_done = last_block_q && x_q == last_x_q;
  wire level_done = read_valid_o && row_done && y_q == last_y_q;

  assign read_valid_o = state_q == Walk && word_free;
  assign read_row_o = row_q;
  assign read_bank_o = bank_q;

  always_comb begin
    state_d = state_q;
    case (state_q)
      Load: state_d = Begin;
      Begin: state_d = Walk;
      Walk: if (level_done) begin
        state_d = Load;
        if (last_level_q) state_d = Drain;
      end
      Drain: if (pipe_empty) state_d = Idle;
      default: ;
    endcase
    if (start_i) state_d = Load;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      done_o <= 1'b0;
    end else begin
      state_q <= state_d;
      done_o <= state_q == Drain && pipe_empty;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) anchor_q <= '0;
    if (start_i) level_q <= '0;
    else if (level_done) level_q <= level_q + 1'b1;
    if (state_q == Load) begin
      last_level_q <= CountBits'(level_q) + 1'b1 == level_count_i;
      plane_q <= level[assay_pkg::LevelPlane+:32];
      pitch_q <= level[assay_pkg::LevelPitch+:16];
      last_x_q <= 11'(level[assay_pkg::LevelWidth+:16] - 16'd1);
      last_y_q <= 11'(level[assay_pkg::LevelHeight+:16] - 16'd1);
      next_line_q <= base;
      anchor_row_q <= base;
      row_q <= base;
      bank_q <= '0;
      class_q <= '0;
      left_q <= classes_i;
      last_block_q <= one_block;
      x_q <= '0;
      y_q <= '0;
    end else if (state_q == Begin) begin
      next_line_q <= next_line_q + 32'(pitch_q);
    end else if (read_valid_o) begin
      if (!last_block_q) begin
        class_q <= class_q + 11'(PI);
        left_q <= left_q - 11'(PI);
        last_block_q <= 12'(left_q) <= 12'(2 * PI);
        row_q <= row_q + plane_q;
      end else begin
        class_q <= '0;
        left_q <= classes_i;
        last_block_q <= one_block;
        anchor_q <= anchor_q + 24'd1;
        if (row_done) begin
          x_q <= '0;
          y_q <= y_q + 11'd1;
          bank_q <= '0;
          next_line_q <= next_line_q + 32'(pitch_q);
          anchor_row_q <= next_line_q;
          row_q <= next_line_q;
        end else begin
          // The bank count is a power of two: the bank wraps by itself, and the row then moves on.
          x_q <= x_q + 11'd1;
          bank_q <= bank_q + 1'b1;
          row_q <= anchor_row_q;
          if (&bank_q) begin
            anchor_row_q <= anchor_row_q + 32'd1;
            row_q <= anchor_row_q + 32'd1;
          end
        end
      end
    end
  end

  // The words: asked for, arriving, here, held, at work. A word at work that holds several candidates stops the walk;
  // then there is room for the three words on their way: two are held, the older one first, and one stays here. Tag:
  // first class [9:0], place, first block, last block. Lanes beyond the last class hold anything; the mask leaves them
  // out.
  logic asked_q, arriving_q, here_q, held_q, held_next_q, work_q;
  logic [PlaceBits+11:0] asked_tag_q, arriving_tag_q, here_tag_q, held_tag_q, held_next_tag_q, work_tag_q;
  logic [10:0] asked_left_q;
  logic [PI-1:0] arriving_mask_q, here_mask_q, held_mask_q, held_next_mask_q;
  logic [PI*A-1:0] here_word_q, held_word_q, held_next_word_q, work_word_q;
  // Lanes that are candidates; with multi-label those that have not been offered.
  logic [PI-1:0] work_lanes_q;

  // Whether more than one lane is set.
  function automatic logic several(input logic [PI-1:0] lanes);
    logic [PI-1:0] any, many;
    any = lanes;
    many = '0;
    for (int step = 1; step < PI; step = step * 2) begin
      for (int i = 0; i + step < PI; i = i + 2 * step) begin
        many[i] = many[i] || many[i+step] || (any[i] && any[i+step]);
        any[i] = any[i] || any[i+step];
      end
    end
    several = many[0];
  endfunction

  assign word_free = !work_q || !multi_label_i || !several(work_lanes_q);

  function automatic logic [PI-1:0] below(input logic [10:0] count);
    for (int i = 0; i < PI; i++) below[i] = 11'(i) < count;
  endfunction

  // Lanes that are left out become code 0, which never wins over a lower lane.
  function automatic logic [PI*A-1:0] blank(input logic [PI*A-1:0] word, input logic [PI-1:0] mask);
    for (int i = 0; i < PI; i++) blank[i*A+:A] = mask[i] ? word[i*A+:A] : '0;
  endfunction

  function automatic logic [PI-1:0] reaching(input logic [PI*A-1:0] word, input logic [PI-1:0] mask,
                                                 input logic [A:0] min_code);
    for (int i = 0; i < PI; i++) reaching[i] = mask[i] && {1'b0, word[i*A+:A]} >= min_code;
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      asked_q <= 1'b0;
      arriving_q <= 1'b0;
      here_q <= 1'b0;
      held_q <= 1'b0;
      held_next_q <= 1'b0;
      work_q <= 1'b0;
    end else if (state_q != Idle) begin
      asked_q <= read_valid_o;
      arriving_q <= asked_q;
      here_q <= arriving_q || (here_q && held_next_q && !word_free);
      held_q <= held_q ? !word_free || held_next_q || here_q : !word_free && here_q;
      held_next_q <= word_free ? held_next_q && here_q : held_next_q || (held_q && here_q);
      work_q <= !word_free || here_q || held_q;
    end
  end

  wire [PI*A-1:0] next_word = held_q ? held_word_q : here_word_q;
  wire [PI-1:0] next_mask = held_q ? held_mask_q : here_mask_q;

  always_ff @(posedge clk_i) begin
    if (read_valid_o) begin
      asked_tag_q <= {last_block_q, class_q == '0, level_q, y_q, x_q, anchor_q, class_q[9:0]};
      asked_left_q <= left_q;
    end
    if (asked_q) begin
      arriving_tag_q <= asked_tag_q;
      arriving_mask_q <= below(asked_left_q);
    end
    if (arriving_q) begin
      here_tag_q <= arriving_tag_q;
      here_mask_q <= arriving_mask_q;
      here_word_q <= read_data_i;
    end
    if (here_q && (word_free || !held_next_q)) begin
      held_next_tag_q <= here_tag_q;
      held_next_mask_q <= here_mask_q;
      held_next_word_q <= here_word_q;
    end
    if (word_free || !held_q) begin
      held_tag_q <= held_next_q ? held_next_tag_q : here_tag_q;
      held_mask_q <= held_next_q ? held_next_mask_q : here_mask_q;
      held_word_q <= held_next_q ? held_next_word_q : here_word_q;
    end
    if (word_free) begin
      work_tag_q <= held_q ? held_tag_q : here_tag_q;
      work_word_q <= blank(next_word, next_mask);
      work_lanes_q <= reaching(next_word, next_mask, min_code_i);
    end else begin
      work_lanes_q <= work_lanes_q & (work_lanes_q - 1'b1);
    end
  end

  // The offer: a tree of pairs, with a register behind each level. The better of two lanes is the one with the larger
  // code, the lower one of a draw; with multi-label it is the lower one if that is a candidate. A lane is {number,
  // whether one of those it was chosen from is a candidate, code}.
  localparam int LaneWidth = LaneBits + 1 + A;

  function automatic logic [LaneWidth-1:0] better(input logic [LaneWidth-1:0] lower, input logic [LaneWidth-1:0] upper,
                                                  input logic multi_label);
    logic upper_wins;
    upper_wins = multi_label ? !lower[A] : upper[A-1:0] > lower[A-1:0];
    better = upper_wins ? upper : lower;
    better[A] = lower[A] || upper[A];
  endfunction

  // Of a level's lanes the better of each pair. Lanes that fill them up to a power of two are 0, and never win.
  localparam int Lanes = 2 ** LaneBits;

  function automatic logic [Lanes*LaneWidth-1:0] pairs(input logic [Lanes*LaneWidth-1:0] lanes, input logic multi_label);
    pairs = '0;
    for (int i = 0; i < Lanes / 2; i++)
      pairs[i*LaneWidth+:LaneWidth] = better(lanes[2*i*LaneWidth+:LaneWidth], lanes[(2*i+1)*LaneWidth+:LaneWidth],
                                             multi_label);
  endfunction

  localparam int TagBits = PlaceBits + 12;
  logic [PI*LaneWidth-1:0] work_choice;
  for (genvar i = 0; i < PI; i++) begin : g_lane
    assign work_choice[i*LaneWidth+:LaneWidth] = {LaneBits'(i), work_lanes_q[i], work_word_q[i*A+:A]};
  end

  // Levels that hold a word.
  logic [LaneBits-1:0] choosing;
  for (genvar n = 0; n < LaneBits; n++) begin : g_level
    // Lanes that are left behind this level.
    localparam int Left = Lanes >> (n + 1);
    logic in_valid, valid_q;
    logic [Lanes*LaneWidth-1:0] in_lanes;
    logic [Left*LaneWidth-1:0] lanes_q;
    logic [TagBits-1:0] in_tag, tag_q;

    if (n == 0) begin : g_in
      assign {in_valid, in_tag} = {work_q, work_tag_q};
      assign in_lanes = (Lanes * LaneWidth)'(work_choice);
    end else begin : g_in
      assign {in_valid, in_tag} = {g_level[n-1].valid_q, g_level[n-1].tag_q};
      assign in_lanes = (Lanes * LaneWidth)'(g_level[n-1].lanes_q);
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid_q <= 1'b0;
      else if (state_q != Idle) valid_q <= in_valid;
    end

    always_ff @(posedge clk_i) begin
      if (in_valid) begin
        lanes_q <= (Left * LaneWidth)'(pairs(in_lanes, multi_label_i));
        tag_q <= in_tag;
      end
    end

    assign choosing[n] = valid_q;
  end

  wire offered = choosing[LaneBits-1];
  wire [TagBits-1:0] offer_tag = g_level[LaneBits-1].tag_q;
  logic [LaneBits-1:0] offer_lane;
  logic offer_any;
  logic [A-1:0] offer_code;
  assign {offer_lane, offer_any, offer_code} = g_level[LaneBits-1].lanes_q;
  wire offer_first = offer_tag[10+PlaceBits] || multi_label_i;
  wire offer_last = offer_tag[11+PlaceBits] || multi_label_i;

  // The candidate: the best block. The largest code reaches min_code_i if any does.
  logic best_any_q;
  logic [A-1:0] best_code_q;
  logic [9:0] best_class_q;
  wire wins = offer_first || offer_code > best_code_q;
  wire any = offer_any || (!offer_first && best_any_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) candidate_valid_o <= 1'b0;
    else if (state_q != Idle) candidate_valid_o <= offered && offer_last && any;
  end

  always_ff @(posedge clk_i) begin
    if (offered) begin
      best_any_q <= any;
      if (wins) best_code_q <= offer_code;
      if (wins) best_class_q <= offer_tag[9:0] + 10'(offer_lane);
      candidate_place_o <= offer_tag[10+:PlaceBits];
    end
  end

  assign candidate_code_o = best_code_q;
  assign candidate_class_o = best_class_q;
  assign pipe_empty = !(asked_q || arriving_q || here_q || held_q || work_q || choosing != '0 || candidate_valid_o);

`ifndef SYNTHESIS
  // A word that is held is never overwritten.
  always @(posedge clk_i) begin
    if (rst_ni) assert (!(held_next_q && here_q && arriving_q)) else $error("class_score: a word was lost");
  end
`endif
endmodule
`default_nettype wire
