// SPDX-License-Identifier: Apache-2.0
`default_nettype none

// Weights from a memory (docs/detector.md, "Weights from a memory"): an AXI4 read master fills a ring of `Depth` words,
// from which the engine reads in the place of the weight ROM.
//
// The engine reads the words of an output group one after the other, once for each tile. The end of a group frees its
// words, and the master goes on with those that follow in the memory, also beyond the end of a layer: the weights of a
// program follow each other. A CONV that begins elsewhere, and the first of a run, empties the ring.
//
//   words:   freed | group at work, read again and again | loaded ahead | asked for | free
//                  ^ group_slot_q      ^ read_slot_q     ^ write_slot_q
//
// Only a burst for which the ring has room is asked for, so that no beat ever waits here. Words that were read ahead in
// vain, or with an error, end no run: a run ends with an error if the engine needs a word that does not come.
//
// Model: `memoryImage` in src/rom/weights-image.ts. Throughput one beat a cycle, and one word a cycle to the engine.
module weight_cache #(
  // Bits of a word
  parameter int Width = 2048,
  // Words of the ring: at least those of the largest output group; with two of them no layer waits in its middle
  parameter int Depth = 288,
  // Words of the largest program's weights
  parameter int WeightDepth = 16384,
  // Bits of the memory's data bus: 32, 64 or 128
  parameter int DataBits = 128,
  localparam int WeightAddressBits = assay_pkg::addressBits(WeightDepth)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  // High during a run; nothing is asked for otherwise
  input  logic                         run_i,
  // Byte address of the weights, of which the low 12 bits are 0, and their words
  input  logic [63:0]                  memory_base_i,
  input  logic [31:0]                  memory_words_i,
  // A CONV begins, with this word, which holds in the next cycle; no beat in these two cycles
  input  logic                         start_i,
  input  logic [WeightAddressBits-1:0] start_word_i,
  // Cycle 0: a beat takes the next word, and none may come in a stall; the last of a tile goes back to the first of the
  // group, the last of a group frees it
  output logic                         stall_o,
  input  logic                         beat_i,
  input  logic                         tile_end_i,
  input  logic                         group_end_i,
  // The engine would make a beat but for the stall
  input  logic                         wait_i,
  // Why the word it waits for does not come, up to the end of the run; ErrorNone while it may come
  output logic [7:0]                   error_o,
  // Cycle 1: reads the word of the beat, which holds while valid is low
  input  logic                         read_valid_i,
  output logic [Width-1:0]             read_data_o,
  // Memory
  output logic                         m_axi_arvalid_o,
  input  logic                         m_axi_arready_i,
  output logic [63:0]                  m_axi_araddr_o,
  output logic [7:0]                   m_axi_arlen_o,
  input  logic                         m_axi_rvalid_i,
  output logic                         m_axi_rready_o,
  input  logic [DataBits-1:0]          m_axi_rdata_i,
  input  logic [1:0]                   m_axi_rresp_i
);

  // In the memory a word takes whole units of 16 bytes.
  localparam int WordBytes = (Width + 127) / 128 * 16;
  localparam int BeatBytes = DataBits / 8;
  localparam int WordBeats = WordBytes / BeatBytes;
  // A burst ends at a multiple of this many bytes, thus never crosses 4 KB.
  localparam int BurstBytes = 1024;
  localparam int BurstBeats = BurstBytes / BeatBytes;
  localparam int SlotBits = assay_pkg::addressBits(Depth);
  localparam int CountBits = $clog2(Depth + 1);
  localparam int BeatBits = assay_pkg::addressBits(WordBeats);
  localparam int RoomBits = $clog2(Depth * WordBeats + 1);
  localparam int LeftBits = $clog2(WeightDepth * WordBeats + 1);
  localparam int OffsetBits = $clog2(WeightDepth * WordBytes + 1) > 12 ? $clog2(WeightDepth * WordBytes + 1) : 13;
  localparam int BurstBits = $clog2(BurstBeats + 1);

  initial begin
    if (DataBits != 32 && DataBits != 64 && DataBits != 128)
      $fatal(1, "weight_cache: DataBits is %0d, must be 32, 64 or 128", DataBits);
  end

  function automatic logic [SlotBits-1:0] after(input logic [SlotBits-1:0] slot);
    after = slot == SlotBits'(Depth - 1) ? '0 : slot + SlotBits'(1);
  endfunction

  // Whether the ring is of this run; beats of what was asked for before it was emptied are dropped.
  logic valid_q, stale_q;
  // Beats that were asked for and are not here yet.
  logic [RoomBits-1:0] pending_q;
  logic expects_q;
  // Word in the memory with which the group at work begins.
  logic [WeightAddressBits:0] group_word_q;
  // A start is looked at in the cycle after.
  logic start_q, follows_q;
  logic [31:0] words_left_q;
  wire empty = !run_i || (start_q && !follows_q);

  // In a reset nothing runs, which empties the ring as the end of a run does.
  always_ff @(posedge clk_i) begin
    start_q <= start_i;
    if (empty) valid_q <= run_i;
    if (empty) stale_q <= 1'b1;
    else if (!expects_q) stale_q <= 1'b0;
    follows_q <= valid_q && group_word_q == {1'b0, start_word_i};
    words_left_q <= memory_words_i > 32'(start_word_i) ? memory_words_i - 32'(start_word_i) : 32'd0;
  end

  // Beats come in. After one with an error no word is whole.
  logic bad_q;
  logic [SlotBits-1:0] write_slot_q;
  logic [BeatBits-1:0] beat_q;
  assign m_axi_rready_o = expects_q;
  wire beat = m_axi_rvalid_i && m_axi_rready_o;
  wire good = beat && !stale_q && !bad_q && m_axi_rresp_i == 2'b00;
  wire last_beat = beat_q == BeatBits'(WordBeats - 1);

  always_ff @(posedge clk_i) begin
    if (empty) begin
      write_slot_q <= '0;
      beat_q <= '0;
      bad_q <= 1'b0;
    end else begin
      if (beat && !stale_q && m_axi_rresp_i != 2'b00) bad_q <= 1'b1;
      if (good) beat_q <= last_beat ? '0 : beat_q + BeatBits'(1);
      if (good && last_beat) write_slot_q <= after(write_slot_q);
    end
  end

  // What to ask for: where, beats up to the last weight, beats that the ring has room for. The burst follows from them in four
  // steps; what is freed meanwhile only makes room.
  logic [OffsetBits-1:0] offset_q;
  logic [LeftBits-1:0] left_q;
  logic [RoomBits-1:0] room_q;
  logic [BurstBits-1:0] to_boundary_q, in_room_q, burst_q, size_q, size_less1_q;
  logic some_q;
  // Steps since the last burst, and since anything at all has changed, a bit each; settled if nothing is on its way.
  logic [3:0] asked_q, changed_q;
  wire ask = valid_q && !stale_q && !empty && !m_axi_arvalid_o && asked_q[3] && some_q && !bad_q;

  // The group at work: its words that are read, and what its end frees.
  logic [CountBits-1:0] read_q, freed_q;
  wire free = beat_i && group_end_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      m_axi_arvalid_o <= 1'b0;
      pending_q <= '0;
      expects_q <= 1'b0;
    end else begin
      if (ask) m_axi_arvalid_o <= 1'b1;
      else if (m_axi_arready_i) m_axi_arvalid_o <= 1'b0;
      if (ask) begin
        pending_q <= pending_q + (beat ? RoomBits'(size_less1_q) : RoomBits'(size_q));
        expects_q <= 1'b1;
      end else if (beat) begin
        pending_q <= pending_q - RoomBits'(1);
        expects_q <= pending_q != RoomBits'(1);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    to_boundary_q <= BurstBits'(BurstBeats) - BurstBits'(32'(offset_q) % BurstBytes / BeatBytes);
    in_room_q <= 32'(room_q) < 32'(to_boundary_q) ? BurstBits'(room_q) : to_boundary_q;
    burst_q <= 32'(left_q) < 32'(in_room_q) ? BurstBits'(left_q) : in_room_q;
    size_q <= burst_q;
    size_less1_q <= burst_q - BurstBits'(1);
    some_q <= burst_q != '0;
    asked_q <= ask || empty ? '0 : {asked_q[2:0], 1'b1};
    changed_q <= ask || empty || freed_q != '0 ? '0 : {changed_q[2:0], 1'b1};
  end

  always_ff @(posedge clk_i) begin
    if (ask) begin
      m_axi_araddr_o <= {memory_base_i[63:12] + 52'(offset_q[OffsetBits-1:12]), offset_q[11:0]};
      m_axi_arlen_o <= 8'(size_less1_q);
    end
    if (empty) begin
      offset_q <= OffsetBits'(32'(start_word_i) * 32'(WordBytes));
      left_q <= LeftBits'(words_left_q * 32'(WordBeats));
      room_q <= RoomBits'(Depth * WordBeats);
    end else begin
      if (ask) offset_q <= offset_q + OffsetBits'(32'(size_q) * BeatBytes);
      if (ask) left_q <= left_q - LeftBits'(size_q);
      room_q <= room_q - (ask ? RoomBits'(size_q) : '0) + RoomBits'(32'(freed_q) * 32'(WordBeats));
    end
  end

  // Words go out. Stall is a register, so that the engine's counters do not wait for a comparison. Words that are loaded, from
  // the next one on, and from the first one of the group on; one that has come counts a cycle later.
  logic [SlotBits-1:0] read_slot_q, group_slot_q, word_slot_q;
  logic [CountBits-1:0] ahead_q, group_ahead_q;
  logic came_q;
  wire rewind = tile_end_i && !group_end_i;
  wire [CountBits-1:0] kept = ahead_q + CountBits'(came_q);
  wire [CountBits-1:0] taken = came_q ? ahead_q : ahead_q - CountBits'(1);
  wire [CountBits-1:0] rewound = group_ahead_q + CountBits'(came_q);

  wire settled = changed_q[3] && freed_q == '0 && !came_q;

  always_ff @(posedge clk_i) begin
    stall_o <= empty || (!came_q && (beat_i ? !rewind && ahead_q == CountBits'(1) : ahead_q == '0));
  end

  always_ff @(posedge clk_i) begin
    word_slot_q <= read_slot_q;
    freed_q <= free ? read_q + CountBits'(1) : '0;
    if (empty) begin
      came_q <= 1'b0;
      read_q <= '0;
      ahead_q <= '0;
      group_ahead_q <= '0;
      read_slot_q <= '0;
      group_slot_q <= '0;
      group_word_q <= {1'b0, start_word_i};
    end else begin
      came_q <= good && last_beat;
      if (beat_i) read_q <= tile_end_i || group_end_i ? '0 : read_q + CountBits'(1);
      ahead_q <= !beat_i ? kept : rewind ? rewound : taken;
      group_ahead_q <= free ? taken : rewound;
      if (beat_i) read_slot_q <= rewind ? group_slot_q : after(read_slot_q);
      if (free) group_slot_q <= after(read_slot_q);
      group_word_q <= group_word_q + (WeightAddressBits + 1)'(freed_q);
    end
  end

  // A memory for each beat of a word takes its beats as they come, without a register for the word.
  for (genvar b = 0; b * DataBits < Width; b++) begin : g_beat
    localparam int Bits = Width - b * DataBits < DataBits ? Width - b * DataBits : DataBits;
    logic [Bits-1:0] mem [Depth];
    always_ff @(posedge clk_i) begin
      if (good && beat_q == BeatBits'(b)) mem[write_slot_q] <= m_axi_rdata_i[Bits-1:0];
    end
    always_ff @(posedge clk_i) begin
      if (read_valid_i) read_data_o[b*DataBits+:Bits] <= mem[word_slot_q];
    end
  end

  // Nothing under way, nothing to ask for: the word does not come, because of an error of the memory, or because the
  // group is larger than the ring or lies beyond the last weight.
  always_ff @(posedge clk_i) begin
    if (!run_i) error_o <= assay_pkg::ErrorNone;
    else if (wait_i && stall_o && valid_q && !stale_q && !expects_q && settled && (bad_q || !some_q))
      error_o <= bad_q ? assay_pkg::ErrorMemory : assay_pkg::ErrorDepth;
  end

`ifndef SYNTHESIS
  always @(posedge clk_i) if (rst_ni && beat_i) assert (!stall_o);
`endif
endmodule
`default_nettype wire
