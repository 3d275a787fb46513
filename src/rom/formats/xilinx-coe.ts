/** Xilinx .coe, the coefficient file of the Vivado memory generators. */
import { collectWords, quoteText, textBytes } from './collect.ts'
import { hexDigits, NEWLINE, putHex, putText, type Radix } from './digits.ts'
import { endOfLine, lowerText, type Scanner, scanTokens } from './scan.ts'
import {
  checkRom,
  RomFormatError,
  type RomImage,
  type RomShape,
  type RomText,
  type Span,
  wordBytes,
} from './types.ts'

const FORMAT = 'Xilinx COE'
const HEADER = 'memory_initialization_radix = 16;\nmemory_initialization_vector =\n'
const SEMICOLON = 59

/** A coefficient file for block and distributed memories (UG896, COE File Syntax): radix first, vector last. */
export function writeXilinxCoe(rom: RomImage): Uint8Array {
  checkRom(rom, FORMAT)
  const { bytes, width, depth } = rom
  const stride = wordBytes(width)
  const text = Buffer.allocUnsafe(HEADER.length + depth * (hexDigits(width) + 2))
  let at = putText(text, 0, HEADER)
  for (let word = 0; word < depth; word++) {
    at = putHex(text, at, bytes, word * stride, width)
    text[at++] = word === depth - 1 ? SEMICOLON : 44
    text[at++] = NEWLINE
  }
  return text
}

/**
 * Reads radix 2, 10 and 16, values separated by commas or white space, and comments after any semicolon. What follows
 * the vector is ignored, as the user guide says. @throws RomFormatError
 */
export function parseXilinxCoe(source: RomText, shape: RomShape): RomImage {
  const tokens = scanTokens(textBytes(source), '=,;', (_, at) => at)
  let radix: Radix | null = null
  for (;;) {
    const token = tokens.next()
    if (token === null)
      throw new RomFormatError(
        FORMAT,
        tokens.line(),
        'expected memory_initialization_vector, received the end of the file',
      )
    const keyword = lowerText(token)
    if (keyword === ';') {
      tokens.skipLine()
      continue
    }
    expectSymbol(tokens, '=', `after ${keyword}`)
    if (keyword === 'memory_initialization_radix') radix = readRadix(tokens)
    else if (keyword === 'memory_initialization_vector') break
    else
      throw new RomFormatError(
        FORMAT,
        token.line,
        `expected memory_initialization_radix or memory_initialization_vector, received ${quoteText(token.text, token.begin, token.end)}`,
      )
  }
  if (radix === null)
    throw new RomFormatError(FORMAT, tokens.line(), 'expected memory_initialization_radix before the vector')
  return readVector(tokens, radix, shape)
}

function readVector(tokens: Scanner, radix: Radix, shape: RomShape): RomImage {
  const words = collectWords(FORMAT, shape)
  let address = 0
  let separated = true
  for (;;) {
    const token = tokens.next()
    if (token === null) throw new RomFormatError(FORMAT, tokens.line(), 'expected ; after the last value')
    const first = token.text[token.begin]!
    if (first === SEMICOLON) {
      if (separated && address > 0)
        throw new RomFormatError(FORMAT, token.line, 'expected a value between , and ;')
      return words.finish(token.line, 'refuse')
    }
    if (first === 44) {
      if (separated) throw new RomFormatError(FORMAT, token.line, 'expected a value before ,')
      separated = true
    } else {
      words.put(address++, token, radix)
      separated = false
    }
  }
}

function readRadix(tokens: Scanner): Radix {
  const token = tokens.next()
  const value = token === null ? '' : lowerText(token)
  if (value !== '2' && value !== '10' && value !== '16')
    throw new RomFormatError(
      FORMAT,
      tokens.line(),
      `expected a radix of 2, 10 or 16, received ${JSON.stringify(value)}`,
    )
  expectSymbol(tokens, ';', 'after the radix')
  tokens.skipLine()
  return Number(value) as Radix
}

function expectSymbol(tokens: Scanner, symbol: string, where: string): void {
  const token: Span | null = tokens.next()
  if (token === null || lowerText(token) !== symbol)
    throw new RomFormatError(
      FORMAT,
      tokens.line(),
      `expected ${symbol} ${where}, received ${token === null ? 'the end of the file' : quoteText(token.text, token.begin, endOfLine(token.text, token.begin))}`,
    )
}
