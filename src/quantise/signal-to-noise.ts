/** The signal-to-noise ratio of integer activations against the float ones. */
import type { Codes, QuantParams } from '../golden/types.ts'

/** 10 log10 of signal power over error power, in dB; Infinity if nothing differs. */
export function signalToNoise(real: Float32Array, codes: Codes, quant: QuantParams): number {
  let signal = 0
  let noise = 0
  for (let i = 0; i < real.length; i++) {
    const value = real[i]!
    const difference = quant.scale * (codes[i]! - quant.zeroPoint) - value
    signal += value * value
    noise += difference * difference
  }
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise)
}
