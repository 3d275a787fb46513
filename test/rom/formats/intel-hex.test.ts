/** Intel HEX by hand, from Intel's specification (revision A, 1988): records, segments, checksums. */
import { describe, expect, test } from 'vitest'
import { writeIntelHex } from '../../../src/rom/formats/intel-hex.ts'
import { unpackRom } from '../../../src/rom/formats/types.ts'
import { parseIntelHex } from './readers/intel-hex.ts'
import { packRom, hexRecord as record, textOf } from './support.ts'

const END = ':00000001FF\n'
const rom = (width: number, depth: number, bytes: Uint8Array) => ({ name: 'r', width, depth, bytes })
const lastLines = (text: Uint8Array, lines: number) =>
  textOf(text.subarray(-200))
    .split('\n')
    .slice(-lines - 1, -1)

describe('written', () => {
  test('with byte addresses: 16 bytes a record, the checksum the two’s complement of their sum', () => {
    const bytes = Uint8Array.from({ length: 18 }, (_, index) => index)
    // 10 + 0 + 1 + … + f = 88, and 02 + 10 + 10 + 11 = 33.
    expect(textOf(writeIntelHex(rom(16, 9, bytes)))).toBe(
      `:10000000000102030405060708090A0B0C0D0E0F78\n:020010001011CD\n${END}`,
    )
  })

  test('with word addresses: a word a record, its most significant byte first', () => {
    // 02 + 0a + bc = c8, and 02 + 01 + 12 = 15.
    expect(textOf(writeIntelHex(packRom('r', 12, [0xabcn, 0x012n]), 'word'))).toBe(
      `:020000000ABC38\n:020001000012EB\n${END}`,
    )
  })

  test('with a linear address before each 64 KiB but the first', () => {
    const text = textOf(writeIntelHex(rom(8, 2 ** 16 + 1, new Uint8Array(2 ** 16 + 1).fill(0x5a))))
    expect(text.split('\n').slice(4095)).toEqual([
      // 10 + ff + f0 + 16 x 5a = 79f
      ':10FFF0005A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A61',
      ':020000040001F9',
      ':010000005AA5',
      ':00000001FF',
      '',
    ])
    // 64 KiB to the byte need none.
    const full = writeIntelHex(rom(8, 2 ** 16, new Uint8Array(2 ** 16)))
    expect(textOf(full).match(/^:02000004/m)).toBeNull()
  })

  test('with words of up to 255 bytes', () => {
    const wide = rom(2040, 1, new Uint8Array(255))
    expect(textOf(writeIntelHex(wide, 'word')).slice(0, 11)).toBe(':FF00000000')
    expect(() => writeIntelHex(rom(2041, 1, new Uint8Array(256)), 'word')).toThrow('received 1 of 2041')
    // Byte addresses have no such limit.
    expect(textOf(writeIntelHex(rom(2041, 1, new Uint8Array(256)))).split('\n')).toHaveLength(18)
    expect(() => writeIntelHex(rom(8, 1, new Uint8Array(2)))).toThrow(
      'Intel HEX: r: expected 1 words of 1 bytes',
    )
  })
})

