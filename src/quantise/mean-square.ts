/**
 * The mean square error that a range costs, from histograms: rounding inside, clipping outside. Rounding is uniform noise of scale² / 12
 * (Bennett, "Spectra of quantized signals", 1948), which holds if a step spans several bins or many values. Running sums
 * give it, so that a range costs a look-up and thousands can be compared.
 *
 * Values go through a transfer function first (SiLU, for the index of an activation table): noise is weighted by its slope squared, so
 * that the flat tail of SiLU costs no codes.
 */
import { HISTOGRAM_BINS, type Histogram } from './histogram.ts'

/** The quantised value of a real value, in the space where the error counts. */
export type Transfer = (value: number) => number

/** Sums over the bins below each bin: [0] is 0, [HISTOGRAM_BINS] all. Divided by the tensor's power. */
interface Sums {
  readonly origin: number
  readonly width: number
  readonly slope: Float64Array
  readonly mass: Float64Array
  readonly first: Float64Array
  readonly second: Float64Array
}

/** Error of a range as a share of the signal's power, summed over the tensors: each tensor counts alike, however large it is. */
export class ErrorModel {
  readonly #tensors: readonly Sums[]
  readonly #transfer: Transfer

  constructor(histograms: readonly Histogram[], transfer: Transfer) {
    this.#transfer = transfer
    this.#tensors = histograms.filter(({ total }) => total > 0).map((one) => sumUp(one, transfer))
  }

  /** @param low at most 0, @param high at least 0, not both 0. */
  error(low: number, high: number, bits: number): number {
    const scale = (high - low) / (2 ** bits - 1)
    const [atLow, atHigh] = [this.#transfer(low), this.#transfer(high)]
    let error = 0
    for (const { origin, width, slope, mass, first, second } of this.#tensors) {
      const from = toBin((low - origin) / width)
      const to = Math.max(from, toBin((high - origin) / width))
      const end = HISTOGRAM_BINS
      error += ((scale * scale) / 12) * (slope[to]! - slope[from]!)
      error += second[from]! - 2 * atLow * first[from]! + atLow * atLow * mass[from]!
      error += second[end]! - second[to]! - 2 * atHigh * (first[end]! - first[to]!)
      error += atHigh * atHigh * (mass[end]! - mass[to]!)
    }
    return error
  }
}

const toBin = (position: number): number => Math.max(0, Math.min(HISTOGRAM_BINS, Math.round(position)))

function sumUp(histogram: Histogram, transfer: Transfer): Sums {
  const { counts, origin, width } = histogram
  const make = () => new Float64Array(HISTOGRAM_BINS + 1)
  const sums: Sums = { origin, width, slope: make(), mass: make(), first: make(), second: make() }
  // At the right edge of the bin before.
  let edge = 0
  for (let bin = 0; bin < HISTOGRAM_BINS; bin++) {
    const count = counts[bin]!
    let [value, rise] = [0, 0]
    if (count > 0) {
      if (bin === 0 || counts[bin - 1] === 0) edge = transfer(origin + bin * width)
      const left = edge
      edge = transfer(origin + (bin + 1) * width)
      value = transfer(histogram.centre(bin))
      rise = (edge - left) / width
    }
    sums.slope[bin + 1] = sums.slope[bin]! + count * rise * rise
    sums.mass[bin + 1] = sums.mass[bin]! + count
    sums.first[bin + 1] = sums.first[bin]! + count * value
    sums.second[bin + 1] = sums.second[bin]! + count * value * value
  }
  const power = sums.second[HISTOGRAM_BINS]! || 1
  for (const sum of [sums.slope, sums.mass, sums.first, sums.second])
    for (let i = 0; i < sum.length; i++) sum[i]! /= power
  return sums
}
