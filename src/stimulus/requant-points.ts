/** The edges of requantisation, as accumulator values of one output channel. Those of `assay` are known without a search. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { rangeOf } from '../arithmetic/stages.ts'
import { type AccumulatorRange, accumulatorRanges, signedBits } from '../golden/accumulator.ts'
import { clamp, shiftRoundHalfUp } from '../golden/fixed-point.ts'
import type { Codes, IntegerConv } from '../golden/types.ts'
import { StagePoints } from './stage-points.ts'

/** A-4 of one output channel, with the range that its accumulator can reach. Codes are meant as they are carried. */
export interface ChannelPoints {
  readonly channel: number
  readonly multiplier: number
  readonly shift: number
  readonly zeroPoint: number
  /** 2^n - 1. */
  readonly largest: number
  readonly smallestSum: number
  readonly largestSum: number
  readonly table: Codes | null
  /** Of another profile than `assay`. */
  readonly stages?: StagePoints
  /** Codes that do not fit wrap. */
  readonly wraps?: boolean
  /** Where not all sums fit the accumulator: their range without limits, and its bits. */
  readonly overflow?: AccumulatorRange & { readonly bits: number }
}

interface Known {
  readonly node: IntegerConv
  readonly profile: Profile
  readonly bits: number
  readonly points: readonly ChannelPoints[]
}

/** By the array of weights: several stimuli of a layer ask for the same. */
const known = new WeakMap<IntegerConv['weight'], Known>()

/** Lists the points of every output channel. @param inputBits A of the tensor that the layer reads */
export function channelPoints(
  node: IntegerConv,
  inputBits: number,
  profile: Profile = ASSAY,
): readonly ChannelPoints[] {
  const before = known.get(node.weight)
  if (before?.bits === inputBits && before.profile === profile && sameParameters(before.node, node))
    return before.points
  const points = accumulatorRanges(node, inputBits, profile).map((range) => pointsOf(node, range, profile))
  known.set(node.weight, { node, bits: inputBits, profile, points })
  return points
}

const sameParameters = (a: IntegerConv, b: IntegerConv): boolean =>
  a.bias === b.bias &&
  a.multiplier === b.multiplier &&
  a.shift === b.shift &&
  a.factor === b.factor &&
  a.rectified === b.rectified &&
  a.requantZeroPoint === b.requantZeroPoint &&
  a.requantBits === b.requantBits &&
  a.table === b.table

function pointsOf(node: IntegerConv, range: AccumulatorRange, profile: Profile): ChannelPoints {
  const { channel } = range
  const held = heldRange(range, profile)
  return {
    channel,
    multiplier: node.multiplier[channel]!,
    shift: node.shift[channel]!,
    zeroPoint: node.requantZeroPoint,
    table: node.table,
    largest: 2 ** node.requantBits - 1,
    smallestSum: held.smallest,
    largestSum: held.largest,
    ...(profile === ASSAY ? {} : { stages: new StagePoints(profile, node, held) }),
    ...(isWrapped(profile) ? { wraps: true } : {}),
    ...(held === range ? {} : { overflow: { ...range, bits: profile.accumulator.bits } }),
  }
}

function isWrapped({ requantise }: Profile): boolean {
  const last = requantise.at(-1)
  return last?.stage === 'narrow' && last.overflow === 'wrap'
}

/** What the accumulator can hold of a range of sums: where they wrap, anything. */
function heldRange(range: AccumulatorRange, { accumulator: { bits, overflow } }: Profile): AccumulatorRange {
  if (overflow === 'refuse' || signedBits(range) <= bits) return range
  const [low, high] = rangeOf({ bits, signed: true }).map(Number) as [number, number]
  const held = (sum: number): number => clamp(sum, low, high)
  return {
    ...range,
    smallest: overflow === 'wrap' ? low : held(range.smallest),
    largest: overflow === 'wrap' ? high : held(range.largest),
  }
}

/** Z + ⌊(acc · M + h) / 2^s⌋, before the clamp. */
export const rawCode = ({ multiplier, shift, zeroPoint, stages }: ChannelPoints, sum: number): number =>
  stages === undefined
    ? zeroPoint + shiftRoundHalfUp(sum * multiplier, shift)
    : stages.rawCodes(Float64Array.of(sum))[0]!

