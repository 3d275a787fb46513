/** Codes as the hardware has them and as Assay carries them, unsigned. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import type { Codes, IntegerGraph, QuantParams } from './types.ts'

/** The arithmetic that a graph was quantised for. */
export const profileOf = ({ profile }: Pick<IntegerGraph, 'profile'>): Profile => profile ?? ASSAY

/** What a code is carried above its own value: 2^(n−1) where codes are signed. */
export const codeOffset = ({ codes: { signed } }: Pick<Profile, 'codes'>, bits: number): number =>
  signed ? 2 ** (bits - 1) : 0

/** The code, as carried, that a tap outside the tensor holds. */
export const paddingCode = (profile: Pick<Profile, 'codes'>, { zeroPoint, bits }: QuantParams): number =>
  profile.codes.padding === 'zero-point' ? zeroPoint : codeOffset(profile, bits)

/** The least and the greatest code of so many bits, as the hardware has them. */
export function codeRange(
  profile: Pick<Profile, 'codes'>,
  bits: number,
): readonly [low: number, high: number] {
  const offset = codeOffset(profile, bits)
  return [-offset, 2 ** bits - 1 - offset]
}

/** Codes as the hardware has them, of the narrowest type: signed ones as int8 or int16. */
export function hardwareCodes(
  profile: Pick<Profile, 'codes'>,
  codes: Codes,
  bits: number,
): Codes | Int8Array | Int16Array {
  const offset = codeOffset(profile, bits)
  if (offset === 0) return codes
  const own = bits <= 8 ? new Int8Array(codes.length) : new Int16Array(codes.length)
  for (let i = 0; i < codes.length; i++) own[i] = codes[i]! - offset
  return own
}

/** Scale, zero point and bits of the hardware's own codes. */
export const hardwareQuant = (profile: Pick<Profile, 'codes'>, quant: QuantParams): QuantParams => ({
  ...quant,
  zeroPoint: quant.zeroPoint - codeOffset(profile, quant.bits),
})
