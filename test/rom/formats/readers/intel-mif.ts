/** Intel .mif, the memory initialization file of Quartus. */
import type { RomImage } from '../../../../src/rom/formats/types.ts'
import { agreeShape, collectWords, quoteText, textBytes, type WordCollector } from './collect.ts'
import type { Radix } from './digits.ts'
import { endOfLine, lowerText, type Scanner, scanTokens } from './scan.ts'
import { type DescribedShape, RomFileError, type RomText, type Span } from './types.ts'

const FORMAT = 'Intel MIF'
const PERCENT = 37
const DASH = 45
const RADICES: ReadonlyMap<string, Radix> = new Map([
  ['bin', 2],
  ['oct', 8],
  ['dec', 10],
  ['uns', 10],
  ['hex', 16],
])

/**
 * Reads all of the definition: five radices, `[a..b] : d0 d1;` (repeated to fill), `a : d0 d1;` (from a on), both comments;
 * a later line replaces an earlier one. An address that no line names is refused (Quartus makes it zero).
 * @throws RomFileError
 */
export function parseIntelMif(source: RomText, shape: DescribedShape): RomImage {
  const tokens = scanTokens(textBytes(source), '=;:[]', skipComment)
  const header = readHeader(tokens)
  const depth = readCount(header, 'depth')
  const width = readCount(header, 'width')
  const stated = agreeShape(FORMAT, 0, { name: shape.name, width, depth }, shape)
  const words = collectWords(FORMAT, stated, true)
  const addressRadix = readRadix(header, 'address_radix')
  const dataRadix = readRadix(header, 'data_radix')
  const signed = header.get('data_radix') === 'dec'
  expectWord(tokens, 'begin')
  for (;;) {
    const token = expectToken(tokens, 'an address or END')
    const word = lowerText(token)
    if (word === 'end') break
    const [first, last] =
      word === '[' ? readRange(tokens, addressRadix) : [readAddress(word, token.line, addressRadix), null]
    expectWord(tokens, ':')
    readData(tokens, words, first, last, { radix: dataRadix, signed, width })
  }
  expectWord(tokens, ';')
  return words.finish(tokens.line(), 'refuse')
}

interface DataFormat {
  readonly radix: Radix
  readonly signed: boolean
  readonly width: number
}

function readData(
  tokens: Scanner,
  words: WordCollector,
  first: number,
  last: number | null,
  format: DataFormat,
): void {
  const data: Span[] = []
  for (;;) {
    const token = expectToken(tokens, 'data or ;')
    if (token.text[token.begin] === 59) break
    data.push(token)
  }
  if (data.length === 0) throw new RomFileError(FORMAT, tokens.line(), 'expected data before ;')
  const end = last ?? first + data.length - 1
  for (let address = first; address <= end; address++) {
    const token = data[(address - first) % data.length]!
    if (format.signed && token.text[token.begin] === DASH) putNegative(words, address, token, format)
    else words.put(address, token, format.radix)
  }
}

/** -n in `width` bits, two's complement. */
function putNegative(words: WordCollector, address: number, token: Span, { width }: DataFormat): void {
  const digits = lowerText(token)
  const value = /^-\d+$/.test(digits) && digits.length <= width + 1 ? BigInt(digits) : null
  if (value === null || value < -(1n << BigInt(width - 1)))
    throw new RomFileError(
      FORMAT,
      token.line,
      `expected a signed word of ${width} bits, received ${quoteText(token.text, token.begin, token.end)}`,
    )
  const hex = Buffer.from(BigInt.asUintN(width, value).toString(16))
  words.put(address, { text: hex, begin: 0, end: hex.length, line: token.line }, 16)
}

/** `KEYWORD = value;` up to CONTENT. */
function readHeader(tokens: Scanner): Map<string, string> {
  const header = new Map<string, string>()
  for (;;) {
    const token = expectToken(tokens, 'DEPTH, WIDTH, ADDRESS_RADIX, DATA_RADIX or CONTENT')
    const keyword = lowerText(token)
    if (keyword === 'content') return header
    if (!['depth', 'width', 'address_radix', 'data_radix'].includes(keyword) || header.has(keyword))
      throw new RomFileError(
        FORMAT,
        token.line,
        `expected each of DEPTH, WIDTH, ADDRESS_RADIX, DATA_RADIX once, then CONTENT, received ${quoteText(token.text, token.begin, token.end)}`,
      )
    expectWord(tokens, '=')
    header.set(keyword, lowerText(expectToken(tokens, 'a value')))
    expectWord(tokens, ';')
  }
}

function readCount(header: ReadonlyMap<string, string>, keyword: string): number {
  const value = header.get(keyword) ?? 'none'
  if (!/^\d{1,9}$/.test(value) || Number(value) === 0)
    throw new RomFileError(
      FORMAT,
      0,
      `expected ${keyword.toUpperCase()} = a positive number, received ${value}`,
    )
  return Number(value)
}

function readRadix(header: ReadonlyMap<string, string>, keyword: string): Radix {
  const value = header.get(keyword) ?? 'hex'
  const radix = RADICES.get(value)
  if (radix === undefined)
    throw new RomFileError(
      FORMAT,
      0,
      `expected ${keyword.toUpperCase()} = BIN, OCT, DEC, UNS or HEX, received ${JSON.stringify(value)}`,
    )
  return radix
}

/** `first..last]`; the bracket before it is read already. */
function readRange(tokens: Scanner, radix: Radix): [number, number] {
  const token = expectToken(tokens, 'first..last')
  const [from, to, ...more] = lowerText(token).split('..')
  if (to === undefined || more.length > 0)
    throw new RomFileError(
      FORMAT,
      token.line,
      `expected [first..last], received ${quoteText(token.text, token.begin - 1, token.end + 1)}`,
    )
  const first = readAddress(from!, token.line, radix)
  const last = readAddress(to, token.line, radix)
  expectWord(tokens, ']')
  if (last < first)
    throw new RomFileError(FORMAT, token.line, `expected an ascending range, received ${first} to ${last}`)
  return [first, last]
}

function readAddress(digits: string, line: number, radix: Radix): number {
  const legal = { 2: /^[01]{1,32}$/, 8: /^[0-7]{1,11}$/, 10: /^\d{1,10}$/, 16: /^[0-9a-f]{1,8}$/ }[radix]
  if (!legal.test(digits))
    throw new RomFileError(
      FORMAT,
      line,
      `expected an address in radix ${radix}, received ${JSON.stringify(digits.slice(0, 40))}`,
    )
  return Number.parseInt(digits, radix)
}

function expectToken(tokens: Scanner, what: string): Span {
  const token = tokens.next()
  if (token === null)
    throw new RomFileError(FORMAT, tokens.line(), `expected ${what}, received the end of the file`)
  return token
}

function expectWord(tokens: Scanner, word: string): void {
  const token = expectToken(tokens, word.toUpperCase())
  if (lowerText(token) !== word)
    throw new RomFileError(
      FORMAT,
      token.line,
      `expected ${word.toUpperCase()}, received ${quoteText(token.text, token.begin, token.end)}`,
    )
}

function skipComment(text: Uint8Array, at: number): number {
  if (text[at] === DASH && text[at + 1] === DASH) return endOfLine(text, at)
  if (text[at] !== PERCENT) return at
  const end = text.indexOf(PERCENT, at + 1)
  return end < 0 ? -1 : end + 1
}
