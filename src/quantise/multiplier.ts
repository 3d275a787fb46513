/** Clause A-4: a positive real factor as M / 2^s with M of 16 bits. */

export const MULTIPLIER_BITS = 16
export const MAX_SHIFT = 47

export interface FixedMultiplier {
  readonly multiplier: number
  readonly shift: number
}

/**
 * The nearest M / 2^s to a factor, normalised: 2^15 <= M < 2^16 unless the shift is at its limit (then the factor is so
 * small that every accumulator requantises to the zero point anyway). Throws RangeError for a factor that is not positive and finite,
 * or of 2^16 and more.
 */
export function toFixedMultiplier(factor: number, maxShift: number = MAX_SHIFT): FixedMultiplier {
  if (!(factor > 0) || !Number.isFinite(factor))
    throw new RangeError(`a multiplier must be positive and finite, got ${factor}`)
  let shift = Math.min(MULTIPLIER_BITS - 1 - Math.floor(Math.log2(factor)), maxShift)
  let multiplier = Math.round(factor * 2 ** shift)
  if (multiplier === 2 ** MULTIPLIER_BITS) {
    multiplier /= 2
    shift--
  }
  if (shift < 0) throw new RangeError(`a multiplier must be below 2^${MULTIPLIER_BITS}, got ${factor}`)
  return { multiplier, shift }
}