describe('read', () => {
  const words = (text: string, width: number, addressing: 'byte' | 'word' = 'byte') =>
    unpackRom(parseIntelHex(text, { name: 'r', width }, addressing)).map(Number)

  test('any record length and order, blank lines, CRLF, start addresses', () => {
    const start = record(0, 3, 0, 0, 1, 2) + record(0, 5, 0, 0, 1, 2)
    const text = `\n${record(3, 0, 4)}${start}\r\n${record(0, 0, 1, 2, 3).replace('\n', '\r\n')}${END}\n\r\n`
    expect(words(text, 8)).toEqual([1, 2, 3, 4])
    expect(words(text, 16)).toEqual([0x0201, 0x0403])
    expect(words(text, 32)).toEqual([0x0403_0201])
  })

  test('word addresses: a record is a word', () => {
    expect(words(record(1, 0, 0x0f, 0xff) + record(0, 0, 0x0a, 0xbc) + END, 12, 'word')).toEqual([
      0xabc, 0xfff,
    ])
  })

  test.each([
    { what: 'segment 1234', type: 2, data: [0x12, 0x34], byte: 0x12345 },
    { what: 'linear 0012', type: 4, data: [0x00, 0x12], byte: 0x12_0005 },
    { what: 'linear 0100', type: 4, data: [0x01, 0x00], byte: 0x100_0005 },
  ])('$what is the base of what follows', ({ type, data, byte }) => {
    const text = record(0, type, ...data) + record(5, 0, 7) + END
    expect(() => parseIntelHex(text, { name: 'r', width: 8, depth: 1 })).toThrow(
      `Intel HEX line 2: r: expected 1 words of 1 bytes = 1 bytes, received byte ${byte}`,
    )
  })

  const GAP = 'Intel HEX: r: expected'
  test.each([
    {
      what: 'a record that ends with its segment',
      text: record(0, 2, 0, 0) + record(0xfffe, 0, 1, 2),
      message: GAP,
    },
    {
      what: 'a record beyond its segment',
      text: record(0, 2, 0, 0) + record(0xffff, 0, 1, 2),
      message: 'Intel HEX line 2: expected a record that stays within its 64 KiB segment',
    },
    { what: 'a record over 64 KiB without a segment', text: record(0xffff, 0, 1, 2), message: GAP },
    {
      what: 'a record over 64 KiB of linear addresses',
      text: record(0, 4, 0, 0) + record(0xffff, 0, 1, 2),
      message: GAP,
    },
    {
      what: 'the same after a segment that a linear address has ended',
      text: record(0, 2, 0, 0) + record(0, 4, 0, 0) + record(0xffff, 0, 1, 2),
      message: GAP,
    },
    {
      what: 'an extended address of one byte',
      text: record(0, 4, 1),
      message: 'Intel HEX line 1: expected 2 bytes of extended address, received 1',
    },
    {
      what: 'an extended address of three bytes',
      text: `\n${record(0, 2, 1, 2, 3)}`,
      message: 'Intel HEX line 2: expected 2 bytes of extended address, received 3',
    },
    {
      what: 'a type 06',
      text: record(0, 6),
      message: 'Intel HEX line 1: expected a record of type 00 to 05, received 6',
    },
    {
      what: 'a wrong checksum',
      text: ':0100000001FF\n',
      message: 'Intel HEX line 1: expected the checksum fe, received ff',
    },
    {
      what: 'a character that is no digit',
      text: ':01000000g1FE\n',
      message: 'Intel HEX line 1: expected hexadecimal digits, received ":01000000g1FE"',
    },
    {
      what: 'another one',
      text: ':010000001gFE\n',
      message: 'Intel HEX line 1: expected hexadecimal digits, received ":010000001gFE"',
    },
    ...[':', ':0', ':00', ':000000FF', ';00000001FF', ':00000001FF0', ':0100000100FE00', ':01000001FE'].map(
      (line) => ({
        what: `the line ${line}`,
        text: `${line}\n`,
        message: `Intel HEX line 1: expected :, a byte count, and 4 bytes more than it says, received "${line}"`,
      }),
    ),
  ])('$what: $message', ({ text, message }) => {
    expect(() => parseIntelHex(text + END, { name: 'r', width: 8 })).toThrow(message)
  })

  test('a word record may begin at the last address of its segment', () => {
    const text = record(0, 2, 0, 0) + record(0xffff, 0, 1, 2) + END
    expect(() => parseIntelHex(text, { name: 'r', width: 16 }, 'word')).toThrow(
      'received none for byte 0 (word 0)',
    )
  })

  test.each([1, 3])('a word record of %i bytes is refused where a word has 2', (length) => {
    const data = [1, 2, 3].slice(0, length)
    expect(() => parseIntelHex(record(0, 0, ...data) + END, { name: 'r', width: 12 }, 'word')).toThrow(
      `Intel HEX line 1: r: expected one word of 2 bytes, received ${length}`,
    )
  })

  test('nothing after the end, and not without it', () => {
    const shape = { name: 'r', width: 8 }
    expect(() => parseIntelHex(`${record(0, 0, 1)}${END}\n${END}`, shape)).toThrow(
      'Intel HEX line 4: expected nothing after the end record',
    )
    expect(() => parseIntelHex(record(0, 0, 1), shape)).toThrow(
      'Intel HEX line 1: expected the end record :00000001FF, received the end of the file',
    )
  })

  test.each([
    {
      what: 'a byte twice',
      text: record(0, 0, 1, 2) + record(1, 0, 3),
      message: 'Intel HEX line 2: r: expected every byte once, received 1 again',
    },
    {
      what: 'half a word at the end',
      text: record(0, 0, 1, 2, 3),
      message: 'Intel HEX: r: expected 4 bytes without a gap, received none for byte 3 (word 1)',
    },
    {
      what: 'a set bit above the width',
      text: record(0, 0, 1, 2, 3, 0x14),
      message: 'Intel HEX: r: word 1 has bits set above bit 11',
    },
    {
      what: 'too few words',
      text: record(0, 0, 1, 2),
      depth: 2,
      message: 'Intel HEX: r: expected 4 bytes without a gap, received none for byte 2 (word 1)',
    },
    {
      what: 'a part of a word too many',
      text: record(0, 0, 1, 2, 3),
      depth: 1,
      message: 'Intel HEX line 1: r: expected 1 words of 2 bytes = 2 bytes, received byte 2',
    },
    {
      what: 'half a word expected',
      text: record(0, 0, 1),
      depth: 0.25,
      message: 'Intel HEX: r: expected at most 268435456 bytes, received 0.5',
    },
    {
      what: 'a byte beyond 256 MiB',
      text: record(0, 4, 0x10, 0) + record(0, 0, 1),
      message: 'Intel HEX: r: expected at most 268435456 bytes, received 268435458',
    },
    {
      what: 'the last byte of 256 MiB alone',
      text: record(0, 4, 0x0f, 0xff) + record(0xffff, 0, 1),
      message: 'Intel HEX: r: expected 268435456 bytes without a gap, received none for byte 0 (word 0)',
    },
  ])('$what is refused: $message', ({ text, depth, message }) => {
    const shape = { name: 'r', width: 12, depth }
    expect(() => parseIntelHex(text + END, shape)).toThrow(message)
  })
})

