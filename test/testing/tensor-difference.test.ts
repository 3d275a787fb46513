import { describe, expect, test } from 'vitest'
import { describeDifference } from '../../src/testing/index.ts'

const shape = [4, 32, 32]
const golden = Uint8Array.from({ length: 4096 }, (_, i) => (i * 31) & 255)

describe('toMatchTensor', () => {
  test('is content with equal tensors, whatever holds them', () => {
    expect(golden.slice()).toMatchTensor(golden)
    expect({ shape, data: [...golden] }).toMatchTensor({ shape, data: golden })
    expect([1n, -2n]).toMatchTensor([1, -2], [2])
    expect([1]).not.toMatchTensor([2])
  })

  test('says where, what, and how many', () => {
    const wrong = golden.slice()
    wrong[3 * 1024 + 7 * 32] = (wrong[3 * 1024 + 7 * 32]! - 1) & 255
    const expected = golden[3 * 1024 + 7 * 32]!
    expect(() => expect(wrong).toMatchTensor(golden, shape)).toThrow(
      `c3 y7 x0: expected ${expected}, received ${expected - 1}; 1 of 4096 differs\n`,
    )
  })

  test('draws where the errors lie', () => {
    const wrong = golden.slice()
    // A whole line in every channel, a quarter of another, one pixel of one channel.
    for (let c = 0; c < 4; c++) for (let x = 0; x < 32; x++) wrong[c * 1024 + 2 * 32 + x]! ^= 1
    for (let x = 0; x < 8; x++) wrong[1024 + 5 * 32 + x]! ^= 1
    wrong[2 * 1024 + 31 * 32 + 31]! ^= 1
    const { picture, differing } = describeDifference(wrong, golden, shape)
    expect(differing).toBe(128 + 8 + 1)
    // 24 rows of characters at most: two lines of pixels each here.
    expect(picture.slice(1, 5)).toEqual([
      `y0  ${'.'.repeat(32)}`,
      `y2  ${'5'.repeat(32)}`,
      `y4  ${'2'.repeat(8)}${'.'.repeat(24)}`,
      `y6  ${'.'.repeat(32)}`,
    ])
    expect(picture[16]).toBe(`y30 ${'.'.repeat(31)}2`)
    expect(picture.at(-1)).toBe('every one of 4 channels differs')
    for (const line of picture) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('stays small for large tensors, and lists few channels', () => {
    const data = new Uint8Array(20 * 300 * 500)
    const wrong = data.slice()
    for (const channel of [3, 4, 5, 6, 7, 8, 19]) wrong[channel * 150_000 + 149_999] = 1
    const { picture, summary } = describeDifference(wrong, data, [20, 300, 500])
    expect(summary).toBe('c3 y299 x499: expected 0, received 1; 7 of 3000000 differ')
    expect(picture.length).toBeLessThanOrEqual(26)
    for (const line of picture) expect(line.length).toBeLessThanOrEqual(80)
    expect(picture.at(-1)).toBe('channels that differ: c3 (1), c4 (1), c5 (1), c6 (1), c7 (1) and 2 more')
  })

  test('counts in the shape that either of the two has, or that it was given', () => {
    const [data, wrong] = [
      [1, 2, 3, 4],
      [1, 2, 9, 4],
    ]
    const place = 'expected 3, received 9; 1 of 4 differs\n'
    const square = (of: number[]) => ({ shape: [2, 2], data: of })
    expect(() => expect(square(wrong)).toMatchTensor(data)).toThrow(`c0 y1 x0: ${place}`)
    expect(() => expect(wrong).toMatchTensor(square(data))).toThrow(`c0 y1 x0: ${place}`)
    expect(() => expect(wrong).toMatchTensor(data, [2, 1, 2])).toThrow(`c1 y0 x0: ${place}`)
    expect(() => expect(wrong).toMatchTensor(data)).toThrow(`c0 y0 x2: ${place}`)
    expect(() => expect(square(wrong)).toMatchTensor(data, [4])).toThrow('of one shape, got 4 and 2x2')
    expect(() => expect(data).not.toMatchTensor(data)).toThrow(
      'expected tensors to differ: all 4 elements agree',
    )
  })

  test('says of how many pixels a character is', () => {
    const legend = 'a character: . all right, 1-9 tenths wrong (or less), # more'
    const draw = (of: readonly number[]) => {
      const size = of.reduce((product, dim) => product * dim, 1)
      return describeDifference(new Uint8Array(size).fill(1), new Uint8Array(size), of).picture
    }
    expect(draw([2, 2])).toEqual([`a pixel ${legend}`, 'y0 ##', 'y1 ##', 'channels that differ: c0 (4)'])
    expect(draw([3, 25, 65])[0]).toBe(`2x2 pixels ${legend}`)
    expect(draw([3, 24, 65])[0]).toBe(`2x1 pixels ${legend}`)
    expect(draw([3, 1, 1]).at(-1)).toBe('every one of 3 channels differs')
  })

  test('refuses shapes that do not fit', () => {
    expect(() => expect([1, 2]).toMatchTensor([1, 2, 3])).toThrow(
      'Expected 3 elements for the shape 3, the received tensor has 2',
    )
    expect(() =>
      expect({ shape: [2, 1], data: [1, 2] }).toMatchTensor({ shape: [1, 2], data: [1, 2] }),
    ).toThrow('expected tensors of one shape, got 1x2 and 2x1')
  })
})
