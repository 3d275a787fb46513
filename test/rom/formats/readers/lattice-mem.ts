/** Lattice .mem, the memory initialization file of Diamond and Radiant. */
import { LATTICE_MAX_DEPTH, LATTICE_MAX_WIDTH } from '../../../../src/rom/formats/lattice-mem.ts'
import type { RomImage } from '../../../../src/rom/formats/types.ts'
import { agreeShape, collectWords, quoteText, textBytes, type WordCollector } from './collect.ts'
import { endOfLine } from './scan.ts'
import { type DescribedShape, RomFileError, type RomText, type Span } from './types.ts'

const FORMAT = 'Lattice MEM'
/** Reads formats Bin, Hex and AddrHex; an address without a value is zero, as Lattice defines. @throws RomFileError */
export function parseLatticeMem(source: RomText, shape: DescribedShape): RomImage {
  const text = textBytes(source)
  const { format, width, depth, at: begin, line: headerLines } = readHeader(text)
  if (!(depth >= 1 && depth <= LATTICE_MAX_DEPTH && width >= 1 && width <= LATTICE_MAX_WIDTH))
    throw new RomFileError(
      FORMAT,
      headerLines,
      `${shape.name}: expected 1 to ${LATTICE_MAX_DEPTH} words of 1 to ${LATTICE_MAX_WIDTH} bits, received ${depth} of ${width}`,
    )
  const words = collectWords(
    FORMAT,
    agreeShape(FORMAT, headerLines, { name: shape.name, width, depth }, shape),
  )
  let line = headerLines
  let address = 0
  for (let at = begin; at < text.length; at = endOfLine(text, at) + 1) {
    line++
    const data = { text, begin: at, end: dataEnd(text, at), line }
    if (isBlank(data)) continue
    if (format === 'addrhex') putRun(data, words)
    else words.put(address++, trim(data), format === 'bin' ? 2 : 16)
  }
  return words.finish(line, 'zero')
}

/** Without white space at the ends, where something else is between them. */
function trim(span: Span): Span {
  const { text } = span
  let { begin, end } = span
  while (text[begin]! <= 32) begin++
  while (text[end - 1]! <= 32) end--
  return { ...span, begin, end }
}

/** `address: word word …`. */
function putRun({ text, begin, end, line }: Span, words: WordCollector): void {
  const colon = text.subarray(begin, end).indexOf(58) + begin
  const [, digits = ''] =
    /^\s*([0-9a-f]+)\s*:/i.exec(Buffer.from(text.subarray(begin, colon + 1)).toString('latin1')) ?? []
  let address = Number.parseInt(digits, 16)
  if (!(address < LATTICE_MAX_DEPTH))
    throw new RomFileError(
      FORMAT,
      line,
      `expected an address, a colon and words, received ${quoteText(text, begin, end)}`,
    )
  let at = colon + 1
  while (at < end) {
    if (text[at]! <= 32) {
      at++
      continue
    }
    const first = at
    while (at < end && text[at]! > 32) at++
    words.put(address++, { text, begin: first, end: at, line }, 16)
  }
}

/** The lines up to `#Data`. */
function readHeader(text: Uint8Array): {
  format: string
  width: number
  depth: number
  at: number
  line: number
} {
  const fields = new Map<string, string>()
  let line = 0
  for (let at = 0; at < text.length; ) {
    const end = endOfLine(text, at)
    const content = Buffer.from(text.subarray(at, end)).toString('latin1').trim()
    line++
    at = end + 1
    if (content.toLowerCase() === '#data') {
      const format = fields.get('format') ?? ''
      if (!['bin', 'hex', 'addrhex'].includes(format))
        throw new RomFileError(
          FORMAT,
          line,
          `expected #Format=Bin, Hex or AddrHex, received ${JSON.stringify(format)}`,
        )
      return { format, width: Number(fields.get('width')), depth: Number(fields.get('depth')), at, line }
    }
    const [, key, value] = /^#(\w+)\s*=\s*(\w+)$/.exec(content) ?? []
    const field = key?.toLowerCase() ?? ''
    if (!['format', 'depth', 'width', 'addrradix', 'dataradix'].includes(field) || fields.has(field))
      throw new RomFileError(
        FORMAT,
        line,
        `expected each of #Format, #Depth, #Width, #AddrRadix, #DataRadix once, then #Data, received ${JSON.stringify(content.slice(0, 40))}`,
      )
    fields.set(field, value!.toLowerCase())
  }
  throw new RomFileError(FORMAT, line, 'expected a header that ends with #Data, received the end of the file')
}

/** End of the line's data: before its line feed and its `#` or `//` comment. */
function dataEnd(text: Uint8Array, begin: number): number {
  const end = endOfLine(text, begin)
  for (let at = begin; at < end; at++)
    if (text[at] === 35 || (text[at] === 47 && text[at + 1] === 47)) return at
  return end
}

function isBlank({ text, begin, end }: Span): boolean {
  for (let at = begin; at < end; at++) if (text[at]! > 32) return false
  return true
}
