/** The edges of requantisation, as accumulator values of one output channel. */

import { type AccumulatorRange, accumulatorRanges } from '../golden/accumulator.ts'
import { shiftRoundHalfUp } from '../golden/fixed-point.ts'
import type { IntegerConv } from '../golden/types.ts'

/** A-4 of one output channel, with the range that its accumulator can reach. */
export interface ChannelPoints {
  readonly channel: number
  readonly multiplier: number
  readonly shift: number
  readonly zeroPoint: number
  /** 2^n - 1. */
  readonly largest: number
  readonly smallestSum: number
  readonly largestSum: number
}

interface Known {
  readonly node: IntegerConv
  readonly bits: number
  readonly points: readonly ChannelPoints[]
}

/** By the array of weights: several stimuli of a layer ask for the same. */
const known = new WeakMap<IntegerConv['weight'], Known>()

/** Lists the points of every output channel. @param inputBits A of the tensor that the layer reads */
export function channelPoints(node: IntegerConv, inputBits: number): readonly ChannelPoints[] {
  const before = known.get(node.weight)
  if (before !== undefined && before.bits === inputBits && sameParameters(before.node, node))
    return before.points
  const points = accumulatorRanges(node, inputBits).map((range) => pointsOf(node, range))
  known.set(node.weight, { node, bits: inputBits, points })
  return points
}

const sameParameters = (a: IntegerConv, b: IntegerConv): boolean =>
  a.bias === b.bias &&
  a.multiplier === b.multiplier &&
  a.shift === b.shift &&
  a.requantZeroPoint === b.requantZeroPoint &&
  a.requantBits === b.requantBits

function pointsOf(node: IntegerConv, { channel, smallest, largest }: AccumulatorRange): ChannelPoints {
  return {
    channel,
    multiplier: node.multiplier[channel]!,
    shift: node.shift[channel]!,
    zeroPoint: node.requantZeroPoint,
    largest: 2 ** node.requantBits - 1,
    smallestSum: smallest,
    largestSum: largest,
  }
}

/** Z + ⌊(acc · M + h) / 2^s⌋, before the clamp. */
export const rawCode = ({ multiplier, shift, zeroPoint }: ChannelPoints, sum: number): number =>
  zeroPoint + shiftRoundHalfUp(sum * multiplier, shift)

/** The smallest sum whose code before the clamp is at least `code`; Infinity if M is 0 and there is none. */
export function firstSum(points: ChannelPoints, code: number): number {
  const { multiplier, shift, zeroPoint } = points
  if (multiplier === 0) return zeroPoint >= code ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const about = Math.ceil(((code - zeroPoint - 0.5) * 2 ** shift) / multiplier)
  // Sums have 32 bits; beyond them doubles need not be exact, and nothing can reach.
  if (Math.abs(about) > 2 ** 33) return about
  let sum = about
  while (rawCode(points, sum) >= code) sum--
  while (rawCode(points, sum) < code) sum++
  return sum
}

/** Distance from one tie to the next, and the least positive one: sums that are odd multiples of `half`; null if no sum ties. */
function tieGrid({ multiplier, shift }: ChannelPoints): number | null {
  if (multiplier === 0) return null
  const twos = Math.log2(multiplier & -multiplier)
  return shift > twos ? 2 ** (shift - twos - 1) : null
}

/**
 * Sums that fall exactly between two codes which the clamp does not make one, evenly spread, at most `count`. acc · M ≡ 2^(s-1)
 * modulo 2^s holds for the odd multiples of 2^(s-1-t), where 2^t is the largest power of two in M; empty proves that no input ties.
 */
export function tieSums(points: ChannelPoints, count: number): readonly number[] {
  const half = tieGrid(points)
  if (half === null) return []
  const least = Math.max(points.smallestSum, firstSum(points, 1))
  const most = Math.min(points.largestSum, firstSum(points, points.largest + 1) - 1)
  // The k-th tie is (2k + 1) · half.
  const first = Math.ceil((least / half - 1) / 2)
  const last = Math.floor((most / half - 1) / 2)
  const number = Math.min(count, last - first + 1)
  if (!(number > 0)) return []
  const step = number === 1 ? 0 : (last - first) / (number - 1)
  return [...new Set(Array.from({ length: number }, (_, i) => Math.round(first + i * step)))].map(
    (k) => (2 * k + 1) * half,
  )
}

export const canTie = (points: ChannelPoints): boolean => tieSums(points, 1).length > 0

const within = ({ smallestSum, largestSum }: ChannelPoints, sum: number): boolean =>
  sum >= smallestSum && sum <= largestSum

export const canClampLow = (points: ChannelPoints): boolean => rawCode(points, points.smallestSum) < 0
export const canClampHigh = (points: ChannelPoints): boolean =>
  rawCode(points, points.largestSum) > points.largest

/** Sums on both sides of both clamps, as far as they can be reached. */
export function clampSums(points: ChannelPoints): readonly number[] {
  const low = firstSum(points, 0)
  const high = firstSum(points, points.largest + 1)
  return [low - 1, low, high - 1, high].filter((sum) => within(points, sum))
}

/** Table entries that the channel's sums can read: one run, as a step of the sum moves the code by at most one (M <= 2^s). */
export function reachableCodes(points: ChannelPoints): { readonly least: number; readonly most: number } {
  const clamp = (code: number): number => Math.min(Math.max(code, 0), points.largest)
  return {
    least: clamp(rawCode(points, points.smallestSum)),
    most: clamp(rawCode(points, points.largestSum)),
  }
}
