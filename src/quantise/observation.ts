/** What calibration remembers of one tensor: a histogram of its values, and extremes and mean of each channel. */
import type { Shape } from '../graph/types.ts'
import { Histogram } from './histogram.ts'

/** Values of a tensor and image that the histogram counts, at the least: enough for a quantile of 0.9999. */
const COUNTED = 60_000

export class Observation {
  readonly histogram = new Histogram()
  readonly channelMin: Float64Array
  readonly channelMax: Float64Array
  readonly #sums: Float64Array
  readonly #shape: Shape
  #images = 0

  constructor(shape: Shape) {
    this.#shape = shape
    this.channelMin = new Float64Array(shape[0]).fill(Number.POSITIVE_INFINITY)
    this.channelMax = new Float64Array(shape[0]).fill(Number.NEGATIVE_INFINITY)
    this.#sums = new Float64Array(shape[0])
  }

  /** Adds the tensor of one image, [c, h, w]. Returns false, and adds nothing to the histogram, where a value is not finite. */
  add(values: Float32Array): boolean {
    const [channels, height, width] = this.#shape
    const area = height * width
    const extremes = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }
    for (let c = 0, i = 0; c < channels; c++) {
      let [min, max, sum] = [values[i]!, values[i]!, 0]
      for (const end = i + area; i < end; i++) {
        const value = values[i]!
        if (value < min) min = value
        if (value > max) max = value
        sum += value
      }
      // A sum over a value that is not finite is not finite either.
      if (!Number.isFinite(sum)) return false
      this.#sums[c]! += sum / area
      this.channelMin[c] = Math.min(this.channelMin[c]!, min)
      this.channelMax[c] = Math.max(this.channelMax[c]!, max)
      extremes.min = Math.min(extremes.min, min)
      extremes.max = Math.max(extremes.max, max)
    }
    this.#images++
    this.histogram.add(values, sampleStep(values.length), extremes)
    return true
  }

  /** Mean of each channel over all pixels and images. */
  channelMeans(): Float64Array {
    return this.#sums.map((sum) => sum / this.#images)
  }
}

/** Every how many values one is counted: prime to the widths of feature maps, so that no column is favoured. */
function sampleStep(length: number): number {
  const largest = Math.max(1, Math.floor(length / COUNTED))
  return [37, 31, 23, 17, 13, 11, 7, 3].find((step) => step <= largest) ?? 1
}
