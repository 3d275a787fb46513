/**
 * Second-order rounding. Rounding each weight to its nearest code ignores that the errors of weights add up in the output; here
 * the weights that are rounded later compensate the error of one weight. With the covariance H of the inputs, the output's mean square error for weight
 * errors e is eᵀ H e = |U e|², H = Uᵀ U, and U is triangular: from the last weight to the first, each is rounded after the
 * errors of those behind it are compensated.
 *
 * This is GPTQ (E. Frantar et al., "GPTQ: accurate post-training quantization for generative pre-trained transformers", ICLR 2023; it speeds up
 * OBQ, E. Frantar and D. Alistarh, "Optimal brain compression", NeurIPS 2022) in the form of Babai's nearest plane (L. Babai, "On Lovász' lattice
 * reduction and the nearest lattice point problem", 1986), which needs the factor of H alone and no inverse. Weights with the largest input
 * power are rounded first.
 */
import { giveWay } from '../input/give-way.ts'
import { dot, factorise } from './cholesky.ts'
import { meanSquareWeightScales } from './weight-scales.ts'
import { maxWeightCode, smallestWeightScale, type WeightCodes } from './weights.ts'

export interface SecondOrderOptions {
  readonly bits: number
  readonly inputScale: number
  /** Added to the diagonal of H, as a share of its mean: what the samples do not show stays near nearest rounding. */
  readonly damping: number
}

/** Shares of the best scale for nearest rounding that are tried. */
const SCALE_SHARES = [1, 0.92, 1.08]

/**
 * @param weight [channels, taps].
 * @param covariance of the taps, [taps, taps].
 */
export async function roundSecondOrder(
  weight: Float32Array,
  bias: ArrayLike<number>,
  covariance: Float64Array,
  options: SecondOrderOptions,
): Promise<WeightCodes> {
  const channels = bias.length
  const taps = weight.length / channels
  const power = Float64Array.from({ length: taps }, (_, i) => covariance[i * taps + i]!)
  const mean = power.reduce((sum, value) => sum + value, 0) / taps || 1
  // Last in the order is first to be rounded.
  const order = Uint32Array.from(power.keys()).sort((a, b) => power[a]! - power[b]!)
  const upper = permuted(covariance, order, options.damping * mean)
  await factorise(upper, taps)

  const importance = power.map((value) => value + options.damping * mean)
  const scales = await meanSquareWeightScales(weight, bias, options.inputScale, options.bits, importance)
  const codes = options.bits > 8 ? new Int16Array(weight.length) : new Int8Array(weight.length)
  const row = new Float64Array(taps)
  for (let channel = 0; channel < channels; channel++) {
    const begin = channel * taps
    for (let i = 0; i < taps; i++) row[i] = weight[begin + order[i]!]!
    const smallest = smallestWeightScale(bias[channel]!, options.inputScale)
    let best: NearestPlane | null = null
    for (const share of SCALE_SHARES) {
      const scale = Math.max(scales[channel]! * share, smallest)
      const attempt = roundChannel(row, upper, scale, maxWeightCode(options.bits), best?.error)
      if (attempt === null) continue
      best = attempt
      scales[channel] = scale
    }
    for (let i = 0; i < taps; i++) codes[begin + order[i]!] = best!.codes[i]!
    await giveWay()
  }
  return { codes, scale: scales }
}

/** H with rows and columns in another order, and its diagonal raised. */
function permuted(matrix: Float64Array, order: Uint32Array, raise: number): Float64Array {
  const n = order.length
  const result = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    const row = order[i]! * n
    for (let j = 0; j < n; j++) result[i * n + j] = matrix[row + order[j]!]!
    result[i * n + i]! += raise
  }
  return result
}

interface NearestPlane {
  readonly codes: Int16Array
  /** |U e|². */
  readonly error: number
}

/** Rounds one channel; null if its error reaches `limit`. */
export function roundChannel(
  weight: Float64Array,
  upper: Float64Array,
  scale: number,
  top: number,
  limit = Number.POSITIVE_INFINITY,
): NearestPlane | null {
  const n = weight.length
  const codes = new Int16Array(n)
  const errors = new Float64Array(n)
  let error = 0
  for (let i = n - 1; i >= 0; i--) {
    const row = i * n
    const behind = dot(upper, row + i + 1, errors, i + 1, n - i - 1)
    const pivot = upper[row + i]!
    const wanted = weight[i]! + behind / pivot
    const code = Math.max(-top, Math.min(top, Math.round(wanted / scale)))
    codes[i] = code
    errors[i] = weight[i]! - scale * code
    const rest = pivot * (wanted - scale * code)
    error += rest * rest
    if (error >= limit) return null
  }
  return { codes, error }
}
