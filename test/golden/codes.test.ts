import { describe, expect, test } from 'vitest'
import { allocateCodes, checkCodes, countElements } from '../../src/golden/codes.ts'

describe('A-1: codes of A bits', () => {
  test.each([1, 4, 7, 8])('2^%i - 1 is the largest of a byte tensor', (bits) => {
    const largest = 2 ** bits - 1
    expect(() => checkCodes('x', Uint8Array.of(0, largest), [1, 1, 2], bits)).not.toThrow()
  })

  test.each([1, 4, 7])('2^%i is refused in a byte tensor, with its place', (bits) => {
    const codes = Uint8Array.of(0, 2 ** bits - 1, 2 ** bits)
    expect(() => checkCodes('model.3', codes, [3, 1, 1], bits)).toThrow(
      new RangeError(
        `model.3: code ${2 ** bits} at element 2 does not fit ${bits} bits: expected 0 to ${2 ** bits - 1} (A-1)`,
      ),
    )
  })

  // A tensor of more than 8 bits is held in 16: most of what it could hold is no code.
  test.each([8, 9, 10, 11, 12, 13, 14, 15])('2^%i - 1 is the largest of a wide tensor', (bits) => {
    const largest = 2 ** bits - 1
    expect(() => checkCodes('x', Uint16Array.of(largest, 0), [2, 1, 1], bits)).not.toThrow()
    expect(() => checkCodes('x', Uint16Array.of(largest + 1, 0), [2, 1, 1], bits)).toThrow(
      `x: code ${largest + 1} at element 0 does not fit ${bits} bits`,
    )
  })

  test('16 bits hold every code of a wide tensor', () => {
    expect(() => checkCodes('x', Uint16Array.of(65535), [1, 1, 1], 16)).not.toThrow()
  })
})

describe('a tensor of another size is refused', () => {
  test.each([23, 25, 0])('%i codes for 2x3x4', (length) => {
    expect(() => checkCodes('images', new Uint8Array(length), [2, 3, 4], 8)).toThrow(
      new RangeError(
        `images: expected 24 codes (2x3x4), got ${length}: give the tensor in C order [channels, height, width]`,
      ),
    )
  })

  test('24 are right', () => {
    expect(countElements([2, 3, 4])).toBe(24)
    expect(() => checkCodes('images', new Uint8Array(24), [2, 3, 4], 8)).not.toThrow()
  })
})

test('codes are bytes up to 8 bits and 16-bit words above', () => {
  expect([1, 8, 9, 16].map((bits) => allocateCodes(3, bits))).toEqual([
    new Uint8Array(3),
    new Uint8Array(3),
    new Uint16Array(3),
    new Uint16Array(3),
  ])
})
