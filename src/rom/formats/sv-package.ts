/** A ROM as a SystemVerilog package of constants. */
import { hexDigits, NEWLINE, putDecimal, putHex, putText } from './digits.ts'
import { checkRom, type RomImage, wordBytes } from './types.ts'

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

export function layRows(width: number): RowLayout {
  const lane = Math.max(4, 2 ** Math.ceil(Math.log2(width)))
  return 2 * lane <= ROW_BITS ? { words: ROW_BITS / lane, lane } : { words: 1, lane: width }
}

/** The lines of `word(address)` that differ with the width; a row is taken first, since tools then see a ROM of rows. */
export function lookUp(width: number): {
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
