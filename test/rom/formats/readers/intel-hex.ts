/** Intel HEX in two kinds: byte addresses, and Quartus's word addresses. */
import { NEWLINE } from '../../../../src/rom/formats/digits.ts'
import type { HexAddressing } from '../../../../src/rom/formats/intel-hex.ts'
import type { RomImage } from '../../../../src/rom/formats/types.ts'
import { quoteText, textBytes } from './collect.ts'
import { digitValue } from './digits.ts'
import { assembleRecords, type HexRecord } from './intel-hex-records.ts'
import { RomFileError, type RomShape, type RomText } from './types.ts'

const FORMAT = 'Intel HEX'
/** Reads either addressing, in any record length and order; every byte must be given, once. @throws RomFileError */
export function parseIntelHex(
  source: RomText,
  shape: RomShape,
  addressing: HexAddressing = 'byte',
): RomImage {
  return assembleRecords(FORMAT, readRecords(textBytes(source), addressing), shape, addressing)
}

/** The data records, at absolute addresses. */
function readRecords(text: Uint8Array, addressing: HexAddressing): HexRecord[] {
  const records: HexRecord[] = []
  let base = 0
  let segmented = false
  let ended = false
  let line = 0
  for (let at = 0; at < text.length; ) {
    line++
    let end = text.indexOf(NEWLINE, at)
    if (end < 0) end = text.length
    const begin = at
    at = end + 1
    if (text[end - 1] === 13) end--
    if (end <= begin) continue
    if (ended) throw new RomFileError(FORMAT, line, 'expected nothing after the end record')
    const { address, type, data } = readRecord(text, begin, end, line)
    switch (type) {
      case 0:
        if (segmented && addressing === 'byte' && address + data.length > 0x1_0000)
          throw new RomFileError(FORMAT, line, 'expected a record that stays within its 64 KiB segment')
        records.push({ address: base + address, data, line })
        break
      case 1:
        ended = true
        break
      case 2:
      case 4:
        if (data.length !== 2)
          throw new RomFileError(
            FORMAT,
            line,
            `expected 2 bytes of extended address, received ${data.length}`,
          )
        segmented = type === 2
        base = (data[0]! * 256 + data[1]!) * (segmented ? 16 : 0x1_0000)
        break
      case 3:
      case 5: // The start address of a program: says nothing about a memory's words.
        break
      default:
        throw new RomFileError(FORMAT, line, `expected a record of type 00 to 05, received ${type}`)
    }
  }
  if (!ended)
    throw new RomFileError(FORMAT, line, 'expected the end record :00000001FF, received the end of the file')
  return records
}

function readRecord(
  text: Uint8Array,
  begin: number,
  end: number,
  line: number,
): { address: number; type: number; data: Uint8Array } {
  const bytes = new Uint8Array((end - begin - 1) >>> 1)
  let sum = 0
  for (let index = 0; index < bytes.length; index++) {
    const high = digitValue(text[begin + 1 + 2 * index]!, 16)
    const low = digitValue(text[begin + 2 + 2 * index]!, 16)
    if (high < 0 || low < 0)
      throw new RomFileError(
        FORMAT,
        line,
        `expected hexadecimal digits, received ${quoteText(text, begin, end)}`,
      )
    bytes[index] = high * 16 + low
    sum += high * 16 + low
  }
  if (text[begin] !== 58 || ((end - begin) & 1) === 0 || bytes.length !== bytes[0]! + 5)
    throw new RomFileError(
      FORMAT,
      line,
      `expected :, a byte count, and 4 bytes more than it says, received ${quoteText(text, begin, end)}`,
    )
  if ((sum & 255) !== 0) {
    const expected = (bytes[bytes.length - 1]! - sum) & 255
    throw new RomFileError(
      FORMAT,
      line,
      `expected the checksum ${expected.toString(16)}, received ${bytes[bytes.length - 1]!.toString(16)}`,
    )
  }
  return { address: bytes[1]! * 256 + bytes[2]!, type: bytes[3]!, data: bytes.subarray(4, -1) }
}
