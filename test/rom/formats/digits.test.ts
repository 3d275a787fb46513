/** Digits to words and back, worked by hand; decimal against big integers at every width. */
import { describe, expect, test } from 'vitest'
import {
  hexDigits,
  putBinary,
  putDecimal,
  putHex,
  putHexCount,
  putText,
} from '../../../src/rom/formats/digits.ts'
import { wordBytes } from '../../../src/rom/formats/types.ts'
import { digitValue, packDigits, type Radix } from './readers/digits.ts'
import { textOf } from './support.ts'

/** What a writer puts at position 2 of `.........`, and the position that it gives back. */
function put(write: (target: Uint8Array, at: number) => number): [string, number] {
  const target = Buffer.from('.'.repeat(14))
  const end = write(target, 2)
  return [textOf(target).replace(/\.+$/, ''), end]
}

describe('a word is written', () => {
  const bytes = Uint8Array.of(0xfe, 0x3c, 0x5b, 0x01)
  test.each([
    { width: 1, hex: 1, binary: '0' },
    { width: 4, hex: 1, binary: '1100' },
    { width: 5, hex: 2, binary: '11100' },
    { width: 8, hex: 2, binary: '00111100' },
    { width: 9, hex: 3, binary: '100111100' },
  ])('with $hex hexadecimal or $width binary digits', ({ width, hex, binary }) => {
    expect(hexDigits(width)).toBe(hex)
    // From byte 1 on: 0x3c, 0x5b, 0x01. Of a word of 5 bits the writer takes the whole byte: its upper bits are zero in a ROM.
    const text = ['', 'c', '3c', 'b3c'][hex]!
    expect(put((target, at) => putHex(target, at, bytes, 1, width))).toEqual([`..${text}`, 2 + hex])
    expect(put((target, at) => putBinary(target, at, bytes, 1, width))).toEqual([`..${binary}`, 2 + width])
  })

  test('the most significant byte first', () => {
    expect(put((target, at) => putHex(target, at, bytes, 0, 28))).toEqual(['..15b3cfe', 9])
    expect(put((target, at) => putHex(target, at, bytes, 0, 32))).toEqual(['..015b3cfe', 10])
  })
})

test.each([0, 7, 9, 10, 11, 99, 100, 101, 65_535, 99_999_999, 268_435_456])(
  'the count %i is written',
  (count) => {
    const text = String(count)
    expect(put((target, at) => putDecimal(target, at, count))).toEqual([`..${text}`, 2 + text.length])
    const hex = count.toString(16).padStart(8, '0')
    expect(put((target, at) => putHexCount(target, at, count, 8))).toEqual([`..${hex}`, 10])
  },
)

test('text is written as it is', () => {
  expect(put((target, at) => putText(target, at, 'a;\n'))).toEqual(['..a;\n', 5])
})

test.each([2, 8, 10, 16])('of all characters, those below %i are its digits, in both cases', (radix) => {
  const values = Array.from({ length: 256 }, (_, code) => digitValue(code, radix))
  const expected = values.map(() => -1)
  for (let digit = 0; digit < radix; digit++) {
    expected[digit.toString(16).charCodeAt(0)] = digit
    expected[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
  }
  expect(values).toEqual(expected)
})

/** The word that `digits` give, or why they give none; it lies in the second of three words. */
function read(digits: string, radix: Radix, width: number): bigint | string | null {
  const stride = wordBytes(width)
  const bytes = new Uint8Array(3 * stride)
  const text = Buffer.from(`f${digits}f`)
  const fault = packDigits({ text, begin: 1, end: text.length - 1 }, radix, { bytes, offset: stride, width })
  const words = [0, 1, 2].map((word) =>
    bytes
      .subarray(word * stride, (word + 1) * stride)
      .reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n),
  )
  expect([words[0], words[2]]).toEqual([0n, 0n])
  return fault ?? words[1]!
}

describe('a word is read', () => {
  test.each<[string, Radix, number, bigint | string]>([
    ['abc', 16, 12, 0xabcn],
    ['00ABC', 16, 12, 0xabcn],
    ['a_b__c', 16, 12, 0xabcn],
    ['1fff', 16, 13, 0x1fffn],
    ['2000', 16, 13, 'wide'],
    ['1000', 16, 12, 'wide'],
    ['80000', 16, 20, 0x80000n],
    ['7', 16, 3, 7n],
    ['8', 16, 3, 'wide'],
    ['abg', 16, 12, 'digit'],
    ['', 16, 12, 'empty'],
    ['_', 16, 12, 'empty'],
    ['777', 8, 9, 0o777n],
    ['1000', 8, 9, 'wide'],
    ['1234567', 8, 21, 0o1234567n],
    ['1777', 8, 10, 0o1777n],
    ['2000', 8, 10, 'wide'],
    ['778', 8, 9, 'digit'],
    ['101', 2, 3, 5n],
    ['0101', 2, 3, 5n],
    ['1000', 2, 3, 'wide'],
    ['1_0000_0001', 2, 9, 0x101n],
    ['12', 2, 3, 'digit'],
    ['4095', 10, 12, 4095n],
    ['4096', 10, 12, 'wide'],
    ['0004095', 10, 12, 4095n],
    ['0', 10, 1, 0n],
    ['0001', 10, 1, 1n],
    ['000', 10, 1, 0n],
    ['1001', 10, 12, 1001n],
    ['1_0', 10, 12, 'digit'],
    ['a', 10, 12, 'digit'],
    ['', 10, 12, 'empty'],
  ])('"%s" in radix %i of %i bits: %s', (digits, radix, width, result) => {
    expect(read(digits, radix, width)).toBe(result)
  })

  test.each(Array.from({ length: 70 }, (_, index) => index + 1))(
    'the largest decimal word of %i bits fits, the next does not',
    (width) => {
      const first = 1n << BigInt(width)
      expect(read(String(first - 1n), 10, width)).toBe(first - 1n)
      expect(read(String(first), 10, width)).toBe('wide')
      expect(read(`${first}0`, 10, width)).toBe('wide')
    },
  )
})
