import { describe, expect, test } from 'vitest'
import { Histogram } from '../../src/quantise/histogram.ts'
import { ErrorModel } from '../../src/quantise/mean-square.ts'
import { observe, observeMeanSquare } from '../../src/quantise/observers.ts'
import { createRandom } from '../golden/random.ts'
import { histogramOfCounts } from './histogram-of.ts'

describe('the mean square error of a range', () => {
  // One value at -1.5, two at 2.5, one at 10.5. Power: 2.25 + 2 * 6.25 + 110.25 = 125.
  const histogram = histogramOfCounts({ 8: 1, 12: 2, 20: 1 })
  const plain = new ErrorModel([histogram], (value) => value)

  test.each([
    // scale = 6 / 3: 4 / 12 for each of three, (10.5 - 4)^2 for the fourth.
    { because: 'one is clipped above', low: -2, high: 4, bits: 2, error: 3 * (4 / 12) + 42.25 },
    // scale = 5 / 3 for two; (-1.5 + 1)^2; the same above.
    { because: 'one at each end', low: -1, high: 4, bits: 2, error: 2 * (25 / 9 / 12) + 0.25 + 42.25 },
    { because: 'none', low: -2, high: 13, bits: 4, error: 4 * (1 / 12) },
    {
      because: 'none, with ends beyond the bins',
      low: -20,
      high: 10_000,
      bits: 1,
      error: 4 * (10_020 ** 2 / 12),
    },
    { because: 'all above zero', low: -2, high: 0, bits: 1, error: 4 / 12 + 2 * 6.25 + 110.25 },
    // An end is taken to the nearest edge of a bin: 2.6 -> 3, 2.4 -> 2.
    {
      because: 'an end within a bin keeps it',
      low: -2,
      high: 2.6,
      bits: 1,
      error: 3 * (4.6 ** 2 / 12) + 7.9 ** 2,
    },
    {
      because: 'or loses it',
      ...{ low: -2, high: 2.4, bits: 1 },
      error: 4.4 ** 2 / 12 + 2 * 0.1 ** 2 + 8.1 ** 2,
    },
  ])('$because', ({ low, high, bits, error }) => {
    expect(plain.error(low, high, bits)).toBeCloseTo(error / 125, 9)
  })

  test('is taken behind the transfer, with noise weighed by its slope squared', () => {
    // max(x, 0), doubled: slope 0 below zero and 2 above. Power: 2 * 25 + 441 = 491.
    const relu = new ErrorModel([histogram], (value) => 2 * Math.max(0, value))
    expect(relu.error(-2, 4, 2)).toBeCloseTo((2 * 4 * (4 / 12) + (21 - 8) ** 2) / 491, 9)
    // Clipping below zero costs nothing: the end of the range is worth 0 as well.
    expect(relu.error(-1, 4, 2)).toBeCloseTo((2 * 4 * (25 / 9 / 12) + (21 - 8) ** 2) / 491, 9)
    // x^2 over the bin from 2 to 3 rises by 5. Power: 5.0625 + 2 * 39.0625 + 12155.0625.
    const square = new ErrorModel([histogram], (value) => value ** 2)
    const noise = (1 / 12) * (3 ** 2 + 2 * 5 ** 2 + 21 ** 2)
    expect(square.error(-2, 13, 4)).toBeCloseTo(noise / 12238.25, 9)
  })

  test('of several tensors is the sum of their shares; one that was never filled is left out', () => {
    const small = histogramOfCounts({ 11: 4 })
    const both = new ErrorModel([histogram, new Histogram(), small], (value) => value)
    // Four at 1.5: power 9.
    expect(both.error(-2, 4, 2)).toBeCloseTo(43.25 / 125 + (4 * (4 / 12)) / 9, 9)
  })

  test('of a tensor without power is no share', () => {
    const silent = new ErrorModel([histogramOfCounts({ 8: 3 })], (value) => Math.max(0, value))
    expect(silent.error(-2, 4, 2)).toBe(0)
  })
})

describe('the range of least mean square error', () => {
  const random = createRandom(7)
  const bell = () => Array.from({ length: 12 }, () => random.next()).reduce((sum, x) => sum + x, -6)
  const many = (make: (i: number) => number) => {
    const histogram = new Histogram()
    histogram.add(Float32Array.from({ length: 20_000 }, (_, i) => make(i)))
    return histogram
  }
  const relu = (x: number) => Math.max(0, x)
  const cases = [
    { because: 'a bell with outliers', histogram: many((i) => (i < 5 ? 60 + i : bell())) },
    { because: 'outliers on both sides', histogram: many((i) => (i < 9 ? 20 * (i - 4) : bell())) },
    { because: 'only positive values', histogram: many((i) => (i < 5 ? 30 : Math.abs(bell()))) },
    { because: 'only negative values', histogram: many((i) => (i < 5 ? -30 : -Math.abs(bell()))) },
    { because: 'a flat distribution', histogram: many(() => random.next() - 0.5) },
    { because: 'behind an activation', histogram: many(() => 5 * bell()), transfer: relu },
  ]

  test.each(cases)(
    '$because: no range of a fine grid has less',
    ({ histogram, transfer = (x: number) => x }) => {
      const model = new ErrorModel([histogram], transfer)
      const [low, high] = [Math.min(0, histogram.min), Math.max(0, histogram.max)]
      const shares = Array.from({ length: 200 }, (_, i) => 0.98 ** i)
      const ratios: number[] = []
      for (const bits of [4, 8]) {
        const grid = shares.flatMap((a) => shares.map((b) => model.error(low * a, high * b, bits)))
        const least = Math.min(...grid.filter((error) => !Number.isNaN(error)))
        const chosen = observeMeanSquare([histogram], bits, transfer)
        expect(chosen).toEqual(observe('mse', [histogram], bits, transfer))
        expect(chosen.low).toBeGreaterThanOrEqual(low)
        expect(chosen.high).toBeLessThanOrEqual(high)
        ratios.push(model.error(chosen.low, chosen.high, bits) / least)
      }
      expect(Math.max(...ratios)).toBeLessThan(1.0002)
    },
  )

  test('of nothing but zeros is zero', () => {
    expect(observeMeanSquare([many(() => 0)], 8)).toEqual({ low: 0, high: 0 })
  })
})