/** The smallest sum whose code before the clamp is at least `code`; Infinity if there is none. */
export function firstSum(points: ChannelPoints, code: number): number {
  const { multiplier, shift, zeroPoint, stages } = points
  if (stages !== undefined) return stages.firstSums([code])[0]!
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

/** Whether the outputs of a code and of the one below it differ. */
const shows = ({ table }: ChannelPoints, code: number): boolean =>
  table === null || table[code] !== table[code - 1]

/**
 * All sums that fall exactly between two codes which neither the clamp nor the table makes one, ascending. acc · M ≡ 2^(s-1) modulo
 * 2^s holds for the odd multiples of 2^(s-1-t), where 2^t is the largest power of two in M; empty proves that no input ties.
 */
function listTies(points: ChannelPoints): readonly number[] {
  if (points.stages !== undefined)
    return points.stages.ties.filter(({ code }) => shows(points, code)).map(({ sum }) => sum)
  const half = tieGrid(points)
  if (half === null) return []
  const least = Math.max(points.smallestSum, firstSum(points, 1))
  const most = Math.min(points.largestSum, firstSum(points, points.largest + 1) - 1)
  // The k-th tie is (2k + 1) · half, and between two ties there is a code.
  const first = Math.ceil((least / half - 1) / 2)
  const last = Math.floor((most / half - 1) / 2)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (2 * (first + i) + 1) * half).filter(
    (sum) => shows(points, rawCode(points, sum)),
  )
}

/** The ties of a channel, evenly spread, at most `count`. */
export function tieSums(points: ChannelPoints, count: number): readonly number[] {
  const ties = listTies(points)
  return spread(0, ties.length - 1, count).map((index) => ties[index]!)
}

export type Side = 'above' | 'below'

const isOn = (side: Side, sum: number): boolean => sum < 0 === (side === 'below')

/** Of either side of 0 the two ties nearest to it: next to each other, one lies above an even code and one above an odd one. */
export const nearestTies = (points: ChannelPoints): readonly number[] => {
  const ties = listTies(points)
  return [
    ...ties.filter((sum) => isOn('below', sum)).slice(-2),
    ...ties.filter((sum) => isOn('above', sum)).slice(0, 2),
  ]
}

/** At most `count` integers of a closed range, evenly spread. */
function spread(first: number, last: number, count: number): readonly number[] {
  const number = Math.min(count, last - first + 1)
  if (!(number > 0)) return []
  const step = number === 1 ? 0 : (last - first) / (number - 1)
  return [...new Set(Array.from({ length: number }, (_, i) => Math.round(first + i * step)))]
}

/** Whether it is not proved that no sum ties, on this side of 0 or on any. */
export const canTie = (points: ChannelPoints, side?: Side): boolean =>
  points.stages?.isMonotone === false || listTies(points).some((sum) => side === undefined || isOn(side, sum))

const within = ({ smallestSum, largestSum }: ChannelPoints, sum: number): boolean =>
  sum >= smallestSum && sum <= largestSum

/** The range of codes before the clamp. */
const reachOf = (points: ChannelPoints): StagePoints['reach'] =>
  points.stages?.reach ?? {
    least: rawCode(points, points.smallestSum),
    most: rawCode(points, points.largestSum),
  }

export const canClampLow = (points: ChannelPoints): boolean => reachOf(points).least < 0
export const canClampHigh = (points: ChannelPoints): boolean => reachOf(points).most > points.largest

/** Sums on both sides of both clamps, as far as they can be reached. */
export function clampSums(points: ChannelPoints): readonly number[] {
  if (points.stages?.isMonotone === false) return []
  const low = firstSum(points, 0)
  const high = firstSum(points, points.largest + 1)
  return [low - 1, low, high - 1, high].filter((sum) => within(points, sum))
}

/** Sums on both sides of both ends of the accumulator, as far as they can be reached. */
export function overflowSums({ overflow }: ChannelPoints): readonly number[] {
  if (overflow === undefined) return []
  const half = 2 ** (overflow.bits - 1)
  return [-half - 1, -half, half - 1, half].filter(
    (sum) => sum >= overflow.smallest && sum <= overflow.largest,
  )
}

/** The sums that have a code, without the clamp; none where the stages wrap on the way. */
export function sumsOf(points: ChannelPoints, code: number): { readonly lo: number; readonly hi: number } {
  if (points.stages?.isMonotone === false) return { lo: 0, hi: -1 }
  const [first, next] = points.stages?.firstSums([code, code + 1]) ?? [
    firstSum(points, code),
    firstSum(points, code + 1),
  ]
  return { lo: Math.max(points.smallestSum, first!), hi: Math.min(points.largestSum, next! - 1) }
}

/**
 * Table entries that the channel's sums can read: one run, as a step of the sum moves the code by at most one (M <= 2^s). All of them
 * where codes wrap.
 */
export function reachableCodes(points: ChannelPoints): { readonly least: number; readonly most: number } {
  const { least, most } = reachOf(points)
  if (points.wraps === true && (least < 0 || most > points.largest)) return { least: 0, most: points.largest }
  return { least: clamp(least, 0, points.largest), most: clamp(most, 0, points.largest) }
}
