/** Counts which rules of the inputs of single layers make a difference to. */
import { signedBits } from '../golden/accumulator.ts'
import type { Codes, IntegerAdd, IntegerConv, QuantParams } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import { addPairs, addTerm, addTerms } from './add-corners.ts'
import type { AddMeaning, ConvMeaning } from './coverage.ts'
import { canClampHigh, canClampLow, canTie, channelPoints, reachableCodes } from './requant-points.ts'

/** Output channels that the engine's accumulators stand together in. */
const GROUP = 8

/**
 * of one tensor, from the accumulators of the engine (`OnSums`: [group][y][x][8]).
 *
 * @param node with the shape of its output in this run
 * @param inputBits A of the tensor that it reads
 */
export function countConv(node: IntegerConv, input: Shape, inputBits: number, sums: Int32Array): ConvMeaning {
  const [channels, height, width] = node.shape
  const area = height * width
  const largest = 2 ** node.requantBits - 1
  const entries = new Uint8Array(largest + 1)
  const zero = node.requantZeroPoint
  let [ties, low, high, least, most] = [0, 0, 0, 0, 0]
  for (let o = 0; o < channels; o++) {
    const scale = node.multiplier[o]! / 2 ** node.shift[o]!
    const half = node.shift[o] === 0 ? 0 : 0.5
    let at = Math.floor(o / GROUP) * area * GROUP + (o % GROUP)
    for (let i = 0; i < area; i++, at += GROUP) {
      const sum = sums[at]!
      // Exact: 31 and 16 bits in a double, scaled by a power of two.
      const scaled = sum * scale
      const rounded = Math.floor(scaled + half)
      const code = zero + rounded
      if (sum < least) least = sum
      else if (sum > most) most = sum
      if (code < 0) {
        low++
        entries[0] = 1
      } else if (code > largest) {
        high++
        entries[largest] = 1
      } else {
        entries[code] = 1
        if (rounded - scaled === 0.5 && code > 0) ties++
      }
    }
  }
  const points = channelPoints(node, inputBits)
  const reach = points.map(reachableCodes)
  return {
    kind: 'conv',
    ties: { count: ties, possible: ties > 0 || points.some(canTie) },
    clampLow: { count: low, possible: points.some(canClampLow) },
    clampHigh: { count: high, possible: points.some(canClampHigh) },
    padding: { count: countPadding(node, input), possible: node.padding > 0 },
    entries,
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
  quants: readonly [QuantParams, QuantParams],
  a: Codes,
  b: Codes,
): AddMeaning {
  const largest = 2 ** node.quant.bits - 1
  const [ofA, ofB] = quants.map(({ zeroPoint }, i) =>
    Float64Array.from({ length: largest + 1 }, (_, code) => addTerm(node, i as 0 | 1, zeroPoint, code)),
  )
  let [ties, low, high] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const { raw, tie } = addTerms(node, ofA![a[i]!]!, ofB![b[i]!]!)
    if (raw < 0) low++
    else if (raw > largest) high++
    else if (tie && raw > 0) ties++
  }
  const possible = addPairs(node, quants)
  return {
    kind: 'add',
    ties: { count: ties, possible: ties > 0 || possible.canTie },
    clampLow: { count: low, possible: low > 0 || possible.canClampLow },
    clampHigh: { count: high, possible: high > 0 || possible.canClampHigh },
  }
}
