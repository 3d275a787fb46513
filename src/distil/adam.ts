/** Adam: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015. */

const [FIRST, SECOND, SMALL] = [0.9, 0.999, 1e-12]

export class Adam {
  readonly #mean: Float32Array
  readonly #power: Float32Array
  #steps = 0

  constructor(length: number) {
    this.#mean = new Float32Array(length)
    this.#power = new Float32Array(length)
  }

  /** Moves the values against their slopes, each by about `rate`. */
  step(values: Float32Array, slopes: ArrayLike<number>, rate: number): void {
    this.#steps++
    const size = (rate * Math.sqrt(1 - SECOND ** this.#steps)) / (1 - FIRST ** this.#steps)
    const [mean, power] = [this.#mean, this.#power]
    for (let i = 0; i < values.length; i++) {
      const slope = slopes[i]!
      mean[i] = FIRST * mean[i]! + (1 - FIRST) * slope
      power[i] = SECOND * power[i]! + (1 - SECOND) * slope * slope
      values[i]! -= (size * mean[i]!) / (Math.sqrt(power[i]!) + SMALL)
    }
  }
}
