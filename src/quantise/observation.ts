/** What calibration remembers of one tensor: a histogram of its values, and the extremes of each channel. */
import type { ChannelExtremes, TensorSamples } from './float-samples.ts'
import { Histogram } from './histogram.ts'

export interface Extremes {
  readonly min: number
  readonly max: number
}

export class Observation {
  readonly histogram = new Histogram()
  /** Range of each channel over every pixel of every image; infinite where the tensor is added with known extremes. */
  readonly channelMin: Float64Array
  readonly channelMax: Float64Array

  constructor(channels: number) {
    this.channelMin = new Float64Array(channels).fill(Number.POSITIVE_INFINITY)
    this.channelMax = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY)
  }

  /**
   * Adds the samples of one image, and gives the tensor's extremes back; null, and adds nothing to the histogram, where a value
   * is not finite.
   *
   * @param known extremes, where they follow from another tensor.
   */
  add({ values, channels }: TensorSamples, known: Extremes | null = null): Extremes | null {
    const extremes = known ?? (channels === null ? null : this.#widen(channels))
    if (extremes !== null) this.histogram.add(values, extremes)
    return extremes
  }

  #widen({ min, max, sum }: ChannelExtremes): Extremes | null {
    let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let c = 0; c < min.length; c++) {
      if (!Number.isFinite(max[c]! - min[c]!) || Number.isNaN(sum[c]!)) return null
      this.channelMin[c] = Math.min(this.channelMin[c]!, min[c]!)
      this.channelMax[c] = Math.max(this.channelMax[c]!, max[c]!)
      lowest = Math.min(lowest, min[c]!)
      highest = Math.max(highest, max[c]!)
    }
    return { min: lowest, max: highest }
  }
}
