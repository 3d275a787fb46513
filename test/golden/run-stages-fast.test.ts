/** The kernel's stage machine beside the specification of the stages. */
import { expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import { runStages } from '../../src/arithmetic/run-stages.ts'
import { type ChannelParameters, ROUNDINGS, type Stage } from '../../src/arithmetic/stages.ts'
import { runStagesFast } from '../../src/golden/run-stages-fast.ts'
import { createRandom } from './random.ts'
import { fitsKernel, randomAccumulators, randomParameters, randomStages } from './random-stages.ts'

/** Compares every accumulator. @returns how many were compared */
function compare(stages: readonly Stage[], accs: BigInt64Array, by: ChannelParameters): number {
  const results = runStagesFast(stages, accs, by)
  expect(results).toHaveLength(accs.length)
  for (let i = 0; i < accs.length; i++) {
    const expected = Number(BigInt.asIntN(32, runStages(stages, accs[i]!, by)))
    if (results[i] !== expected)
      expect.fail(
        `${JSON.stringify({ stages, by })}: ${accs[i]} becomes ${expected}, the kernel has ${results[i]}`,
      )
  }
  return accs.length
}

const CHANNELS = 40
const PER_CHANNEL = 1500

test.each(PROFILES)('$name is what the specification says', ({ requantise, accumulator, add }) => {
  const random = createRandom(7)
  const lists = add.form === 'stages' ? [requantise, add.operand, add.sum] : [requantise]
  let compared = 0
  for (const [i, stages] of lists.entries())
    for (let channel = 0; channel < CHANNELS; channel++) {
      const bits = i === 0 ? accumulator.bits : i === 1 ? 9 : 30
      const by = { ...randomParameters(stages, random), codeBits: channel % 2 === 0 ? 8 : 16 }
      if (!fitsKernel(stages, by, bits)) continue
      compared += compare(stages, randomAccumulators(i === 0 ? PER_CHANNEL : 200, bits, by, random), by)
    }
  expect(compared).toBeGreaterThan((CHANNELS * PER_CHANNEL) / 2)
})

test('stages in any order are what the specification says', () => {
  const random = createRandom(8)
  const seen = new Set<string>()
  let [lists, compared] = [0, 0]
  while (compared < 600_000) {
    const stages = randomStages(random)
    const by = randomParameters(stages, random)
    const bits = random.integer(16, random.integer(0, 1) === 0 ? 32 : 63)
    if (!fitsKernel(stages, by, bits)) continue
    for (const one of stages) seen.add('rounding' in one ? `${one.stage} ${one.rounding}` : one.stage)
    compared += compare(stages, randomAccumulators(1500, bits, by, random), by)
    lists++
  }
  expect(lists).toBeGreaterThan(40)
  for (const rounding of ROUNDINGS) expect(seen).toContain(`shift-right ${rounding}`)
  for (const stage of [
    'multiply',
    'doubling-high-multiply',
    'shift-left',
    'narrow',
    'scale-float',
    'rectify',
  ])
    expect(seen).toContain(stage)
})

test('every rounding, at every shift, around its ties', () => {
  for (const rounding of ROUNDINGS)
    for (let s = 0; s <= 63; s++) {
      const stages: readonly Stage[] = [{ stage: 'shift-right', rounding, by: s }]
      const by = { multiplier: 0, shift: 0, zeroPoint: 0, scale: 0, codeBits: 8 }
      const half = s === 0 ? 1n : 1n << BigInt(Math.min(s - 1, 60))
      const odd = [-5n, -3n, -1n, 0n, 1n, 3n, 5n]
      const accs = odd.flatMap((n) => [-1n, 0n, 1n].map((near) => n * half + near))
      compare(stages, BigInt64Array.from(accs.filter((acc) => acc === BigInt.asIntN(63, acc))), by)
    }
})

test('the corner of a doubling high multiply, in both widths', () => {
  for (const bits of [16, 32] as const) {
    const low = -(2 ** (bits - 1))
    const by = { multiplier: low, shift: 0, zeroPoint: 0, scale: 0, codeBits: 8 }
    const accs = BigInt64Array.from([low, low + 1, -1, 0, 1, -low - 1].map(BigInt))
    compare([{ stage: 'doubling-high-multiply', bits }], accs, by)
    compare([{ stage: 'doubling-high-multiply', bits }], accs, { ...by, multiplier: -low - 1 })
  }
})

test('doubles are taken as well, and nothing else', () => {
  const by = { multiplier: 3, shift: 1, zeroPoint: 0, scale: 0, codeBits: 8 }
  const stages: readonly Stage[] = [
    { stage: 'multiply', bits: 2 },
    { stage: 'shift-right', rounding: 'half-to-even' },
  ]
  expect([...runStagesFast(stages, Float64Array.of(1, 3, -1, 2 ** 29, 0), by)]).toEqual([
    2,
    4,
    -2,
    3 * 2 ** 28,
    0,
  ])
  expect([...runStagesFast(stages, Float64Array.of(2 ** 31), by)]).toEqual([3 * 2 ** 30 - 2 ** 32])
  expect(() => runStagesFast(stages, Float64Array.of(0.5), by)).toThrow(
    'Expected integers below 2^53, got 0.5',
  )
  expect(() => runStagesFast([{ stage: 'shift-left', by: 31 }], BigInt64Array.of(1n << 40n), by)).toThrow(
    'stage shift-left takes 73 bits of an accumulator of 42, above 64',
  )
})
