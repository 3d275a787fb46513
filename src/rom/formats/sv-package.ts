import { agreeShape, collectWords, quoteText, textBytes } from './collect.ts'
import { hexDigits, NEWLINE, putDecimal, putHex, putText } from './digits.ts'
import { endOfLine } from './scan.ts'
import {
  checkRom,
  type DescribedShape,
  RomFormatError,
  type RomImage,
  type RomText,
  wordBytes,
} from './types.ts'

const FORMAT = 'SystemVerilog package'
const SEMICOLON = 59

/** The package's name: the ROM's, with every character that no identifier has replaced, and `_pkg`. */
export function packageName(romName: string): string {
  const identifier = romName.replace(/[^A-Za-z0-9_]/g, '_')
  return `${/^[A-Za-z_]/.test(identifier) ? '' : 'rom_'}${identifier}_pkg`
}

/**
 * `Width`, `Depth`, a localparam `Word<address>` for each word, and `word(address)` to index them; past the end it is
 * zero. For tables and other small ROMs: Verilator, Icarus and Yosys all read it, but each word costs them an object.
 */
export function writeSvPackage(rom: RomImage): Uint8Array {
  checkRom(rom, FORMAT)
  const { bytes, width, depth } = rom
  const stride = wordBytes(width)
  const type = `logic [${width - 1}:0]`
  const digits = String(depth - 1).length
  const header = `// verilator lint_off UNUSEDPARAM\npackage ${packageName(rom.name)};\n  localparam int Width = ${width};\n  localparam int Depth = ${depth};\n`
  const middle = `\n  function automatic ${type} word(input logic [31:0] address);\n    case (address)\n`
  const footer = `      default: word = '0;\n    endcase\n  endfunction\nendpackage\n// verilator lint_on UNUSEDPARAM\n`
  const line = `  localparam ${type} Word = ${width}'h;\n`.length + digits + hexDigits(width)
  const item = `      : word = Word;\n`.length + 2 * digits
  const text = Buffer.allocUnsafe(header.length + middle.length + footer.length + depth * (line + item))
  let at = putText(text, 0, header)
  const [declare, equals] = [Buffer.from(`  localparam ${type} Word`), Buffer.from(` = ${width}'h`)]
  for (let word = 0; word < depth; word++) {
    text.set(declare, at)
    at = putDecimal(text, at + declare.length, word)
    text.set(equals, at)
    at = putHex(text, at + equals.length, bytes, word * stride, width)
    text[at++] = SEMICOLON
    text[at++] = NEWLINE
  }
  at = putText(text, at, middle)
  const [indent, assign] = [Buffer.from('      '), Buffer.from(': word = Word')]
  for (let word = 0; word < depth; word++) {
    text.set(indent, at)
    at = putDecimal(text, at + indent.length, word)
    text.set(assign, at)
    at = putDecimal(text, at + assign.length, word)
    text[at++] = SEMICOLON
    text[at++] = NEWLINE
  }
  return text.subarray(0, putText(text, at, footer))
}

/**
 * Reads back the layout that {@link writeSvPackage} writes, in any spacing, with `//` comments; it is no
 * SystemVerilog parser. The function is checked too: a case item that names another word is refused.
 * @throws RomFormatError
 */
export function parseSvPackage(source: RomText, shape: DescribedShape): RomImage {
  const text = textBytes(source)
  const stated = readShape(text, shape)
  const words = collectWords(FORMAT, stated)
  let line = 0
  let items = 0
  for (let begin = 0; begin < text.length; begin = endOfLine(text, begin) + 1) {
    line++
    const end = endOfLine(text, begin)
    // No regular expression over the digits of a wide word: only over what precedes them.
    const head = Buffer.from(text.subarray(begin, Math.min(end, begin + 100))).toString('latin1')
    const word = /^\s*localparam\s+logic\s*\[\s*(\d+)\s*:\s*0\s*\]\s*Word(\d+)\s*=\s*(\d+)'h/.exec(head)
    if (word !== null) {
      const first = begin + word[0].length
      const last = text.indexOf(59, first)
      if (last < 0 || last >= end || Number(word[1]) !== stated.width - 1 || Number(word[3]) !== stated.width)
        throw new RomFormatError(
          FORMAT,
          line,
          `${shape.name}: expected a localparam of ${stated.width} bits that ends in ;, received ${quoteText(text, begin, end)}`,
        )
      words.put(Number(word[2]), text, first, last, 16, line)
      continue
    }
    const item = /^\s*(\d+)\s*:\s*word\s*=\s*Word(\d+)\s*;/.exec(head)
    if (item !== null) {
      if (Number(item[1]) !== Number(item[2]) || Number(item[1]) !== items)
        throw new RomFormatError(
          FORMAT,
          line,
          `expected ${items}: word = Word${items};, received ${JSON.stringify(head.trim())}`,
        )
      items++
    } else if (!isFrame(head))
      throw new RomFormatError(
        FORMAT,
        line,
        `expected a line of the generated package, received ${quoteText(text, begin, end)}`,
      )
  }
  const rom = words.finish(line, 'refuse')
  if (items !== rom.depth)
    throw new RomFormatError(FORMAT, line, `expected ${rom.depth} case items, received ${items}`)
  return rom
}

const FRAME = [
  /^package \w+;$/,
  /^localparam int (Width|Depth) = \d+;$/,
  /^function automatic logic \[\d+:0\] word\(input logic \[31:0\] address\);$/,
  /^case \(address\)$/,
  /^default: word = '0;$/,
  /^(endcase|endfunction|endpackage)$/,
  /^$/,
]

function isFrame(head: string): boolean {
  const code = head
    .replace(/\/\/.*/, '')
    .trim()
    .replace(/\s+/g, ' ')
  return FRAME.some((pattern) => pattern.test(code))
}

function readShape(text: Uint8Array, shape: DescribedShape): { name: string; width: number; depth: number } {
  const head = Buffer.from(text.subarray(0, 4096)).toString('latin1')
  const width = Number(/localparam\s+int\s+Width\s*=\s*(\d+)\s*;/.exec(head)?.[1])
  const depth = Number(/localparam\s+int\s+Depth\s*=\s*(\d+)\s*;/.exec(head)?.[1])
  if (!/\bpackage\s+\w+\s*;/.test(head) || !(width > 0) || !(depth > 0))
    throw new RomFormatError(FORMAT, 1, `expected package, localparam int Width and Depth in the first lines`)
  agreeShape(FORMAT, 1, { name: shape.name, width, depth }, shape)
  return { name: shape.name, width, depth }
}
