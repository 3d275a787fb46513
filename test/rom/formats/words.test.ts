/** A ROM as packed bytes: what is refused, how words collect, and banks that overlap. */
import { describe, expect, test } from 'vitest'
import { type RomBank, splitRom } from '../../../src/rom/formats/bank.ts'
import { checkRom, RomFormatError, unpackRom, wordBytes } from '../../../src/rom/formats/types.ts'
import { agreeShape, collectWords, quoteText, textBytes } from './readers/collect.ts'
import { RomFileError } from './readers/types.ts'
import { joinBanks, packRom } from './support.ts'

describe('a ROM', () => {
  test.each([
    [1, 1],
    [8, 1],
    [9, 2],
    [16, 2],
    [65_536, 8192],
  ])('of %i bits takes %i bytes a word', (width, bytes) => expect(wordBytes(width)).toBe(bytes))

  const rom = (width: number, depth: number, ...bytes: number[]) => ({
    ...{ name: 'r', width, depth },
    bytes: Uint8Array.from(bytes),
  })
  test.each([
    rom(1, 1, 1),
    rom(8, 1, 255),
    rom(9, 2, 255, 1, 255, 1),
    { ...rom(65_536, 1), bytes: new Uint8Array(8192).fill(255) },
  ])('of $width bits may have all of them set', (one) => expect(() => checkRom(one)).not.toThrow())

  test.each([
    { one: rom(0, 1), message: 'rom: r: expected a width of 1 to 65536 bits, received 0' },
    { one: rom(1.5, 1, 0), message: 'rom: r: expected a width of 1 to 65536 bits, received 1.5' },
    {
      one: { ...rom(65_537, 1), bytes: new Uint8Array(8193) },
      message: 'rom: r: expected a width of 1 to 65536 bits, received 65537',
    },
    { one: rom(8, 0), message: 'rom: r: expected a depth of at least 1 word, received 0' },
    { one: rom(16, 1.5, 0, 0, 0), message: 'rom: r: expected a depth of at least 1 word, received 1.5' },
    { one: rom(9, 2, 0, 0, 0), message: 'rom: r: expected 2 words of 2 bytes = 4 bytes, received 3' },
    { one: rom(9, 2, 0, 1, 0, 2), message: 'rom: r: word 1 has bits set above bit 8' },
    { one: rom(7, 2, 128, 0), message: 'rom: r: word 0 has bits set above bit 6' },
  ])('is refused: $message', ({ one, message }) => {
    expect(() => checkRom(one)).toThrow(new RomFormatError('rom', message.slice(5)))
    expect(() => checkRom(one, 'x')).toThrow(message.replace('rom', 'x'))
  })

  test('of big integers has them least significant byte first, up to the width', () => {
    expect([...packRom('r', 17, [0x1_ff00n, 0x2n]).bytes]).toEqual([0, 0xff, 1, 2, 0, 0])
    expect(() => packRom('r', 17, [0n, 0x2_0000n])).toThrow(
      'rom: r: word 1 = 131072 does not fit in 17 unsigned bits',
    )
  })

  test('an error says where it was found, or nowhere', () => {
    const error = new RomFileError('F', 7, 'expected')
    expect([error.name, error.message]).toEqual(['RomFormatError', 'F line 7: expected'])
    expect(new RomFileError('F', 0, 'expected').message).toBe('F: expected')
  })
})

