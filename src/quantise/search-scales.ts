/**
 * Weight scales that are powers of two, by the error of the layer's output: the step from one to the next is too large to be
 * left to the error of the weights, which knows nothing of what they are multiplied with.
 */
import { type LayerSamples, measureErrors } from './layer-errors.ts'
import type { MatrixProducts } from './matrix-products.ts'
import { realWeights, roundWeights, type WeightCodes, type WeightRule } from './weights.ts'

/** Times the scale that is best for the weights alone. */
const STEPS = [1, 0.5, 2] as const

interface Search {
  readonly samples: LayerSamples
  readonly bias: Float64Array
  readonly bits: number
  readonly rule: WeightRule
}

/**
 * @param weight [channels, taps]
 * @param scales one per channel, powers of two
 * @returns the codes with the least squared error behind the activation, scale by scale
 */
export async function searchScales(
  weight: Float32Array,
  scales: Float64Array,
  { samples, bias, bits, rule }: Search,
  products: MatrixProducts,
): Promise<WeightCodes> {
  const channels = bias.length
  const best = { scale: scales.slice(), error: new Float64Array(channels).fill(Number.POSITIVE_INFINITY) }
  for (const step of STEPS) {
    const tried = scales.map((scale) => scale * step)
    const real = realWeights(roundWeights(weight, tried, bits, rule))
    const found = await channelErrors(samples, real, bias, products)
    // A scale of the whole tensor is judged by all of its channels.
    const error = rule.scalePer === 'channel' ? found : found.fill(found.reduce((sum, one) => sum + one, 0))
    for (let c = 0; c < channels; c++) {
      if (error[c]! >= best.error[c]!) continue
      best.error[c] = error[c]!
      best.scale[c] = tried[c]!
    }
  }
  return roundWeights(weight, best.scale, bits, rule)
}

/** Less its mean, which bias correction takes away. */
async function channelErrors(
  samples: LayerSamples,
  weight: Float32Array,
  bias: Float64Array,
  products: MatrixProducts,
): Promise<Float64Array> {
  const { errors, relevance } = await measureErrors(samples, weight, bias, products)
  const channels = bias.length
  const [first, second, mass] = [0, 1, 2].map(() => new Float64Array(channels)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  for (let i = 0; i < errors.length; i++) {
    const c = i % channels
    first[c]! += relevance[i]! * errors[i]!
    second[c]! += relevance[i]! * errors[i]! * errors[i]!
    mass[c]! += relevance[i]!
  }
  return second.map((sum, c) => sum - (mass[c]! > 0 ? (first[c]! * first[c]!) / mass[c]! : 0))
}
