/** Packed words to digits, over byte arrays: the inner loops that all text formats share. */

/** ASCII codes of the high and low hexadecimal digit of every byte. */
const HIGH = Uint8Array.from({ length: 256 }, (_, byte) => '0123456789abcdef'.charCodeAt(byte >> 4))
const LOW = Uint8Array.from({ length: 256 }, (_, byte) => '0123456789abcdef'.charCodeAt(byte & 15))

export const NEWLINE = 10

/** Hexadecimal digits of a word of `width` bits. */
export function hexDigits(width: number): number {
  return (width + 3) >>> 2
}

/** Writes the word at `bytes[offset]` as `hexDigits(width)` digits, most significant first; returns the next position. */
export function putHex(
  target: Uint8Array,
  at: number,
  bytes: Uint8Array,
  offset: number,
  width: number,
): number {
  let from = offset + ((width + 7) >>> 3) - 1
  let to = at
  if ((hexDigits(width) & 1) === 1) target[to++] = LOW[bytes[from--]!]!
  for (; from >= offset; from--) {
    const byte = bytes[from]!
    target[to++] = HIGH[byte]!
    target[to++] = LOW[byte]!
  }
  return to
}

/** Writes the word at `bytes[offset]` as `width` binary digits, most significant first; returns the next position. */
export function putBinary(
  target: Uint8Array,
  at: number,
  bytes: Uint8Array,
  offset: number,
  width: number,
): number {
  let to = at
  for (let bit = width - 1; bit >= 0; bit--)
    target[to++] = 48 + ((bytes[offset + (bit >>> 3)]! >>> (bit & 7)) & 1)
  return to
}

/** Writes a count in decimal; returns the next position. */
export function putDecimal(target: Uint8Array, at: number, value: number): number {
  let digits = 1
  for (let limit = 10; limit <= value; limit *= 10) digits++
  let rest = value
  for (let to = at + digits - 1; to >= at; to--) {
    const next = Math.floor(rest / 10)
    target[to] = 48 + rest - 10 * next
    rest = next
  }
  return at + digits
}

/** Writes a count below 2^32 as `digits` hexadecimal digits; returns the next position. */
export function putHexCount(target: Uint8Array, at: number, value: number, digits: number): number {
  for (let to = at + digits - 1, rest = value; to >= at; to--, rest >>>= 4) target[to] = LOW[rest & 15]!
  return at + digits
}

/** Writes ASCII text; returns the next position. */
export function putText(target: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) target[at + index] = text.charCodeAt(index)
  return at + text.length
}