describe('words collect', () => {
  const text = Buffer.from('abc0def1ff')
  const put = (words: ReturnType<typeof collectWords>, address: number, begin: number, end = begin + 3) =>
    words.put(address, { text, begin, end, line: 9 }, 16)

  test('in any order, with room for more as they come', () => {
    const words = collectWords('F', { name: 'r', width: 12 })
    put(words, 2000, 0)
    put(words, 4500, 7)
    put(words, 3, 4)
    const rom = words.finish(1, 'zero')
    expect([rom.name, rom.width, rom.depth, rom.bytes.length]).toEqual(['r', 12, 4501, 9002])
    const set = unpackRom(rom).flatMap((word, index) => (word === 0n ? [] : [[index, word]]))
    expect(set).toEqual([
      [3, 0xdefn],
      [2000, 0xabcn],
      [4500, 0x1ffn],
    ])
  })

  test('one after the other, also where the room ends, and as many as are expected', () => {
    const words = collectWords('F', { name: 'r', width: 12 })
    for (let address = 0; address <= 1024; address++) put(words, address, 0)
    expect(unpackRom(words.finish(1, 'refuse'))).toEqual(new Array<bigint>(1025).fill(0xabcn))
    const more = collectWords('F', { name: 'r', width: 12, depth: 2000 })
    for (let address = 0; address < 1024; address++) put(more, address, 0)
    expect(() => more.finish(1, 'refuse')).toThrow('expected 2000 words, received 1024; address 1024 is the')
    expect(more.finish(1, 'zero').bytes.length).toBe(4000)
    const one = collectWords('F', { name: 'r', width: 12, depth: 1 })
    put(one, 0, 0)
    expect(unpackRom(one.finish(1, 'refuse'))).toEqual([0xabcn])
  })

  test('once each, unless later ones replace the earlier', () => {
    const once = collectWords('F', { name: 'r', width: 12, depth: 2 })
    put(once, 1, 0)
    expect(() => put(once, 1, 4)).toThrow('F line 9: r: expected every address once, received 1 again')
    expect(() => put(once, 2, 4)).toThrow('F line 9: r: expected 2 words, received word 2')
    expect(() => once.finish(12, 'refuse')).toThrow(
      'F line 12: r: expected 2 words, received 1; address 0 is the first without one',
    )
    expect(unpackRom(once.finish(12, 'zero'))).toEqual([0n, 0xabcn])
    const later = collectWords('F', { name: 'r', width: 12, depth: 2 }, true)
    put(later, 1, 4)
    put(later, 1, 0)
    // Two writes of one address are one word: address 0 has none.
    expect(() => later.finish(12, 'refuse')).toThrow('expected 2 words, received 1; address 0')
    put(later, 0, 7)
    put(later, 1, 0)
    expect(unpackRom(later.finish(12, 'refuse'))).toEqual([0x1ffn, 0xabcn])
    put(later, 0, 7)
    expect(unpackRom(later.finish(12, 'refuse'))).toEqual([0x1ffn, 0xabcn])
  })

  test('within 256 MiB', () => {
    const words = collectWords('F', { name: 'r', width: 65_536 })
    expect(() => put(words, 32_768, 0)).toThrow('r: expected at most 32768 words, received word 32768')
    expect(() => collectWords('F', { name: 'r', width: 65_536, depth: 32_768 })).not.toThrow()
  })

  test.each([
    { width: 0, message: 'F: r: expected a width of 1 to 65536 bits, received 0' },
    { width: 2.5, message: 'F: r: expected a width of 1 to 65536 bits, received 2.5' },
    { width: 65_537, message: 'F: r: expected a width of 1 to 65536 bits, received 65537' },
    { width: 9, depth: 0, message: 'F: r: expected 1 to 134217728 words, received 0' },
    { width: 8, depth: 1.5, message: 'F: r: expected 1 to 268435456 words, received 1.5' },
    { width: 65_536, depth: 32_769, message: 'F: r: expected 1 to 32768 words, received 32769' },
  ])('into no impossible shape: $message', ({ message, ...shape }) => {
    expect(() => collectWords('F', { name: 'r', ...shape })).toThrow(message)
  })

  test('and none is refused', () => {
    expect(() => collectWords('F', { name: 'r', width: 1 }).finish(3, 'zero')).toThrow(
      'F line 3: r: expected at least one word, received none',
    )
  })

  test.each([
    { begin: 0, end: 0, message: 'F line 9: r: expected a word in radix 16, received ""' },
    { begin: 0, end: 4, message: 'F line 9: r: expected a word of 12 bits, received the wider "abc0"' },
  ])('but not such: $message', ({ begin, end, message }) => {
    expect(() => put(collectWords('F', { name: 'r', width: 12 }), 0, begin, end)).toThrow(message)
  })

  test('nor digits of another radix', () => {
    const words = collectWords('F', { name: 'r', width: 12 })
    expect(() => words.put(0, { text, begin: 0, end: 3, line: 9 }, 2)).toThrow(
      'expected digits of radix 2, received "abc"',
    )
  })
})

test('a piece of a file is quoted up to 40 characters', () => {
  const text = Buffer.from(`_${'x'.repeat(41)}"`)
  expect(quoteText(text, 1, 41)).toBe(`"${'x'.repeat(40)}"`)
  expect(quoteText(text, 1, 42)).toBe(`"${'x'.repeat(40)}"…`)
  expect(quoteText(text, 41, 43)).toBe('"x\\""')
  expect(textBytes('a')).toEqual(Buffer.from('a'))
})

test('a stated shape must be the expected one where one is expected', () => {
  const stated = { name: 'file', width: 12, depth: 4 }
  expect(agreeShape('F', 5, stated, { name: 'r' })).toBe(stated)
  expect(agreeShape('F', 5, stated, { name: 'r', width: 12, depth: 4 })).toBe(stated)
  expect(() => agreeShape('F', 5, stated, { name: 'r', width: 11 })).toThrow(
    'F line 5: r: expected a width of 11 bits, received 12',
  )
  expect(() => agreeShape('F', 5, stated, { name: 'r', depth: 5 })).toThrow(
    'F line 5: r: expected a depth of 5 words, received 4',
  )
})

