/** Proofs of where codes go, in which order, and when. */
import { type Proof, RESET } from './proof.ts'

export const ORDER: readonly Proof[] = [
  {
    name: 'pixel_align',
    module: 'pixel_align',
    parameters: { PI: 2, PX: 4, ActivationBits: 8 },
    clause: 'A-3, A-7, lanes',
    says: 'each lane holds the code of its pixel, or the code of padding, two cycles later, and until the next window',
    assumes: ['Stride, doubling and the code of padding hold while windows are on their way.'],
    engine: 'induction',
    depth: 4,
    reach: 6,
    broken: [
      { fault: 'stride 2 is stride 1', from: '((b+2*j)%Banks)', to: '((b+j)%Banks)' },
      { fault: 'a doubled pixel too early', from: '((b+j/2)%Banks)', to: '((b+(j+1)/2)%Banks)' },
      { fault: 'padding is 0', from: '{PI{pad_code_i}}', to: "'0" },
    ],
  },
  {
    name: 'code_array',
    module: 'code_array',
    parameters: { PI: 4, PX: 2, ActivationBits: 8 },
    clause: 'A-7, max-pool; A-6',
    says: 'of a tile of any number of beats each lane has the largest code, or the first and the last one, two cycles behind it',
    assumes: ['The first beat of all begins a tile, and a tile is of one kind.'],
    engine: 'induction',
    depth: 4,
    reach: 6,
    broken: [
      { fault: 'the smallest code', from: 'a[i*A+:A] > b[i*A+:A] ?', to: 'a[i*A+:A] < b[i*A+:A] ?' },
      {
        fault: 'tiles are not told apart',
        from: 'if (first_i) a_q = x_i;',
        to: 'if (first_i && !max_i) a_q = x_i;',
      },
      { fault: 'the last pixel is left out', from: 'p < PX;', to: 'p < PX - 1;' },
    ],
  },
  {
    name: 'tile_drain',
    module: 'tile_drain',
    parameters: { PX: 4, Blocks: 2, RowBits: 10 },
    clause: 'order of work',
    says: 'every word of a tile comes once, in order, at its row and bank',
    assumes: [RESET, 'A tile comes when the one before is out, and the distance of the planes holds.'],
    engine: 'induction',
    depth: 3,
    reach: 12,
    broken: [
      { fault: 'blocks lie side by side', from: 'row_o + plane_i', to: "row_o + RowBits'(1)" },
      { fault: 'a row too far', from: 'row_o <= first_row_q', to: "row_o <= first_row_q + RowBits'(1)" },
      {
        fault: 'the last block is left out',
        from: 'block_o == blocks_q;',
        to: "block_o + 1'b1 >= blocks_q;",
      },
    ],
  },
  {
    name: 'tile_walker',
    module: 'tile_walker',
    parameters: { PI: 1, PO: 2, PX: 2, FeatureDepth: 4, WeightDepth: 4, ParamDepth: 2 },
    clause: 'A-3, A-7, order of work',
    says: 'each beat has the row, bank, padding and weights of its window, each tile its place, in the first cycle that may be',
    assumes: [
      'A run begins with a reset, and is not reset later; weights stall at any time and do not fail.',
      'Every operator; kernels up to 2x2, two input blocks, results of 3x2 pixels and three blocks; rows modulo 4.',
    ],
    engine: 'bounded',
    depth: 15,
    reach: 15,
    broken: [
      {
        fault: 'a line is not padded',
        from: "line_ok1_q = $unsigned(iy_q) < {2'd0, in_height}",
        to: "line_ok1_q = 1'b1",
      },
      {
        fault: 'stride 2 is stride 1 in height',
        from: "line_step = is_stride2_q ? 18'd2 : 18'd1",
        to: "line_step = 18'd1",
      },
      {
        fault: 'a tile does not wait for the drain',
        from: '(free_q || !beat_last_o)',
        to: "(1'b1 || !beat_last_o)",
      },
      {
        fault: 'weights go on from tile to tile',
        from: 'row_q = first_row_q;\n              weight_q = group_weight_q;',
        to: 'row_q = first_row_q;',
      },
    ],
  },
  {
    name: 'sequencer',
    module: 'sequencer',
    sources: ['operand_check'],
    parameters: { ProgramDepth: 160 },
    narrow: { ProgramDepth: 96, TableBits: 3, ActivationBits: 3 },
    clause: 'program',
    says: 'a unit is started for each instruction once, in order, with all its words and its whole table, after every check; a run ends after the last one, or with the first error and its number, and waits for nothing but the operand check and the unit',
    assumes: [
      RESET,
      'The program and the model of the parameter ROM stay the same. When the operand check ends, and what it says, is free.',
    ],
    free: ['checked', 'operands_ok'],
    engine: 'induction',
    depth: 1,
    reach: 110,
    broken: [
      {
        fault: 'the rule of the run before, where a run begins in the cycle in which it ends',
        from: 'state_q == Header ? ruleOf(index) : Any',
        to: 'ruleOf(index)',
      },
      {
        fault: 'of two halves only the lower one is judged',
        from: 'default: refused = high_over_q || low_over_q;',
        to: 'default: refused = low_over_q;',
      },
      {
        fault: 'a word of the instruction a cycle too early',
        from: "count_q == 13'(k + 2)",
        to: "count_q == 13'(k + 1)",
        after: 36,
      },
      {
        fault: 'the last entry of a table is left out',
        from: 'count_q <= TableWords;',
        to: 'count_q < TableWords;',
        after: 66,
      },
      { fault: 'an instruction is left out', from: "pc_o + 16'd1;", to: "pc_o + 16'd2;", after: 70 },
    ],
  },
]
