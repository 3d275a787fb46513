/** Numbers of a convolution that have lost bits on their way. */
import type { IntegerConv } from '../../golden/types.ts'
import { convolveChanged, ownRow, type RowOf } from './convolve-changed.ts'
import type { Convolved, Hypothesis } from './hypothesis.ts'
import { withChange } from './parameters.ts'

/** Bits at an end that are tried. */
const MOST_LOST = 8
const LOST = Array.from({ length: MOST_LOST }, (_, i) => i + 1)

export const listWidthHypotheses = (own: Convolved): readonly Hypothesis[] => [
  ...biases(own),
  ...multipliers(own),
  ...weights(own),
]

const bitLength = (values: Iterable<number>): number => {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  return Math.floor(Math.log2(Math.max(1, most))) + 1
}

const bits = (count: number): string => (count === 1 ? 'bit' : `${count} bits`)

/** The number without its lower bits, in two's complement. */
const cut = (value: number, lost: number): number => Math.floor(value / 2 ** lost) * 2 ** lost

/** B, a signed number of 32 bits. */
function biases(own: Convolved): readonly Hypothesis[] {
  const { bias } = own.node
  const made = (id: string, says: string, rule: (bias: number) => number): Hypothesis =>
    withChange(own, id, says, { bias: bias.map(rule) })
  const length = bitLength(bias)
  const widths = Array.from({ length: Math.max(0, length - 7) }, (_, i) => length - i)
  return [
    ...widths.map((width) =>
      made(
        `bias-${width}-bits`,
        `the lower ${width} bits of the bias, signed`,
        (value) => (value << (32 - width)) >> (32 - width),
      ),
    ),
    ...LOST.map((lost) =>
      made(`bias-low-${lost}`, `the bias without its lower ${bits(lost)}`, (value) => cut(value, lost)),
    ),
  ]
}

/** M, which is not negative. */
function multipliers(own: Convolved): readonly Hypothesis[] {
  const { multiplier } = own.node
  const made = (id: string, says: string, rule: (value: number) => number): Hypothesis =>
    withChange(own, id, says, { multiplier: multiplier.map(rule) as IntegerConv['multiplier'] })
  const length = bitLength(multiplier)
  return [
    ...LOST.filter((lost) => lost < length).map((lost) =>
      made(
        `multiplier-top-${lost}`,
        `the multipliers without their upper ${bits(lost)} of ${length}`,
        (value) => value % 2 ** (length - lost),
      ),
    ),
    ...LOST.map((lost) =>
      made(`multiplier-low-${lost}`, `the multipliers without their lower ${bits(lost)}`, (value) =>
        cut(value, lost),
      ),
    ),
  ]
}

/** Weights of W bits. */
function weights(own: Convolved): readonly Hypothesis[] {
  const { node } = own
  const rowOf = ownRow(node)
  const made = (id: string, says: string, rule: (weight: number) => number): Hypothesis => ({
    ...{ id, says, change: 'weights' },
    predict: () => convolveChanged(own, ((channel) => rowOf(channel).map(rule)) satisfies RowOf),
  })
  const { weightBits } = node
  return LOST.filter((lost) => lost < weightBits - 1).flatMap((lost) => [
    made(`weights-low-${lost}`, `weights without their lower ${bits(lost)}`, (value) => cut(value, lost)),
    made(
      `weights-${weightBits - lost}-bits`,
      `the lower ${bits(weightBits - lost)} of the weights, signed`,
      (value) => (value << (32 - weightBits + lost)) >> (32 - weightBits + lost),
    ),
  ])
}
