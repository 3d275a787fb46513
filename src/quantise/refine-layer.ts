/** Refinement of one convolution: its weights and bias by the techniques that were chosen, from samples of what it reads and should give. */
import type { IntegerConv } from '../golden/types.ts'
import type { ConvNode } from '../graph/types.ts'
import { correctBias } from './bias-correction.ts'
import { type QuantiseOptions, type RefinedLayer, weightBitsOf } from './integer-graph.ts'
import { type LayerSamples, measureErrors } from './layer-errors.ts'
import type { MatrixProducts } from './matrix-products.ts'
import { meanDiagonal, measureCovariance, refitWeights } from './refit.ts'
import { searchScales } from './search-scales.ts'
import { roundSecondOrder } from './second-order.ts'
import type { Technique } from './techniques.ts'
import { meanSquareWeightScales } from './weight-scales.ts'
import { maxWeightScales, realWeights, roundWeights, type WeightCodes, weightRuleOf } from './weights.ts'

/** Shares of the mean input power. */
export interface Strengths {
  readonly ridge: number
  readonly damping: number
}

/** The first values tried, not tuned. */
const USUAL: Strengths = { ridge: 0.1, damping: 0.01 }

export interface LayerOptions extends QuantiseOptions {
  readonly techniques: ReadonlySet<Technique>
}

export interface PlainLayer {
  readonly node: ConvNode
  /** Without refinement. */
  readonly plain: IntegerConv
  readonly inputScale: number
}

/** The weights and bias that the techniques give one convolution. */
export async function refineLayer(
  { node, plain, inputScale }: PlainLayer,
  samples: LayerSamples,
  products: MatrixProducts,
  options: LayerOptions,
  { ridge, damping }: Strengths = USUAL,
): Promise<RefinedLayer> {
  const { techniques } = options
  const { taps, channels } = samples
  const bits = weightBitsOf(node.name, options)
  const bias = Float64Array.from(node.bias!)
  const rule = weightRuleOf(options)
  const wantsFit = techniques.has('refit')
  const wantsRounding = techniques.has('second-order')
  let weight = node.weight
  let weights: WeightCodes = { codes: plain.weight, scale: plain.weightScale }
  let inputMeans: Float64Array | null = null
  if (wantsFit || wantsRounding) {
    const errors = await measureErrors(samples, weight, bias, products)
    const { covariance, means } = await measureCovariance(samples, products)
    inputMeans = means
    const power = meanDiagonal(covariance, taps)
    if (wantsFit)
      weight = await refitWeights(weight, samples, errors, { covariance, pull: ridge * power }, products)
    if (wantsRounding)
      weights = await roundSecondOrder(weight, bias, covariance, { bits, inputScale, damping, rule })
  }
  if (!wantsRounding) {
    const scales = techniques.has('mse-scales')
      ? await meanSquareWeightScales(weight, bias, inputScale, bits, undefined, rule)
      : maxWeightScales(weight, bias, inputScale, bits, rule)
    weights =
      rule.scale === 'free'
        ? roundWeights(weight, scales, bits, rule)
        : await searchScales(weight, scales, { samples, bias, bits, rule }, products)
  }
  if (!techniques.has('bias-correction')) return { weights }
  const real = realWeights(weights)
  // The inputs were centred above: what their means give belongs to the bias of the run on them.
  const shifted = inputMeans === null ? bias : bias.map((b, c) => b + meanOutput(real, inputMeans, c))
  const shift = correctBias(await measureErrors(samples, real, shifted, products), channels)
  return { weights, bias: bias.map((b, c) => b + shift[c]!) }
}

/** What the means of the inputs add to the output of a channel. */
export function meanOutput(weight: Float32Array, means: Float64Array, channel: number): number {
  let sum = 0
  for (let tap = 0; tap < means.length; tap++) sum += weight[channel * means.length + tap]! * means[tap]!
  return sum
}
