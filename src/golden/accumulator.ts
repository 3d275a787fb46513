/** Whether every sum of a convolution fits the accumulator. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { InputError } from '../input/input-error.ts'
import { codeRange, profileOf } from './code-range.ts'
import type { IntegerConv, IntegerGraph } from './types.ts'

/** The exact range of every partial sum of one output channel. */
export interface AccumulatorRange {
  readonly channel: number
  readonly smallest: number
  readonly largest: number
}

/** A sum that does not fit the accumulator: the model is refused. */
export class AccumulatorError extends InputError {
  readonly layer: string
  readonly range: AccumulatorRange

  constructor(layer: string, range: AccumulatorRange, inputBits: number, bits = 32) {
    super(
      `with ${inputBits}-bit inputs the accumulator reaches ${range.smallest} to ${range.largest}: that takes ` +
        `${signedBits(range)} bits, signed, and does not fit signed ${bits} bits (A-3).`,
      `${layer}, output channel ${range.channel}`,
      'Use fewer weight or activation bits.',
    )
    this.layer = layer
    this.range = range
  }
}

/** The sums of a channel's positive and of its negative weights, and B as an exact number, not yet 32 bits. */
export interface ChannelSums {
  readonly positive: number
  readonly negative: number
  readonly bias: number
  /** How many weights there are. Each product that is shifted may be rounded up. */
  readonly taps: number
}

/** A-3 for one output channel: the range of B with some of the products, in any order. */
export function rangeOf(
  channel: number,
  { positive, negative, bias, taps }: ChannelSums,
  inputBits: number,
  profile: Profile,
): AccumulatorRange {
  const [low, high] = codeRange(profile, inputBits)
  const { productShift } = profile
  const [smallest, largest] = [high * negative + low * positive, high * positive + low * negative]
  if (productShift === undefined) return { channel, smallest: bias + smallest, largest: bias + largest }
  const unit = 2 ** productShift.by
  return {
    channel,
    smallest: bias + Math.floor(smallest / unit) - taps,
    largest: bias + Math.ceil(largest / unit) + taps,
  }
}

/**
 * `B + (2^A − 1) · Σ min(q_w, 0)` and `B + (2^A − 1) · Σ max(q_w, 0)` of every output channel, and with signed codes also the
 * products of the least code: they bound the partial sums in any order. Exact: 2^16 · 2^16 · taps stays below 2^53 for up to 2^21 taps.
 *
 * @param inputBits A of the tensor that the convolution reads
 */
export function accumulatorRanges(
  node: IntegerConv,
  inputBits: number,
  profile: Profile = ASSAY,
): AccumulatorRange[] {
  const taps = node.inChannels * node.kernel * node.kernel
  return Array.from({ length: node.shape[0] }, (_, channel) => {
    let positive = 0
    let negative = 0
    for (let i = channel * taps; i < (channel + 1) * taps; i++) {
      const w = node.weight[i]!
      if (w > 0) positive += w
      else negative += w
    }
    return rangeOf(channel, { positive, negative, bias: node.bias[channel]!, taps }, inputBits, profile)
  })
}

/**
 * Where a channel is made: throws an `AccumulatorError` unless its partial sums, and B among them, fit or may overflow.
 */
export function checkChannel(
  layer: string,
  channel: number,
  sums: ChannelSums,
  inputBits: number,
  profile: Profile = ASSAY,
): void {
  checkRange(layer, rangeOf(channel, sums, inputBits, profile), inputBits, profile)
}

function checkRange(
  layer: string,
  range: AccumulatorRange,
  inputBits: number,
  { accumulator: { bits, overflow } }: Profile,
): void {
  if (overflow === 'refuse' && signedBits(range) > bits)
    throw new AccumulatorError(layer, range, inputBits, bits)
}

/** Bits of the narrowest signed number that holds a range. */
export function signedBits({ smallest, largest }: Pick<AccumulatorRange, 'smallest' | 'largest'>): number {
  let bits = 1
  while (smallest < -(2 ** (bits - 1)) || largest > 2 ** (bits - 1) - 1) bits++
  return bits
}

/** Throws an `AccumulatorError` that names the layer and the first channel which does not fit. */
export function checkAccumulators(node: IntegerConv, inputBits: number, profile: Profile = ASSAY): void {
  for (const range of accumulatorRanges(node, inputBits, profile))
    checkRange(node.name, range, inputBits, profile)
}

/** `checkAccumulators` on every convolution, each with the bits of the tensor it reads. */
export function checkGraphAccumulators(graph: IntegerGraph): void {
  const bits = new Map(graph.nodes.map((node) => [node.name, node.quant.bits]))
  for (const node of graph.nodes)
    if (node.op === 'conv') checkAccumulators(node, bits.get(node.inputs[0])!, profileOf(graph))
}
