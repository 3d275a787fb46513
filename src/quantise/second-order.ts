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
import { ASSAY } from '../arithmetic/built-in.ts'
import { giveWay } from '../input/give-way.ts'
import { dot, factorise } from './cholesky.ts'
import { meanSquareWeightScales } from './weight-scales.ts'
import {
  allowedScale,
  smallestWeightScale,
  type WeightCodes,
  type WeightRule,
  weightCode,
} from './weights.ts'

/** How the codes of one layer are scaled. */
export interface RoundingOptions {
  readonly bits: number
  readonly inputScale: number
  /** That of `assay` unless given. */
  readonly rule?: WeightRule
}

export interface SecondOrderOptions extends RoundingOptions {
  /** Added to the diagonal of H, as a share of its mean: what the samples do not show stays near nearest rounding. */
  readonly damping: number
}

/** Scales of a channel that are tried, times its taps: the fewer taps it has, the more jagged is the error over the scale. */
const SCALES_TIMES_TAPS = 4096
/** Fewest and most scales of a channel that are tried. */
const SCALES = { least: 3, most: 25 }
/** How far the scales reach from the best one for nearest rounding, and how far apart they may lie. */
const REACH = 0.24
const STEP = 0.08

/** Shares of the best scale for nearest rounding that are tried: 1 first, then outwards. */
export function listScaleShares(taps: number): readonly number[] {
  const count = Math.max(SCALES.least, Math.min(SCALES.most, Math.floor(SCALES_TIMES_TAPS / taps)))
  const pairs = Math.floor((count - 1) / 2)
  const step = Math.min(STEP, REACH / pairs)
  return [1, ...Array.from({ length: pairs }, (_, i) => [1 - (i + 1) * step, 1 + (i + 1) * step]).flat()]
}

/** A scale that all channels share is not chosen by one of them. */
function sharesOf(taps: number, { scale, scalePer }: WeightRule): readonly number[] {
  if (scalePer === 'tensor') return [1]
  return scale === 'free' ? listScaleShares(taps) : [1, 2, 0.5]
}

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
  const rounding = await SecondOrderRounding.open(covariance, options.damping)
  return await rounding.round(weight, bias, options)
}

/** Second-order rounding by one covariance: its factor serves any weights. */
export class SecondOrderRounding {
  readonly #order: Uint32Array
  readonly #upper: Float64Array
  /** Damped power of each tap. */
  readonly #importance: Float64Array

  /** Use `SecondOrderRounding.open`. */
  constructor(order: Uint32Array, upper: Float64Array, importance: Float64Array) {
    this.#order = order
    this.#upper = upper
    this.#importance = importance
  }

  static async open(covariance: Float64Array, damping: number): Promise<SecondOrderRounding> {
    const taps = Math.sqrt(covariance.length)
    const power = Float64Array.from({ length: taps }, (_, i) => covariance[i * taps + i]!)
    const mean = power.reduce((sum, value) => sum + value, 0) / taps || 1
    // Last in the order is first to be rounded.
    const order = Uint32Array.from(power.keys()).sort((a, b) => power[a]! - power[b]!)
    const upper = permuted(covariance, order, damping * mean)
    await factorise(upper, taps)
    const importance = power.map((value) => value + damping * mean)
    return new SecondOrderRounding(order, upper, importance)
  }

  /** @param weight [channels, taps]. */
  async round(
    weight: Float32Array,
    bias: ArrayLike<number>,
    { bits, inputScale, rule = ASSAY.weights }: RoundingOptions,
  ): Promise<WeightCodes> {
    const [order, upper, taps] = [this.#order, this.#upper, this.#order.length]
    const scales = await meanSquareWeightScales(weight, bias, inputScale, bits, this.#importance, rule)
    const codes = bits > 8 ? new Int16Array(weight.length) : new Int8Array(weight.length)
    const shares = sharesOf(taps, rule)
    const row = new Float64Array(taps)
    for (let channel = 0; channel < bias.length; channel++) {
      const begin = channel * taps
      for (let i = 0; i < taps; i++) row[i] = weight[begin + order[i]!]!
      const smallest = allowedScale(smallestWeightScale(bias[channel]!, inputScale), rule)
      const middle = scales[channel]!
      let best: NearestPlane | null = null
      for (const share of shares) {
        const scale = Math.max(middle * share, smallest)
        const attempt = roundChannel(
          row,
          upper,
          scale,
          (multiple) => weightCode(multiple, bits, rule),
          best?.error,
        )
        if (attempt === null) continue
        best = attempt
        scales[channel] = scale
      }
      for (let i = 0; i < taps; i++) codes[begin + order[i]!] = best!.codes[i]!
      await giveWay()
    }
    return { codes, scale: scales }
  }
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

/** Rounds one channel to the codes of multiples of its scale; null if its error reaches `limit`. */
export function roundChannel(
  weight: Float64Array,
  upper: Float64Array,
  scale: number,
  codeOf: (multiple: number) => number,
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
    const code = codeOf(wanted / scale)
    codes[i] = code
    errors[i] = weight[i]! - scale * code
    const rest = pivot * (wanted - scale * code)
    error += rest * rest
    if (error >= limit) return null
  }
  return { codes, error }
}
