/** Digits to packed words and back, over byte arrays: the inner loops that all text formats share. */
import { orBits } from './bits.ts'
import type { Span } from './types.ts'

/** ASCII codes of the high and low hexadecimal digit of every byte. */
const HIGH = Uint8Array.from({ length: 256 }, (_, byte) => '0123456789abcdef'.charCodeAt(byte >> 4))
const LOW = Uint8Array.from({ length: 256 }, (_, byte) => '0123456789abcdef'.charCodeAt(byte & 15))

/** Value of an ASCII digit, 255 if it is none. */
const VALUE = new Uint8Array(256).fill(255)
for (let digit = 0; digit < 16; digit++) {
  VALUE['0123456789abcdef'.charCodeAt(digit)] = digit
  VALUE['0123456789ABCDEF'.charCodeAt(digit)] = digit
}

export const NEWLINE = 10
const UNDERSCORE = 95

/** Value of one ASCII digit in `radix`, or -1. */
export function digitValue(code: number, radix: number): number {
  const value = VALUE[code]!
  return value < radix ? value : -1
}

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

/** Why a run of digits is no word. */
export type DigitFault = 'empty' | 'digit' | 'wide'

export type Radix = 2 | 8 | 10 | 16

/** `width` bits from `bytes[offset]` on. */
export interface WordPlace {
  readonly bytes: Uint8Array
  readonly offset: number
  readonly width: number
}

/**
 * Packs the digits `text[begin..end)` into a word that must be zero. Underscores are skipped; leading zeros beyond the width are allowed, a
 * set bit beyond it is a fault.
 */
export function packDigits(digits: Omit<Span, 'line'>, radix: Radix, place: WordPlace): DigitFault | null {
  const { text, begin, end } = digits
  const { bytes, offset, width } = place
  if (begin >= end) return 'empty'
  if (radix === 10) return packDecimal(digits, place)
  const step = radix === 16 ? 4 : radix === 8 ? 3 : 1
  let bit = 0
  for (let at = end - 1; at >= begin; at--) {
    const code = text[at]!
    if (code === UNDERSCORE) continue
    const value = VALUE[code]!
    if (value >= radix) return 'digit'
    if (value !== 0) {
      if (bit + (32 - Math.clz32(value)) > width) return 'wide'
      orBits(bytes, 8 * offset + bit, value)
    }
    bit += step
  }
  return bit === 0 ? 'empty' : null
}

function packDecimal(
  { text, begin, end }: Omit<Span, 'line'>,
  { bytes, offset, width }: WordPlace,
): DigitFault | null {
  let digits = ''
  for (let at = begin; at < end; at++) {
    const value = digitValue(text[at]!, 10)
    if (value < 0) return 'digit'
    digits += value
  }
  // More significant digits than bits cannot fit, and must not cost quadratic time.
  digits = digits.replace(/^0+(?=.)/, '')
  if (digits.length > width) return 'wide'
  let value = BigInt(digits)
  if (value >> BigInt(width) !== 0n) return 'wide'
  for (let at = offset; value !== 0n; at++, value >>= 8n) bytes[at] = Number(value & 0xffn)
  return null
}
