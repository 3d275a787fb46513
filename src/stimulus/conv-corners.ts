/**
 * The corner tensor of a convolution. Some windows are set as a whole: all codes at either end, and the extremes by the sign
 * of the weights, which drive accumulators to both of their proved ends. The other outputs follow in order. The input pixels
 * that an output sees first are chosen so that the sum of one of its channels falls on an edge of requantisation, or reads
 * a table entry that nothing has read yet.
 */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import type { RandomBits } from '../golden/random.ts'
import type { IntegerConv, QuantParams } from '../golden/types.ts'
import { Canvas, type SumRange } from './canvas.ts'
import type { ConvShapes } from './conv-shape.ts'
import {
  type ChannelPoints,
  canClampHigh,
  canClampLow,
  canTie,
  channelPoints,
  clampSums,
  nearestTies,
  overflowSums,
  reachableCodes,
  sumsOf,
} from './requant-points.ts'
import type { TensorInput } from './types.ts'

/** A sum that some output is to have. */
interface Wish extends SumRange {
  /** Number of outputs that could not have it. */
  failed: number
}

/** Channels whose edges are looked for: a fault in one lane's arithmetic is in all of them; a fault in a lane's parameters can be in any. */
const EDGE_CHANNELS = 8
const TIE_CHANNELS = 12
/** The most wishes tried with an output, and the most outputs tried with a wish. */
const TRIES = 3
const MOST_FAILED = 40

/** @param wanted sums in the place of ties and clamps, each of some output of the channel */
export function makeConvCorners(
  node: IntegerConv,
  quant: QuantParams,
  { input, output }: ConvShapes,
  random: RandomBits,
  profile: Profile = ASSAY,
  wanted?: readonly SumRange[],
): TensorInput {
  const canvas = new Canvas(node, quant, input, output, profile)
  const points = channelPoints(node, quant.bits, profile)
  const below = (count: number): number => random() % count
  placeWhole(canvas, points, below)
  if (node.padding > 0) placeBorder(canvas, below)
  const queue = wanted?.map((sum): Wish => ({ ...sum, failed: 0 })) ?? listWishes(points, below)
  const entries = listEntries(node, points, below)
  for (let y = 0; y < output[1]; y++)
    for (let x = 0; x < output[2]; x++) {
      const window = canvas.open(y, x)
      if (window.length === 0) continue
      const tried = [...queue.splice(0, TRIES), ...entries.splice(0, TRIES)]
      const met = tried.findIndex((wish) => canvas.steer(window, y, x, wish, random))
      if (met < 0) canvas.fillRandom(window, random)
      // Another window may do what this one cannot.
      for (const [index, wish] of tried.entries()) {
        if (index === met) continue
        if (met < 0 || index < met) wish.failed++
        if (wish.failed < MOST_FAILED) (wish.lo === wish.hi ? queue : entries).push(wish)
      }
    }
  canvas.fillRest(random)
  return { shape: input, codes: canvas.toCodes() }
}

/** Sums on ties, then on both sides of both clamps and of both ends of the accumulator; channels at random. */
function listWishes(points: readonly ChannelPoints[], below: (count: number) => number): Wish[] {
  const shuffled = shuffle(points, below)
  const exact = (channel: number, sum: number): Wish => ({ channel, lo: sum, hi: sum, failed: 0 })
  const some = (count: number, can: (own: ChannelPoints) => boolean): ChannelPoints[] => {
    const found: ChannelPoints[] = []
    for (const own of shuffled) if (found.length < count && can(own)) found.push(own)
    return found
  }
  const wishesOf = (own: Iterable<ChannelPoints>, sumsFor: (own: ChannelPoints) => readonly number[]) =>
    [...own].flatMap((one) => sumsFor(one).map((sum) => exact(one.channel, sum)))
  const edges = new Set([canClampLow, canClampHigh].flatMap((can) => some(EDGE_CHANNELS, can)))
  return [
    ...wishesOf(
      some(TIE_CHANNELS, (own) => canTie(own)),
      nearestTies,
    ),
    ...wishesOf(edges, clampSums),
    ...wishesOf(
      some(EDGE_CHANNELS, ({ overflow }) => overflow !== undefined),
      overflowSums,
    ),
  ]
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
      const { lo, hi } = sumsOf(points[channel]!, code)
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

/** All codes 0, all codes largest, and both proved ends of some channels' sums. */
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
  // The widest sums of the layer, and those of any channel; of an accumulator that can overflow, the widest at either end.
  const sums = points.map((own) => own.overflow ?? { smallest: own.smallestSum, largest: own.largestSum })
  const widest = (reach: readonly number[]): number => reach.indexOf(Math.max(...reach))
  const ends = points.some(({ overflow }) => overflow !== undefined)
    ? [widest(sums.map(({ smallest }) => -smallest)), widest(sums.map(({ largest }) => largest))]
    : []
  const channels = [
    widest(sums.map(({ smallest, largest }) => Math.max(-smallest, largest))),
    below(points.length),
    ...ends,
  ]
  const windows = [
    new Int32Array(taps),
    new Int32Array(taps).fill(largestCode),
    ...channels.flatMap((channel) => [extreme(channel, 1), extreme(channel, -1)]),
  ]
  for (const [y, x] of canvas.wholeWindows(windows.length)) canvas.setWindow(y, x, windows.shift()!)
}

/** What a tap in the padding holds along the border, and one largest code at each corner and in the middle of each side, to exercise the padding. */
function placeBorder(canvas: Canvas, below: (count: number) => number): void {
  const [channels, height, width] = canvas.shape
  const middle = [height >> 1, width >> 1] as const
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (y > 0 && y < height - 1 && x > 0 && x < width - 1) continue
      const hot =
        (y === 0 || y === height - 1 || y === middle[0]) && (x === 0 || x === width - 1 || x === middle[1])
      const one = hot ? below(channels) : -1
      for (let c = 0; c < channels; c++) canvas.set(c, y, x, c === one ? canvas.largestCode : canvas.padding)
    }
}
