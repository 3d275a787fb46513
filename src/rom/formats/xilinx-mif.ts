/** Xilinx .mif, binary text for simulation models. */
import { collectWords, quoteText, textBytes } from './collect.ts'
import { NEWLINE, putBinary } from './digits.ts'
import { endOfLine } from './scan.ts'
import {
  checkRom,
  type DescribedShape,
  RomFormatError,
  type RomImage,
  type RomText,
  wordBytes,
} from './types.ts'

const FORMAT = 'Xilinx MIF'

/** What the Vivado memory generators make of a .coe: one line of `width` binary digits per address, nothing else. */
export function writeXilinxMif(rom: RomImage): Uint8Array {
  checkRom(rom, FORMAT)
  const { bytes, width, depth } = rom
  const stride = wordBytes(width)
  const text = Buffer.allocUnsafe(depth * (width + 1))
  let at = 0
  for (let word = 0; word < depth; word++) {
    at = putBinary(text, at, bytes, word * stride, width)
    text[at++] = NEWLINE
  }
  return text
}

/** The width is the length of the first line, and every line has it. @throws RomFormatError */
export function parseXilinxMif(source: RomText, shape: DescribedShape): RomImage {
  const text = textBytes(source)
  const width = shape.width ?? lineEnd(text, 0)
  const words = collectWords(FORMAT, { ...shape, width })
  let line = 0
  for (let begin = 0; begin < text.length; begin = endOfLine(text, begin) + 1) {
    const end = lineEnd(text, begin)
    line++
    if (end - begin !== width)
      throw new RomFormatError(
        FORMAT,
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
