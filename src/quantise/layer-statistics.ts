/** First and second moments of what a convolution reads, and of what it should give. */
import type { GramProduct } from './gram.ts'

export interface LayerSamples {
  /** Real values of the taps that the integer layer reads, [rows, taps]. */
  readonly inputs: Float32Array
  /** The float network's pre-activations at the same pixels, [rows, channels]. */
  readonly targets: Float32Array
  readonly rows: number
}

export interface LayerStatistics {
  /** Of each tap. */
  readonly inputMean: Float64Array
  /** Of each output channel. */
  readonly targetMean: Float64Array
  readonly rows: number
}

export interface SecondMoments {
  /** Covariance of the taps, [taps, taps]. */
  readonly covariance: Float64Array
  /** Covariance of taps and targets, [taps, channels]. */
  readonly cross: Float64Array
}

function columnMeans(values: Float32Array, rows: number): Float64Array {
  const columns = values.length / rows
  const means = new Float64Array(columns)
  for (let i = 0, row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) means[column]! += values[i++]!
  return means.map((sum) => sum / rows)
}

export function measureMeans(samples: LayerSamples): LayerStatistics {
  return {
    inputMean: columnMeans(samples.inputs, samples.rows),
    targetMean: columnMeans(samples.targets, samples.rows),
    rows: samples.rows,
  }
}

/** Centred on the means; overwrites the samples, which may be large. */
export async function measureSecondMoments(
  samples: LayerSamples,
  means: LayerStatistics,
  gram: GramProduct,
): Promise<SecondMoments> {
  const { inputs, targets, rows } = samples
  centre(inputs, means.inputMean)
  centre(targets, means.targetMean)
  const scale = 1 / rows
  const covariance = Float64Array.from(await gram.multiply(inputs, inputs, rows), (sum) => sum * scale)
  const cross = Float64Array.from(await gram.multiply(inputs, targets, rows), (sum) => sum * scale)
  return { covariance, cross }
}

function centre(values: Float32Array, means: Float64Array): void {
  const columns = means.length
  for (let i = 0; i < values.length; i += columns)
    for (let column = 0; column < columns; column++) values[i + column]! -= means[column]!
}
