/** What calibration remembers of one tensor: a histogram of its values, and the extremes of each channel. */
import type { Shape } from '../graph/types.ts'
import { Histogram } from './histogram.ts'

/** Values of a tensor and image that the histogram counts, at the least: enough for a quantile of 0.9999. */
const COUNTED = 28_000

export interface Extremes {
  readonly min: number
  readonly max: number
}

export class Observation {
  readonly histogram = new Histogram()
  /** Range of each channel over every pixel of every image; infinite where the tensor is added with known extremes. */
  readonly channelMin: Float64Array
  readonly channelMax: Float64Array
  readonly #shape: Shape

  constructor(shape: Shape) {
    this.#shape = shape
    this.channelMin = new Float64Array(shape[0]).fill(Number.POSITIVE_INFINITY)
    this.channelMax = new Float64Array(shape[0]).fill(Number.NEGATIVE_INFINITY)
  }

  /**
   * Adds the tensor of one image, [c, h, w], and gives its extremes back; null, and adds nothing to the histogram, where a value
   * is not finite.
   *
   * @param known extremes, where they follow from another tensor: then the values are not looked at one by one.
   */
  add(values: Float32Array, known: Extremes | null = null): Extremes | null {
    const extremes = known ?? this.#scan(values)
    if (extremes !== null) this.histogram.add(values, sampleStep(values.length), extremes)
    return extremes
  }

  #scan(values: Float32Array): Extremes | null {
    const [channels, height, width] = this.#shape
    const area = height * width
    let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let c = 0; c < channels; c++) {
      const { min, max } = findExtremes(values, c * area, (c + 1) * area)
      if (!Number.isFinite(max - min)) return null
      this.channelMin[c] = Math.min(this.channelMin[c]!, min)
      this.channelMax[c] = Math.max(this.channelMax[c]!, max)
      lowest = Math.min(lowest, min)
      highest = Math.max(highest, max)
    }
    return { min: lowest, max: highest }
  }
}

/**
 * Extremes of `values[begin..end)`; NaN if one of them is. Two chains of each, since one minimum waits for the one before: this is what
 * calibration spends its time with beside the network itself.
 */
function findExtremes(values: Float32Array, begin: number, end: number): Extremes {
  let [min, max] = [values[begin]!, values[begin]!]
  let [otherMin, otherMax] = [min, max]
  const last = end - 1
  for (let i = begin; i < last; i += 2) {
    const value = values[i]!
    const next = values[i + 1]!
    min = Math.min(min, value)
    max = Math.max(max, value)
    otherMin = Math.min(otherMin, next)
    otherMax = Math.max(otherMax, next)
  }
  const value = values[last]!
  return { min: Math.min(min, otherMin, value), max: Math.max(max, otherMax, value) }
}

/** The step between counted values: prime to the widths of feature maps, so that no column is favoured. */
function sampleStep(length: number): number {
  return [37, 31, 23, 17, 13, 11, 7, 3].find((step) => length >= step * COUNTED) ?? 1
}
