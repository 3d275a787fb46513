/**
 * From a histogram of real values to the range that the codes shall span. An observer trades rounding error (a wide range has
 * coarse steps) against clipping error (a narrow one cuts the tails).
 */
import { HISTOGRAM_BINS, type Histogram } from './histogram.ts'

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
export function observeMax(histogram: Histogram): Range {
  return { low: Math.min(0, histogram.min), high: Math.max(0, histogram.max) }
}

export function observePercentile(histogram: Histogram, kept: number = PERCENTILE): Range {
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
    low: Math.min(0, Math.max(histogram.min, histogram.origin + first * histogram.width)),
    high: Math.max(0, Math.min(histogram.max, histogram.origin + (last + 1) * histogram.width)),
  }
}

/** What becomes of a real value after quantisation, in the space where the error counts. */
export type Transfer = (value: number) => number
const identity: Transfer = (value) => value

/** Occupied bins as parallel arrays: most of the 4,096 are empty, and the search visits them hundreds of times. */
interface Samples {
  readonly values: Float64Array
  readonly targets: Float64Array
  readonly weights: Float64Array
}

function occupied(histogram: Histogram, transfer: Transfer): Samples {
  const bins: number[] = []
  histogram.counts.forEach((count, bin) => {
    if (count > 0) bins.push(bin)
  })
  const values = Float64Array.from(bins, (bin) => histogram.centre(bin))
  return {
    values,
    targets: values.map(transfer),
    weights: Float64Array.from(bins, (bin) => histogram.counts[bin]!),
  }
}

function squaredError(samples: Samples, range: Range, bits: number, transfer: Transfer): number {
  const top = 2 ** bits - 1
  const scale = (range.high - range.low) / top
  const zeroPoint = Math.round(-range.low / scale)
  const results = new Float64Array(top + 1)
  for (let code = 0; code <= top; code++) results[code] = transfer(scale * (code - zeroPoint))
  const { values, targets, weights } = samples
  let error = 0
  for (let i = 0; i < values.length; i++) {
    const code = Math.round(values[i]! / scale) + zeroPoint
    const difference = results[code < 0 ? 0 : code > top ? top : code]! - targets[i]!
    error += weights[i]! * difference * difference
  }
  return error
}

/**
 * The range with the least mean square error, by a descent over both ends: each end in turn tries 37 positions from the
 * extreme down to 1/64 of it, evenly in the logarithm (activations have long tails), then a few close by. With a `transfer` (SiLU, for the index of an activation table) the error is that of the transferred value, so that the flat
 * tail of SiLU costs no codes.
 */
export function observeMeanSquare(histogram: Histogram, bits: number, transfer: Transfer = identity): Range {
  const full = observeMax(histogram)
  if (full.high === full.low) return full
  const samples = occupied(histogram, transfer)
  const steps = Array.from({ length: 37 }, (_, i) => 2 ** (-i / 6))
  let best = full
  let least = squaredError(samples, full, bits, transfer)
  const attempt = (range: Range): void => {
    if (range.high - range.low <= 0) return
    const error = squaredError(samples, range, bits, transfer)
    if (error < least) {
      least = error
      best = range
    }
  }
  for (let round = 0; round < 2; round++) {
    for (const step of steps) attempt({ low: best.low, high: full.high * step })
    for (const step of steps) attempt({ low: full.low * step, high: best.high })
    for (const step of [-0.06, -0.03, 0.03, 0.06]) {
      attempt({ low: best.low, high: Math.min(full.high, best.high * (1 + step)) })
      attempt({ low: Math.max(full.low, best.low * (1 + step)), high: best.high })
    }
  }
  return best
}

/**
 * The range whose quantised distribution diverges least (Kullback-Leibler) from the observed one, after
 * S. Migacz, "8-bit inference with TensorRT", GTC 2017: the tail is added to the last kept bin of the reference, the
 * kept bins are merged into 2^bits levels, and each level spreads its mass over its occupied bins.
 */
export function observeEntropy(histogram: Histogram, bits: number): Range {
  const full = observeMax(histogram)
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

/** The range that an observer chooses. */
export function observe(
  observer: Observer,
  histogram: Histogram,
  bits: number,
  transfer: Transfer = identity,
): Range {
  switch (observer) {
    case 'max':
      return observeMax(histogram)
    case 'percentile':
      return observePercentile(histogram)
    case 'mse':
      return observeMeanSquare(histogram, bits, transfer)
    case 'entropy':
      return observeEntropy(histogram, bits)
  }
}
