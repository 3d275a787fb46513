/**
 * Weight scales by mean square error: the largest weight of a channel is rarely worth a code of its own, and at 4 bits cutting it
 * gains several decibels. After R. Banner et al., "Post training 4-bit quantization of convolutional networks for rapid-deployment",
 * NeurIPS 2019, with the best scale searched for instead of derived from an assumed distribution.
 */
import { giveWay } from '../input/give-way.ts'
import { maxWeightCode, maxWeightScales, smallestWeightScale } from './weights.ts'

/** Shares of the largest weight that are tried. */
const SHARES = Array.from({ length: 41 }, (_, i) => 1 - i / 60)

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
): Promise<Float64Array> {
  const channels = bias.length
  const size = weight.length / channels
  const top = maxWeightCode(bits)
  const scales = maxWeightScales(weight, bias, inputScale, bits)
  for (const [o, largest] of scales.entries()) {
    await giveWay()
    const smallest = smallestWeightScale(bias[o]!, inputScale)
    let best = largest
    let least = Number.POSITIVE_INFINITY
    for (const share of SHARES) {
      const scale = Math.max(largest * share, smallest)
      let error = 0
      for (let i = 0; i < size && error < least; i++) {
        const value = weight[o * size + i]!
        const code = Math.max(-top, Math.min(top, Math.round(value / scale)))
        const difference = value - scale * code
        error += difference * difference * (importance?.[i] ?? 1)
      }
      if (error < least) {
        least = error
        best = scale
      }
    }
    scales[o] = best
  }
  return scales
}
