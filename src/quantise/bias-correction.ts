/**
 * Bias correction. Rounding shifts the mean of every channel: the errors of weights do not cancel, and SiLU gathers most
 * activations in a few codes just below zero. This file measures the shift on calibration images and subtracts it from the
 * bias, which costs no hardware. After M. Nagel et al., "Data-free quantization through weight equalization and bias correction",
 * ICCV 2019, section 4.2 and appendix D (empirical bias correction).
 *
 * One change: the mean is weighted by what SiLU lets through. Most pre-activations are far below zero, where SiLU
 * suppresses the error; the plain mean would follow these many values and make the few that matter worse
 * (measured in docs/accuracy.md).
 */
import type { LayerErrors } from './layer-errors.ts'

/** Weight of an error that SiLU suppresses: a channel that is never active keeps its place. */
const FLOOR = 1e-3

/** @returns what to add to each channel's bias. */
export function correctBias({ errors, relevance }: LayerErrors, channels: number): Float64Array {
  const sums = new Float64Array(channels)
  const weights = new Float64Array(channels)
  for (let i = 0; i < errors.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      const weight = Math.max(FLOOR, relevance[i + c]!)
      sums[c]! += weight * errors[i + c]!
      weights[c]! += weight
    }
  }
  return sums.map((sum, channel) => sum / (weights[channel]! || 1))
}
