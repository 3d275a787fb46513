import { InputError } from '../checkpoint/input-error.ts'
import type { IntegerConv, IntegerGraph } from './types.ts'

const LARGEST = 2 ** 31 - 1
const SMALLEST = -(2 ** 31)

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

  constructor(layer: string, range: AccumulatorRange, inputBits: number) {
    super(
      `with ${inputBits}-bit inputs the accumulator reaches ${range.smallest} to ${range.largest}, which does not fit ` +
        'signed 32 bits (A-3).',
      `${layer}, output channel ${range.channel}`,
      'Use fewer weight or activation bits.',
    )
    this.layer = layer
    this.range = range
  }
}

/**
 * `B + (2^A − 1) · Σ min(q_w, 0)` and `B + (2^A − 1) · Σ max(q_w, 0)` of every output channel, which bound the partial
 * sums in any order. Exact: 2^16 · 2^16 · taps stays below 2^53 for up to 2^21 taps.
 *
 * @param inputBits A of the input tensor; one graph has one A, so the layer's own is the default.
 */
export function accumulatorRanges(
  node: IntegerConv,
  inputBits: number = node.quant.bits,
): AccumulatorRange[] {
  const taps = node.inChannels * node.kernel * node.kernel
  const largestCode = 2 ** inputBits - 1
  return Array.from({ length: node.shape[0] }, (_, channel) => {
    let positive = 0
    let negative = 0
    for (let i = channel * taps; i < (channel + 1) * taps; i++) {
      const w = node.weight[i]!
      if (w > 0) positive += w
      else negative += w
    }
    const bias = node.bias[channel]!
    return { channel, smallest: bias + largestCode * negative, largest: bias + largestCode * positive }
  })
}

/** Throws an `AccumulatorError` that names the layer and the first channel which does not fit signed 32 bits. */
export function checkAccumulators(node: IntegerConv, inputBits: number = node.quant.bits): void {
  for (const range of accumulatorRanges(node, inputBits)) {
    if (range.smallest < SMALLEST || range.largest > LARGEST) {
      throw new AccumulatorError(node.name, range, inputBits)
    }
  }
}

/** `checkAccumulators` on every convolution, each with the bits of the tensor it reads. */
export function checkGraphAccumulators(graph: IntegerGraph): void {
  const bits = new Map(graph.nodes.map((node) => [node.name, node.quant.bits]))
  for (const node of graph.nodes) {
    if (node.op === 'conv') checkAccumulators(node, bits.get(node.inputs[0]))
  }
}
