/** What a constant added to all codes that a convolution reads does to its sums. */
import type { IntegerConv } from './types.ts'

type Weights = Pick<IntegerConv, 'weight' | 'bias'>

/** Σ q_w of an output channel. */
export function sumWeights({ weight, bias }: Weights, channel: number): number {
  const taps = weight.length / bias.length
  let sum = 0
  for (let i = channel * taps; i < (channel + 1) * taps; i++) sum += weight[i]!
  return sum
}

/**
 * B + Z_x · Σ q_w: the bias without the zero point that A-3 folds into it. Of the same size as an accumulator, since every code may be
 * Z_x.
 *
 * @param inputZero of the hardware's own codes
 */
export const unfoldBias = (node: Weights, inputZero: number): Int32Array =>
  node.bias.map((bias, channel) => bias + inputZero * sumWeights(node, channel))
