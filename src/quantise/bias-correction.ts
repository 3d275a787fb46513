/**
 * Bias correction. Rounding shifts the mean of every channel: of the weights because their errors do not cancel, of the
 * activations because SiLU gathers most values in a few codes just below zero. The shift is measured on calibration images and taken off the
 * bias, which costs no hardware. After M. Nagel et al., "Data-free quantization through weight equalization and bias correction",
 * ICCV 2019, section 4.2 and appendix (empirical bias correction).
 */
import type { LayerStatistics } from './layer-statistics.ts'

/**
 * The bias that gives each channel of the integer layer the mean of the float layer's pre-activation.
 *
 * @param weight the real values of the codes, [channels, size].
 */
export function correctBias(
  weight: (channel: number, tap: number) => number,
  statistics: Pick<LayerStatistics, 'inputMean' | 'targetMean'>,
): Float64Array {
  const { inputMean, targetMean } = statistics
  return targetMean.map((mean, channel) => {
    let sum = 0
    for (let tap = 0; tap < inputMean.length; tap++) sum += weight(channel, tap) * inputMean[tap]!
    return mean - sum
  })
}
