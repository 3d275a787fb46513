import { createRandom } from '../../../src/golden/random.ts'
import { type RomBank, splitRom } from '../../../src/rom/formats/bank.ts'
import { orBits } from '../../../src/rom/formats/bits.ts'
import { ROM_FORMATS, type RomFormatId } from '../../../src/rom/formats/formats.ts'
import { packageName } from '../../../src/rom/formats/sv-package.ts'
import {
  checkRom,
  RomFormatError,
  type RomImage,
  unpackRom,
  wordBytes,
} from '../../../src/rom/formats/types.ts'

/** Words of every awkward kind: zero, all ones, one bit at each end, random. */
export function randomWords(next: () => number, width: number, depth: number): bigint[] {
  const ones = (1n << BigInt(width)) - 1n
  return Array.from({ length: depth }, () => {
    switch (next() % 8) {
      case 0:
        return 0n
      case 1:
        return ones
      case 2:
        return 1n
      case 3:
        return 1n << BigInt(width - 1)
      default: {
        let word = 0n
        for (let bits = 0; bits < width; bits += 32) word = (word << 32n) | BigInt(next())
        return word & ones
      }
    }
  })
}

export function randomRom(seed: number, width: number, depth: number, name = `rom${seed}`): RomImage {
  return packRom(name, width, randomWords(createRandom(seed), width, depth))
}

/** The words that a parser reads, joined; null where it refuses. */
export function wordsOrRefusal(read: () => RomImage): string | null {
  try {
    return unpackRom(read()).join()
  } catch (error) {
    if (error instanceof RomFormatError) return null
    throw error
  }
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** Weights of yolov8n's size in the words of the default array: 12,336 words of 256 bytes. */
export function largeRom(): RomImage {
  const next = createRandom(2024)
  const bytes = new Uint8Array(12_336 * 256)
  const words = new Uint32Array(bytes.buffer)
  for (let index = 0; index < words.length; index++) words[index] = next()
  return { name: 'weight', width: 2048, depth: 12_336, bytes }
}

/** An Intel HEX record in lower case, with its checksum. */
export function hexRecord(address: number, type: number, ...data: number[]): string {
  const bytes = [data.length, address >> 8, address & 255, type, ...data]
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  return `:${[...bytes, -sum & 255].map((byte) => byte.toString(16).padStart(2, '0')).join('')}\n`
}

function overlaps(one: RomBank, other: RomBank): boolean {
  return (
    one.bit < other.bit + other.rom.width &&
    other.bit < one.bit + one.rom.width &&
    one.word < other.word + other.rom.depth &&
    other.word < one.word + one.rom.depth
  )
}

/** The ROM that `splitRom` cut. @throws RomFormatError if the banks overlap or leave a part of it uncovered. */
export function joinBanks(name: string, banks: readonly RomBank[]): RomImage {
  const width = banks.reduce((most, bank) => Math.max(most, bank.bit + bank.rom.width), 0)
  const depth = banks.reduce((most, bank) => Math.max(most, bank.word + bank.rom.depth), 0)
  const area = banks.reduce((sum, bank) => sum + bank.rom.width * bank.rom.depth, 0)
  const overlap = banks.some((one, index) => banks.slice(index + 1).some((other) => overlaps(one, other)))
  if (banks.length === 0 || overlap || area !== width * depth)
    throw new RomFormatError(
      'bank',
      `${name}: expected banks that cover ${depth} words of ${width} bits once`,
    )
  const stride = wordBytes(width)
  const bytes = new Uint8Array(depth * stride)
  for (const { bit, word, rom } of banks) {
    const bankStride = wordBytes(rom.width)
    for (let index = 0; index < rom.depth; index++) {
      const to = 8 * (word + index) * stride + bit
      for (let byte = 0; byte < bankStride; byte++)
        orBits(bytes, to + 8 * byte, rom.bytes[index * bankStride + byte]!)
    }
  }
  const rom = { name, width, depth, bytes }
  checkRom(rom, 'bank')
  return rom
}

/** The files of a ROM in a format; nothing is written to disk. */
export function encodeRom(rom: RomImage, id: RomFormatId): RomFile[] {
  const { extension, limits, write } = ROM_FORMATS[id]
  return splitRom(rom, limits).map(({ rom: bank }) => ({
    // A package's file has the package's name, which is an identifier.
    name: id === 'sv-package' ? `${packageName(bank.name)}.sv` : `${bank.name}${extension}`,
    bytes: write(bank),
  }))
}

/** A ROM from one big integer per word. @throws RomFormatError if a word is negative or too wide. */
export function packRom(name: string, width: number, words: readonly bigint[]): RomImage {
  const stride = wordBytes(width)
  const bytes = new Uint8Array(words.length * stride)
  words.forEach((word, index) => {
    if (word >> BigInt(width) !== 0n)
      throw new RomFormatError(
        'rom',
        `${name}: word ${index} = ${word} does not fit in ${width} unsigned bits`,
      )
    let rest = word
    for (let at = index * stride; rest !== 0n; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn)
  })
  const rom = { name, width, depth: words.length, bytes }
  checkRom(rom)
  return rom
}

/** One file of a ROM in a format: several where the format's limits make banks of it. */
export interface RomFile {
  readonly name: string
  readonly bytes: Uint8Array
}
