/** Coverage of meaning under profiles: what it claims, against every sum and every pair of codes in integers. */
import { describe, expect, test } from 'vitest'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { accumulatorRanges } from '../../src/golden/accumulator.ts'
import { codeRange } from '../../src/golden/code-range.ts'
import type { Tally } from '../../src/golden/engine.ts'
import { channelParameters } from '../../src/golden/requantise.ts'
import type { Codes, IntegerAdd, IntegerConv, IntegerNode } from '../../src/golden/types.ts'
import { countAdd, countConv } from '../../src/stimulus/count-layers.ts'
import { withProfile, workConv } from '../golden/profile-graph.ts'
import { addOutcomes, convOutcomes, type Outcome } from './outcomes.ts'
import { cornersOf, counted, coverConv, EXACT, LOOSE, possible, SMALL } from './profile-cases.ts'

const NOTHING: Tally = {
  ...{ least: 0, most: 0, tiesAbove: 0, tiesBelow: 0, clampedLow: 0, clampedHigh: 0 },
  codes: new Uint8Array(32),
}

/** What happens to each sum that the weights allow, by channel. */
function everySum(node: IntegerConv, inputBits: number, profile: Profile) {
  const { bits, overflow } = profile.accumulator
  return accumulatorRanges(node, inputBits, profile).flatMap(({ channel, smallest, largest }) => {
    const by = channelParameters(profile, node, channel)
    const half = overflow === 'refuse' ? Number.POSITIVE_INFINITY : 2 ** (bits - 1)
    const sums = Array.from({ length: largest - smallest + 1 }, (_, i) => smallest + i)
    const held = sums.map((sum) =>
      overflow === 'wrap'
        ? Number(BigInt.asIntN(bits, BigInt(sum)))
        : Math.min(Math.max(sum, -half), half - 1),
    )
    return [...new Set(held)].map((sum) => convOutcomes(profile, by, BigInt(sum)))
  })
}

/** Of outcomes, those whose tie shows, of either sign, and those that the last narrow does not leave as they are. */
function countRules(
  outcomes: readonly Outcome[],
  [low, high]: readonly [number, number],
  table: Codes | null = null,
): readonly number[] {
  const count = (is: (one: Outcome) => boolean): number => outcomes.filter(is).length
  const outputOf = (code: bigint): number => table?.[Number(code) - low] ?? Number(code)
  const isTie = ({ codes }: Outcome): boolean => new Set([...codes].map(outputOf)).size > 1
  return [
    count((one) => isTie(one) && !one.isNegative),
    count((one) => isTie(one) && one.isNegative),
    count(({ raw }) => raw < low),
    count(({ raw }) => raw > high),
  ]
}

describe.each([...EXACT, ...LOOSE])('$name', (profile) => {
  const graph = withProfile(SMALL, profile)
  const convs = cornersOf<IntegerConv>(graph, 'conv').map((corners) => {
    const [input] = corners.inputs as [IntegerNode]
    const worked = workConv(corners.node, input, corners.codes[0]!, profile)
    return { ...corners, input, meaning: coverConv(corners, profile), worked }
  })

  test('what happened is what the sums of the specification say', () => {
    for (const { node, meaning, worked } of convs) {
      const pixels = node.shape[1] * node.shape[2]
      const seen = worked.accs.map((acc, i) =>
        convOutcomes(profile, channelParameters(profile, node, Math.floor(i / pixels)), acc),
      )
      expect(counted(meaning)).toEqual(countRules(seen, codeRange(profile, node.requantBits), node.table))
    }
  })

  test('what is said to be impossible no sum does', () => {
    for (const { node, input, meaning } of convs) {
      const all = everySum(node, input.quant.bits, profile)
      const can = countRules(all, codeRange(profile, node.requantBits), node.table).map((count) => count > 0)
      // Without anything that happened.
      const said = possible(countConv(node, input.shape, input.quant.bits, NOTHING, profile))
      // What is not proved counts as possible.
      const expected = LOOSE.includes(profile) ? can.map((is, i) => is || said[i]) : can
      expect([node.name, said]).toEqual([node.name, expected])
      expect(meaning.entriesReachable).toBeGreaterThanOrEqual(new Set(all.map(({ code }) => code)).size)
    }
  })

  test('additions count, and say what is impossible, as every pair does', () => {
    for (const { node, inputs, codes } of cornersOf<IntegerAdd>(graph, 'add')) {
      const quants = [inputs[0]!.quant, inputs[1]!.quant] as const
      const [a, b] = codes as [Codes, Codes]
      const outcomeOf = addOutcomes(profile, node, quants)
      const range = codeRange(profile, node.quant.bits)
      const meaning = countAdd(node, quants, a, b, profile)
      expect(counted(meaning)).toEqual(
        countRules(
          [...a].map((code, i) => outcomeOf(code, b[i]!)),
          range,
        ),
      )
      const every = Array.from({ length: 256 }, (_, i) => outcomeOf(i >> 4, i & 15))
      const can = countRules(every, range).map((count) => count > 0)
      expect(possible(meaning)).toEqual(can)
      // Each edge is among the corners.
      expect(counted(meaning).map((count) => count > 0)).toEqual(can)
    }
  })
})
