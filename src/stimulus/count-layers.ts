/** Counts which rules of the inputs of single layers make a difference to. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { signedBits } from '../golden/accumulator.ts'
import type { Tally } from '../golden/engine.ts'
import type { Codes, IntegerAdd, IntegerConv, IntegerNode } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import { canOverflow, countOutside } from '../quantise/count-overflows.ts'
import { addPairs } from './add-corners.ts'
import { type AddPair, addPointsOf, TIE } from './add-points.ts'
import type { AddMeaning, ConvMeaning, Hit } from './coverage.ts'
import { canClampHigh, canClampLow, canTie, channelPoints, reachableCodes } from './requant-points.ts'

/**
 * of one tensor, from what the engine tells of its accumulators.
 *
 * @param node with the shape of its output in this run
 * @param inputBits A of the tensor that it reads
 */
export function countConv(
  node: IntegerConv,
  input: Shape,
  inputBits: number,
  tally: Tally,
  profile: Profile = ASSAY,
): ConvMeaning {
  const { least, most, tiesAbove, tiesBelow, clampedLow, clampedHigh, codes } = tally
  const points = channelPoints(node, inputBits, profile)
  const reach = points.map(reachableCodes)
  return {
    kind: 'conv',
    tiesAbove: { count: tiesAbove, possible: tiesAbove > 0 || points.some((own) => canTie(own, 'above')) },
    tiesBelow: { count: tiesBelow, possible: tiesBelow > 0 || points.some((own) => canTie(own, 'below')) },
    clampLow: { count: clampedLow, possible: points.some(canClampLow) },
    clampHigh: { count: clampedHigh, possible: points.some(canClampHigh) },
    padding: { count: countPadding(node, input), possible: node.padding > 0 },
    entries: codes,
    entriesReachable: countUnion(reach),
    hasTable: node.table !== null,
    sumBits: signedBits({ smallest: least, largest: most }),
    sumBitsPossible: Math.max(
      ...points.map(({ smallestSum, largestSum }) =>
        signedBits({ smallest: smallestSum, largest: largestSum }),
      ),
    ),
  }
}

/** Integers in the union of closed ranges. */
function countUnion(ranges: readonly { readonly least: number; readonly most: number }[]): number {
  let count = 0
  let next = 0
  for (const { least, most } of ranges.toSorted((a, b) => a.least - b.least)) {
    count += Math.max(0, most - Math.max(least, next) + 1)
    next = Math.max(next, most + 1)
  }
  return count
}

/** Products with taps outside the input. */
function countPadding(node: IntegerConv, [, inHeight, inWidth]: Shape): number {
  const { kernel, stride, padding, inChannels } = node
  const [channels, height, width] = node.shape
  const taps = (outputs: number, size: number): number => {
    let inside = 0
    for (let o = 0; o < outputs; o++)
      for (let k = 0; k < kernel; k++) {
        const at = o * stride + k - padding
        if (at >= 0 && at < size) inside++
      }
    return inside
  }
  const all = height * width * kernel * kernel
  return (all - taps(height, inHeight) * taps(width, inWidth)) * inChannels * channels
}

/** A-6 of one pair of tensors. */
export function countAdd(
  node: IntegerAdd,
  quants: AddPair,
  a: Codes,
  b: Codes,
  profile: Profile = ASSAY,
): AddMeaning {
  const largest = 2 ** node.quant.bits - 1
  const { raw, tie } = addPointsOf(node, quants, profile)(a, b)
  let [above, below, low, high] = [0, 0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    if (raw[i]! < 0) low++
    else if (raw[i]! > largest) high++
    if (tie[i] === TIE.above) above++
    else if (tie[i] === TIE.below) below++
  }
  const possible = addPairs(node, quants, profile)
  return {
    kind: 'add',
    tiesAbove: { count: above, possible: above > 0 || possible.canTieAbove },
    tiesBelow: { count: below, possible: below > 0 || possible.canTieBelow },
    clampLow: { count: low, possible: low > 0 || possible.canClampLow },
    clampHigh: { count: high, possible: high > 0 || possible.canClampHigh },
  }
}

/** Sums that the accumulator of a profile does not hold; undefined for a profile that refuses them. */
export function countOverflow(
  node: IntegerConv,
  input: IntegerNode,
  codes: Codes,
  profile: Profile,
): Hit | undefined {
  if (profile.accumulator.overflow === 'refuse') return
  if (!canOverflow(node, input.quant.bits, profile)) return { count: 0, possible: false }
  return { count: countOutside(node, input, [codes], profile).outside, possible: true }
}
