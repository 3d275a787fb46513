/**
 * From a histogram of real values to the range that the codes shall span. An observer trades rounding error (a wide range has
 * coarse steps) against clipping error (a narrow one cuts the tails).
 */
import { HISTOGRAM_BINS, type Histogram } from './histogram.ts'
import { ErrorModel, type Transfer } from './mean-square.ts'

/** The span of real values that codes 0 and 2^bits - 1 stand for. */
export interface Range {
  readonly low: number
  readonly high: number
}

export const OBSERVERS = ['max', 'percentile', 'mse', 'entropy'] as const
export type Observer = (typeof OBSERVERS)[number]

/** The part of the values kept by the percentile observer; the rest is cut, half at each end. */
export const PERCENTILE = 0.9999

/** The extremes that were seen, and zero, which must have a code (padding, A-3). */
export function observeMax(histograms: readonly Histogram[]): Range {
  return spanOf(histograms.map(({ min, max }) => ({ low: min, high: max })))
}

/** The range that holds all of them, and zero. */
function spanOf(ranges: readonly Range[]): Range {
  return {
    low: Math.min(0, ...ranges.map(({ low }) => low)),
    high: Math.max(0, ...ranges.map(({ high }) => high)),
  }
}

export function observePercentile(histograms: readonly Histogram[], kept: number = PERCENTILE): Range {
  return spanOf(histograms.map((histogram) => cutTails(histogram, kept)))
}

function cutTails(histogram: Histogram, kept: number): Range {
  const cut = (histogram.total * (1 - kept)) / 2
  let [first, last] = [0, HISTOGRAM_BINS - 1]
  for (let sum = 0; first < last; first++) {
    sum += histogram.counts[first]!
    if (sum > cut) break
  }
  for (let sum = 0; last > first; last--) {
    sum += histogram.counts[last]!
    if (sum > cut) break
  }
  return {
    low: Math.max(histogram.min, histogram.origin + first * histogram.width),
    high: Math.min(histogram.max, histogram.origin + (last + 1) * histogram.width),
  }
}

/** Ends that are tried: from the extreme down to 1/64 of it, evenly in the logarithm (activations have long tails). */
const SHARES = Array.from({ length: 49 }, (_, i) => 2 ** (-i / 8))

/**
 * The range with the least mean square error: every pair of ends on a logarithmic grid, then ever smaller steps around the best.
 */
export function observeMeanSquare(
  histograms: readonly Histogram[],
  bits: number,
  transfer: Transfer = (value) => value,
): Range {
  const full = observeMax(histograms)
  if (full.high === full.low) return full
  const model = new ErrorModel(histograms, transfer)
  let best = full
  let least = model.error(full.low, full.high, bits)
  const attempt = (low: number, high: number): void => {
    if (high <= low || low < full.low || high > full.high) return
    const error = model.error(low, high, bits)
    if (error >= least) return
    least = error
    best = { low, high }
  }
  const lows = full.low === 0 ? [0] : SHARES.map((share) => full.low * share)
  const highs = full.high === 0 ? [0] : SHARES.map((share) => full.high * share)
  for (const low of lows) for (const high of highs) attempt(low, high)
  for (let step = 0.045; step > 0.002; step /= 2) {
    const { low, high } = best
    for (const a of [1 - step, 1, 1 + step])
      for (const b of [1 - step, 1, 1 + step]) attempt(low * a, high * b)
  }
  return best
}

/**
 * The range whose quantised distribution diverges least (Kullback-Leibler) from the observed one, after
 * S. Migacz, "8-bit inference with TensorRT", GTC 2017: the tail is added to the last kept bin of the reference, the
 * kept bins are merged into 2^bits levels, and each level spreads its mass over its occupied bins.
 */
export function observeEntropy(histograms: readonly Histogram[], bits: number): Range {
  return spanOf(histograms.map((histogram) => cutByEntropy(histogram, bits)))
}

function cutByEntropy(histogram: Histogram, bits: number): Range {
  const full = observeMax([histogram])
  if (full.high === full.low) return full
  const levels = 2 ** bits
  const lowBin = Math.max(0, Math.floor((full.low - histogram.origin) / histogram.width))
  const highBin = Math.min(HISTOGRAM_BINS - 1, Math.floor((full.high - histogram.origin) / histogram.width))
  const span = highBin - lowBin + 1
  let best = full
  let least = Number.POSITIVE_INFINITY
  for (let i = 10; i <= 50; i++) {
    const kept = Math.max(levels, Math.ceil((span * i) / 50))
    if (kept > span) break
    const reference = histogram.counts.slice(lowBin, lowBin + kept)
    for (let bin = lowBin + kept; bin <= highBin; bin++) reference[kept - 1]! += histogram.counts[bin]!
    const observed = histogram.counts.subarray(lowBin, lowBin + kept)
    const divergence = kullbackLeibler(reference, observed, levels)
    if (divergence < least) {
      least = divergence
      best = {
        low: full.low,
        high: kept === span ? full.high : histogram.origin + (lowBin + kept) * histogram.width,
      }
    }
  }
  return best
}

function kullbackLeibler(reference: Float64Array, observed: Float64Array, levels: number): number {
  const length = reference.length
  let total = 0
  let candidateTotal = 0
  const candidate = new Float64Array(length)
  for (let level = 0; level < levels; level++) {
    const begin = Math.floor((level * length) / levels)
    const end = Math.floor(((level + 1) * length) / levels)
    let mass = 0
    let filled = 0
    for (let i = begin; i < end; i++) {
      mass += observed[i]!
      if (reference[i]! > 0) filled++
    }
    for (let i = begin; i < end; i++) if (reference[i]! > 0) candidate[i] = mass / filled
    candidateTotal += mass
  }
  for (const count of reference) total += count
  let divergence = 0
  for (let i = 0; i < length; i++) {
    if (reference[i]! === 0) continue
    const p = reference[i]! / total
    const q = Math.max(candidate[i]! / candidateTotal, 1e-12)
    divergence += p * Math.log(p / q)
  }
  return divergence
}

/** The range that an observer chooses for tensors that share one: it serves every one of them. */
export function observe(
  observer: Observer,
  histograms: readonly Histogram[],
  bits: number,
  transfer?: Transfer,
): Range {
  switch (observer) {
    case 'max':
      return observeMax(histograms)
    case 'percentile':
      return observePercentile(histograms)
    case 'mse':
      return observeMeanSquare(histograms, bits, transfer)
    case 'entropy':
      return observeEntropy(histograms, bits)
  }
}
