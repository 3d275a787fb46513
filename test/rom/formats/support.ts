import { createRandom } from '../../../src/golden/random.ts'
import { packRom, RomFormatError, type RomImage, unpackRom } from '../../../src/rom/formats/types.ts'

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
