/** Intel .mif, the memory initialization file of Quartus. */
import { hexDigits, NEWLINE, putHex, putHexCount, putText } from './digits.ts'
import { checkRom, type RomImage, wordBytes } from './types.ts'

const FORMAT = 'Intel MIF'
/** Quartus's Memory Initialization File: one `address : data;` per line, both hexadecimal. */
export function writeIntelMif(rom: RomImage): Uint8Array {
  checkRom(rom, FORMAT)
  const { bytes, width, depth } = rom
  const stride = wordBytes(width)
  const header = `DEPTH = ${depth};\nWIDTH = ${width};\nADDRESS_RADIX = HEX;\nDATA_RADIX = HEX;\nCONTENT\nBEGIN\n`
  const digits = (depth - 1).toString(16).length
  const text = Buffer.allocUnsafe(header.length + depth * (digits + 3 + hexDigits(width) + 2) + 5)
  let at = putText(text, 0, header)
  for (let word = 0; word < depth; word++) {
    at = putHexCount(text, at, word, digits)
    text[at++] = 32
    text[at++] = 58
    text[at++] = 32
    at = putHex(text, at, bytes, word * stride, width)
    text[at++] = 59
    text[at++] = NEWLINE
  }
  putText(text, at, 'END;\n')
  return text
}
