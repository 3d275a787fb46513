/** ORs up to 8 bits into a little-endian bit string; what lies beyond its end is lost. */
export function orBits(bytes: Uint8Array, bit: number, value: number): void {
  const at = bit >>> 3
  const shifted = value << (bit & 7)
  bytes[at]! |= shifted
  bytes[at + 1]! |= shifted >> 8
}
