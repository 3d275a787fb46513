/** The errors of a convolution's pre-activations, and how much of each its activation lets through. */
import { type Activated, activationOf } from '../graph/activation.ts'
import { giveWay } from '../input/give-way.ts'
import type { MatrixProducts } from './matrix-products.ts'

export interface LayerSamples {
  /** Real values of the taps that the integer layer reads, [rows, taps]. */
  readonly inputs: Float32Array
  /** The float network's pre-activations at the same pixels, [rows, channels]. */
  readonly targets: Float32Array
  readonly taps: number
  readonly channels: number
  readonly activated: Activated
}

export interface LayerErrors {
  /** Target less actual, [rows, channels]. */
  readonly errors: Float32Array
  /** How much each error counts behind the activation, 0 to 1, [rows, channels]. */
  readonly relevance: Float32Array
}

/**
 * Runs real weights [channels, taps] and a bias on the samples. An error counts with the square of the slope of the activation between what is and
 * what should be: far below zero it is flat, and an error there does not count.
 */
export async function measureErrors(
  samples: LayerSamples,
  weight: Float32Array,
  bias: ArrayLike<number>,
  products: MatrixProducts,
): Promise<LayerErrors> {
  const { inputs, targets, taps, channels, activated } = samples
  const apply = activationOf(activated)
  const slopeAt = slopeOf(activated)
  const errors = await products.outer(inputs, weight, taps)
  const relevance = new Float32Array(errors.length).fill(1)
  for (let i = 0; i < errors.length; i++) {
    if (i % 2 ** 18 === 0) await giveWay()
    const actual = errors[i]! + bias[i % channels]!
    const error = targets[i]! - actual
    errors[i] = error
    if (apply === null) continue
    const slope = Math.abs(error) > 1e-4 ? (apply(targets[i]!) - apply(actual)) / error : slopeAt(actual)
    relevance[i] = Math.min(1, slope * slope)
  }
  return { errors, relevance }
}

/** The slope of an activation at a point; of one with corners that between two near ones. */
function slopeOf(activated: Activated): (x: number) => number {
  if (activated.activation === 'silu')
    return (x) => {
      const s = 1 / (1 + Math.exp(-x))
      return s * (1 + x * (1 - s))
    }
  const apply = activationOf(activated) ?? ((x) => x)
  return (x) => (apply(x + NEAR) - apply(x - NEAR)) / (2 * NEAR)
}
const NEAR = 1e-4
