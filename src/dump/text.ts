/** Dumps that are text: `$readmemh` and other hexadecimal text, and decimal numbers, one a line or many. */
import { InputError } from '../input/input-error.ts'
import type { ValuesContent, WordsContent } from './types.ts'

/** What a text may take in memory once it is read. */
const MOST_BYTES = 2 ** 29
const MOST_DIGITS = 4096

const [SLASH, STAR, NEWLINE, HASH, AT] = [0x2f, 0x2a, 0x0a, 0x23, 0x40]
const UNKNOWN = 16
const OTHER = 255

/** Value of a hexadecimal digit; `UNKNOWN` for x and z. */
const DIGITS = new Uint8Array(256).fill(OTHER)
for (let digit = 0; digit < 16; digit++)
  for (const text of [digit.toString(16), digit.toString(16).toUpperCase()])
    DIGITS[text.charCodeAt(0)] = digit
for (const text of 'xXzZ?') DIGITS[text.charCodeAt(0)] = UNKNOWN
const UNDERSCORE = 0x5f

const SEPARATORS = new Uint8Array(256)
for (const text of ' \t\r\n\v\f,;') SEPARATORS[text.charCodeAt(0)] = 1

/** Hears each word between separators, and with `onAddress` each that begins with `@`; comments are passed over. */
function scan(text: Uint8Array, onWord: (begin: number, end: number) => void): void {
  for (let at = 0; at < text.length; ) {
    const byte = text[at]!
    if (SEPARATORS[byte] === 1) at++
    else if (byte === HASH || (byte === SLASH && text[at + 1] === SLASH)) {
      const end = text.indexOf(NEWLINE, at)
      at = end < 0 ? text.length : end + 1
    } else if (byte === SLASH && text[at + 1] === STAR) {
      at += 2
      while (at < text.length && !(text[at] === STAR && text[at + 1] === SLASH)) at++
      at += 2
    } else {
      const begin = at
      while (at < text.length && SEPARATORS[text[at]!] !== 1 && text[at] !== SLASH) at++
      // A lone slash is no separator, and no word either.
      onWord(begin, Math.max(at, begin + 1))
      at = Math.max(at, begin + 1)
    }
  }
}

const textOf = (text: Uint8Array, begin: number, end: number): string =>
  Buffer.from(text.subarray(begin, Math.min(end, begin + 40))).toString('latin1')

function refuseWord(text: Uint8Array, begin: number, end: number, expected: string, where: string): never {
  let line = 1
  for (let at = 0; at < begin; at++) if (text[at] === NEWLINE) line++
  throw new InputError(`expected ${expected}, got '${textOf(text, begin, end)}'`, `${where}:${line}`)
}

const isPrefix = (text: Uint8Array, at: number): boolean =>
  text[at] === 0x30 && (text[at + 1] === 0x78 || text[at + 1] === 0x58)

/**
 * `$readmemh` text (IEEE 1800-2017, 21.4), with or without `0x` and commas: words, `@` before an address, comments. The lowest address is
 * the first word; what no word is at is unknown, as x and z are.
 *
 * @throws InputError naming the line of what is no such text.
 */
export function readHexText(text: Uint8Array, where: string): WordsContent {
  if (text[0] === 0x3a)
    throw new InputError(
      'is Intel HEX, expected $readmemh text',
      where,
      'Convert it, e.g. objcopy -I ihex -O verilog.',
    )
  let digits = 1
  let low = Number.POSITIVE_INFINITY
  let high = 0
  let next = 0
  const address = (begin: number, end: number): number => {
    const value = Number.parseInt(textOf(text, begin + 1, end), 16)
    if (!/^[\da-f_]{1,13}$/i.test(textOf(text, begin + 1, end)))
      refuseWord(text, begin, end, 'a hexadecimal address', where)
    return value
  }
  scan(text, (begin, end) => {
    if (text[begin] === AT) {
      next = address(begin, end)
      return
    }
    let own = 0
    for (let at = isPrefix(text, begin) ? begin + 2 : begin; at < end; at++)
      if (DIGITS[text[at]!] !== OTHER) own++
      else if (text[at] !== UNDERSCORE) refuseWord(text, begin, end, 'a hexadecimal word', where)
    if (own === 0 || own > MOST_DIGITS)
      refuseWord(text, begin, end, `a word of 1 to ${MOST_DIGITS} digits`, where)
    digits = Math.max(digits, own)
    low = Math.min(low, next)
    high = Math.max(high, ++next)
  })
  if (high === 0) throw new InputError('holds no word', where)
  const count = high - low
  const stride = Math.ceil(digits / 2)
  if (count * stride > MOST_BYTES)
    throw new InputError(
      `its addresses reach over ${count} words of ${4 * digits} bits, more than ${MOST_BYTES} bytes`,
      where,
    )
  return fillWords(text, { digits, stride, count, low }, address)
}