// Last, since they take longest.
describe('written, as large as an address reaches', () => {
  test('with the upper byte of the linear address beyond 16 MiB', () => {
    const text = writeIntelHex(rom(8, 2 ** 24 + 1, new Uint8Array(2 ** 24 + 1).fill(0x5a)))
    expect(lastLines(text, 3)).toEqual([':020000040100F9', ':010000005AA5', ':00000001FF'])
  })

  test('with a segment address before each 65,536 words but the first, up to 2^20 words', () => {
    const bytes = new Uint8Array(2 ** 20).fill(0x5a)
    const text = textOf(writeIntelHex(rom(8, 2 ** 20, bytes), 'word'))
    const segments = text.match(/^:02000002.*$/gm)!
    expect(segments).toHaveLength(15)
    expect([segments[0], segments[14]]).toEqual([':020000021000EC', ':02000002F0000C'])
    const first = text.indexOf(segments[0]!)
    // 01 + ff + ff + 5a = 259
    expect(text.slice(first - 14, first + 30)).toBe(':01FFFF005AA7\n:020000021000EC\n:010000005AA5\n')
    expect(text.slice(-26)).toBe(`:01FFFF005AA7\n${END}`)
    const one = { ...rom(8, 2 ** 20 + 1, new Uint8Array(2 ** 20 + 1)) }
    expect(() => writeIntelHex(one, 'word')).toThrow(
      'Intel HEX: r: expected at most 1048576 words of 2040 bits, received 1048577 of 8; split it into banks',
    )
  })
})
