/** The input tensor of a convolution while it is made, and the windows that outputs see of it. */
import { allocateCodes } from '../golden/codes.ts'
import type { RandomBits } from '../golden/random.ts'
import type { Codes, IntegerConv, QuantParams } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import { steerSum } from './solve.ts'

/** A sum that an output channel is to have. */
export interface SumRange {
  readonly channel: number
  readonly lo: number
  readonly hi: number
}

/** The input tensor while it is made: -1 where nothing has been chosen. */
export class Canvas {
  readonly node: IntegerConv
  readonly shape: Shape
  readonly largestCode: number
  readonly zeroPoint: number
  readonly #output: Shape
  readonly #bits: number
  readonly #codes: Int32Array

  constructor(node: IntegerConv, quant: QuantParams, input: Shape, output: Shape) {
    this.node = node
    this.shape = input
    this.#output = output
    this.#bits = quant.bits
    this.largestCode = 2 ** quant.bits - 1
    this.zeroPoint = quant.zeroPoint
    this.#codes = new Int32Array(input[0] * input[1] * input[2]).fill(-1)
  }

  /** Leaves what was chosen before. */
  set(channel: number, y: number, x: number, code: number): void {
    const at = (channel * this.shape[1] + y) * this.shape[2] + x
    if (this.#codes[at]! < 0) this.#codes[at] = code
  }

  /** Output pixels whose windows lie inside, none over another. */
  wholeWindows(count: number): readonly (readonly [number, number])[] {
    const { kernel, stride, padding } = this.node
    const [, height, width] = this.#output
    const first = Math.ceil(padding / stride)
    const step = Math.ceil(kernel / stride)
    const inside = (at: number, size: number): boolean => at * stride - padding + kernel <= size
    const found: [number, number][] = []
    for (let y = first + (first > 0 ? 1 : 0); y < height && inside(y, this.shape[1]); y += step)
      for (let x = first + (first > 0 ? 1 : 0); x < width && inside(x, this.shape[2]); x += step)
        if (found.length < count) found.push([y, x])
    return found
  }

  /** The whole window of an output, as one output channel's weights are laid. */
  setWindow(oy: number, ox: number, codes: Int32Array): void {
    const { kernel, stride, padding, inChannels } = this.node
    let tap = 0
    for (let c = 0; c < inChannels; c++)
      for (let ky = 0; ky < kernel; ky++)
        for (let kx = 0; kx < kernel; kx++)
          this.set(c, oy * stride - padding + ky, ox * stride - padding + kx, codes[tap++]!)
  }

  /** Taps of an output that nothing has chosen yet: pairs of tap (within one output channel's weights) and element. */
  open(oy: number, ox: number): readonly (readonly [tap: number, element: number])[] {
    const { kernel, inChannels } = this.node
    const found: (readonly [number, number])[] = []
    this.#eachPixel(oy, ox, (within, pixel) => {
      if (this.#codes[pixel]! >= 0) return
      for (let c = 0; c < inChannels; c++)
        found.push([c * kernel * kernel + within, c * this.shape[1] * this.shape[2] + pixel])
    })
    return found
  }

  /** Chooses the open taps of a window so that a wish comes true. @returns false if it cannot: nothing is chosen then */
  steer(
    window: readonly (readonly [number, number])[],
    oy: number,
    ox: number,
    { channel, lo, hi }: SumRange,
    random: RandomBits,
  ): boolean {
    const { weight, shape } = this.node
    const first = channel * (weight.length / shape[0])
    const weights = new Int32Array(window.length)
    const codes = new Int32Array(window.length)
    for (let i = 0; i < window.length; i++) {
      weights[i] = weight[first + window[i]![0]]!
      codes[i] = random() % (this.largestCode + 1)
    }
    const fixed = this.#fixedSum(channel, oy, ox)
    const taps = { weights, codes, largestCode: this.largestCode }
    if (!steerSum(taps, lo - fixed, hi - fixed)) return false
    for (let i = 0; i < window.length; i++) this.#codes[window[i]![1]] = codes[i]!
    return true
  }

  fillRandom(window: readonly (readonly [number, number])[], random: RandomBits): void {
    for (const [, element] of window) this.#codes[element] = random() % (this.largestCode + 1)
  }

  fillRest(random: RandomBits): void {
    for (let i = 0; i < this.#codes.length; i++)
      if (this.#codes[i]! < 0) this.#codes[i] = random() % (this.largestCode + 1)
  }

  toCodes(): Codes {
    const codes = allocateCodes(this.#codes.length, this.#bits)
    codes.set(this.#codes)
    return codes
  }

  /** B and the products of the taps that are chosen. */
  #fixedSum(channel: number, oy: number, ox: number): number {
    const { kernel, inChannels, bias, weight } = this.node
    const area = this.shape[1] * this.shape[2]
    const taps = kernel * kernel
    let sum = bias[channel]!
    this.#eachPixel(
      oy,
      ox,
      (within, pixel) => {
        if (this.#codes[pixel]! < 0) return
        for (let c = 0, w = channel * inChannels * taps + within; c < inChannels; c++, w += taps)
          sum += this.#codes[c * area + pixel]! * weight[w]!
      },
      (within) => {
        for (let c = 0, w = channel * inChannels * taps + within; c < inChannels; c++, w += taps)
          sum += this.zeroPoint * weight[w]!
      },
    )
    return sum
  }

  /** Kernel places of a window: those inside with the pixel of channel 0, those in the padding. All channels of a pixel are chosen together. */
  #eachPixel(
    oy: number,
    ox: number,
    inside: (within: number, pixel: number) => void,
    padding: (within: number) => void = () => {},
  ): void {
    const { kernel, stride, padding: reach } = this.node
    for (let ky = 0; ky < kernel; ky++)
      for (let kx = 0; kx < kernel; kx++) {
        const [y, x] = [oy * stride + ky - reach, ox * stride + kx - reach]
        if (y >= 0 && y < this.shape[1] && x >= 0 && x < this.shape[2])
          inside(ky * kernel + kx, y * this.shape[2] + x)
        else padding(ky * kernel + kx)
      }
  }
}
