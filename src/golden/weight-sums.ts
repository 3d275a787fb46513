/** What a constant added to all codes that a convolution reads does to its sums. */
import type { Profile } from '../arithmetic/profile.ts'
import { hardwareQuant } from './code-range.ts'
import type { IntegerConv, QuantParams } from './types.ts'

type Weights = Pick<IntegerConv, 'weight' | 'bias'>

/** Σ q_w of an output channel. */
export function sumWeights({ weight, bias }: Weights, channel: number): number {
  const taps = weight.length / bias.length
  let sum = 0
  for (let i = channel * taps; i < (channel + 1) * taps; i++) sum += weight[i]!
  return sum
}

/**
 * B + Z_x · Σ q_w: the bias without the zero point that A-3 folds into it, in units of the accumulator. Of the same size as an
 * accumulator, since every code may be Z_x.
 *
 * @param input of the tensor that the convolution reads, as codes are carried
 */
export function unfoldBias(node: Weights, input: QuantParams, profile: Profile): Int32Array {
  const { zeroPoint } = hardwareQuant(profile, input)
  const unit = unitOf(profile)
  return node.bias.map((bias, channel) => bias + Math.round((zeroPoint * sumWeights(node, channel)) / unit))
}

/** What a unit of each channel's accumulator stands for: products are shifted before they are added. */
export const accumulatorSteps = (
  { weightScale }: Pick<IntegerConv, 'weightScale'>,
  { scale }: QuantParams,
  profile: Profile,
): Float64Array => weightScale.map((own) => own * scale * unitOf(profile))

/** Products in a unit of the accumulator. */
export const unitOf = ({ productShift }: Pick<Profile, 'productShift'>): number =>
  2 ** (productShift?.by ?? 0)
