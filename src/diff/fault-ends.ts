/** Faults that show in the values alone: zeros, the ends of the range, one bit of every code. */
import {
  count,
  type Difference,
  type FaultContext,
  histogramOf,
  type Pattern,
  share,
  wrongChannels,
} from './fault-evidence.ts'
import { explainWrong } from './fault-rules.ts'
import { ENOUGH_BITS } from './hypotheses/chance.ts'

type EndFault = 'zeros' | 'saturated' | 'bit'

/** A memory that was not written, not initialised, or read too early. */
export function findZeros(difference: Difference): Pattern<EndFault> | null {
  const { expected, actual, wrong, shape, offset } = difference
  const { explained, holds } = explainWrong(difference, () => new Set([offset]))
  if (holds && !everythingAbove(difference)) {
    const [low, high] = rangeOf(expected, wrong).map((code) => code - offset)
    return {
      name: 'zeros',
      evidence: `${share(explained, wrong.length)} wrong elements are 0, where ${low === high ? low : `${low} to ${high}`} was expected: a memory not written, or read too early`,
    }
  }
  const plane = shape[1] * shape[2]
  const channels = wrongChannels(difference)
  let varied = 0
  for (const channel of channels) {
    const begin = channel * plane
    let same = true
    for (let i = 1; i < plane; i++) {
      if (actual[begin + i] !== actual[begin]) return null
      if (expected[begin + i] !== expected[begin]) same = false
    }
    if (!same) varied++
  }
  if (varied * (plane - 1) < ENOUGH_BITS) return null
  // A bias that alone arrives is another one in most channels; an end of the range is where they all end.
  const values = new Set(channels.map((channel) => actual[channel * plane]!))
  if (
    [...values].every((value) => value === 0 || value === difference.maxCode) &&
    values.size < channels.length
  )
    return null
  return {
    name: 'zeros',
    evidence: `each of the ${count(channels.length)} wrong channels holds one single value: only the bias arrives, the weights or the input read as zeros`,
  }
}

/** True where exactly the largest expected codes are the wrong ones: then zeros come from a width, not from a memory. */
function everythingAbove({ expected, wrong }: Difference): boolean {
  if (wrong.length === expected.length) return false
  const [low] = rangeOf(expected, wrong)
  let next = 0
  for (let i = 0; i < expected.length; i++) {
    if (wrong[next] === i) next++
    else if (expected[i]! >= low) return false
  }
  return true
}

function rangeOf(codes: ArrayLike<number>, indices: Int32Array): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const index of indices) {
    low = Math.min(low, codes[index]!)
    high = Math.max(high, codes[index]!)
  }
  return [low, high]
}

/** What is multiplied too much mostly ends at an end; a few values near zero do not. */
const MOSTLY_SATURATED = 0.9

/** Results pressed to the ends of the range, or codes at the ends that were not. */
export function findSaturation(difference: Difference, context: FaultContext): Pattern<EndFault> | null {
  const { expected, actual, wrong, maxCode, offset } = difference
  const { table } = context
  if (wrong.every((index) => actual[index]! > maxCode))
    return {
      name: 'saturated',
      evidence: `all ${count(wrong.length)} wrong elements are ${offset === 0 ? `above ${maxCode}, the largest code` : `outside ${-offset} to ${maxCode - offset}, the codes`} of this tensor: the clamp is at the width of the datapath`,
    }
  const ends = new Set([0, maxCode])
  if (table) for (const end of [table[0]!, table.at(-1)!]) ends.add(end)
  // Codes that are frequent anyway prove little.
  let atEnds = 0
  for (const end of ends) atEnds += histogramOf(expected)[end]!
  const telling =
    -Math.log2((atEnds + 1) / (expected.length + 1)) * wrong.length >= ENOUGH_BITS + 0.05 * wrong.length
  if (!telling) return null
  const { explained, holds } = explainWrong(difference, () => ends, MOSTLY_SATURATED)
  if (holds) {
    const [low] = rangeOf(expected, wrong)
    const zeros = offset === 0 && wrong.every((index) => actual[index] === 0)
    const which = zeros
      ? `0, and exactly the codes from ${low} up are hit: the range is too narrow or read as signed`
      : `at an end of the range (${[...ends]
          .map((end) => end - offset)
          .sort((a, b) => a - b)
          .join(', ')}): a shift too small, a sum too wide, or a clamp too early`
    return { name: 'saturated', evidence: `${share(explained, wrong.length)} wrong elements are ${which}` }
  }
  const mirrored = { ...difference, expected: actual as Difference['expected'], actual: expected }
  const missing = explainWrong(mirrored, () => ends)
  if (!missing.holds) return null
  return {
    name: 'saturated',
    evidence: `${share(missing.explained, wrong.length)} wrong elements should be at an end of the range and are not: the clamp is missing and the value wraps`,
  }
}

/** One bit of the code, and no other, is wrong. */
export function findBit({ expected, actual, wrong, maxCode, offset }: Difference): Pattern<EndFault> | null {
  const width = Math.log2(maxCode + 1)
  const first = expected[wrong[0]!]! ^ actual[wrong[0]!]!
  if ((first & (first - 1)) !== 0 || wrong.length * width < ENOUGH_BITS + width) return null
  for (const index of wrong) if ((expected[index]! ^ actual[index]!) !== first) return null
  let ones = 0
  // The highest bit of a signed code is carried inverted.
  for (const index of wrong) if (((actual[index]! ^ offset) & first) !== 0) ones++
  const stuck = ones === 0 ? ', always 0' : ones === wrong.length ? ', always 1' : ''
  return {
    name: 'bit',
    evidence: `in all ${count(wrong.length)} wrong elements bit ${Math.log2(first)} of the code, and no other, is wrong${stuck}: a data line`,
  }
}
