/** From Intel HEX records, in any order, to the words of a ROM. */
import { checkRom, type RomImage, wordBytes } from '../../../../src/rom/formats/types.ts'
import { MAX_BYTES, RomFileError, type RomShape } from './types.ts'

/** Data bytes at an address; in bytes or words as the file counts. */
export interface HexRecord {
  readonly address: number
  readonly data: Uint8Array
  readonly line: number
}

/** Lays records out as words. @throws RomFileError on an overlap, a gap, a part of a word, or a wrong depth. */
export function assembleRecords(
  format: string,
  records: readonly HexRecord[],
  shape: RomShape,
  addressing: 'byte' | 'word',
): RomImage {
  const { name, width } = shape
  const stride = wordBytes(width)
  const placed =
    addressing === 'byte' ? records : records.map((record) => reverseWord(format, name, record, stride))
  const end = placed.reduce((most, { address, data }) => Math.max(most, address + data.length), 0)
  const depth = shape.depth ?? Math.ceil(end / stride)
  const total = depth * stride
  if (!Number.isInteger(total) || total > MAX_BYTES)
    throw new RomFileError(format, 0, `${name}: expected at most ${MAX_BYTES} bytes, received ${total}`)
  const bytes = new Uint8Array(total)
  const seen = new Uint8Array(total)
  for (const { address, data, line } of placed) {
    if (address + data.length > total)
      throw new RomFileError(
        format,
        line,
        `${name}: expected ${depth} words of ${stride} bytes = ${total} bytes, received byte ${address + data.length - 1}`,
      )
    for (let index = 0; index < data.length; index++) {
      if (seen[address + index] === 1)
        throw new RomFileError(
          format,
          line,
          `${name}: expected every byte once, received ${address + index} again`,
        )
      seen[address + index] = 1
    }
    bytes.set(data, address)
  }
  const missing = seen.indexOf(0)
  if (missing >= 0)
    throw new RomFileError(
      format,
      0,
      `${name}: expected ${total} bytes without a gap, received none for byte ${missing} (word ${Math.floor(missing / stride)})`,
    )
  const rom = { name, width, depth, bytes }
  checkRom(rom, format)
  return rom
}

/** A word-addressed, most-significant-first record as a byte-addressed, least-significant-first one. */
function reverseWord(format: string, name: string, record: HexRecord, stride: number): HexRecord {
  const { address, data, line } = record
  if (data.length !== stride)
    throw new RomFileError(
      format,
      line,
      `${name}: expected one word of ${stride} bytes, received ${data.length}`,
    )
  return { address: address * stride, data: data.slice().reverse(), line }
}
