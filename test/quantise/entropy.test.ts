import { describe, expect, test } from 'vitest'
import { HISTOGRAM_BINS, type Histogram } from '../../src/quantise/histogram.ts'
import { observe, observeEntropy, type Range } from '../../src/quantise/observers.ts'
import { createRandom } from '../golden/random.ts'
import { histogramOf } from './histogram-of.ts'

/**
 * S. Migacz, "8-bit inference with TensorRT", GTC 2017, as the slides have it, on the bins from the first that counts to the last.
 * @returns the divergence of the first `kept` bins in 2^bits levels.
 */
function divergenceOf(bins: readonly number[], kept: number, bits: number): number {
  const outliers = bins.slice(kept).reduce((sum, count) => sum + count, 0)
  const p = bins.slice(0, kept).map((count, i) => (i === kept - 1 ? count + outliers : count))
  const levels = 2 ** bits
  const edges = Array.from({ length: levels + 1 }, (_, level) => Math.floor((level * kept) / levels))
  const q = edges.slice(1).flatMap((end, level) => {
    const own = bins.slice(edges[level], end)
    const occupied = p.slice(edges[level], end).map((count) => count !== 0)
    const share = own.reduce((sum, count) => sum + count, 0) / occupied.filter(Boolean).length
    return occupied.map((full) => (full ? share : 0))
  })
  const total = (list: readonly number[]) => list.reduce((sum, count) => sum + count, 0)
  const [ofP, ofQ] = [total(p), total(q)]
  if (ofQ === 0) return Number.POSITIVE_INFINITY
  // A bin that the candidate leaves empty counts as next to nothing, instead of without end.
  return p.reduce(
    (sum, count, i) =>
      count === 0 ? sum : sum + (count / ofP) * Math.log(count / ofP / Math.max(q[i]! / ofQ, 1e-12)),
    0,
  )
}

/** Every fiftieth of the occupied span, from a fifth of it: the one that diverges least, the shortest of equals. */
function search(histogram: Histogram, bits: number): Range & { kept: number; span: number } {
  const low = Math.min(0, histogram.min)
  const high = Math.max(0, histogram.max)
  const bin = (value: number) =>
    Math.min(HISTOGRAM_BINS - 1, Math.max(0, Math.floor((value - histogram.origin) / histogram.width)))
  const bins = [...histogram.counts.slice(bin(low), bin(high) + 1)]
  const span = bins.length
  const cuts = Array.from({ length: 41 }, (_, i) =>
    Math.max(2 ** bits, Math.ceil((span * (i + 10)) / 50)),
  ).filter((kept) => kept <= span)
  const divergences = cuts.map((kept) => divergenceOf(bins, kept, bits))
  const kept = cuts[divergences.indexOf(Math.min(...divergences))] ?? span
  const end = kept === span ? high : histogram.origin + (bin(low) + kept) * histogram.width
  return { low, high: end, kept, span }
}

const random = createRandom(7)
const bell = () => Array.from({ length: 12 }, () => random.next()).reduce((sum, x) => sum + x, -6)
const many = (make: (i: number) => number) =>
  histogramOf(Float32Array.from({ length: 20_000 }, (_, i) => make(i)))

const histograms = {
  'a bell': many(bell),
  'a bell with outliers': many((i) => (i < 5 ? 60 + i : bell())),
  'a bell with a long tail': many((i) => (i % 50 === 0 ? 8 * random.next() ** 2 : bell() / 4)),
  'the positive half of a bell': many(() => Math.abs(bell())),
  'far from zero': many(() => 20 + bell()),
  'nothing positive': many(() => -Math.abs(bell())),
  'a flat one': many(() => random.next()),
}

describe('entropy', () => {
  test.each(Object.entries(histograms))('of %s is the cut that diverges least', (_, histogram) => {
    for (const bits of [4, 6, 8]) {
      const { low, high } = search(histogram, bits)
      expect(observe('entropy', [histogram], bits), `${bits} bits`).toEqual({ low, high })
    }
  })

  test('cuts neither always nor never', () => {
    const shares = Object.values(histograms).map((histogram) => {
      const { kept, span } = search(histogram, 6)
      return kept / span
    })
    expect(Math.min(...shares)).toBeLessThan(0.3)
    expect(Math.max(...shares)).toBe(1)
  })

  test('no cut in between diverges by far less', () => {
    const histogram = histograms['a bell with a long tail']
    const { kept, span } = search(histogram, 6)
    const first = Math.floor((histogram.min - histogram.origin) / histogram.width)
    const bins = [...histogram.counts.slice(first, first + span)]
    const all = Array.from({ length: (span - 64) / 7 }, (_, i) => divergenceOf(bins, 64 + 7 * i, 6))
    expect(all.length).toBeGreaterThan(100)
    expect(divergenceOf(bins, kept, 6)).toBeLessThan(1.5 * Math.min(...all))
  })

  test('fewer bins than levels, and a constant, are kept whole', () => {
    const few = histogramOf(Float32Array.of(0, 1))
    few.counts.fill(0)
    few.origin = 0
    few.width = 0.01
    few.counts[0] = 1
    few.counts[99] = 1
    few.min = 0
    few.max = 0.995
    expect(observeEntropy([few], 7)).toEqual({ low: 0, high: 0.995 })
    expect(observeEntropy([histogramOf(new Float32Array(5))], 4)).toEqual({ low: 0, high: 0 })
  })

  test('several tensors keep what each of them keeps', () => {
    const [a, b] = [histograms['a bell'], histograms['the positive half of a bell']]
    const [one, other] = [search(a, 6), search(b, 6)]
    expect(observeEntropy([a, b], 6)).toEqual({
      low: Math.min(one.low, other.low),
      high: Math.max(one.high, other.high),
    })
  })
})
