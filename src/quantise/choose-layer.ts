/**
 * Refinement of one convolution with a choice. Candidates are made from the images that refinement fits to; the one with the least
 * error on images that are held back is kept. The error is that of `measureErrors`: what is left of it behind the activation.
 */
import { correctBias } from './bias-correction.ts'
import { type RefinedLayer, weightBitsOf } from './integer-graph.ts'
import { type LayerSamples, measureErrors } from './layer-errors.ts'
import type { MatrixProducts } from './matrix-products.ts'
import { type LayerOptions, meanOutput, type PlainLayer } from './refine-layer.ts'
import { crossCovariance, meanDiagonal, measureCovariance, solveRidge } from './refit.ts'
import { SecondOrderRounding } from './second-order.ts'
import { meanSquareWeightScales } from './weight-scales.ts'
import { realWeights, roundWeights, type WeightCodes, weightRuleOf } from './weights.ts'

/**
 * Ridges that are tried, as shares of the mean input power. From 0.03 to 1 the error of most layers hardly moves: the first is the best
 * for most of them, the second for the wide ones of few samples.
 */
const RIDGES = [0.1, 1] as const
/** Damping of all ridges, as a share of the mean input power; with the best ridge alone, others are tried. */
const DAMPING = 0.01
/**
 * The least damping gains up to 0.4 dB in the first layers. With more taps it gains nothing, and there it would be near the rounding of
 * float32 products, with which a covariance may have no factor.
 */
const OTHER_DAMPINGS = { few: [0.001, 0.1], many: [0.1] } as const
const FEW_TAPS = 600

/** What was chosen for a layer. */
export interface LayerChoice {
  /** Ridge of the refit, as a share of the mean input power; null where codes are the nearest. */
  readonly ridge: number | null
  /** Damping of second-order rounding, as a share of the mean input power; null where codes are the nearest. */
  readonly damping: number | null
  /** Mean square error on the held-back images: of nearest codes with bias correction, and of what was chosen. */
  readonly nearest: number
  readonly chosen: number
}

/** A refined layer, and how it was chosen where there was a choice. */
export interface ChosenLayer {
  readonly refined: RefinedLayer
  readonly choice: LayerChoice | null
}

/** E.g. `ridge 0.1, damping 0.01`. */
export function describeChoice({ ridge, damping }: LayerChoice): string {
  if (ridge === null || damping === null) return 'nearest codes'
  return `ridge ${ridge}, damping ${damping}`
}

export interface SplitSamples {
  /** Samples that candidates are made from. Their inputs are centred in place. */
  readonly fit: LayerSamples
  /** Samples of the images that are held back. */
  readonly held: LayerSamples
}

interface Candidate {
  readonly ridge: number | null
  readonly damping: number | null
  readonly refined: RefinedLayer
  /** On the held-back images. */
  readonly error: number
}

/** Of two candidates with the same error the simpler one is chosen, so nearest codes first. */
export async function chooseLayer(
  { node, inputScale }: PlainLayer,
  { fit, held }: SplitSamples,
  products: MatrixProducts,
  options: LayerOptions,
): Promise<ChosenLayer> {
  const bits = weightBitsOf(node.name, options)
  const rule = weightRuleOf(options)
  const bias = Float64Array.from(node.bias!)
  const { covariance, means } = await measureCovariance(fit, products)
  // The inputs to fit to are centred: what their means give belongs to the bias of a run on them.
  const errorsOf = (weight: Float32Array) =>
    measureErrors(
      fit,
      weight,
      bias.map((b, c) => b + meanOutput(weight, means, c)),
      products,
    )
  const finish = async (
    weights: WeightCodes,
    ridge: number | null,
    damping: number | null,
  ): Promise<Candidate> => {
    const real = realWeights(weights)
    const shift = correctBias(await errorsOf(real), fit.channels)
    const corrected = bias.map((b, c) => b + shift[c]!)
    const error = await meanSquareError(held, real, corrected, products)
    return { ridge, damping, refined: { weights, bias: corrected }, error }
  }

  const scales = await meanSquareWeightScales(node.weight, bias, inputScale, bits, undefined, rule)
  const nearest = await finish(roundWeights(node.weight, scales, bits, rule), null, null)

  const cross = await crossCovariance(fit, await errorsOf(node.weight), products)
  const power = meanDiagonal(covariance, fit.taps)
  const fitted = new Map<number | null, Float32Array>()
  for (const ridge of RIDGES)
    fitted.set(ridge, await solveRidge(node.weight, cross, { covariance, pull: ridge * power }))
  const candidates = [nearest]
  const tryRidges = async (ridges: readonly (number | null)[], damping: number): Promise<void> => {
    const rounding = await SecondOrderRounding.open(covariance, damping)
    for (const ridge of ridges) {
      const weights = await rounding.round(fitted.get(ridge)!, bias, { bits, inputScale, rule })
      candidates.push(await finish(weights, ridge, damping))
    }
  }
  await tryRidges(RIDGES, DAMPING)
  const { ridge } = leastOf(candidates.slice(1))
  for (const damping of OTHER_DAMPINGS[fit.taps <= FEW_TAPS ? 'few' : 'many'])
    await tryRidges([ridge], damping)

  const best = leastOf(candidates)
  return {
    refined: best.refined,
    choice: { ridge: best.ridge, damping: best.damping, nearest: nearest.error, chosen: best.error },
  }
}

/** The first of those with the least error. */
const leastOf = (candidates: readonly Candidate[]): Candidate =>
  candidates.reduce((least, one) => (one.error < least.error ? one : least))

/** Behind the activation, as far as `measureErrors` counts it. */
async function meanSquareError(
  samples: LayerSamples,
  weight: Float32Array,
  bias: Float64Array,
  products: MatrixProducts,
): Promise<number> {
  const { errors, relevance } = await measureErrors(samples, weight, bias, products)
  let sum = 0
  for (let i = 0; i < errors.length; i++) sum += relevance[i]! * errors[i]! * errors[i]!
  return sum / errors.length
}
