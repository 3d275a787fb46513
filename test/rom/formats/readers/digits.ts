/** Digits to packed words, over byte arrays. */
import { orBits } from '../../../../src/rom/formats/bits.ts'
import type { Span } from './types.ts'

/** Value of an ASCII digit, 255 if it is none. */
const VALUE = new Uint8Array(256).fill(255)
for (let digit = 0; digit < 16; digit++) {
  VALUE['0123456789abcdef'.charCodeAt(digit)] = digit
  VALUE['0123456789ABCDEF'.charCodeAt(digit)] = digit
}

const UNDERSCORE = 95

/** Value of one ASCII digit in `radix`, or -1. */
export function digitValue(code: number, radix: number): number {
  const value = VALUE[code]!
  return value < radix ? value : -1
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
