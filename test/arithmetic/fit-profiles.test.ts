/** Samples against candidates: those that fit, those that come near, and modules that contradict themselves. */
import { describe, expect, test } from 'vitest'
import { listCandidates, type ModuleShape } from '../../src/arithmetic/candidates.ts'
import {
  AS_GIVEN,
  computeWith,
  findContradiction,
  fitProfiles,
  type Sample,
} from '../../src/arithmetic/fit-profiles.ts'
import type { ChannelParameters, Stage } from '../../src/arithmetic/stages.ts'

const BY: ChannelParameters = { multiplier: 0, shift: 4, zeroPoint: 0, scale: 0, codeBits: 8 }
const SHIFT: ModuleShape = {
  ...{ multiplierBits: null, zeroPoint: null, scale: false, codeSigned: true },
  shift: { signed: false, least: 0, greatest: 31 },
}
const candidates = listCandidates(SHIFT)
const nameOf = (name: string) => candidates.find((candidate) => candidate.name === name)!
const samplesOf = (
  name: string,
  count: number,
  wrong: readonly number[] = [],
  step = 1n,
): readonly Sample[] => {
  const compute = computeWith(nameOf(name))
  return Array.from({ length: count }, (_, index) => {
    // Beyond the codes, too.
    const sample = { acc: BigInt(index - count / 2) * step, by: BY }
    return { ...sample, code: compute(sample) + (wrong.includes(index) ? 1n : 0n) }
  })
}

describe('a fit', () => {
  test('names what computed the codes, and nothing else', () => {
    const { exact, samples } = fitProfiles(samplesOf('power-of-two-floor', 4096, [], 3n), candidates, 8)
    expect(samples).toBe(4096)
    expect(exact.map(({ candidate, agreed }) => [candidate.name, agreed])).toEqual([
      ['power-of-two-floor', 4096],
    ])
  })

  test('counts what the nearest agrees with, and shows its first difference in the order given', () => {
    const { exact, nearest } = fitProfiles(samplesOf('power-of-two-round', 4096, [2100, 4000]), candidates, 8)
    expect(exact).toEqual([])
    const [{ candidate, agreed, first }] = nearest as [(typeof nearest)[0]]
    expect([candidate.name, agreed]).toEqual(['power-of-two-round', 4094])
    expect([first!.sample.acc, first!.sample.code, first!.expected]).toEqual([52n, 4n, 3n])
  })

  test('takes a code as its bits, whether the port is signed or not', () => {
    const signed = samplesOf('power-of-two-round', 512, [], 19n)
    const unsigned = signed.map((sample) => ({ ...sample, code: BigInt.asUintN(8, sample.code) }))
    expect(unsigned).not.toEqual(signed)
    const namesOf = (samples: readonly Sample[]) =>
      fitProfiles(samples, candidates, 8).exact.map(({ candidate }) => candidate.name)
    expect(namesOf(unsigned)).toEqual(namesOf(signed))
    expect(namesOf(signed)).toEqual(['power-of-two-round'])
  })

  test('reads a shift as a candidate does', () => {
    const left = { ...nameOf('power-of-two-floor'), reading: { shiftSign: -1, shiftOffset: 8 } } as const
    const compute = computeWith(left)
    expect(compute({ acc: 1000n, by: { ...BY, shift: 3 } })).toBe(1000n >> 5n)
    expect(compute({ acc: 1000n, by: { ...BY, shift: 2 } })).toBe(1000n >> 6n)
  })

  test('finds one right candidate among many that fit the first samples', () => {
    // Only the last two samples tell them apart.
    const same = samplesOf('power-of-two-floor', 2000).filter(({ acc }) => acc % 16n === 0n)
    const last: readonly Sample[] = [8n, 24n].map((acc) => ({ acc, by: BY, code: acc >> 4n }))
    const { exact } = fitProfiles([...same, ...last], candidates, 8)
    expect(exact.map(({ candidate }) => candidate.name)).toContain('power-of-two-floor')
    expect(exact.map(({ candidate }) => candidate.name)).not.toContain('power-of-two-round')
  })
})

test('a module that gives two codes for one accumulator contradicts itself', () => {
  const samples = samplesOf('power-of-two-floor', 64)
  expect(findContradiction([...samples, ...samples])).toBeNull()
  const later = { ...samples[3]!, code: samples[3]!.code + 1n }
  expect(findContradiction([...samples, later])).toEqual([samples[3], later])
})

describe('candidates', () => {
  test('are the profiles that the module has the parameters for, then variations', () => {
    const names = candidates.map(({ name }) => name)
    expect(names.slice(0, 2)).toEqual(['power-of-two-floor', 'power-of-two-round'])
    expect(names).toContain('>>s half-to-even, saturate to signed code')
    // They are profiles already.
    expect(names).not.toContain('>>s floor, saturate to signed code')
    expect(new Set(names).size).toBe(names.length)
    expect(candidates.every(({ reading }) => reading === AS_GIVEN || reading.shiftSign === 1)).toBe(true)
  })

  test('say where their M has other bits than the profile', () => {
    const names = listCandidates({ ...SHIFT, multiplierBits: 15 }).map(({ name }) => name)
    expect(names).toContain('nvdla')
    expect(names).toContain('assay, but M of 15 bits')
    expect(names).not.toContain('power-of-two-floor')
  })

  test('of an M of 31 bits read a shift as all of it, and as what is left of it', () => {
    const readings = listCandidates({ ...SHIFT, multiplierBits: 31 })
      .filter(({ name }) => name === 'tflite')
      .map(({ reading }) => reading.shiftOffset)
    expect(readings).toEqual([0, -31])
  })

  test('of a module with its shift inside try every one', () => {
    const inside = listCandidates({ ...SHIFT, shift: null }).filter(
      ({ name }) => name === 'power-of-two-floor',
    )
    expect(inside.map(({ reading }) => reading.shiftOffset)).toEqual(Array.from({ length: 32 }, (_, s) => s))
  })

  test('all end with a code', () => {
    for (const shape of [SHIFT, { ...SHIFT, multiplierBits: 16 }, { ...SHIFT, scale: true }])
      for (const { stages } of listCandidates(shape))
        expect(stages.at(-1)).toMatchObject({ stage: 'narrow' } satisfies Partial<Stage>)
  })
})
