/** A ROM as a SystemVerilog package of constants. */
import { agreeShape, collectWords, quoteText, textBytes, type WordCollector } from './collect.ts'
import { hexDigits, NEWLINE, putDecimal, putHex, putText } from './digits.ts'
import { endOfLine } from './scan.ts'
import {
  checkRom,
  type DescribedShape,
  RomFormatError,
  type RomImage,
  type RomShape,
  type RomText,
  type Span,
  wordBytes,
} from './types.ts'

const FORMAT = 'SystemVerilog package'
const SEMICOLON = 59

/** The package's name: the ROM's, with every character that no identifier has replaced, and `_pkg`. */
export function packageName(romName: string): string {
  const identifier = romName.replace(/[^A-Za-z0-9_]/g, '_')
  return `${/^[A-Za-z_]/.test(identifier) ? '' : 'rom_'}${identifier}_pkg`
}

/** Rows of a package are literals of at most this many bits, or of one word: every tool reads them, and an editor shows them. */
const ROW_BITS = 2048

/** How words lie in the rows of a package: word `a` is bits `(a % words) * lane +: width` of row `a / words`. */
interface RowLayout {
  /** Words of a row, a power of two. */
  readonly words: number
  /** Bits from one word to the next: a power of two from 4 on, so that an index is a concatenation; the width where a row is a word. */
  readonly lane: number
}

function layRows(width: number): RowLayout {
  const lane = Math.max(4, 2 ** Math.ceil(Math.log2(width)))
  return 2 * lane <= ROW_BITS ? { words: ROW_BITS / lane, lane } : { words: 1, lane: width }
}

/** The lines of `word(address)` that differ with the width; a row is taken first, since tools then see a ROM of rows. */
function lookUp(width: number): {
  readonly open: readonly string[]
  readonly row: string
  readonly close: string
} {
  const { words, lane } = layRows(width)
  if (words === 1) return { open: ['case (address)'], row: 'word', close: '' }
  return {
    open: [`logic [${words * lane - 1}:0] row;`, `case (address >> ${Math.log2(words)})`],
    row: 'row',
    close: `word = row[{address[${Math.log2(words) - 1}:0], ${Math.log2(lane)}'b0} +: ${width}];`,
  }
}

/**
 * `Width`, `Depth`, `RowWords`, localparams `Row<n>` of several words each, the first in the lowest bits, and `word(address)` to index
 * them; past the end it is zero. Verilator, Icarus and Yosys all read it. A localparam for each word would be forty times as long
 * where a word is a weight, and would cost the tools an object each.
 */
export function writeSvPackage(rom: RomImage): Uint8Array {
  checkRom(rom, FORMAT)
  const { bytes, width, depth } = rom
  const stride = wordBytes(width)
  const { words, lane } = layRows(width)
  const rows = Math.ceil(depth / words)
  const { open, row: target, close } = lookUp(width)
  const rowType = `logic [${words * lane - 1}:0]`
  const header = `// verilator lint_off UNUSEDPARAM
package ${packageName(rom.name)};
  localparam int Width = ${width};
  localparam int Depth = ${depth};
  localparam int RowWords = ${words};
`
  const middle = `
  function automatic logic [${width - 1}:0] word(input logic [31:0] address);
${open.map((line) => `    ${line}\n`).join('')}`
  const footer = `      default: ${target} = '0;
    endcase
${close === '' ? '' : `    ${close}\n`}  endfunction
endpackage
// verilator lint_on UNUSEDPARAM
`
  const [declare, equals] = [`  localparam ${rowType} Row`, ` = ${words * lane}'h`]
  const assign = `: ${target} = Row`
  const digits = String(rows - 1).length
  const padding = hexDigits(lane) - hexDigits(width)
  const frame = declare.length + equals.length + assign.length + '      ;\n;\n'.length + 3 * digits
  const text = Buffer.allocUnsafe(
    header.length + middle.length + footer.length + rows * frame + depth * hexDigits(lane),
  )
  let at = putText(text, 0, header)
  for (let row = 0; row < rows; row++) {
    at = putText(text, at, declare)
    at = putDecimal(text, at, row)
    at = putText(text, at, equals)
    for (let word = Math.min(depth, (row + 1) * words) - 1; word >= row * words; word--) {
      for (let i = 0; i < padding; i++) text[at++] = 48
      at = putHex(text, at, bytes, word * stride, width)
    }
    text[at++] = SEMICOLON
    text[at++] = NEWLINE
  }
  at = putText(text, at, middle)
  for (let row = 0; row < rows; row++) {
    at = putText(text, at, '      ')
    at = putDecimal(text, at, row)
    at = putText(text, at, assign)
    at = putDecimal(text, at, row)
    text[at++] = SEMICOLON
    text[at++] = NEWLINE
  }
  return text.subarray(0, putText(text, at, footer))
}

/**
 * Reads back the layout that {@link writeSvPackage} writes, in any spacing, with `//` comments; it is no
 * SystemVerilog parser. The function is checked too: a case item that selects anything but its own row is refused.
 * @throws RomFormatError
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
        throw new RomFormatError(
          FORMAT,
          line,
          `expected ${items}: ${target} = Row${items};, received ${JSON.stringify(head.trim())}`,
        )
      items++
      continue
    }
    const code = squeeze(head)
    if (code !== '' && !frame.delete(code) && !/^package\w+;$/.test(code))
      throw new RomFormatError(
        FORMAT,
        line,
        `expected a line of the generated package, received ${quoteText(text, begin, end)}`,
      )
  }
  const [missing] = frame.values()
  if (missing !== undefined)
    throw new RomFormatError(FORMAT, line, `expected ${missing}, received the end of the file`)
  const rom = words.finish(line, 'refuse')
  const rows = Math.ceil(rom.depth / layRows(rom.width).words)
  if (items !== rows) throw new RomFormatError(FORMAT, line, `expected ${rows} case items, received ${items}`)
  return rom
}

type StatedShape = Required<RomShape>

function refuseRow({ name, width }: StatedShape, { text, begin, end, line }: Span): RomFormatError {
  const { words, lane } = layRows(width)
  return new RomFormatError(
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
    throw new RomFormatError(FORMAT, 1, `expected package, localparam int Width and Depth in the first lines`)
  agreeShape(FORMAT, 1, { name: shape.name, width, depth }, shape)
  return { name: shape.name, width, depth }
}
