/**
 * The corner tensor of a convolution. Some windows are given whole: all codes at either end, and the extremes by the sign of the weights,
 * which drive accumulators to both of their proved ends. The other outputs are walked in order; the input pixels that each sees first are
 * chosen such that the sum of one of its channels falls where requantisation has an edge, or reads a table entry that was not read yet.
 */
import { allocateCodes } from '../golden/codes.ts'
import type { RandomBits } from '../golden/random.ts'
import type { IntegerConv, QuantParams } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import type { ConvShapes } from './conv-shape.ts'
import {
  type ChannelPoints,
  canClampHigh,
  canClampLow,
  canTie,
  channelPoints,
  clampSums,
  firstSum,
  reachableCodes,
  tieSums,
} from './requant-points.ts'
import { steerSum } from './solve.ts'
import type { TensorInput } from './types.ts'

/** A sum that some output is to have. */
interface Wish {
  readonly channel: number
  readonly lo: number
  readonly hi: number
  /** Outputs that have tried in vain. */
  failed: number
}

/** Channels whose edges are looked for: a fault in one lane's arithmetic is in all of them, one in a lane's parameters is anybody's. */
const EDGE_CHANNELS = 8
const TIE_CHANNELS = 12
/** Wishes that an output is tried with, and outputs that a wish is. */
const TRIES = 3
const MOST_FAILED = 40

export function makeConvCorners(
  node: IntegerConv,
  quant: QuantParams,
  { input, output }: ConvShapes,
  random: RandomBits,
): TensorInput {
  const canvas = new Canvas(node, quant, input, output)
  const points = channelPoints(node, quant.bits)
  const below = (count: number): number => random() % count
  placeWhole(canvas, points, below)
  if (node.padding > 0) placeBorder(canvas, below)
  const queue = listWishes(points, below)
  const entries = listEntries(node, points, below)
  for (let y = 0; y < output[1]; y++)
    for (let x = 0; x < output[2]; x++) {
      const window = canvas.open(y, x)
      if (window.length === 0) continue
      const tried = [...queue.splice(0, TRIES), ...entries.splice(0, TRIES)]
      const met = tried.findIndex((wish) => canvas.steer(window, y, x, wish, random))
      if (met < 0) canvas.fillRandom(window, random)
      // What this window cannot do another may.
      for (const [index, wish] of tried.entries()) {
        if (index === met) continue
        if (met < 0 || index < met) wish.failed++
        if (wish.failed < MOST_FAILED) (wish.lo === wish.hi ? queue : entries).push(wish)
      }
    }
  canvas.fillRest(random)
  return { shape: input, codes: canvas.toCodes() }
}

/** Sums on ties, then on both sides of both clamps; channels by lot. */
function listWishes(points: readonly ChannelPoints[], below: (count: number) => number): Wish[] {
  const shuffled = shuffle(points, below)
  const exact = (channel: number, sum: number): Wish => ({ channel, lo: sum, hi: sum, failed: 0 })
  const ties = shuffled
    .filter(canTie)
    .slice(0, TIE_CHANNELS)
    .flatMap((own) => tieSums(own, 3).map((sum) => exact(own.channel, sum)))
  const edges = new Set(
    [canClampLow, canClampHigh].flatMap((can) => shuffled.filter(can).slice(0, EDGE_CHANNELS)),
  )
  const clamps = [...edges].flatMap((own) => clampSums(own).map((sum) => exact(own.channel, sum)))
  return [...ties, ...clamps]
}

/** One wish for each table entry, or code where there is no table, that some channel can read; in no order. */
function listEntries(
  node: IntegerConv,
  points: readonly ChannelPoints[],
  below: (count: number) => number,
): Wish[] {
  const ranges = points.map(reachableCodes)
  const wishes: Wish[] = []
  for (let code = 0; code < 2 ** node.requantBits; code++) {
    for (let attempt = 0; attempt < 4; attempt++) {
      const channel = below(points.length)
      const { least, most } = ranges[channel]!
      if (code < least || code > most) continue
      const own = points[channel]!
      const lo = Math.max(own.smallestSum, firstSum(own, code))
      const hi = Math.min(own.largestSum, firstSum(own, code + 1) - 1)
      if (lo <= hi) wishes.push({ channel, lo, hi, failed: 0 })
      break
    }
  }
  return shuffle(wishes, below)
}

function shuffle<Item>(items: readonly Item[], below: (count: number) => number): Item[] {
  const copy = [...items]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = below(i + 1)
    ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
  }
  return copy
}

/** All codes 0, all codes full, and both proved ends of some channels' sums. */
function placeWhole(
  canvas: Canvas,
  points: readonly ChannelPoints[],
  below: (count: number) => number,
): void {
  const { node, largestCode } = canvas
  const taps = node.weight.length / node.shape[0]
  const extreme = (channel: number, sign: number): Int32Array =>
    Int32Array.from({ length: taps }, (_, tap) =>
      node.weight[channel * taps + tap]! * sign > 0 ? largestCode : 0,
    )
  // The widest sums of the layer, and those of any channel.
  const reach = points.map((own) => Math.max(-own.smallestSum, own.largestSum))
  const channels = [reach.indexOf(Math.max(...reach)), below(points.length)]
  const windows = [
    new Int32Array(taps),
    new Int32Array(taps).fill(largestCode),
    ...channels.flatMap((channel) => [extreme(channel, 1), extreme(channel, -1)]),
  ]
  for (const [y, x] of canvas.wholeWindows(windows.length)) canvas.setWindow(y, x, windows.shift()!)
}

/** Zero points along the border, and one full code at each corner and in the middle of each side: what padding meets. */
function placeBorder(canvas: Canvas, below: (count: number) => number): void {
  const [channels, height, width] = canvas.shape
  const middle = [height >> 1, width >> 1] as const
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (y > 0 && y < height - 1 && x > 0 && x < width - 1) continue
      const hot =
        (y === 0 || y === height - 1 || y === middle[0]) && (x === 0 || x === width - 1 || x === middle[1])
      const one = hot ? below(channels) : -1
      for (let c = 0; c < channels; c++)
        canvas.set(c, y, x, c === one ? canvas.largestCode : canvas.zeroPoint)
    }
}

/** The input tensor while it is made: -1 where nothing has been chosen. */
class Canvas {
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

  /** Chooses the open taps of a window such that a wish comes true. @returns false where it cannot: nothing is chosen then */
  steer(
    window: readonly (readonly [number, number])[],
    oy: number,
    ox: number,
    { channel, lo, hi }: Wish,
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

  toCodes() {
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
