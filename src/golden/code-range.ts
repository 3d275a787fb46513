/** Codes as the hardware has them and as Assay carries them, unsigned. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import type { Codes, IntegerGraph, QuantParams } from './types.ts'

/** The arithmetic that a graph was quantised for. */
export const profileOf = ({ profile }: Pick<IntegerGraph, 'profile'>): Profile => profile ?? ASSAY

/** Its name, for reports and files; undefined for that of docs/arithmetic.md, which goes without saying. */
export const profileName = (graph: Pick<IntegerGraph, 'profile'>): string | undefined => {
  const profile = profileOf(graph)
  return profile === ASSAY ? undefined : profile.name
}

/** What a code is carried above its own value: 2^(n−1) where codes are signed. */
export const codeOffset = ({ codes: { signed } }: Pick<Profile, 'codes'>, bits: number): number =>
  signed ? 2 ** (bits - 1) : 0

/** The same of a tensor's codes. @throws RangeError for a name that the graph does not have */
export function offsetOf(graph: IntegerGraph, name: string): number {
  const node = graph.nodes.find((one) => one.name === name)
  if (node === undefined) throw new RangeError(`the graph has no node ${name}`)
  return codeOffset(profileOf(graph), node.quant.bits)
}

/** Of the class-logit codes of a graph's boxes: its table of scores has an entry for each code. */
export const boxOffset = (graph: IntegerGraph): number =>
  graph.head === null ? 0 : codeOffset(profileOf(graph), Math.log2(graph.head.sigmoidTable.length))

/** The code, as carried, that a tap outside the tensor holds. */
export const paddingCode = (profile: Pick<Profile, 'codes'>, { zeroPoint, bits }: QuantParams): number =>
  profile.codes.padding === 'zero-point' ? zeroPoint : codeOffset(profile, bits)

/** The least and the greatest code of so many bits, as the hardware has them. */
export function codeRange(
  profile: Pick<Profile, 'codes'>,
  bits: number,
): readonly [low: number, high: number] {
  const offset = codeOffset(profile, bits)
  return [0 - offset, 2 ** bits - 1 - offset]
}

/** Codes of hardware may be wider than a tensor's: what fits 30 bits is carried as it is, and what does not, as the nearest that does. */
const HALF = 2 ** 30

/** A code of the hardware as Assay carries it, never below 0: one that is too low is carried above all others. */
export function carryCode(code: number, offset: number): number {
  const carried = Math.min(Math.max(code + offset, -HALF), HALF - 1)
  return carried < 0 ? carried + 2 * HALF : carried
}

/** The code of the hardware that is carried so. */
export const ownCode = (carried: number, offset: number): number =>
  (carried >= HALF ? carried - 2 * HALF : carried) - offset

/**
 * A table as a memory of the hardware holds it: at the address that is the two's complement of a signed index. A table has 2^n entries.
 *
 * @param offset of the codes in it
 */
export function ownTable(
  { codes: { signed } }: Pick<Profile, 'codes'>,
  table: Codes,
  offset: number,
): ArrayLike<number> {
  if (!signed) return table
  const half = table.length / 2
  return Int32Array.from(
    table,
    (_, address) => table[address < half ? address + half : address - half]! - offset,
  )
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
