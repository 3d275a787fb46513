/** Faults of what a convolution adds: weights in another order, products that are missing, another accumulator or bias. */
import type { Edit, LayerFault } from './planted.ts'
import { CONV, conv } from './reach.ts'

/** Weights as the array takes them. */
const weights = (to: string, declared = ''): readonly Edit[] => [
  {
    file: 'conv_engine.sv',
    within: '.w_i(weight_data_i)',
    from: 'weight_data_i',
    to,
    ...(declared === '' ? {} : { declare: { before: 'logic [PX*PO*32-1:0] acc;', text: declared } }),
  },
]

/** The lanes of a weight word, o output and i input lane, each with the weight of another. */
function exchange(
  what: string,
  cause: string,
  name: string,
  from: string,
  alike: readonly string[] = [],
): LayerFault {
  const declared = `function automatic logic [PO*PI*WeightBits-1:0] ${name}(input logic [PO*PI*WeightBits-1:0] word);
    for (int o = 0; o < PO; o++)
      for (int i = 0; i < PI; i++)
        ${name}[(o*PI+i)*WeightBits+:WeightBits] = word[(${from})*WeightBits+:WeightBits];
  endfunction
  `
  return { what, cause, alike, ...CONV, edits: weights(`${name}(weight_data_i)`, declared) }
}

/** The tap whose weights come two cycles after their address. */
const TAP = `logic [2:1] assay_tap_q;
  always_ff @(posedge clk_i)
    assay_tap_q <= {assay_tap_q[1], instr_i[assay_pkg::Kernel+:8] > 8'd1 && (32'(weight_addr_o) - instr_i[assay_pkg::WeightBase+:32])
      % (32'(instr_i[assay_pkg::Kernel+:8]) ** 2 * 32'(instr_i[assay_pkg::InBlocks+:16]))
      < 32'(instr_i[assay_pkg::InBlocks+:16])};
  `

const biases = (to: string): readonly Edit[] => [
  { file: 'requantise.sv', from: 'param_i[i*ParamBits+:32]', to },
]

const accumulator = (bits: number): LayerFault => ({
  what: `accumulator of ${bits} bits`,
  cause: `accumulator-${bits}-wraps`,
  where: 'conv whose sums need more',
  reds: ({ op }) => (op === 'conv' ? null : false),
  edits: [
    {
      file: 'requantise.sv',
      within: 'acc = sum + bias;',
      from: 'sum + bias',
      to: `32'($signed((sum + bias) << ${32 - bits}) >>> ${32 - bits})`,
    },
  ],
})

/** More than one word is added up for a result. */
const LONG = {
  where: 'conv of several words a result',
  reds: conv(({ kernel, inputBlocks }) => kernel > 1 || inputBlocks > 1),
}

/** One lane's parameter. */
const lane = (lanes: number): LayerFault => ({
  what: 'one lane shifts a bit too far',
  cause: `shift+1@lane-0-of-${lanes}`,
  // Of a single channel it is all.
  alike: ['shift+1'],
  ...CONV,
  edits: [
    {
      file: 'requantise.sv',
      within: 'shift1[i] = right(param_i[i*ParamBits+:ParamBits]);',
      from: 'right(param_i[i*ParamBits+:ParamBits])',
      to: "right(param_i[i*ParamBits+:ParamBits]) + 6'(i == 0)",
    },
  ],
})

/** @param lanes of the requantiser, PI */
export const listSumFaults = (lanes: number): readonly LayerFault[] => [
  ...(lanes > 1 ? [lane(lanes)] : []),
  { what: 'no bias', cause: 'no-bias', ...CONV, edits: biases("32'd0") },
  {
    what: "the next lane's bias",
    cause: 'bias-lanes-next',
    isSquare: true,
    ...CONV,
    edits: biases('param_i[((i+1)%Lanes)*ParamBits+:32]'),
  },
  accumulator(16),
  exchange('weight lanes swapped', 'weights-lanes-pairs-pi', 'assayPairs', 'o*PI+(i^1)'),
  // Of fewer input channels than half the lanes none meets its own.
  exchange('weight lanes reversed', 'weights-lanes-reversed-pi', 'assayReversed', 'o*PI+PI-1-i', [
    'no-input',
  ]),
  exchange('weights of the next output lane', 'weights-lanes-next-po', 'assayNext', '((o+1)%PO)*PI+i'),
  {
    ...exchange(
      'weight lanes of inputs and outputs exchanged',
      'weights-lanes-transposed',
      'assayTransposed',
      '(i*PI+o)%(PO*PI)',
    ),
    isSquare: true,
  },
  {
    what: 'no first beat',
    cause: 'no-first-beat',
    alike: ['no-first-group', 'no-tap-0-0'],
    ...LONG,
    edits: weights("first_q[3] ? '0 : weight_data_i"),
  },
  {
    what: 'no last beat',
    cause: 'no-last-beat',
    alike: ['no-last-group'],
    ...LONG,
    edits: weights("last_q[3] ? '0 : weight_data_i"),
  },
  {
    what: 'no first tap',
    cause: 'no-tap-0-0',
    alike: ['no-first-beat'],
    where: 'conv with a kernel',
    reds: conv(({ kernel }) => kernel > 1),
    edits: weights("assay_tap_q[2] ? '0 : weight_data_i", TAP),
  },
]
