/** Profiles that the RTL has parameters for, at random. */
import { ASSAY } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { ROUNDINGS, type Rounding, type Stage } from '../../src/arithmetic/stages.ts'

type Random = (below: number) => number

const pick = <T>(values: readonly T[], random: Random): T => values[random(values.length)]!
const many = (isThere: boolean, stage: Stage): readonly Stage[] => (isThere ? [stage] : [])

const multiplierOf = (random: Random): readonly Stage[] =>
  pick<readonly Stage[]>(
    [
      [],
      [{ stage: 'multiply', bits: 1 + random(32) }],
      [{ stage: 'multiply', bits: pick([15, 16, 17, 31, 32], random) }],
      [{ stage: 'doubling-high-multiply', bits: 32 }],
    ],
    random,
  )

const shiftRight = (rounding: Rounding, most: number): Stage => ({ stage: 'shift-right', rounding, most })

/** @param index chooses the rounding: so many profiles in a row have all of them */
export function randomRequantise(index: number, random: Random): Profile {
  const overflow = () => pick(['wrap', 'saturate'] as const, random)
  const signed = random(2) === 0
  const isLeft = random(3) === 0
  const code = isLeft ? 'saturate' : overflow()
  const between = isLeft ? 'saturate' : overflow()
  const bits = pick([8, 16, 20, 24, 31, 32, 48], random)
  return {
    ...ASSAY,
    name: `random-${index}`,
    codes: { ...ASSAY.codes, signed },
    accumulator: { bits, overflow: pick(['refuse', 'wrap', 'saturate'] as const, random), at: 'end' },
    requantise: [
      ...many(random(3) === 0, { stage: 'narrow', bits: 32, signed: true, overflow: overflow() }),
      ...many(isLeft, { stage: 'shift-left' }),
      ...multiplierOf(random),
      shiftRight(ROUNDINGS[index % ROUNDINGS.length]!, pick([15, 31, 33, 40, 47, 62, 63], random)),
      ...many(random(2) === 0, { stage: 'narrow', bits: 32, signed: true, overflow: between }),
      { stage: 'add-zero-point' },
      { stage: 'narrow', signed, overflow: code },
    ],
  }
}

/** One rounding of the sum, or one of each operand. */
export function randomAdd(index: number, random: Random): Profile {
  const rounding = ROUNDINGS[index % ROUNDINGS.length]!
  const most = pick([15, 31, 33, 47, 62, 63], random)
  const signed = random(2) === 0
  const int32: Stage = { stage: 'narrow', bits: 32, signed: true, overflow: 'saturate' }
  const end = (overflow: 'wrap' | 'saturate'): readonly Stage[] => [
    { stage: 'add-zero-point' },
    { stage: 'narrow', signed, overflow },
  ]
  const profile = { ...ASSAY, name: `random-${index}`, codes: { ...ASSAY.codes, signed } }
  if (index % 2 === 0) {
    const sum = [shiftRight(rounding, most), ...end(pick(['wrap', 'saturate'] as const, random))]
    return {
      ...profile,
      add: { form: 'stages', operand: [{ stage: 'multiply', bits: 1 + random(32) }], sum },
    }
  }
  const scale = [...multiplierOf(random), shiftRight(rounding, most)]
  const left: Stage =
    random(3) === 0 ? { stage: 'shift-left' } : { stage: 'shift-left', by: pick([0, 4, 20, 22], random) }
  const sum = random(3) > 0 ? scale : []
  const operand = [left, ...scale, int32]
  return { ...profile, add: { form: 'stages', operand, sum: [int32, ...sum, ...end('saturate')] } }
}
