/** The power of a signal and of its quantisation noise, as sums that add up over images. */
import type { Codes, QuantParams } from '../golden/types.ts'

/** Sums over elements: of squared real values, and of squared differences from them. */
export interface Power {
  readonly signal: number
  readonly noise: number
}

export const NO_POWER: Power = { signal: 0, noise: 0 }

/**
 * @param other the same values as something else computes them.
 * @param floor values below it count as it, on both sides.
 */
export function measurePower(
  real: Float32Array,
  other: Float32Array,
  floor: number = Number.NEGATIVE_INFINITY,
): Power {
  if (real.length !== other.length)
    throw new RangeError(`Expected ${real.length} values to compare, got ${other.length}`)
  let signal = 0
  let noise = 0
  for (let i = 0; i < real.length; i++) {
    const value = Math.max(real[i]!, floor)
    const difference = Math.max(other[i]!, floor) - value
    signal += value * value
    noise += difference * difference
  }
  return { signal, noise }
}

export const addPower = (a: Power, b: Power): Power => ({
  signal: a.signal + b.signal,
  noise: a.noise + b.noise,
})

/** 10 log10 of signal over noise; Infinity if nothing differs. */
export const toDecibels = ({ signal, noise }: Power): number =>
  noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise)

/** The same for JSON, which has no infinity: null if nothing differs. */
export const decibelsOf = (power: Power): number | null => (power.noise === 0 ? null : toDecibels(power))

/** The nearest codes, clamped. */
export function quantiseReal(values: Float32Array, { scale, zeroPoint, bits }: QuantParams): Codes {
  const top = 2 ** bits - 1
  const codes = bits > 8 ? new Uint16Array(values.length) : new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++)
    codes[i] = Math.max(0, Math.min(top, Math.round(values[i]! / scale) + zeroPoint))
  return codes
}
