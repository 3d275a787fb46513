import { describe, expect, test } from 'vitest'
import { HISTOGRAM_BINS, Histogram } from '../../src/quantise/histogram.ts'
import { observe, observePercentile } from '../../src/quantise/observers.ts'
import { createRandom } from '../golden/random.ts'
import { histogramOfCounts } from './histogram-of.ts'

/** The extremes lie in the middle of their bins. */
function histogramOf(counts: Readonly<Record<number, number>>): Histogram {
  const histogram = histogramOfCounts(counts)
  const bins = Object.keys(counts).map(Number)
  histogram.min = -10 + Math.min(...bins) + 0.5
  histogram.max = -10 + Math.max(...bins) + 0.5
  return histogram
}

describe('percentile', () => {
  // 16 values of which a quarter is cut: 2 at each end.
  test.each<{ because: string; counts: Readonly<Record<number, number>>; low: number; high: number }>([
    { because: 'two at each end are cut', counts: { 0: 2, 5: 6, 20: 6, 4000: 2 }, low: -5, high: 11 },
    { because: 'a third is not', counts: { 0: 3, 5: 5, 20: 5, 4000: 3 }, low: -9.5, high: 3990.5 },
    { because: 'they may lie apart', counts: { 1: 1, 2: 1, 5: 6, 20: 6, 99: 1, 900: 1 }, low: -5, high: 11 },
    { because: 'all in the first bin', counts: { 0: 16 }, low: -9.5, high: 0 },
    { because: 'all in the last bin', counts: { 4095: 16 }, low: 0, high: 4085.5 },
    { because: 'all positive', counts: { 12: 1, 13: 14, 14: 1 }, low: 0, high: 4 },
    { because: 'all negative', counts: { 3: 2, 4: 12, 5: 2 }, low: -6, high: 0 },
  ])('$because', ({ counts, low, high }) => {
    expect(observePercentile([histogramOf(counts)], 0.75)).toEqual({ low, high })
  })

  test('the extreme stands where it is nearer than the edge of its bin', () => {
    const histogram = histogramOf({ 5: 8, 20: 8 })
    expect(observePercentile([histogram], 0.75)).toEqual({ low: -4.5, high: 10.5 })
  })

  test('several tensors keep what each of them keeps', () => {
    const wide = histogramOf({ 5: 8, 20: 8 })
    const high = histogramOf({ 9: 1, 11: 14, 60: 1 })
    expect(observePercentile([wide, high], 0.75)).toEqual({ low: -4.5, high: 10.5 })
    expect(observePercentile([high, histogramOf({ 40: 16 })], 0.75)).toEqual({ low: 0, high: 30.5 })
  })

  // Of 100,200 values 5.01 at each end are cut by default.
  test.each([
    { outliers: 4, kept: false },
    { outliers: 5, kept: false },
    { outliers: 6, kept: true },
  ])('of 100,200 values $outliers far out are kept: $kept', ({ outliers, kept }) => {
    const random = createRandom(7)
    const values = Float32Array.from({ length: 100_200 }, () => 2 * random.next() - 1)
    for (let i = 0; i < outliers; i++) values[i] = (i + 1) * 10
    const histogram = new Histogram()
    histogram.add(values)
    const sorted = values.toSorted()
    const { low, high } = observe('percentile', [histogram], 8)
    const [fifth, last] = [sorted[5]!, sorted[100_200 - 1 - 5]!]
    expect(last > 2).toBe(kept)
    // What is cut is known to a bin.
    expect(low).toBeLessThanOrEqual(fifth)
    expect(low).toBeGreaterThan(fifth - histogram.width)
    expect(high).toBeGreaterThanOrEqual(last)
    expect(high).toBeLessThan(last + histogram.width)
  })

  test('the last bin is one that counts', () => {
    expect(HISTOGRAM_BINS).toBe(4096)
  })
})
