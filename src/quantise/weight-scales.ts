/**
 * Weight scales by mean square error: the largest weight of a channel is rarely worth a code of its own, and at 4 bits cutting it
 * gains several decibels. After R. Banner et al., "Post training 4-bit quantization of convolutional networks for rapid-deployment",
 * NeurIPS 2019, with the best scale searched for instead of derived from an assumed distribution.
 */

import { ASSAY } from '../arithmetic/built-in.ts'
import { giveWay } from '../input/give-way.ts'
import {
  allowedScale,
  maxWeightScales,
  perChannel,
  sharedScales,
  smallestWeightScale,
  type WeightRule,
  weightCode,
} from './weights.ts'

/** Shares of the largest weight that are tried. */
const SHARES = {
  free: Array.from({ length: 41 }, (_, i) => 1 - i / 60),
  'power-of-two': [1, 1 / 2, 1 / 4],
} as const

/**
 * @param weight [channels, size], the outermost dimension first.
 * @param importance how much an error of each of the `size` weights of a channel counts, e.g. the power of what it is multiplied
 * with; all alike where it is not given.
 */
export async function meanSquareWeightScales(
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  inputScale: number,
  bits: number,
  importance?: ArrayLike<number>,
  rule: WeightRule = ASSAY.weights,
): Promise<Float64Array> {
  const { biases, size } = sharedScales(weight, bias, rule)
  const taps = weight.length / bias.length
  const scales = maxWeightScales(weight, bias, inputScale, bits, rule).slice(0, biases.length)
  for (const [o, largest] of scales.entries()) {
    await giveWay()
    const smallest = allowedScale(smallestWeightScale(biases[o]!, inputScale), rule)
    let best = largest
    let least = Number.POSITIVE_INFINITY
    for (const share of SHARES[rule.scale]) {
      const scale = Math.max(largest * share, smallest)
      let error = 0
      for (let i = 0; i < size && error < least; i++) {
        const value = weight[o * size + i]!
        const difference = value - scale * weightCode(value / scale, bits, rule)
        error += difference * difference * (importance?.[i % taps] ?? 1)
      }
      if (error < least) {
        least = error
        best = scale
      }
    }
    scales[o] = best
  }
  return perChannel(scales, bias.length)
}
