/** Faults of the arithmetic: each wrong code lies at one distance from the right one. */
import { ASSAY } from '../arithmetic/built-in.ts'
import {
  count,
  type Difference,
  ENOUGH_SHARE,
  type FaultContext,
  type Pattern,
  share,
  wrongChannels,
} from './fault-evidence.ts'
import { explainWrong, throughTable } from './fault-rules.ts'
import { roundingOf } from './hypotheses/arithmetics.ts'
import { ENOUGH_BITS } from './hypotheses/chance.ts'
import { signed } from './hypotheses/hypothesis.ts'

type ValueFault = 'rounding' | 'offset'

/** One LSB, up or down (A-4, A-6), or one step of the table's index (A-5). */
export function findRounding(difference: Difference, context: FaultContext): Pattern<ValueFault> | null {
  const { expected, actual, wrong, shape } = difference
  const channels = wrongChannels(difference).length
  const step = (right: number): ReadonlySet<number> => new Set([right - 1, right + 1])
  let found = explainWrong(difference, step)
  let unit = 'one code'
  if (!found.holds && context.table) {
    found = explainWrong(
      difference,
      throughTable(context.table, (p) => [p - 1, p + 1]),
    )
    unit = "one step of the activation table's index"
  }
  if (!found.holds) return null
  let higher = 0
  for (const index of wrong) if (actual[index]! > expected[index]!) higher++
  const wrongShare = (100 * wrong.length) / expected.length
  const percent = wrongShare.toPrecision(wrongShare > 99 ? 3 : 2)
  const lower = wrong.length - higher
  // SiLU falls to the left of its minimum: a table turns a few steps round.
  const nearly = context.table ? 0.9 : 1
  const how = (part: number): string => (part === wrong.length ? 'always' : 'nearly always')
  const direction =
    lower >= nearly * wrong.length
      ? `${how(lower)} too low: ${tooLow(context)} (A-4)`
      : higher >= nearly * wrong.length
        ? `${how(higher)} too high: ${tooHigh(context)} (A-4)`
        : `${count(higher)} too high and ${count(lower)} too low: another rounding, or a multiplier or shift with too few bits (A-4)`
  return {
    name: 'rounding',
    evidence: `${share(found.explained, wrong.length)} wrong elements are off by ${unit}, ${direction}; in ${channels} of ${shape[0]} channels, ${percent} % of all elements`,
  }
}

/** Of a layer that is known every other rounding has been computed by now. */
const NO_ROUNDING = 'no other rounding gives it, but perhaps'

/** What makes codes one too low, where the profile rounds as it does. */
function tooLow({ profile = ASSAY, layer }: FaultContext): string {
  if (layer !== undefined)
    return `${NO_ROUNDING} a sum, a multiplier or a bias that has lost bits, or a clamp`
  const rounding = roundingOf(profile)
  if (rounding === null || rounding === 'floor') return 'a carry that is missing, or rounded down twice'
  return `truncation instead of ${rounding === 'half-up' ? 'round half up' : `rounding ${rounding}`}, or a missing half`
}

function tooHigh({ profile = ASSAY, layer }: FaultContext): string {
  if (layer !== undefined) return `${NO_ROUNDING} a sum, a multiplier or a bias that is too large`
  const rounding = roundingOf(profile)
  return rounding === 'floor' || rounding === 'toward-zero'
    ? `rounded to the nearest or upwards instead of ${rounding}`
    : 'rounded twice or upwards'
}

/** The same constant added everywhere, or one a channel. */
export function findOffset(difference: Difference): Pattern<ValueFault> | null {
  const { expected, actual, wrong, shape, maxCode } = difference
  const plane = shape[1] * shape[2]
  const tallies = new Map<number, Map<number, number>>()
  for (const index of wrong) {
    const got = actual[index]!
    if (got === 0 || got === maxCode) continue
    const channel = Math.floor(index / plane)
    const tally = tallies.get(channel) ?? new Map<number, number>()
    tallies.set(channel, tally)
    const offset = got - expected[index]!
    tally.set(offset, (tally.get(offset) ?? 0) + 1)
  }
  const offsets = new Map<number, number>()
  for (const [channel, tally] of tallies) offsets.set(channel, [...tally].sort((a, b) => b[1] - a[1])[0]![0])
  let explained = 0
  for (const index of wrong) {
    const offset = offsets.get(Math.floor(index / plane)) ?? Number.NaN
    if (actual[index] === Math.min(maxCode, Math.max(0, expected[index]! + offset))) explained++
  }
  // Each channel's constant was chosen to fit: one element of it proves nothing.
  const bits = (explained - offsets.size) * Math.log2(maxCode + 1)
  if (explained < ENOUGH_SHARE * wrong.length || bits < ENOUGH_BITS) return null
  if (!coversChannels(difference, offsets)) return null
  const values = new Set(offsets.values())
  const what =
    values.size === 1
      ? `the same constant ${signed([...values][0]!)} is added: a zero point (A-1, A-4) or a bias`
      : `each channel has a constant of its own (${[...values].slice(0, 4).map(signed).join(', ')}${values.size > 4 ? ', …' : ''}): the biases (A-3)`
  return { name: 'offset', evidence: `at ${share(explained, wrong.length)} wrong elements ${what}` }
}

/** An offset hits every element of its channel that the clamp does not hide. */
function coversChannels(difference: Difference, offsets: ReadonlyMap<number, number>): boolean {
  const { expected, actual, shape, maxCode } = difference
  const plane = shape[1] * shape[2]
  let [hit, all] = [0, 0]
  for (const [channel, offset] of offsets)
    for (let i = channel * plane; i < (channel + 1) * plane; i++) {
      if (Math.min(maxCode, Math.max(0, expected[i]! + offset)) === expected[i]) continue
      all++
      if (actual[i] !== expected[i]) hit++
    }
  return hit >= 0.9 * all
}
