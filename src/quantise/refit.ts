/**
 * Refit: the integer layer reads activations that differ from the float network's, so other real weights than the
 * checkpoint's come nearest to the float outputs. A ridge regression on calibration samples finds them; the ridge keeps
 * what the samples do not decide at its original value. Known as asymmetric calibration: M. Nagel et al., "Up or down? Adaptive rounding for post-training quantization", ICML 2020, section 3.3.
 *
 * Errors that SiLU suppresses are not fitted: with relevance g in 0 … 1 for every sample and channel, the targets of the regression are g times
 * the errors. That is one step of majorisation-minimisation of the weighted problem, which would need a covariance for each channel.
 */
import { giveWay } from '../input/give-way.ts'
import { factorise, solve } from './cholesky.ts'
import type { LayerErrors, LayerSamples } from './layer-errors.ts'
import type { MatrixProducts } from './matrix-products.ts'

/** Covariance of the taps, [taps, taps]. Centres the inputs in place: a shift of theirs belongs to the bias. */
export async function measureCovariance(
  samples: LayerSamples,
  products: MatrixProducts,
): Promise<{ covariance: Float64Array; means: Float64Array }> {
  const { inputs, taps } = samples
  const rows = inputs.length / taps
  const means = centreColumns(inputs, taps)
  const product = await products.inner(inputs, inputs, rows)
  const covariance = new Float64Array(product.length)
  for (let i = 0; i < product.length; i++) covariance[i] = product[i]! / rows
  return { covariance, means }
}

/** Subtracts each column's mean, and returns the means. */
export function centreColumns(values: Float32Array, columns: number): Float64Array {
  const rows = values.length / columns
  const means = new Float64Array(columns)
  for (let i = 0; i < values.length; i += columns)
    for (let column = 0; column < columns; column++) means[column]! += values[i + column]! / rows
  for (let i = 0; i < values.length; i += columns)
    for (let column = 0; column < columns; column++) values[i + column]! -= means[column]!
  return means
}

export interface Ridge {
  /** Covariance of the taps. */
  readonly covariance: Float64Array
  /** Weight of |change|² against the mean square error. */
  readonly pull: number
}

/**
 * The fitted weights [channels, taps].
 *
 * @param samples with centred inputs.
 */
export async function refitWeights(
  weight: Float32Array,
  samples: LayerSamples,
  errors: LayerErrors,
  ridge: Ridge,
  products: MatrixProducts,
): Promise<Float32Array> {
  return await solveRidge(weight, await crossCovariance(samples, errors, products), ridge)
}

/** Covariance of the taps and the errors that count, [taps, channels]. */
export async function crossCovariance(
  { inputs, taps }: LayerSamples,
  { errors, relevance }: LayerErrors,
  products: MatrixProducts,
): Promise<Float32Array> {
  const rows = inputs.length / taps
  const wanted = errors.map((error, i) => (error * relevance[i]!) / rows)
  return await products.inner(inputs, wanted, rows)
}

/** The weights [channels, taps] fitted with one ridge. @param cross of `crossCovariance`, which serves all ridges. */
export async function solveRidge(
  weight: Float32Array,
  cross: Float32Array,
  { covariance, pull }: Ridge,
): Promise<Float32Array> {
  const taps = Math.sqrt(covariance.length)
  const channels = weight.length / taps
  const upper = covariance.slice()
  for (let i = 0; i < taps; i++) upper[i * taps + i]! += pull
  await factorise(upper, taps)
  const fitted = weight.slice()
  const change = new Float64Array(taps)
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < taps; i++) change[i] = cross[i * channels + channel]!
    solve(upper, taps, change)
    for (let i = 0; i < taps; i++) fitted[channel * taps + i]! += change[i]!
    await giveWay()
  }
  return fitted
}

/** The mean input power; 1 where all inputs are constant. */
export function meanDiagonal(matrix: Float64Array, n: number): number {
  let sum = 0
  for (let i = 0; i < n; i++) sum += matrix[i * n + i]!
  return sum / n || 1
}
