/**
 * One memory as bits, before any file format: `depth` words of `width` bits, packed. Word `i` occupies bytes
 * `i * wordBytes(width)` to `(i + 1) * wordBytes(width)`, least significant byte first; the unused bits of its
 * last byte are zero. A 3 MB weight ROM of 2048-bit words is one 3 MB array, not 12,000 big integers.
 */
export interface RomImage {
  /** Names the memory in messages, comments and SystemVerilog identifiers. */
  readonly name: string
  /** Bits of a word, 1 to 65,536. */
  readonly width: number
  /** Words. */
  readonly depth: number
  /** `depth * wordBytes(width)` bytes. */
  readonly bytes: Uint8Array
}

/** A refused ROM: `format: name: expected …, received …`. */
export class RomFormatError extends Error {
  override readonly name = 'RomFormatError'
  constructor(format: string, message: string) {
    super(`${format}: ${message}`)
  }
}

export const MAX_WIDTH = 65_536
/** Bytes that one word of `width` bits occupies. */
export function wordBytes(width: number): number {
  return (width + 7) >>> 3
}

/** @throws RomFormatError if width, depth, the size of `bytes` or the unused bits contradict each other. */
export function checkRom(rom: RomImage, format = 'rom'): void {
  const { name, width, depth, bytes } = rom
  if (!Number.isInteger(width) || width < 1 || width > MAX_WIDTH)
    throw new RomFormatError(format, `${name}: expected a width of 1 to ${MAX_WIDTH} bits, received ${width}`)
  if (!Number.isInteger(depth) || depth < 1)
    throw new RomFormatError(format, `${name}: expected a depth of at least 1 word, received ${depth}`)
  const stride = wordBytes(width)
  if (bytes.length !== depth * stride)
    throw new RomFormatError(
      format,
      `${name}: expected ${depth} words of ${stride} bytes = ${depth * stride} bytes, received ${bytes.length}`,
    )
  if ((width & 7) === 0) return
  const unused = 0xff & (0xff << (width & 7))
  for (let at = stride - 1, word = 0; at < bytes.length; at += stride, word++)
    if ((bytes[at]! & unused) !== 0)
      throw new RomFormatError(format, `${name}: word ${word} has bits set above bit ${width - 1}`)
}

/** Word `index` as a big integer; for small tables, tests and messages. */
export function readWord(rom: RomImage, index: number): bigint {
  const stride = wordBytes(rom.width)
  let word = 0n
  for (let at = (index + 1) * stride - 1; at >= index * stride; at--)
    word = (word << 8n) | BigInt(rom.bytes[at]!)
  return word
}

/** All words as big integers. */
export function unpackRom(rom: RomImage): bigint[] {
  return Array.from({ length: rom.depth }, (_, index) => readWord(rom, index))
}
