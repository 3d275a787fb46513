/** Modules that are compared around black boxes. What is assumed holds in the design: each time it is said why. */
import type { Comparison } from './equivalence.ts'

const ARRAY = {
  PI: 1,
  PO: 1,
  PX: 1,
  WeightBits: 2,
  ActivationBits: 4,
  TableBits: 4,
  FeatureDepth: 4,
  WeightDepth: 4,
  ParamDepth: 2,
}
const HEAD = { Capacity: 3, MaxDetections: 2, MaxLevels: 1 }

const IN_ENGINE = [
  'tile_walker',
  'pixel_align',
  'mac_array',
  'code_array',
  'tile_drain',
  'requantise',
  'add_codes',
  'activation_table',
]
const IN_HEAD = ['class_score', 'candidate_sort', 'box_decode', 'q_nms']

export const CUT_COMPARISONS: readonly Comparison[] = [
  {
    module: 'conv_engine',
    sources: ['round_code'],
    cut: IN_ENGINE,
    parameters: ARRAY,
    beside: {
      write_row_o: 'write_valid_o',
      write_bank_o: 'write_valid_o',
      write_data_o: 'write_valid_o',
      param_addr_o: 'param_valid_o',
      // Which word of weights there is in the end: `u_mac.w_i`.
      weight_valid_o: "1'b0",
      weight_addr_o: "1'b0",
    },
    declares: `  logic [WeightAddressBits-1:0] address1_p, address2_p;
  always_ff @(posedge clk_i) begin
    if (weight_valid_o) address1_p <= weight_addr_o;
    address2_p <= address1_p;
  end
  wire [23:0] own_p = {opcode, instr_i[assay_pkg::Stride+:8], instr_i[assay_pkg::RequantBits+:8]};
  logic [23:0] before_p;
  always_ff @(posedge clk_i) before_p <= own_p;
  logic [2:0] tiles_p;
  logic [4:0] words_p;
  always_comb begin
    tiles_p = '0;
    words_p = '0;
    for (int i = 2; i < SumsAt; i++) if (is_conv_q || i < CodesAt) tiles_p = tiles_p + 3'(last_q[i]);
    for (int i = 1; i <= ConvStage; i++)
      if (is_conv_q || i == 1 || (is_add_q && i <= AddStage)) words_p = words_p + 5'(stage_valid_q[i]);
  end
`,
    takes: {
      // Instead of a word of weights the address that it comes of, two cycles later.
      'u_mac.w_i': "valid_q[3] && is_conv_q ? address2_p : '0",
      'u_requantise.sum_i': "stage_valid_q[1] && is_conv_q ? sum_q : '0",
      'u_requantise.param_i': "stage_valid_q[1] && is_conv_q ? param_q : '0",
      // Nothing is under way in an engine that is not busy: the first lemma.
      'u_requantise.max_i': "busy_o ? code_max_q : '0",
      'u_add.a_i': "stage_valid_q[1] && is_add_q ? a_q : '0",
      'u_add.b_i': "stage_valid_q[1] && is_add_q ? b_q : '0",
      'u_add.max_i': "busy_o ? code_max_q : '0",
      'u_align.stride2_i': 'busy_o && is_stride2_q',
      'u_align.double_i': 'busy_o && is_double_q',
      'u_codes.max_i': 'busy_o && !is_add_q',
      'u_drain.tile_row_i': "tile_valid ? tile[TileBits-1-:RowBits] : '0",
      'u_drain.tile_bank_i': "tile_valid ? tile[TileBits-RowBits-1-:BankBits] : '0",
      'u_drain.tile_pixels_i': "tile_valid ? tile[ParamAddressBits+BlockBits+:PixelBits] : '0",
      'u_drain.tile_blocks_i': "tile_valid ? tile[ParamAddressBits+:BlockBits] : '0",
    },
    given: [
      // The sequencer holds its instruction from the start of a unit to its end, and starts one after the other has ended.
      '!busy_o || own_p == before_p',
      '!start_i || !busy_o',
      // A walker begins with the engine, which waits for its end (an assertion of conv_engine.sv says so); it has beats while it walks.
      '!walk_busy || busy_o',
      '!beat_valid || walk_busy',
      // The engine waits for the drain, by the same assertion. A tile has no more pixels than PX, and no more blocks than a group.
      '!word_valid || busy_o',
      "!word_valid || (32'(word_pixel) < PX && 32'(word_block) < Blocks)",
      // `add_codes` answers after as many cycles as AddStage says; while it works the instruction holds.
      'added == (stage_valid_q[AddStage] && is_add_q)',
    ],
    lemmas: [
      'busy_o || idle',
      // What was taken from the instruction is of the one that holds.
      '!busy_o || is_conv_q == (before_p[23:16] == assay_pkg::OpConv)',
      '!busy_o || is_add_q == (before_p[23:16] == assay_pkg::OpAdd)',
      "!busy_o || is_stride2_q == (before_p[23:16] != assay_pkg::OpUpsample && before_p[15:8] == 8'd2)",
      "!busy_o || is_double_q == (before_p[23:16] == assay_pkg::OpUpsample && before_p[15:8] == 8'd2)",
      "!busy_o || code_max_q == TableBits'((32'd1 << before_p[7:0]) - 32'd1)",
      // What waits in each queue.
      'tile_put_q - tile_take_q == tiles_p',
      'place_put_q - place_take_q == words_p',
    ],
  },
  {
    module: 'detect_head',
    sources: ['divider'],
    cut: IN_HEAD,
    parameters: { PI: 1, ActivationBits: 4, PX: 1, MaxClasses: 2, ...HEAD },
    beside: { read_row_o: 'read_valid_o', read_bank_o: 'read_valid_o' },
    // Whether a scan is under way, and whether the sort clears or ranks: by what comes out of both, thus the same in both copies.
    declares: `  logic scanning_p, sorting_p;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {scanning_p, sorting_p} <= '0;
    else begin
      scanning_p <= sorted || (scanning_p && !scanned);
      sorting_p <= (state_q == Idle && start_i) || (state_q == Count && scanned) || (sorting_p && !sorted);
    end
  end
  logic [1023:0] before_p;
  always_ff @(posedge clk_i) before_p <= instr_i;
`,
    takes: {
      // Without a scan there is no word that would be compared with it. No code reaches one of more bits.
      'u_class_score.min_code_i': "!scanning_p ? '0 : least_code_q[A] ? {1'b1, {A{1'b0}}} : least_code_q",
      // Whether a candidate is counted or placed.
      'u_sort.place_i': 'candidate_valid && state_q == Place',
    },
    given: [
      // The sequencer holds its instruction from the start of a unit to its end, and starts one after the other has ended.
      '!busy_o || instr_i == before_p',
      '!start_i || !busy_o',
      // done_o of either is a pulse for one that began it.
      '!sorted || sorting_p',
      '!scanned || scanning_p',
      // A scan that has ended has read all, and its last candidate was taken before.
      '!(scan_read || candidate_valid) || scanning_p',
    ],
  },
  {
    module: 'detector',
    sources: ['clock_gate', 'operand_check', 'round_code', 'divider', ...IN_ENGINE, ...IN_HEAD],
    cut: ['sequencer', 'rom', 'feature_memory', 'conv_engine', 'detect_head'],
    parameters: { ...ARRAY, TableDepth: 16, ProgramDepth: 64, ...HEAD },
    beside: { tap_addr_o: 'tap_valid_o', tap_data_o: 'tap_valid_o' },
    declares: `  logic head_read_p;
  always_ff @(posedge clk_i) head_read_p <= head_read_valid;
`,
    takes: {
      'u_features.write_row_i': "write_valid_q ? write_row_q : '0",
      'u_features.write_bank_i': "write_valid_q ? write_bank_q : '0",
      'u_features.write_data_i': "write_valid_q ? write_data_q : '0",
      // class_score and box_decode take a word two cycles after they ask; the head asks the memory a cycle later.
      'u_head.read_data_i': "head_read_p ? head_word : '0",
    },
  },
]
