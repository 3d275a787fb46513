import { describe, expect, test } from 'vitest'
import { createRandom } from '../../../src/golden/random.ts'
import { splitRom } from '../../../src/rom/formats/bank.ts'
import { ROM_FORMATS, type RomFormatId } from '../../../src/rom/formats/formats.ts'
import { type RomImage, unpackRom, wordBytes } from '../../../src/rom/formats/types.ts'
import { READERS } from './readers/readers.ts'
import { encodeRom, joinBanks, largeRom, packRom, randomRom, randomWords, wordsOrRefusal } from './support.ts'

const IDS = Object.keys(ROM_FORMATS) as RomFormatId[]
const WIDTHS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256]
const WIDER = [257, 511, 1023, 1024, 1025, 2039, 2040, 2047, 2048]

describe('packing', () => {
  test('big integers survive, least significant byte first', () => {
    const rom = packRom('r', 12, [0xabcn, 1n])
    expect([...rom.bytes]).toEqual([0xbc, 0x0a, 1, 0])
    expect(unpackRom(rom)).toEqual([0xabcn, 1n])
  })

  test.each([
    {
      because: 'a word too wide',
      make: () => packRom('r', 4, [16n]),
      message: 'word 0 = 16 does not fit in 4',
    },
    {
      because: 'a negative word',
      make: () => packRom('r', 4, [0n, -1n]),
      message: 'word 1 = -1 does not fit',
    },
    { because: 'no words', make: () => packRom('r', 4, []), message: 'expected a depth of at least 1' },
    { because: 'no width', make: () => packRom('r', 0, [0n]), message: 'expected a width of 1 to 65536' },
  ])('refuses $because', ({ make, message }) => expect(make).toThrow(message))

  test('a writer refuses bits above the width and a wrong size', () => {
    const rom = { name: 'r', width: 4, depth: 1, bytes: Uint8Array.of(16) }
    for (const id of IDS) expect(() => ROM_FORMATS[id].write(rom)).toThrow('word 0 has bits set above bit 3')
    expect(() => ROM_FORMATS.readmemh.write({ ...rom, bytes: new Uint8Array(2) })).toThrow(
      '= 1 bytes, received 2',
    )
  })
})

describe.each(IDS)('%s', (id) => {
  const { write, limits } = ROM_FORMATS[id]
  const parse = READERS[id]

  test('every width reads back, at depths 1, 2, 17 and one of 1 to 300', () => {
    const next = createRandom(id.length)
    for (const width of [...WIDTHS, ...WIDER].filter((bits) => bits <= (limits.width ?? bits)))
      for (const depth of [1, 2, 17, 1 + (next() % 300)]) {
        const words = randomWords(next, width, depth)
        const rom = packRom(`r${width}`, width, words)
        const back = parse(write(rom), { name: rom.name, width, depth })
        expect(unpackRom(back)).toEqual(words)
        expect(parse(write(rom), { name: rom.name, width }).depth).toBe(depth)
      }
  })

  test('banks of a ROM join to the ROM', () => {
    for (const [seed, width, depth] of [
      [1, 2048, 9],
      [2, 777, 31],
      [3, 8, 70_000],
    ] as const) {
      const rom = randomRom(seed, width, depth)
      const banks = splitRom(rom, limits)
      const back = banks.map((bank) => ({ ...bank, rom: parse(write(bank.rom), bank.rom) }))
      expectSame(joinBanks(rom.name, back), rom)
      expect(encodeRom(rom, id).map((file) => file.name)).toEqual(
        banks.map((bank) => bank.rom.name + ROM_FORMATS[id].extension),
      )
    }
  })

  test('a changed digit changes the words or is refused', () => {
    const rom = randomRom(7, 32, 5)
    const text = write(rom)
    const next = createRandom(99)
    const places = Array.from({ length: 200 }, () => next() % text.length).filter((at) =>
      /[0-9a-fA-F]/.test(String.fromCharCode(text[at]!)),
    )
    expect(places.length).toBeGreaterThan(50)
    const unnoticed = places.filter((at) => {
      const changed = text.slice()
      changed[at] = text[at] === 48 ? 49 : 48
      return wordsOrRefusal(() => parse(changed, rom)) === unpackRom(rom).join()
    })
    // What may change without a consequence: digits that are no data.
    const lines = unnoticed.map((at) => lineAt(text, at))
    expect(lines.filter((line) => !/Radix|^package/.test(line))).toEqual([])
  })
})

test('all formats of 3.2 MB of weights are written within 5 s, and read back', () => {
  const rom = largeRom()
  let writing = 0
  for (const id of IDS) {
    const start = performance.now()
    const files = encodeRom(rom, id)
    writing += performance.now() - start
    const banks = splitRom(rom, ROM_FORMATS[id].limits)
    const back = files.map((file, index) => {
      const bank = banks[index]!
      return { ...bank, rom: READERS[id](file.bytes, bank.rom) }
    })
    expectSame(joinBanks(rom.name, back), rom)
  }
  expect(writing).toBeLessThan(5000)
})

describe('banks', () => {
  test('cut at any bit, against big integers', () => {
    const rom = randomRom(5, 53, 11)
    for (let width = 1; width <= 53; width++)
      for (const { bit, word, rom: bank } of splitRom(rom, { width, depth: 4 }))
        expect(unpackRom(bank)).toEqual(
          unpackRom(rom)
            .slice(word, word + 4)
            .map((value) => (value >> BigInt(bit)) & ((1n << BigInt(bank.width)) - 1n)),
        )
  })

  test('a ROM within the limits keeps its name', () => {
    const rom = randomRom(5, 8, 4)
    expect(splitRom(rom, { width: 8, depth: 4 })).toEqual([{ bit: 0, word: 0, rom }])
    expect(splitRom(rom, { depth: 3 }).map((bank) => bank.rom.name)).toEqual([
      'rom5_bit0_word0',
      'rom5_bit0_word3',
    ])
  })

  test('banks that overlap or leave a hole are refused', () => {
    const banks = splitRom(randomRom(5, 16, 4), { width: 8, depth: 2 })
    expect(() => joinBanks('r', banks.slice(1))).toThrow('cover 4 words of 16 bits once')
    expect(() => joinBanks('r', [banks[0]!, banks[0]!, banks[3]!, banks[3]!])).toThrow(
      'cover 4 words of 16 bits once',
    )
  })
})

function expectSame(received: RomImage, expected: RomImage): void {
  expect([received.width, received.depth, received.bytes.length]).toEqual([
    expected.width,
    expected.depth,
    expected.depth * wordBytes(expected.width),
  ])
  expect(Buffer.compare(received.bytes, expected.bytes)).toBe(0)
}

function lineAt(text: Uint8Array, at: number): string {
  const begin = text.lastIndexOf(10, at - 1) + 1
  const end = text.indexOf(10, at)
  return Buffer.from(text.subarray(begin, end)).toString('latin1')
}
