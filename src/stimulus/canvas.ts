/** The input tensor of a convolution while it is made, and the windows that outputs see of it. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { adderOf } from '../golden/accumulate.ts'
import { codeOffset, paddingCode } from '../golden/code-range.ts'
import { allocateCodes } from '../golden/codes.ts'
import type { RandomBits } from '../golden/random.ts'
import type { Codes, IntegerConv, QuantParams } from '../golden/types.ts'
import { sumWeights, unitOf } from '../golden/weight-sums.ts'
import type { Shape } from '../graph/types.ts'
import { steerSum } from './solve.ts'

/** A sum that an output channel is to have. */
export interface SumRange {
  readonly channel: number
  readonly lo: number
  readonly hi: number
}

/** How often a sum of shifted products, which no sum of weights says exactly, is aimed at. */
const AIMS = 8

/** The input tensor while it is made: -1 where nothing has been chosen. Codes are as they are carried. */
export class Canvas {
  readonly node: IntegerConv
  readonly shape: Shape
  readonly largestCode: number
  /** The code of a tap outside. */
  readonly padding: number
  readonly #profile: Profile
  /** Of each channel, in products of codes as they are carried. */
  readonly #bias: Float64Array
  readonly #output: Shape
  readonly #bits: number
  readonly #codes: Int32Array

  constructor(node: IntegerConv, quant: QuantParams, input: Shape, output: Shape, profile = ASSAY) {
    this.node = node
    this.shape = input
    this.#output = output
    this.#bits = quant.bits
    this.largestCode = 2 ** quant.bits - 1
    this.padding = paddingCode(profile, quant)
    this.#profile = profile
    const offset = codeOffset(profile, quant.bits)
    const unit = unitOf(profile)
    this.#bias = Float64Array.from(
      node.bias,
      (bias, channel) => bias * unit - (offset === 0 ? 0 : offset * sumWeights(node, channel)),
    )
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
    const unit = unitOf(this.#profile)
    const taps = { weights, codes, largestCode: this.largestCode }
    // Of shifted products the sum is near; what it lacks is aimed at beside it.
    for (let aim = 0, missed = 0; aim < AIMS; aim++) {
      if (!steerSum(taps, (lo - missed) * unit - fixed, (hi - missed + 1) * unit - 1 - fixed)) return false
      for (let i = 0; i < window.length; i++) this.#codes[window[i]![1]] = codes[i]!
      if (unit === 1) return true
      const sum = this.#shiftedSum(channel, oy, ox)
      if (sum >= lo && sum <= hi) return true
      missed += sum < lo ? sum - lo : sum - hi
    }
    for (const [, element] of window) this.#codes[element] = -1
    return false
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

  /** The sum of a window that is chosen as a whole, each product shifted as the profile says. */
  #shiftedSum(channel: number, oy: number, ox: number): number {
    const { kernel, inChannels, bias, weight } = this.node
    const { product } = adderOf(this.#profile)
    const offset = codeOffset(this.#profile, this.#bits)
    const area = this.shape[1] * this.shape[2]
    const taps = kernel * kernel
    let sum = bias[channel]!
    const addTaps = (within: number, codeOf: (c: number) => number): void => {
      for (let c = 0; c < inChannels; c++)
        sum += product((codeOf(c) - offset) * weight[(channel * inChannels + c) * taps + within]!)
    }
    this.#eachPixel(
      oy,
      ox,
      (within, pixel) => addTaps(within, (c) => this.#codes[c * area + pixel]!),
      (within) => addTaps(within, () => this.padding),
    )
    return sum
  }

  /** B and the products of the taps that are chosen. */
  #fixedSum(channel: number, oy: number, ox: number): number {
    const { kernel, inChannels, weight } = this.node
    const area = this.shape[1] * this.shape[2]
    const taps = kernel * kernel
    let sum = this.#bias[channel]!
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
          sum += this.padding * weight[w]!
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
