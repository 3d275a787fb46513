/** Maps and histograms of small tensors, counted by hand. */
import { describe, expect, test } from 'vitest'
import { countCodes, mapErrors } from '../../src/diff/error-map.ts'

/** Wrong elements at [channel, y, x], each one too high. */
const wrongAt = (
  shape: readonly [number, number, number],
  ...at: readonly (readonly [number, number, number])[]
) => {
  const expected = new Uint8Array(shape[0] * shape[1] * shape[2])
  const actual = Int32Array.from(expected)
  for (const [channel, y, x] of at) actual[(channel * shape[1] + y) * shape[2] + x] = 1
  return mapErrors(expected, actual, shape)
}

describe('the map of errors', () => {
  test('counts by channel and by pixel over all channels', () => {
    const shape = [3, 2, 4] as const
    expect(wrongAt(shape, [0, 0, 0], [2, 0, 0], [2, 1, 3], [2, 1, 2])).toEqual({
      channels: [1, 0, 3],
      ...{ width: 4, height: 2, cell: 1 },
      counts: [2, 0, 0, 0, 0, 0, 1, 1],
      steps: [[1, 4]],
    })
  })

  test.each([
    { shape: [1, 64, 64], cell: 1, width: 64, height: 64 },
    { shape: [1, 64, 65], cell: 2, width: 33, height: 32 },
    { shape: [1, 129, 4], cell: 3, width: 2, height: 43 },
    { shape: [1, 130, 1], cell: 3, width: 1, height: 44 },
  ] as const)(
    '$shape has cells of $cell, $width across and $height down',
    ({ shape, cell, width, height }) => {
      const [, rows, columns] = shape
      const map = wrongAt(shape, [0, rows - 1, columns - 1], [0, 0, 0])
      expect(map).toMatchObject({ cell, width, height })
      expect(map.counts).toHaveLength(width * height)
      expect([map.counts[0], map.counts.at(-1)]).toEqual([1, 1])
    },
  )

  test('a cell of several pixels counts all of them', () => {
    // 65 rows and 66 columns: cells of 2x2, 33 across. Pixels (2,4), (3,5) and (4,4) are in cells (1,2), (1,2) and (2,2).
    const { counts } = wrongAt([1, 65, 66], [0, 2, 4], [0, 3, 5], [0, 4, 4])
    expect(counts.flatMap((n, at) => (n === 0 ? [] : [[at, n]]))).toEqual([
      [33 + 2, 2],
      [66 + 2, 1],
    ])
  })

  test('steps: the most frequent first, the lower of equals first, and none of what was never written', () => {
    const expected = Uint8Array.from([10, 10, 10, 10, 10, 10, 10, 10])
    const actual = Int32Array.from([12, 12, 17, 15, -1, 10, 0, 13])
    expect(mapErrors(expected, actual, [1, 1, 8])).toEqual({
      ...{ channels: [7], width: 8, height: 1, cell: 1, counts: [1, 1, 1, 1, 1, 0, 1, 1] },
      steps: [
        [2, 2],
        [-10, 1],
        [3, 1],
        [5, 1],
        [7, 1],
      ],
    })
  })

  test('sixteen steps at most', () => {
    const actual = Int32Array.from({ length: 20 }, (_, i) => i + 1)
    const { steps } = mapErrors(new Uint8Array(20), actual, [20, 1, 1])
    expect(steps).toEqual(Array.from({ length: 16 }, (_, i) => [i + 1, 1]))
  })
})

describe('the histogram of codes', () => {
  test.each([
    // The bin is the code without its low bits, all but five.
    { bits: 8, codes: [0, 7, 8, 255, 255], bins: 32, filled: { 0: 2, 1: 1, 31: 2 } },
    { bits: 5, codes: [0, 7, 31], bins: 32, filled: { 0: 1, 7: 1, 31: 1 } },
    { bits: 4, codes: [0, 15, 15], bins: 16, filled: { 0: 1, 15: 2 } },
    { bits: 12, codes: [127, 128, 4095], bins: 32, filled: { 0: 1, 1: 1, 31: 1 } },
  ])('of $bits bits has $bins bins', ({ bits, codes, bins, filled }) => {
    const counts = Object.assign(new Array(bins).fill(0), filled)
    expect(countCodes(Uint16Array.from(codes), null, bits)).toEqual({
      ...{ codes: 2 ** bits, expected: counts, actual: null },
    })
  })

  test('what the hardware wrote beyond the bits of the tensor has bins, too', () => {
    const { codes, expected, actual } = countCodes(Uint8Array.of(3, 15), Int32Array.of(3, 255), 4)
    expect([codes, expected[0], expected[1], actual?.[0], actual?.[31]]).toEqual([256, 1, 1, 1, 1])
  })

  test('what was never written is not counted; what the hardware wrote stands beside what was right', () => {
    const { expected, actual } = countCodes(Uint8Array.of(0, 1, 1), Int32Array.of(-1, 1, 0), 1)
    expect([expected, actual]).toEqual([
      [1, 2],
      [1, 1],
    ])
  })
})
