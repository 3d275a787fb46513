/** Clause A-2: weights as signed codes with one scale per output channel. */

export interface WeightCodes {
  /** Same order as the real weights, outermost dimension first. */
  readonly codes: Int8Array | Int16Array
  /** One per output channel. */
  readonly scale: Float64Array
}

/** A bias must fit B of clause A-3 with room for the products. */
const MAX_BIAS_CODE = 2 ** 30

/** The largest code of W bits; the most negative one is not used. */
export const maxWeightCode = (bits: number): number => 2 ** (bits - 1) - 1

/**
 * The scale that maps the largest weight of each channel to the largest code. A channel whose weights are all (almost) zero
 * keeps a scale large enough for its bias to fit the accumulator.
 */
export function maxWeightScales(
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  inputScale: number,
  bits: number,
): Float64Array {
  const channels = bias.length
  const size = weight.length / channels
  return Float64Array.from({ length: channels }, (_, o) => {
    let largest = 0
    for (let i = o * size; i < (o + 1) * size; i++) largest = Math.max(largest, Math.abs(weight[i]!))
    return Math.max(largest / maxWeightCode(bits), smallestWeightScale(bias[o]!, inputScale))
  })
}

/** Below this scale the bias would not fit the accumulator. */
export function smallestWeightScale(bias: number, inputScale: number): number {
  return Math.max(Math.abs(bias) / (inputScale * MAX_BIAS_CODE), 1e-12)
}

/** Rounds every weight to the nearest code of its channel's scale. */
export function roundWeights(weight: ArrayLike<number>, scale: Float64Array, bits: number): WeightCodes {
  const top = maxWeightCode(bits)
  const codes = bits > 8 ? new Int16Array(weight.length) : new Int8Array(weight.length)
  const size = weight.length / scale.length
  for (let i = 0; i < weight.length; i++) {
    const code = Math.round(weight[i]! / scale[Math.floor(i / size)]!)
    codes[i] = Math.max(-top, Math.min(top, code))
  }
  return { codes, scale }
}

/** Nearest rounding at the largest weight's scale: the default. */
export function quantiseWeights(
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  inputScale: number,
  bits: number,
): WeightCodes {
  return roundWeights(weight, maxWeightScales(weight, bias, inputScale, bits), bits)
}

/** What the codes stand for. */
export function realWeights({ codes, scale }: WeightCodes): Float32Array {
  const size = codes.length / scale.length
  const real = new Float32Array(codes.length)
  for (let i = 0; i < real.length; i++) real[i] = scale[Math.floor(i / size)]! * codes[i]!
  return real
}
