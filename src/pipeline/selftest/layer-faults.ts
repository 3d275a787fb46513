/** Faults of the engine: what a designer gets wrong between a feature word and a code. */
import type { LayerFault } from './planted.ts'
import { CONV, conv, ROUNDED, WITH_TABLE, WRITTEN } from './reach.ts'
import { listSumFaults } from './sum-faults.ts'

/** Where a result word lies whose pixel has changed places: x and y exchanged, or mirrored in y. */
const MOVED = `function automatic logic [RowBits+BankBits-1:0] assayMoved(input logic [RowBits-1:0] row,
                                                             input logic [BankBits-1:0] bank, input bit mirrored);
    int base, plane, pitch, offset, x, y, toX, toY;
    base = int'(instr_i[assay_pkg::OutBase+:RowBits]);
    plane = int'(instr_i[assay_pkg::OutPlane+:RowBits]);
    pitch = int'(instr_i[assay_pkg::OutPitch+:RowBits]);
    offset = (int'(row) - base) % plane;
    y = offset / pitch;
    x = (offset % pitch) * 2 * PX + int'(bank);
    toX = mirrored ? x : y;
    toY = mirrored ? int'(instr_i[assay_pkg::OutHeight+:16]) - 1 - y : x;
    assayMoved = {RowBits'(int'(row) - offset + toY * pitch + toX / (2 * PX)), BankBits'(toX)};
  endfunction
  `

const PLACES = {
  file: 'conv_engine.sv',
  within: 'places[place_put_q] <= {word_row, word_bank};',
  from: '{word_row, word_bank}',
  declare: { before: 'logic [PI*32-1:0] sum_q;', text: MOVED },
}

/**
 * @param halfUp whether the arithmetic adds a half before its shift, as `assay` does.
 * @param lanes of the array's inputs, PI.
 */
