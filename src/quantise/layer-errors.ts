/** The errors of a convolution's pre-activations, and how much of each its activation lets through. */
import { giveWay } from '../input/give-way.ts'
import { silu } from './activation-table.ts'
import type { MatrixProducts } from './matrix-products.ts'

export interface LayerSamples {
  /** Real values of the taps that the integer layer reads, [rows, taps]. */
  readonly inputs: Float32Array
  /** The float network's pre-activations at the same pixels, [rows, channels]. */
  readonly targets: Float32Array
  readonly taps: number
  readonly channels: number
  readonly hasActivation: boolean
}

export interface LayerErrors {
  /** Target less actual, [rows, channels]. */
  readonly errors: Float32Array
  /** How much each error counts behind the activation, 0 to 1, [rows, channels]. */
  readonly relevance: Float32Array
}

/**
 * Runs real weights [channels, taps] and a bias on the samples. An error counts with the square of the slope of SiLU between what is and
 * what should be: far below zero SiLU is flat, and an error there does not count.
 */
export async function measureErrors(
  samples: LayerSamples,
  weight: Float32Array,
  bias: ArrayLike<number>,
  products: MatrixProducts,
): Promise<LayerErrors> {
  const { inputs, targets, taps, channels, hasActivation } = samples
  const errors = await products.outer(inputs, weight, taps)
  const relevance = new Float32Array(errors.length).fill(1)
  for (let i = 0; i < errors.length; i++) {
    if (i % 2 ** 18 === 0) await giveWay()
    const actual = errors[i]! + bias[i % channels]!
    const error = targets[i]! - actual
    errors[i] = error
    if (!hasActivation) continue
    const slope = Math.abs(error) > 1e-4 ? (silu(targets[i]!) - silu(actual)) / error : slopeOfSilu(actual)
    relevance[i] = Math.min(1, slope * slope)
  }
  return { errors, relevance }
}

function slopeOfSilu(x: number): number {
  const s = 1 / (1 + Math.exp(-x))
  return s * (1 + x * (1 - s))
}
