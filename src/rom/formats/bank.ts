import { checkRom, RomFormatError, type RomImage, wordBytes } from './types.ts'

/** A rectangle of a ROM: bits `bit` to `bit + rom.width - 1` of words `word` to `word + rom.depth - 1`. */
export interface RomBank {
  readonly bit: number
  readonly word: number
  readonly rom: RomImage
}

/** The most a bank may have: of a file format, or of a block RAM. */
export interface BankLimits {
  readonly width?: number
  readonly depth?: number
}

/**
 * Cuts a ROM into banks, all of the given size but the last in each direction, which have what is left. Banks are in word order, then
 * bit order. A ROM within the limits is its own only bank and keeps its name; else banks are called
 * `<name>_bit<first>_word<first>`.
 */
export function splitRom(rom: RomImage, limits: BankLimits): RomBank[] {
  checkRom(rom)
  const width = Math.min(limits.width ?? rom.width, rom.width)
  const depth = Math.min(limits.depth ?? rom.depth, rom.depth)
  if (!(Number.isInteger(width) && width > 0 && Number.isInteger(depth) && depth > 0))
    throw new RomFormatError(
      'bank',
      `${rom.name}: expected limits of at least 1, received ${width} bits, ${depth} words`,
    )
  if (width === rom.width && depth === rom.depth) return [{ bit: 0, word: 0, rom }]
  const banks: RomBank[] = []
  for (let word = 0; word < rom.depth; word += depth)
    for (let bit = 0; bit < rom.width; bit += width)
      banks.push({
        bit,
        word,
        rom: cutBank(rom, bit, Math.min(width, rom.width - bit), word, Math.min(depth, rom.depth - word)),
      })
  return banks
}

function cutBank(rom: RomImage, bit: number, width: number, word: number, depth: number): RomImage {
  const from = wordBytes(rom.width)
  const to = wordBytes(width)
  const bytes = new Uint8Array(depth * to)
  const shift = bit & 7
  const keep = 0xff >>> (to * 8 - width)
  for (let index = 0; index < depth; index++) {
    const source = (word + index) * from
    for (let byte = 0; byte < to; byte++) {
      const at = (bit >>> 3) + byte
      const low = rom.bytes[source + at]! >>> shift
      const high = rom.bytes[source + at + 1]! << (8 - shift)
      bytes[index * to + byte] = low | high
    }
    bytes[(index + 1) * to - 1] = bytes[(index + 1) * to - 1]! & keep
  }
  return { name: `${rom.name}_bit${bit}_word${word}`, width, depth, bytes }
}
