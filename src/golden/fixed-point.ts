/**
 * The fixed-point steps of docs/arithmetic.md, in doubles. Doubles hold every integer up to 2^53 exactly, and dividing by a
 * power of two only changes the exponent; each function says why its values stay inside that bound.
 */

/** x limited to the closed range lo .. hi. */
export function clamp(x: number, lo: number, hi: number): number {
  return Math.min(Math.max(x, lo), hi)
}

/**
 * ⌊(x + h) / 2^s⌋ with h = 2^(s−1), or 0 for s = 0: one rounding, half up.
 * Exact for an integer |x| < 2^52 and 0 <= s <= 52: then |x + h| < 2^53.
 */
export function shiftRoundHalfUp(x: number, s: number): number {
  const half = s === 0 ? 0 : 2 ** (s - 1)
  return Math.floor((x + half) / 2 ** s)
}

/** The integer parameters of one output channel's requantisation. */
export interface Requantisation {
  /** M, unsigned 16 bits. */
  readonly multiplier: number
  /** s, 0 to 47. */
  readonly shift: number
  /** Z, added after the shift. */
  readonly zeroPoint: number
  /** n: the code is clamped to 0 .. 2^n − 1. */
  readonly bits: number
}

/**
 * p = clamp(Z + ⌊(acc · M + h) / 2^s⌋, 0, 2^n − 1).
 * With |acc| <= 2^31, M < 2^16 and h <= 2^46 the sum is below 2^48, far inside the bound.
 */
export function requantise(acc: number, by: Requantisation): number {
  const rounded = shiftRoundHalfUp(acc * by.multiplier, by.shift)
  return clamp(by.zeroPoint + rounded, 0, 2 ** by.bits - 1)
}
