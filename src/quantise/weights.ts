/** Clause A-2: weights as signed codes with one scale per output channel, or as a profile has them. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'

/** What codes and scales of weights may be. */
export type WeightRule = Profile['weights']
const { weights: FREE } = ASSAY

/** The weights of a model without a profile are those of `assay`. */
export const weightRuleOf = ({ profile = ASSAY }: { readonly profile?: Profile | undefined }): WeightRule =>
  profile.weights

export interface WeightCodes {
  /** Same order as the real weights, outermost dimension first. */
  readonly codes: Int8Array | Int16Array
  /** One per output channel. */
  readonly scale: Float64Array
}

/** A bias must fit B of clause A-3 with room for the products. */
const MAX_BIAS_CODE = 2 ** 30

/** The largest code of W bits. It is asked for at every weight: a power takes longer than all the rest. */
export const maxWeightCode = (bits: number): number => (1 << (bits - 1)) - 1

/** The code of W bits that is nearest to a multiple of the scale; the most negative one only where the rule has it. */
export function weightCode(multiple: number, bits: number, rule: WeightRule = FREE): number {
  const top = maxWeightCode(bits)
  return Math.max(rule.mostNegative ? -top - 1 : -top, Math.min(top, Math.round(multiple)))
}

/** A scale that the rule has, at least as large. */
export const allowedScale = (scale: number, rule: WeightRule): number =>
  rule.scale === 'power-of-two' ? 2 ** Math.ceil(Math.log2(scale)) : scale

/** Weights that share a scale: runs of so many, and the largest bias of each, in magnitude. */
export function sharedScales(weight: ArrayLike<number>, bias: ArrayLike<number>, rule: WeightRule) {
  const magnitudes = Array.from(bias, Math.abs)
  const biases = rule.scalePer === 'channel' ? magnitudes : [Math.max(...magnitudes)]
  return { biases, size: weight.length / biases.length }
}

/** One scale per output channel, whether they share it or not. */
export const perChannel = (scales: Float64Array, channels: number): Float64Array =>
  scales.length === channels ? scales : new Float64Array(channels).fill(scales[0]!)

/**
 * The scale that maps the largest weight of each channel to the largest code. A channel whose weights are all (almost) zero
 * keeps a scale large enough for its bias to fit the accumulator.
 */
export function maxWeightScales(
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  inputScale: number,
  bits: number,
  rule: WeightRule = FREE,
): Float64Array {
  const { biases, size } = sharedScales(weight, bias, rule)
  const scales = Float64Array.from(biases, (own, o) => {
    let largest = 0
    for (let i = o * size; i < (o + 1) * size; i++) largest = Math.max(largest, Math.abs(weight[i]!))
    return allowedScale(Math.max(largest / maxWeightCode(bits), smallestWeightScale(own, inputScale)), rule)
  })
  return perChannel(scales, bias.length)
}

/** Below this scale the bias would not fit the accumulator. */
export function smallestWeightScale(bias: number, inputScale: number): number {
  return Math.max(Math.abs(bias) / (inputScale * MAX_BIAS_CODE), 1e-12)
}

/** Rounds every weight to the nearest code of its channel's scale. */
export function roundWeights(
  weight: ArrayLike<number>,
  scale: Float64Array,
  bits: number,
  rule: WeightRule = FREE,
): WeightCodes {
  const codes = bits > 8 ? new Int16Array(weight.length) : new Int8Array(weight.length)
  const size = weight.length / scale.length
  for (let i = 0; i < weight.length; i++) {
    codes[i] = weightCode(weight[i]! / scale[Math.floor(i / size)]!, bits, rule)
  }
  return { codes, scale }
}

/** Nearest rounding at the largest weight's scale: the default. */
export function quantiseWeights(
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  inputScale: number,
  bits: number,
  rule: WeightRule = FREE,
): WeightCodes {
  return roundWeights(weight, maxWeightScales(weight, bias, inputScale, bits, rule), bits, rule)
}

/** What the codes stand for. */
export function realWeights({ codes, scale }: WeightCodes): Float32Array {
  const size = codes.length / scale.length
  const real = new Float32Array(codes.length)
  for (let i = 0; i < real.length; i++) real[i] = scale[Math.floor(i / size)]! * codes[i]!
  return real
}
