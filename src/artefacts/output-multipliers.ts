/** Multiplier and shift as LiteRT and CMSIS-NN take them: M as an int32 of 31 bits below the point, a shift to the left that may be negative. */
import { scalingOf } from '../arithmetic/parameters.ts'
import type { Profile } from '../arithmetic/profile.ts'
import type { IntegerConv } from '../golden/types.ts'

/** One of each per output channel: real factor = multiplier / 2^31 · 2^shift. */
export interface OutputMultipliers {
  readonly multipliers: Int32Array
  readonly shifts: Int32Array
}

/** Null where the profile has no multiplier of 31 bits. */
export function outputMultipliers(
  { multiplier, shift }: Pick<IntegerConv, 'multiplier' | 'shift'>,
  { requantise }: Pick<Profile, 'requantise'>,
): OutputMultipliers | null {
  const scaling = scalingOf(requantise)
  const isDoubling = scaling === 'doubling-high-multiply'
  const isWide = requantise.some((one) => one.stage === 'multiply' && one.bits === 31)
  if (!isDoubling && !isWide) return null
  return {
    multipliers: Int32Array.from(multiplier),
    shifts: Int32Array.from(shift, (s) => (isDoubling ? -s : 31 - s)),
  }
}