export const listLayerFaults = (halfUp: boolean, lanes: number): readonly LayerFault[] => [
  {
    what: 'zero point one too low',
    cause: 'zero-point-1',
    ...CONV,
    edits: [
      {
        file: 'conv_engine.sv',
        from: 'instr_i[assay_pkg::RequantZero+:TableBits]',
        to: "instr_i[assay_pkg::RequantZero+:TableBits] - TableBits'(1)",
      },
    ],
  },
  {
    what: 'table address one too high',
    cause: 'table-index+1',
    alike: ['zero-point+1'],
    ...WITH_TABLE,
    edits: [
      {
        file: 'activation_table.sv',
        from: 'index_i[i*TableBits+:TableBits]',
        to: "TableBits'(index_i[i*TableBits+:TableBits] + TableBits'(1))",
      },
    ],
  },
  {
    what: 'table address one too low',
    cause: 'table-index-1',
    alike: ['zero-point-1'],
    ...WITH_TABLE,
    edits: [
      {
        file: 'activation_table.sv',
        from: 'index_i[i*TableBits+:TableBits]',
        to: "TableBits'(index_i[i*TableBits+:TableBits] - TableBits'(1))",
      },
    ],
  },
  {
    what: "previous layer's table",
    cause: 'table-before',
    where: 'conv with a table behind another',
    reds: conv(({ hasTable, tableBase }) => hasTable && tableBase > 0),
    edits: [
      {
        file: 'sequencer.sv',
        from: 'instr_o[assay_pkg::TableBase+:TableAddressBits]',
        to: "instr_o[assay_pkg::TableBase+:TableAddressBits] == '0 ? '0 : instr_o[assay_pkg::TableBase+:TableAddressBits] - TableAddressBits'(TableWords)",
      },
    ],
  },
  {
    what: 'output rows reversed',
    cause: 'output-mirrored-y',
    ...WRITTEN,
    edits: [{ ...PLACES, to: "assayMoved(word_row, word_bank, 1'b1)" }],
  },
  {
    what: 'output transposed',
    cause: 'output-transposed',
    ...WRITTEN,
    edits: [{ ...PLACES, to: "assayMoved(word_row, word_bank, 1'b0)" }],
  },
  ...listSumFaults(lanes).map((fault) => ({ ...fault, isOfAssay: true })),
  ...(halfUp ? listHalves() : []),
  {
    what: 'one too high behind the shift',
    cause: 'zero-point+1',
    // Of an addition whose operands weigh the same.
    alike: ['first-zero-point-1'],
    ...ROUNDED,
    edits: [
      {
        file: 'round_code.sv',
        from: "Code'($signed(narrowed[Near-1:0])) + zero",
        to: "Code'($signed(narrowed[Near-1:0])) + zero + Code'(1)",
      },
    ],
  },
  {
    what: 'output lanes swapped',
    cause: 'output-lanes-pairs',
    isOfAssay: true,
    ...ROUNDED,
    edits: [laneOf('(i^1)')],
  },
  {
    what: 'output lanes reversed',
    cause: 'output-lanes-reversed',
    isOfAssay: true,
    isSquare: true,
    // Of fewer channels than lanes only what empty lanes hold arrives.
    alike: ['zeros'],
    ...ROUNDED,
    edits: [laneOf('Lanes-1-i')],
  },
  {
    what: 'stride 1 within the pixels of a cycle',
    cause: 'stride-1-within-tiles',
    where: 'conv of stride 2',
    reds: conv(({ stride }) => stride === 2),
    edits: [{ file: 'conv_engine.sv', within: '.stride2_i(is_stride2_q)', from: 'is_stride2_q', to: "1'b0" }],
  },
  {
    what: 'no padding',
    cause: 'no-padding',
    // Of codes with an offset nothing is known but the place.
    alike: ['border'],
    where: 'conv and max-pool with padding',
    reds: (own) => (own.op === 'conv' || own.op === 'max-pool') && own.padding > 0,
    edits: [{ file: 'conv_engine.sv', within: '.pad_i(pad_q)', from: 'pad_q', to: "'0" }],
  },
  {
    what: 'padding of code 0',
    cause: 'padding-zero',
    isOfAssay: true,
    where: 'conv padded with another code',
    reds: conv(({ padding, padCode }) => padding > 0 && padCode !== 0),
    edits: [{ file: 'conv_engine.sv', from: 'instr_i[assay_pkg::PadCode+:A]', to: "'0" }],
  },
  {
    what: 'no clamp',
    cause: 'no-clamp',
    where: 'conv and add that saturate',
    reds: ({ op }) => (op === 'conv' || op === 'add' ? null : false),
    edits: [{ file: 'round_code.sv', from: 'CodeOverflow == assay_pkg::OverflowWrap', to: "1'b1" }],
  },
  {
    what: 'min-pool',
    cause: 'min-pool-padded',
    where: 'max-pool',
    reds: ({ op }) => op === 'max-pool',
    edits: [{ file: 'code_array.sv', from: 'a[i*A+:A] > b[i*A+:A]', to: 'a[i*A+:A] < b[i*A+:A]' }],
  },
  {
    what: 'no maximum',
    cause: 'last-of-window',
    where: 'max-pool',
    reds: ({ op }) => op === 'max-pool',
    edits: [{ file: 'code_array.sv', from: 'larger(x_i, a_q)', to: 'x_i' }],
  },
]

const listHalves = (): readonly LayerFault[] => [
  {
    what: 'no half',
    cause: 'rounding-floor',
    ...ROUNDED,
    edits: [{ file: 'round_code.sv', from: "$signed((Width'(1) << s) >> 1)", to: "'0" }],
  },
  {
    what: 'rounding toward zero',
    cause: 'rounding-toward-zero',
    ...ROUNDED,
    edits: [
      {
        file: 'round_code.sv',
        from: 'value1[i] + increment1[i]',
        to: "value1[i] < 0 ? value1[i] + $signed((Width'(1) << shift1[i]) - Width'(1)) : value1[i]",
      },
    ],
  },
  roundTies('half down', 'rounding-half-down', "1'b1"),
  roundTies('half away from zero', 'rounding-half-away', 'value1[i] < 0'),
  roundTies('half to even', 'rounding-half-to-even', "((value1[i] >>> shift1[i]) & Width'(1)) == 0"),
]

/** @param goesDown where a tie is rounded down that should go up */
function roundTies(what: string, cause: string, goesDown: string): LayerFault {
  const to = `value1[i] + increment1[i] - (shift1[i] != 0 && (${goesDown}) ? Width'(1) : Width'(0))`
  return {
    ...{ what: `rounding ${what}`, cause, where: 'conv with a tie', isOfAssay: true, onTies: true },
    reds: ({ op }) => (op === 'conv' ? null : false),
    edits: [{ file: 'round_code.sv', from: 'value1[i] + increment1[i]', to }],
  }
}

const laneOf = (lane: string) => ({
  file: 'round_code.sv',
  from: 'clamp(code[i], near[i], negative[i], max)',
  to: `clamp(code[${lane}], near[${lane}], negative[${lane}], max)`,
})
