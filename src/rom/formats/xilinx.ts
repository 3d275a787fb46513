/** Xilinx's two formats: .coe, the coefficient file of the Vivado memory generators, and .mif, binary text for simulation models. */
import { hexDigits, NEWLINE, putBinary, putHex, putText } from './digits.ts'
import { checkRom, type RomImage, wordBytes } from './types.ts'

const COE_HEADER = 'memory_initialization_radix = 16;\nmemory_initialization_vector =\n'
const SEMICOLON = 59

/** A coefficient file for block and distributed memories (UG896, COE File Syntax): radix first, vector last. */
export function writeXilinxCoe(rom: RomImage): Uint8Array {
  checkRom(rom, 'Xilinx COE')
  const { bytes, width, depth } = rom
  const stride = wordBytes(width)
  const text = Buffer.allocUnsafe(COE_HEADER.length + depth * (hexDigits(width) + 2))
  let at = putText(text, 0, COE_HEADER)
  for (let word = 0; word < depth; word++) {
    at = putHex(text, at, bytes, word * stride, width)
    text[at++] = word === depth - 1 ? SEMICOLON : 44
    text[at++] = NEWLINE
  }
  return text
}

/** What the Vivado memory generators make of a .coe: one line of `width` binary digits per address, nothing else. */
export function writeXilinxMif(rom: RomImage): Uint8Array {
  checkRom(rom, 'Xilinx MIF')
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
