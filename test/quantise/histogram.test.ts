import { describe, expect, test } from 'vitest'
import { HISTOGRAM_BINS, Histogram } from '../../src/quantise/histogram.ts'
import { createRandom } from '../golden/random.ts'

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0)

describe('Histogram', () => {
  test('counts every value in the bin that holds it, however often the range grows', () => {
    const random = createRandom(1)
    const histogram = new Histogram()
    const all: number[] = []
    for (let batch = 0; batch < 12; batch++) {
      const reach = 1.7 ** batch
      const values = Float32Array.from({ length: 500 }, () => (random.next() - 0.4) * reach)
      histogram.add(values)
      all.push(...values)
    }
    expect(histogram.total).toBe(6000)
    expect(sum(histogram.counts)).toBe(6000)
    expect(histogram.min).toBe(Math.min(...all))
    expect(histogram.max).toBe(Math.max(...all))
    const again = new Float64Array(HISTOGRAM_BINS)
    for (const value of all) again[Math.floor((value - histogram.origin) / histogram.width)]! += 1
    // Values within rounding of an edge may fall on either side of it.
    const moved = sum(again.map((count, bin) => Math.abs(count - histogram.counts[bin]!)))
    expect(moved).toBeLessThanOrEqual(12)
  })

  test('a constant has a bin of its own', () => {
    const histogram = new Histogram()
    histogram.add(new Float32Array(10).fill(-3))
    expect(histogram.counts.filter((count) => count > 0)).toEqual(Float64Array.of(10))
  })

  const filled = ({ counts }: Histogram) =>
    [...counts.entries()].filter(([, count]) => count > 0).map(([bin, count]) => [bin, count])
  const made = (...values: number[]) => {
    const histogram = new Histogram()
    histogram.add(Float32Array.from(values))
    return histogram
  }

  test('spans five quarters of what comes first, an eighth of it before the least', () => {
    const histogram = made(0, 2, 8)
    expect(histogram).toMatchObject({ origin: -1, width: 10 / 4096, min: 0, max: 8, total: 3 })
    // (0 + 1) * 409.6, (2 + 1) * 409.6, (8 + 1) * 409.6
    expect(filled(histogram)).toEqual([
      [409, 1],
      [1228, 1],
      [3686, 1],
    ])
    expect(histogram.centre(0)).toBeCloseTo(-1 + 5 / 4096, 12)
  })

  test('doubles its bins upwards and downwards, and keeps their counts', () => {
    const histogram = made(0, 2, 8)
    // -1 to 9 becomes -1 to 19 and -1 to 39: 102.4 bins a unit.
    histogram.add(Float32Array.of(30))
    expect(histogram).toMatchObject({ origin: -1, width: 40 / 4096, min: 0, max: 30, total: 4 })
    expect(filled(histogram)).toEqual([
      [102, 1],
      [307, 1],
      [921, 1],
      [3174, 1],
    ])
    // -41 to 39, -121 to 39: 25.6 bins a unit.
    histogram.add(Float32Array.of(-50, 30))
    expect(histogram).toMatchObject({ origin: -121, width: 160 / 4096, min: -50, max: 30, total: 6 })
    // What was bin 102 is 51 in the upper half, then 25 in the upper half of that.
    expect(filled(histogram)).toEqual([
      [1817, 1],
      [2048 + 1024 + 25, 1],
      [2048 + 1024 + 76, 1],
      [2048 + 1024 + 230, 1],
      [2048 + 1024 + 793, 2],
    ])
  })

  test('the value at its end is in the next doubling, the value before it in the last bin', () => {
    const histogram = made(0, 8)
    histogram.add(Float32Array.of(9))
    expect(histogram.width).toBe(20 / 4096)
    const other = made(0, 8)
    other.add(Float32Array.of(Math.fround(9 - 1e-6)))
    expect(other.width).toBe(10 / 4096)
    expect(filled(other).at(-1)).toEqual([4095, 1])
    const low = made(0, 8)
    low.add(Float32Array.of(-1))
    expect([low.width, low.origin]).toEqual([10 / 4096, -1])
    expect(filled(low)[0]).toEqual([0, 1])
  })

  test('samples come with the extremes of all that they were taken of', () => {
    const known = new Histogram()
    known.add(Float32Array.of(1, 2), { min: -1, max: 7 })
    expect(known).toMatchObject({ min: -1, max: 7, origin: -2, width: 10 / 4096, total: 2 })
  })

  test('small numbers far from zero have bins as wide as their distance', () => {
    // Largest magnitude: 100.
    expect(made(-100, -99)).toMatchObject({ width: 125 / 4096, origin: -112.5 })
    expect(made(99, 100)).toMatchObject({ width: 125 / 4096, origin: 99 - 12.5 })
    expect(made(0)).toMatchObject({ width: (1.25 * 1e-6) / 4096, origin: -0.125e-6 })
  })

  test('of nothing is as it was', () => {
    const histogram = new Histogram()
    histogram.add(new Float32Array(0))
    expect(histogram).toMatchObject({ width: 0, total: 0 })
    expect(histogram.min).toBe(Number.POSITIVE_INFINITY)
  })
})