function fillWords(
  text: Uint8Array,
  { digits, stride, count, low }: Readonly<Record<'digits' | 'stride' | 'count' | 'low', number>>,
  address: (begin: number, end: number) => number,
): WordsContent {
  const bytes = new Uint8Array(count * stride)
  let unknown: Uint8Array | null = null
  const written = new Uint8Array(count)
  let next = 0
  scan(text, (begin, end) => {
    if (text[begin] === AT) {
      next = address(begin, end)
      return
    }
    const word = next++ - low
    // A later word takes the place of an earlier one.
    if (written[word] === 1) {
      bytes.fill(0, word * stride, (word + 1) * stride)
      unknown?.fill(0, word * stride, (word + 1) * stride)
    }
    written[word] = 1
    const first = isPrefix(text, begin) ? begin + 2 : begin
    for (let at = end - 1, place = 0; at >= first; at--) {
      const digit = DIGITS[text[at]!]!
      if (digit === OTHER) continue
      const byte = word * stride + (place >> 1)
      const shift = 4 * (place++ & 1)
      if (digit === UNKNOWN) {
        unknown ??= new Uint8Array(count * stride)
        unknown[byte]! |= 15 << shift
      } else bytes[byte]! |= digit << shift
    }
  })
  for (let word = written.indexOf(0); word >= 0; word = written.indexOf(0, word + 1)) {
    unknown ??= new Uint8Array(count * stride)
    unknown.fill(255, word * stride, (word + 1) * stride)
  }
  return { kind: 'words', bytes, width: 4 * digits, count, unknown }
}

/** Whole numbers, with or without a sign; `1.28e2` is one, as numpy.savetxt writes it, and x is unknown. @throws InputError naming the line of any other. */
export function readDecimalText(text: Uint8Array, where: string): ValuesContent {
  let count = 0
  scan(text, () => count++)
  if (count === 0) throw new InputError('holds no number', where)
  if (8 * count > MOST_BYTES) throw new InputError(`holds ${count} numbers, more than are read`, where)
  const values = new Float64Array(count)
  let next = 0
  scan(text, (begin, end) => {
    values[next++] = readNumber(text, begin, end, where)
  })
  return { kind: 'values', values }
}

function readNumber(text: Uint8Array, begin: number, end: number, where: string): number {
  const isSigned = text[begin] === 0x2d || text[begin] === 0x2b
  let value = 0
  let at = isSigned ? begin + 1 : begin
  const first = at
  for (; at < end && at - first < 15; at++) {
    const digit = text[at]! - 0x30
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  if (at === end && at > first) return text[begin] === 0x2d ? -value : value
  const word = textOf(text, begin, end)
  if (/^[xz?]+$/i.test(word)) return Number.NaN
  const parsed = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word) ? Number(word) : Number.NaN
  if (!Number.isInteger(parsed)) refuseWord(text, begin, end, 'a whole number', where)
  return parsed
}

/** Whether the words of a text are hexadecimal: one of the first has a letter or `0x`. */
export function isHexText(text: Uint8Array): boolean {
  const head = Buffer.from(text.subarray(0, 65_536)).toString('latin1')
  const words = head.replace(/(\/\/|#).*|\/\*[\s\S]*?\*\//g, '').split(/[\s,;]+/)
  return words.some((word) => /^(0x)?(?=.*[a-f])[\da-f]+$/i.test(word) || /^(0x|@)/i.test(word))
}
