/** Collects the words that a parser reads, and refuses words that are too wide, missing or given twice. */
import { MAX_WIDTH, type RomImage, wordBytes } from '../../../../src/rom/formats/types.ts'
import { type DigitFault, packDigits, type Radix } from './digits.ts'
import {
  type DescribedShape,
  MAX_BYTES,
  RomFileError,
  type RomShape,
  type RomText,
  type Span,
} from './types.ts'

/** What a parser fills, word by word, in any order; it refuses a word that is too wide, beyond the depth, or given twice. */
export interface WordCollector {
  /** Places a word's digits at `address`. */
  put(address: number, digits: Span, radix: Radix): void
  /** The ROM; `line` is the last one. `gaps` says whether an address that no line named is an error or zero. */
  finish(line: number, gaps: 'refuse' | 'zero'): RomImage
}

/**
 * `overwrite` is for the format whose later lines replace earlier ones.
 * @throws RomFileError if the expected shape itself is impossible.
 */
export function collectWords(format: string, shape: RomShape, overwrite = false): WordCollector {
  const { name, width, depth } = shape
  const limit = mostWords(format, shape)
  const stride = wordBytes(width)
  const room = depth ?? 1024
  let bytes = new Uint8Array(room * stride)
  let seen = new Uint8Array(room)
  let words = 0
  let count = 0

  const grow = (address: number): void => {
    const capacity = Math.max(address + 1, 2 * seen.length)
    const moreBytes = new Uint8Array(capacity * stride)
    const moreSeen = new Uint8Array(capacity)
    moreBytes.set(bytes)
    moreSeen.set(seen)
    bytes = moreBytes
    seen = moreSeen
  }

  return {
    put(address, digits, radix) {
      const { line } = digits
      if (address >= limit)
        throw new RomFileError(
          format,
          line,
          `${name}: expected ${depth === undefined ? 'at most ' : ''}${limit} words, received word ${address}`,
        )
      if (address >= seen.length) grow(address)
      if (seen[address] === 1 && overwrite) {
        bytes.fill(0, address * stride, (address + 1) * stride)
        count--
      } else if (seen[address] === 1)
        throw new RomFileError(
          format,
          line,
          `${name}: expected every address once, received ${address} again`,
        )
      const fault = packDigits(digits, radix, { bytes, offset: address * stride, width })
      if (fault !== null)
        throw new RomFileError(format, line, `${name}: ${describe(fault, digits, radix, width)}`)
      seen[address] = 1
      count++
      if (address >= words) words = address + 1
    },
    finish(line, gaps) {
      const total = depth ?? words
      if (total === 0)
        throw new RomFileError(format, line, `${name}: expected at least one word, received none`)
      if (gaps === 'refuse' && count < total) {
        const missing = seen.indexOf(0)
        throw new RomFileError(
          format,
          line,
          `${name}: expected ${total} words, received ${count}; address ${missing} is the first without one`,
        )
      }
      return { name, width, depth: total, bytes: bytes.subarray(0, total * stride) }
    },
  }
}

/** Words that may come at most. */
function mostWords(format: string, { name, width, depth }: RomShape): number {
  if (!Number.isInteger(width) || width < 1 || width > MAX_WIDTH)
    throw new RomFileError(
      format,
      0,
      `${name}: expected a width of 1 to ${MAX_WIDTH} bits, received ${width}`,
    )
  const most = Math.floor(MAX_BYTES / wordBytes(width))
  const limit = depth ?? most
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    throw new RomFileError(format, 0, `${name}: expected 1 to ${most} words, received ${depth}`)
  return limit
}

function describe(fault: DigitFault, { text, begin, end }: Span, radix: Radix, width: number): string {
  const received = quoteText(text, begin, end)
  switch (fault) {
    case 'empty':
      return `expected a word in radix ${radix}, received ${received}`
    case 'digit':
      return `expected digits of radix ${radix}, received ${received}`
    case 'wide':
      return `expected a word of ${width} bits, received the wider ${received}`
  }
}

/** A piece of a file for a message: quoted, printable, at most 40 characters. */
export function quoteText(text: Uint8Array, begin: number, end: number): string {
  const piece = Buffer.from(text.subarray(begin, Math.min(end, begin + 40))).toString('latin1')
  return JSON.stringify(piece) + (end > begin + 40 ? '…' : '')
}

/** A width or depth that a file states must be the expected one, where one is expected. */
export function agreeShape(
  format: string,
  line: number,
  stated: RomShape,
  expected: DescribedShape,
): RomShape {
  if (expected.width !== undefined && stated.width !== expected.width)
    throw new RomFileError(
      format,
      line,
      `${expected.name}: expected a width of ${expected.width} bits, received ${stated.width}`,
    )
  if (expected.depth !== undefined && stated.depth !== expected.depth)
    throw new RomFileError(
      format,
      line,
      `${expected.name}: expected a depth of ${expected.depth} words, received ${stated.depth}`,
    )
  return stated
}

/** The bytes of a file or of its text. */
export function textBytes(text: RomText): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text
}
