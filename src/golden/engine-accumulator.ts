/** Clause A-3 in the engine: which of the kernel's sums is right for a convolution, and what comes behind it. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import type { Stage } from '../arithmetic/stages.ts'
import { AccumulatorError, type ChannelSums, rangeOf, signedBits } from './accumulator.ts'
import type { IntegerConv, IntegerNode } from './types.ts'

/**
 * `single`: sums of 32 bits, and A-4 as one multiplication of doubles. `stages`: the same sums, and records. `products`: sums of
 * 64 bits product by product, and records.
 */
export type Way = 'single' | 'stages' | 'products'

export interface SumPlan {
  readonly way: Way
  /** Of each product, and of the sum behind each product; for `products` alone. */
  readonly product: readonly Stage[]
  readonly sum: readonly Stage[]
  /** Behind the last product. */
  readonly end: readonly Stage[]
  /** Signed bits of a channel's accumulator before `end`. */
  readonly bits: readonly number[]
}

const WORD = 32

/**
 * How to add up a convolution.
 *
 * @throws AccumulatorError if the profile refuses sums that do not fit its accumulator
 */
export function planSums(
  profile: Profile,
  node: IntegerConv,
  input: IntegerNode,
  sums: readonly ChannelSums[],
): SumPlan {
  const { accumulator, productShift } = profile
  const ranges = sums.map((own, channel) => rangeOf(channel, own, input.quant.bits, profile))
  const bits = ranges.map(signedBits)
  const widest = Math.max(...bits)
  if (accumulator.overflow === 'refuse') {
    const range = ranges.find((own) => signedBits(own) > accumulator.bits)
    if (range !== undefined) throw new AccumulatorError(node.name, range, input.quant.bits, accumulator.bits)
  }
  const narrow: readonly Stage[] =
    accumulator.overflow === 'refuse' || widest <= accumulator.bits
      ? []
      : [{ stage: 'narrow', bits: accumulator.bits, signed: true, overflow: accumulator.overflow }]
  const wraps = accumulator.overflow === 'wrap'
  const isLate = accumulator.at === 'end' || wraps || narrow.length === 0
  const isWord = widest <= WORD || (wraps && accumulator.bits <= WORD)
  if (productShift === undefined && isLate && isWord) {
    const end = wraps && accumulator.bits === WORD ? [] : narrow
    const way = end.length === 0 && isSingle(profile, node) ? 'single' : 'stages'
    return { way, product: [], sum: [], end, bits: bits.map((own) => Math.min(own, WORD)) }
  }
  const product: readonly Stage[] =
    productShift === undefined ? [] : [{ stage: 'shift-right', ...productShift }]
  const sum = accumulator.at === 'product' ? narrow : []
  return { way: 'products', product, sum, end: narrow, bits }
}

const LONGEST_FACTOR = 16
const LONGEST_SHIFT = 47

/** Whether A-4 is what the kernel computes in doubles: clamp(Z + ⌊acc · M / 2^s + 1/2⌋), M below 2^16. */
function isSingle(profile: Profile, { shift }: IntegerConv): boolean {
  if (profile === ASSAY) return true
  const [multiply, right, ...behind] = profile.requantise
  const [last] = behind.splice(-1)
  return (
    multiply?.stage === 'multiply' &&
    multiply.bits <= LONGEST_FACTOR &&
    right?.stage === 'shift-right' &&
    right.rounding === 'half-up' &&
    right.by === undefined &&
    right.fractionBits === undefined &&
    (behind.length === 0 || (behind.length === 1 && behind[0]!.stage === 'add-zero-point')) &&
    last?.stage === 'narrow' &&
    last.bits === undefined &&
    last.signed === profile.codes.signed &&
    last.overflow === 'saturate' &&
    shift.every((own) => own >= 0 && own <= LONGEST_SHIFT)
  )
}
