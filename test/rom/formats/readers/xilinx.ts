/** Xilinx .coe and .mif. */
import type { RomImage } from '../../../../src/rom/formats/types.ts'
import { collectWords, quoteText, textBytes } from './collect.ts'
import type { Radix } from './digits.ts'
import { endOfLine, lowerText, type Scanner, scanTokens } from './scan.ts'
import { type DescribedShape, RomFileError, type RomShape, type RomText, type Span } from './types.ts'

const COE = 'Xilinx COE'
const MIF = 'Xilinx MIF'
const SEMICOLON = 59

/**
 * Reads radix 2, 10 and 16, values separated by commas or white space, and comments after any semicolon. What follows
 * the vector is ignored, as the user guide says. @throws RomFileError
 */
export function parseXilinxCoe(source: RomText, shape: RomShape): RomImage {
  const tokens = scanTokens(textBytes(source), '=,;', (_, at) => at)
  let radix: Radix | null = null
  for (;;) {
    const token = tokens.next()
    if (token === null)
      throw new RomFileError(
        COE,
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
      throw new RomFileError(
        COE,
        token.line,
        `expected memory_initialization_radix or memory_initialization_vector, received ${quoteText(token.text, token.begin, token.end)}`,
      )
  }
  if (radix === null)
    throw new RomFileError(COE, tokens.line(), 'expected memory_initialization_radix before the vector')
  return readVector(tokens, radix, shape)
}

function readVector(tokens: Scanner, radix: Radix, shape: RomShape): RomImage {
  const words = collectWords(COE, shape)
  let address = 0
  let separated = true
  for (;;) {
    const token = tokens.next()
    if (token === null) throw new RomFileError(COE, tokens.line(), 'expected ; after the last value')
    const first = token.text[token.begin]!
    if (first === SEMICOLON) {
      if (separated && address > 0)
        throw new RomFileError(COE, token.line, 'expected a value between , and ;')
      return words.finish(token.line, 'refuse')
    }
    if (first === 44) {
      if (separated) throw new RomFileError(COE, token.line, 'expected a value before ,')
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
    throw new RomFileError(
      COE,
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
    throw new RomFileError(
      COE,
      tokens.line(),
      `expected ${symbol} ${where}, received ${token === null ? 'the end of the file' : quoteText(token.text, token.begin, endOfLine(token.text, token.begin))}`,
    )
}

/** The width is the length of the first line, and every line has it. @throws RomFileError */
export function parseXilinxMif(source: RomText, shape: DescribedShape): RomImage {
  const text = textBytes(source)
  const width = shape.width ?? lineEnd(text, 0)
  const words = collectWords(MIF, { ...shape, width })
  let line = 0
  for (let begin = 0; begin < text.length; begin = endOfLine(text, begin) + 1) {
    const end = lineEnd(text, begin)
    line++
    if (end - begin !== width)
      throw new RomFileError(
        MIF,
        line,
        `${shape.name}: expected ${width} binary digits, received ${end - begin} characters ${quoteText(text, begin, end)}`,
      )
    words.put(line - 1, { text, begin, end, line }, 2)
  }
  return words.finish(line, 'refuse')
}

/** End of the line without its line feed or carriage return. */
function lineEnd(text: Uint8Array, begin: number): number {
  const end = endOfLine(text, begin)
  return text[end - 1] === 13 ? end - 1 : end
}
