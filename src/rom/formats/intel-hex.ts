/** Intel HEX in two kinds: byte addresses, and Quartus's word addresses. */
import { NEWLINE, putText } from './digits.ts'
import { checkRom, RomFormatError, type RomImage, wordBytes } from './types.ts'

const FORMAT = 'Intel HEX'
/** What 16 bits of segment address times 16 reach. */
export const QUARTUS_MAX_DEPTH = 2 ** 20
const DIGITS = Uint8Array.from('0123456789ABCDEF', (digit) => digit.charCodeAt(0))

/**
 * How words become records (Intel, Hexadecimal Object File Format Specification, revision A, 1988):
 *
 * - `byte`: addresses count bytes, the least significant byte of a word comes first; 16 bytes per record, a type 04
 *   record before each 64 KiB but the first. What programmers, `srec_cat` and `objcopy` read.
 * - `word`: addresses count words, one record a word, the most significant byte first, a type 02 record before each
 *   65,536 words but the first. Quartus's memory `.hex`: at most 2^20 words of at most 2,040 bits.
 */
export type HexAddressing = 'byte' | 'word'

/** @throws RomFormatError if `word` addressing cannot hold the ROM. */
export function writeIntelHex(rom: RomImage, addressing: HexAddressing = 'byte'): Uint8Array {
  checkRom(rom, FORMAT)
  return addressing === 'byte' ? writeBytes(rom.bytes) : writeWords(rom)
}

function writeBytes(bytes: Uint8Array): Uint8Array {
  const records = Math.ceil(bytes.length / 16)
  const text = Buffer.allocUnsafe(
    records * 12 + bytes.length * 2 + Math.ceil(bytes.length / 65_536) * 16 + 12,
  )
  const extended = new Uint8Array(2)
  let at = 0
  for (let begin = 0; begin < bytes.length; begin += 16) {
    if ((begin & 0xffff) === 0 && begin > 0) {
      extended[0] = begin >>> 24
      extended[1] = (begin >>> 16) & 255
      at = putRecord(text, at, { address: 0, type: 4, bytes: extended, from: 0, count: 2, step: 1 })
    }
    const count = Math.min(16, bytes.length - begin)
    at = putRecord(text, at, { address: begin & 0xffff, type: 0, bytes, from: begin, count, step: 1 })
  }
  return text.subarray(0, putText(text, at, ':00000001FF\n'))
}

function writeWords({ name, width, depth, bytes }: RomImage): Uint8Array {
  const stride = wordBytes(width)
  if (depth > QUARTUS_MAX_DEPTH || stride > 255)
    throw new RomFormatError(
      FORMAT,
      `${name}: expected at most ${QUARTUS_MAX_DEPTH} words of 2040 bits, received ${depth} of ${width}; split it into banks`,
    )
  const text = Buffer.allocUnsafe(depth * (12 + 2 * stride) + (depth >>> 16) * 16 + 12)
  const segment = new Uint8Array(2)
  let at = 0
  for (let word = 0; word < depth; word++) {
    if ((word & 0xffff) === 0 && word > 0) {
      segment[0] = word >>> 12
      at = putRecord(text, at, { address: 0, type: 2, bytes: segment, from: 0, count: 2, step: 1 })
    }
    const from = (word + 1) * stride - 1
    at = putRecord(text, at, { address: word & 0xffff, type: 0, bytes, from, count: stride, step: -1 })
  }
  return text.subarray(0, putText(text, at, ':00000001FF\n'))
}

/** The data are `count` of the bytes from `from` on, in steps of `step`. */
interface RecordFields {
  readonly address: number
  readonly type: number
  readonly bytes: Uint8Array
  readonly from: number
  readonly count: number
  readonly step: 1 | -1
}

/** `:LLAAAATT<data>CC`; returns the next position. */
function putRecord(text: Uint8Array, at: number, record: RecordFields): number {
  const { address, type, bytes, from, count, step } = record
  text[at] = 58
  putByte(text, at + 1, count)
  putByte(text, at + 3, address >>> 8)
  putByte(text, at + 5, address & 255)
  putByte(text, at + 7, type)
  let sum = count + (address >>> 8) + address + type
  let to = at + 9
  for (let index = 0; index < count; index++, to += 2) {
    const byte = bytes[from + index * step]!
    sum += byte
    putByte(text, to, byte)
  }
  putByte(text, to, -sum & 255)
  text[to + 2] = NEWLINE
  return to + 3
}

function putByte(text: Uint8Array, at: number, byte: number): void {
  text[at] = DIGITS[byte >>> 4]!
  text[at + 1] = DIGITS[byte & 15]!
}
