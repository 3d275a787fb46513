/**
 * A histogram that grows: the range of an activation is not known before the last calibration image, and keeping the
 * activations would take gigabytes. When a value falls outside, neighbouring bins are merged in pairs until it fits, so
 * that every bin edge stays exact and nothing is redistributed by guesswork.
 */

export const HISTOGRAM_BINS = 4096

export class Histogram {
  readonly counts = new Float64Array(HISTOGRAM_BINS)
  /** Left edge of bin 0. */
  origin = 0
  /** Width of a bin; 0 until the first value. */
  width = 0
  /** The extremes are exact, of all values that were shown. */
  min = Number.POSITIVE_INFINITY
  max = Number.NEGATIVE_INFINITY
  /** Number of counted values. */
  total = 0

  /**
   * Counts values, which must be finite.
   *
   * @param extremes of all that they are samples of.
   */
  add(values: Float32Array, extremes: { min: number; max: number } = findExtremes(values)): void {
    const { min, max } = extremes
    if (min > max) return
    this.min = Math.min(this.min, min)
    this.max = Math.max(this.max, max)
    this.#cover(min, max)
    const { counts, origin } = this
    const inverse = 1 / this.width
    const last = HISTOGRAM_BINS - 1
    for (let i = 0; i < values.length; i++) {
      const bin = ((values[i]! - origin) * inverse) | 0
      counts[Math.min(bin, last)]! += 1
    }
    this.total += values.length
  }

  /** The value in the middle of a bin. */
  centre(bin: number): number {
    return this.origin + (bin + 0.5) * this.width
  }

  #cover(min: number, max: number): void {
    if (this.width === 0) {
      const span = Math.max(max - min, Math.abs(max), Math.abs(min), 1e-6)
      this.width = (1.25 * span) / HISTOGRAM_BINS
      this.origin = min - 0.125 * span
    }
    while (min < this.origin) this.#double('down')
    while (max >= this.origin + this.width * HISTOGRAM_BINS) this.#double('up')
  }

  #double(direction: 'up' | 'down'): void {
    const { counts } = this
    const merged = new Float64Array(HISTOGRAM_BINS)
    const half = HISTOGRAM_BINS / 2
    const offset = direction === 'up' ? 0 : half
    for (let i = 0; i < half; i++) merged[offset + i] = counts[2 * i]! + counts[2 * i + 1]!
    counts.set(merged)
    if (direction === 'down') this.origin -= this.width * HISTOGRAM_BINS
    this.width *= 2
  }
}

function findExtremes(values: Float32Array): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}