describe('banks', () => {
  const bank = (bit: number, word: number, width: number, depth: number): RomBank => {
    const ones = (1n << BigInt(width)) - 1n
    return { bit, word, rom: packRom('b', width, new Array<bigint>(depth).fill(ones)) }
  }
  const covers = 'bank: r: expected banks that cover 2 words of 16 bits once'

  test('join in any order, whatever their sizes', () => {
    // Of 16 bits and 2 words: 4 and 12 bits of word 0, 9 and 7 bits of word 1.
    const banks = [bank(0, 0, 4, 1), bank(4, 0, 12, 1), bank(0, 1, 9, 1), bank(9, 1, 7, 1)]
    for (const order of [banks, banks.toReversed(), [2, 0, 3, 1].map((index) => banks[index]!)])
      expect(joinBanks('r', order)).toEqual({
        ...{ name: 'r', width: 16, depth: 2 },
        bytes: Uint8Array.of(255, 255, 255, 255),
      })
  })

  // Each pair has the area of the whole, so that only the overlap tells.
  test.each([
    { where: 'in word 0, bits 8 to 11', banks: [bank(0, 0, 12, 2), bank(8, 0, 8, 1)] },
    { where: 'in word 1, bits 8 to 11', banks: [bank(0, 0, 12, 2), bank(8, 1, 8, 1)] },
    { where: 'in bits 4 to 7 of both words', banks: [bank(0, 0, 8, 2), bank(4, 0, 4, 2), bank(12, 0, 4, 2)] },
  ])('that overlap $where are refused', ({ banks }) => {
    expect(() => joinBanks('r', banks)).toThrow(covers)
    expect(() => joinBanks('r', banks.toReversed())).toThrow(covers)
  })

  test('that leave a hole, and none at all, are refused', () => {
    expect(() => joinBanks('r', [bank(0, 0, 15, 2), bank(15, 1, 1, 1)])).toThrow(covers)
    expect(() => joinBanks('r', [])).toThrow('expected banks that cover 0 words of 0 bits once')
  })

  const rom = packRom('r', 12, [0xabcn, 0x123n, 0xfedn])
  test.each([
    { limits: { width: 0 }, message: 'expected limits of at least 1, received 0 bits, 3 words' },
    { limits: { width: 2.5 }, message: 'expected limits of at least 1, received 2.5 bits, 3 words' },
    { limits: { depth: 0 }, message: 'expected limits of at least 1, received 12 bits, 0 words' },
    { limits: { depth: 1.5 }, message: 'expected limits of at least 1, received 12 bits, 1.5 words' },
  ])('of no size are refused: $message', ({ limits, message }) => {
    expect(() => splitRom(rom, limits)).toThrow(`bank: r: ${message}`)
  })

  test('are cut in word order, then bit order, and named by where they begin', () => {
    const named = (bit: number, word: number, words: bigint[], width: number) => ({
      bit,
      word,
      rom: packRom(`r_bit${bit}_word${word}`, width, words),
    })
    expect(splitRom(rom, { width: 8, depth: 2 })).toEqual([
      named(0, 0, [0xbcn, 0x23n], 8),
      named(8, 0, [0xan, 0x1n], 4),
      named(0, 2, [0xedn], 8),
      named(8, 2, [0xfn], 4),
    ])
    expect(splitRom(rom, { width: 1, depth: 1 })).toHaveLength(36)
    expect(splitRom(rom, { width: 12, depth: 2 }).map((one) => [one.bit, one.word])).toEqual([
      [0, 0],
      [0, 2],
    ])
    expect(splitRom(rom, { width: 5 }).map((one) => unpackRom(one.rom))).toEqual([
      [0x1cn, 0x03n, 0x0dn],
      [0x15n, 0x09n, 0x1fn],
      [0x2n, 0x0n, 0x3n],
    ])
    expect(splitRom(rom, { width: 12, depth: 3 })).toEqual([{ bit: 0, word: 0, rom }])
    expect(() => splitRom({ ...rom, width: 11 }, {})).toThrow('word 0 has bits set above bit 10')
  })

  test('of several bytes a word are cut and joined bit by bit', () => {
    // Bits 0 to 10, 11 to 21 and 22 to 31 of 0x12345678 are 0x678, 0x68a and 0x048.
    const wide = packRom('r', 32, [0x1234_5678n, 0xfedc_ba98n, 0x8000_0001n])
    const banks = splitRom(wide, { width: 11, depth: 2 })
    expect(banks.map((one) => unpackRom(one.rom))).toEqual([
      [0x678n, 0x298n],
      [0x68an, 0x397n],
      [0x048n, 0x3fbn],
      [0x001n],
      [0x000n],
      [0x200n],
    ])
    expect(joinBanks('r', banks)).toEqual(wide)
    expect(joinBanks('r', banks.toReversed())).toEqual(wide)
  })
})
