/** A ROM as a SystemVerilog package of constants. */
import { hexDigits } from '../../../../src/rom/formats/digits.ts'
import { layRows, lookUp } from '../../../../src/rom/formats/sv-package.ts'
import type { RomImage } from '../../../../src/rom/formats/types.ts'
import { agreeShape, collectWords, quoteText, textBytes, type WordCollector } from './collect.ts'
import { endOfLine } from './scan.ts'
import { type DescribedShape, RomFileError, type RomShape, type RomText, type Span } from './types.ts'

const FORMAT = 'SystemVerilog package'
const SEMICOLON = 59

/**
 * Reads back the layout that `writeSvPackage` writes, in any spacing, with `//` comments; it is no
 * SystemVerilog parser. The function is checked too: a case item that selects anything but its own row is refused.
 * @throws RomFileError
 */
export function parseSvPackage(source: RomText, shape: DescribedShape): RomImage {
  const text = textBytes(source)
  const stated = readShape(text, shape)
  const words = collectWords(FORMAT, stated)
  const frame = new Map(frameOf(stated).map((code) => [squeeze(code), code]))
  const target = lookUp(stated.width).row
  let line = 0
  let items = 0
  for (let begin = 0; begin < text.length; begin = endOfLine(text, begin) + 1) {
    line++
    const end = endOfLine(text, begin)
    // No regular expression over the digits of a row: only over what precedes them.
    const head = Buffer.from(text.subarray(begin, Math.min(end, begin + 100))).toString('latin1')
    const row = /^\s*localparam\s+logic\s*\[\s*(\d+)\s*:\s*0\s*\]\s*Row(\d+)\s*=\s*(\d+)'h/.exec(head)
    if (row !== null) {
      const [top, index, bits] = row.slice(1).map(Number) as [number, number, number]
      const span = { text, begin, end, line }
      if (top !== bits - 1) throw refuseRow(stated, span)
      putRow(words, stated, { index, bits, first: begin + row[0].length }, span)
      continue
    }
    const item = /^\s*(\d+)\s*:\s*(\w+)\s*=\s*Row(\d+)\s*;/.exec(head)
    if (item !== null) {
      if (Number(item[1]) !== Number(item[3]) || Number(item[1]) !== items || item[2] !== target)
        throw new RomFileError(
          FORMAT,
          line,
          `expected ${items}: ${target} = Row${items};, received ${JSON.stringify(head.trim())}`,
        )
      items++
      continue
    }
    const code = squeeze(head)
    if (code !== '' && !frame.delete(code) && !/^package\w+;$/.test(code))
      throw new RomFileError(
        FORMAT,
        line,
        `expected a line of the generated package, received ${quoteText(text, begin, end)}`,
      )
  }
  const [missing] = frame.values()
  if (missing !== undefined)
    throw new RomFileError(FORMAT, line, `expected ${missing}, received the end of the file`)
  const rom = words.finish(line, 'refuse')
  const rows = Math.ceil(rom.depth / layRows(rom.width).words)
  if (items !== rows) throw new RomFileError(FORMAT, line, `expected ${rows} case items, received ${items}`)
  return rom
}

type StatedShape = Required<RomShape>

function refuseRow({ name, width }: StatedShape, { text, begin, end, line }: Span): RomFileError {
  const { words, lane } = layRows(width)
  return new RomFileError(
    FORMAT,
    line,
    `${name}: expected a localparam of ${words * lane} bits, ${hexDigits(lane)} digits a word, that ends in ;, received ${quoteText(text, begin, end)}`,
  )
}

/** Puts the words of one row; the last row has as many as are left. */
function putRow(
  target: WordCollector,
  shape: StatedShape,
  /** `first` is where the literal's digits begin. */
  { index, bits, first }: { readonly index: number; readonly bits: number; readonly first: number },
  span: Span,
): void {
  const { words, lane } = layRows(shape.width)
  const { text, end, line } = span
  const digits = hexDigits(lane)
  const last = text.indexOf(SEMICOLON, first)
  const count = Math.min(words, shape.depth - index * words)
  if (last >= end || bits !== words * lane || last - first !== Math.max(1, count) * digits)
    throw refuseRow(shape, span)
  // A row past the end has a first word that `put` refuses by its address.
  for (let i = 0, to = last; i < Math.max(1, count); i++, to -= digits)
    target.put(index * words + i, { text, begin: to - digits, end: to, line }, 16)
}

/** A line without its comment and spaces: spacing is free. */
const squeeze = (line: string): string => line.replace(/\/\/.*/, '').replace(/\s/g, '')

/** Every line of a package, each once, but its name, rows and case items. */
function frameOf({ width, depth }: StatedShape): readonly string[] {
  const { open, row, close } = lookUp(width)
  return [
    `localparam int Width = ${width};`,
    `localparam int Depth = ${depth};`,
    `localparam int RowWords = ${layRows(width).words};`,
    `function automatic logic [${width - 1}:0] word(input logic [31:0] address);`,
    ...open,
    `default: ${row} = '0;`,
    'endcase',
    ...(close === '' ? [] : [close]),
    'endfunction',
    'endpackage',
  ]
}

function readShape(text: Uint8Array, shape: DescribedShape): StatedShape {
  const head = Buffer.from(text.subarray(0, 4096)).toString('latin1')
  const width = Number(/localparam\s+int\s+Width\s*=\s*(\d+)\s*;/.exec(head)?.[1])
  const depth = Number(/localparam\s+int\s+Depth\s*=\s*(\d+)\s*;/.exec(head)?.[1])
  if (!/\bpackage\s+\w+\s*;/.test(head) || !(width > 0) || !(depth > 0))
    throw new RomFileError(FORMAT, 1, `expected package, localparam int Width and Depth in the first lines`)
  agreeShape(FORMAT, 1, { name: shape.name, width, depth }, shape)
  return { name: shape.name, width, depth }
}
