/** `$readmemh` text (IEEE 1800-2017, 21.4). */
import { NEWLINE } from '../../../../src/rom/formats/digits.ts'
import type { RomImage } from '../../../../src/rom/formats/types.ts'
import { collectWords, quoteText, textBytes } from './collect.ts'
import { digitValue } from './digits.ts'
import { RomFileError, type RomShape, type RomText } from './types.ts'

const FORMAT = '$readmemh'
const SLASH = 47
const STAR = 42
const AT = 64

/**
 * Reads what the clause allows (white space, both comments, `@address`, underscores) but `x` and `z`. Simulators
 * only warn of a missing or an overlong word; here every address must be given, once, and fit.
 * @throws RomFileError
 */
export function parseReadmemh(source: RomText, shape: RomShape): RomImage {
  const text = textBytes(source)
  const words = collectWords(FORMAT, shape)
  let line = 1
  let address = 0
  let at = 0
  while (at < text.length) {
    const code = text[at]!
    if (code === NEWLINE) {
      line++
      at++
    } else if (isSpace(code)) at++
    else if (code === SLASH) {
      const end = skipComment(text, at)
      if (end < 0)
        throw new RomFileError(
          FORMAT,
          line,
          `expected // or a closed /* */, received ${quoteText(text, at, at + 2)}`,
        )
      for (; at < end; at++) if (text[at] === NEWLINE) line++
    } else {
      let end = at + 1
      while (end < text.length && !isSpace(text[end]!) && text[end] !== NEWLINE && text[end] !== SLASH) end++
      if (code === AT) address = parseAddress(text, at + 1, end, line)
      else words.put(address++, { text, begin: at, end, line }, 16)
      at = end
    }
  }
  return words.finish(line, 'refuse')
}

function parseAddress(text: Uint8Array, begin: number, end: number, line: number): number {
  let address = 0
  for (let at = begin; at < end; at++) {
    const value = digitValue(text[at]!, 16)
    address = value < 0 ? Number.POSITIVE_INFINITY : address * 16 + value
  }
  if (begin === end || address > 0xffff_ffff)
    throw new RomFileError(
      FORMAT,
      line,
      `expected @ and a hexadecimal address, received ${quoteText(text, begin - 1, end)}`,
    )
  return address
}

/** Position after the comment that begins at `at`, or -1 where none does or it is not closed. */
function skipComment(text: Uint8Array, at: number): number {
  if (text[at + 1] === SLASH) {
    const end = text.indexOf(NEWLINE, at)
    return end < 0 ? text.length : end
  }
  if (text[at + 1] !== STAR) return -1
  const end = Buffer.from(text.buffer, text.byteOffset, text.length).indexOf('*/', at + 2)
  return end < 0 ? -1 : end + 2
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 12
}
