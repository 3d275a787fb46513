/** `$readmemh` text (IEEE 1800-2017, 21.4). */
import { hexDigits, NEWLINE, putHex, putText } from './digits.ts'
import { checkRom, type RomImage, wordBytes } from './types.ts'

const FORMAT = '$readmemh'

/**
 * `$readmemh` text (IEEE 1800-2017, 21.4): one word per line from address 0, `ceil(width / 4)` digits, most significant
 * first, no address and no comment, so that line n is word n - 1.
 */
export function writeReadmemh(rom: RomImage): Uint8Array {
  checkRom(rom, FORMAT)
  return hexLines(rom, '')
}

/** A header and one hexadecimal word per line: the layout that `$readmemh` and the Lattice format share. */
export function hexLines(rom: RomImage, header: string): Uint8Array {
  const { bytes, width, depth } = rom
  const stride = wordBytes(width)
  const text = Buffer.allocUnsafe(header.length + depth * (hexDigits(width) + 1))
  let at = putText(text, 0, header)
  for (let word = 0; word < depth; word++) {
    at = putHex(text, at, bytes, word * stride, width)
    text[at++] = NEWLINE
  }
  return text
}
