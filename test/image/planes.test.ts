import { describe, expect, test } from 'vitest'
import { toNchwCodes, toNchwFloat } from '../../src/image/planes.ts'
import { imageQuant } from '../../src/quantise/code-ranges.ts'

const allPixels = {
  width: 256,
  height: 1,
  data: Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)),
}

test('toNchwFloat separates the channels and divides in float32', () => {
  const planes = toNchwFloat({ width: 2, height: 1, data: Uint8Array.of(0, 51, 255, 1, 2, 3) })
  expect([...planes]).toEqual([0, 1 / 255, 0.2, 2 / 255, 1, 3 / 255].map(Math.fround))
})

describe('toNchwCodes (A-1)', () => {
  test('at 8 bits a code is the pixel', () => {
    const codes = toNchwCodes(allPixels, imageQuant(8))
    expect(codes).toBeInstanceOf(Uint8Array)
    expect([...codes.subarray(256, 512)]).toEqual(Array.from({ length: 256 }, (_, i) => i))
  })

  test.each([1, 4, 5, 6, 7, 10, 12, 16])('at %d bits it is the nearest code, a tie going up', (bits) => {
    const highest = 2 ** bits - 1
    const codes = toNchwCodes(allPixels, imageQuant(bits))
    for (let pixel = 0; pixel < 256; pixel++) {
      const error = 2 * (codes[pixel]! * 255 - pixel * highest)
      expect(error > -255 && error <= 255, `pixel ${pixel}: code ${codes[pixel]}`).toBe(true)
    }
    expect([codes[0], codes[255]]).toEqual([0, highest])
  })

  test('more than 8 bits take 16-bit storage', () => {
    expect(toNchwCodes(allPixels, imageQuant(9))).toBeInstanceOf(Uint16Array)
    expect(() => toNchwCodes(allPixels, imageQuant(17))).toThrow(/Expected 1 to 16/)
  })
})
