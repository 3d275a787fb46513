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
})
