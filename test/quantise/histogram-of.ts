import { Histogram } from '../../src/quantise/histogram.ts'

export function histogramOf(values: Float32Array): Histogram {
  const histogram = new Histogram()
  histogram.add(values)
  return histogram
}

/** Bins of width 1 from -10 on, with these counts by bin: bin 8 has its centre at -1.5. No extremes are known. */
export function histogramOfCounts(counts: Readonly<Record<number, number>>): Histogram {
  const histogram = new Histogram()
  histogram.origin = -10
  histogram.width = 1
  for (const [bin, count] of Object.entries(counts)) {
    histogram.counts[Number(bin)] = count
    histogram.total += count
  }
  return histogram
}
