/** Profiles in words, from files and as files. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ASSAY, PROFILES } from '../../src/arithmetic/built-in.ts'
import { checkProfile } from '../../src/arithmetic/check-profile.ts'
import { describeProfile, summariseProfile } from '../../src/arithmetic/describe-profile.ts'
import { describeStage, summariseStages } from '../../src/arithmetic/describe-stages.ts'
import { makeProfile } from '../../src/arithmetic/make-profile.ts'
import { profileText, readProfile } from '../../src/arithmetic/read-profile.ts'
import { ROUNDINGS, type Stage } from '../../src/arithmetic/stages.ts'
import { renderProfile, renderProfiles } from '../../src/report/profile.ts'
import { withConcat } from '../quantise/concat-profiles.ts'

const longest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length))
const folder = mkdtempSync(join(tmpdir(), 'assay-profile-'))
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('a profile in words', () => {
  test.each(PROFILES)('$name: every clause, within 80 columns', (profile) => {
    const clauses = describeProfile(profile)
    expect(clauses.map(({ clause }) => clause)).toEqual(['A-1', 'A-2', 'A-3', 'A-4', 'A-5', 'A-6'])
    expect(clauses[3]!.steps).toHaveLength(profile.requantise.length)
    const text = renderProfile(profile)
    expect(text).not.toMatch(/undefined|NaN|\[object/)
    expect(longest(text)).toBeLessThanOrEqual(80)
  })

  test('says what A-4 of assay computes, in order', () => {
    expect(describeProfile(ASSAY)[3]!.steps.map(({ formula, note }) => `${formula}: ${note}`)).toEqual([
      'v · M: M unsigned, 16 bits',
      'v / 2^s: rounded to the nearest, ties up; s from 0 to 47',
      'v + Z: Z of the tensor that is made',
      'clamp(v): to an unsigned code',
    ])
  })

  test('A-7 is there where a concat requantises', () => {
    const [staged, real] = ['assay', 'onnx-qlinear'].map((name) => {
      const profile = withConcat(readProfile(name))
      expect(longest(renderProfile(profile))).toBeLessThanOrEqual(80)
      return describeProfile(profile).at(-1)!
    })
    expect([staged!.clause, staged!.steps.length, real!.steps.length]).toEqual(['A-7', 4, 0])
    expect(real!.sentences.join(' ')).toMatch(/divided by the scale of the output and rounded .* even/)
  })

  test('differs where profiles differ', () => {
    const texts = PROFILES.map((profile) => JSON.stringify([describeProfile(profile), profile.name]))
    expect(new Set(texts).size).toBe(PROFILES.length)
    const stages: readonly Stage[] = ROUNDINGS.map((rounding) => ({ stage: 'shift-right', rounding }))
    expect(new Set(stages.map((stage) => describeStage(stage).note)).size).toBe(ROUNDINGS.length)
    expect(new Set(stages.map((stage) => summariseStages([stage]))).size).toBe(ROUNDINGS.length)
  })

  test('the list has each profile in one line and its source below, within 80 columns', () => {
    const text = renderProfiles(PROFILES)
    expect(longest(text)).toBeLessThanOrEqual(80)
    for (const { name } of PROFILES) expect(text).toMatch(new RegExp(`^${name} +\\S`, 'm'))
    expect(summariseProfile(ASSAY)).toBe('·M (16 bits), >>s half-up, +Z, saturate to unsigned code')
  })
})

describe('a profile by name or path', () => {
  test('is the built-in one, or what a file says, which may name its schema', () => {
    expect(readProfile('nvdla').name).toBe('nvdla')
    const own = { ...readProfile('nvdla'), name: 'own' }
    const text = profileText(own)
    expect(text).toContain('"$schema": "./node_modules/assay/docs/profile.schema.json"')
    expect(readProfile(file('own.json', text))).toEqual(own)
  })

  test.each([
    [
      'power-of-two-flor',
      /^power-of-two-flor: there is no such profile\. Did you mean power-of-two-floor\?.*assay, tflite/,
    ],
    ['zzz', /there is no such profile\. Built-in profiles: assay, tflite, .*power-of-two-round/],
    ['nowhere.json', /nowhere\.json: no such file/],
    [file('text.json', 'hello'), /text\.json: is not JSON: .*, in line 1, column 1\./],
    [file('twice.json', '{"name": "a", "name": "b"}'), /"name" is given twice/],
    [file('empty.json', '{}'), /empty\.json: .*name/],
    [
      file('round.json', JSON.stringify(ASSAY).replace('half-up', 'stochastic')),
      /requantise\[1\]\.rounding: expected one of floor.*stochastic one is not reproducible/,
    ],
    [file('large.json', ' '.repeat(1_000_001)), /1000001 bytes, more than the 1000000/],
  ])('%s is refused', (name, message) => {
    expect(() => readProfile(name)).toThrow(message)
  })
})

test.each([
  [[ASSAY.requantise.at(-1)!], /concat\.input: .*add-zero-point.*none/],
  [
    [{ stage: 'rectify' } as const, ...ASSAY.requantise],
    /concat\.input\[0\]\.stage: .*scales or narrows.*rectify/,
  ],
  [ASSAY.requantise.slice(0, -1), /concat\.input\[2\]\.stage: .*without bits/],
  [ASSAY.requantise.slice(2), /concat\.input: .*each has a scale of its own.*none/],
  [ASSAY.requantise.slice(1), /codes\.scale: .*no stage of concat\.input multiplies/],
] as const)(
  'stages of a concat that contradict the rest are refused by their field: %#',
  (input, message) => {
    const profile = { ...ASSAY, name: 'own', concat: { form: 'stages', input } }
    expect(() => checkProfile(profile, 'own.json')).toThrow(message)
  },
)

describe('a profile of stages that were found', () => {
  const stages: readonly Stage[] = [
    { stage: 'shift-right', rounding: 'half-to-even' },
    { stage: 'narrow', signed: false, overflow: 'wrap' },
  ]

  test('is the nearest one with these stages and their codes', () => {
    const made = makeProfile(stages, 'mine', 'found')
    expect(made).toMatchObject({ name: 'mine', source: 'found', requantise: stages })
    expect(made.codes).toMatchObject({ signed: false, zeroPoint: 0, scale: 'power-of-two' })
    expect(made.add).toMatchObject({ form: 'stages' })
  })

  test('has the accumulator that is known, and no clamp that this one cannot reach', () => {
    const made = makeProfile(stages, 'mine', 'found', { accumulatorBits: 24 })
    expect(made.accumulator).toMatchObject({ bits: 24 })
    const nvdla = PROFILES.find(({ name }) => name === 'nvdla')!
    const narrow = makeProfile(nvdla.requantise, 'mine', 'found', { like: 'nvdla', accumulatorBits: 24 })
    expect(narrow).toMatchObject({ accumulator: { bits: 24 }, requantise: nvdla.requantise.slice(1) })
  })

  test('is that of a layer, where one was driven, with these stages', () => {
    const base = PROFILES.find(({ name }) => name === 'gemmini')!
    const made = makeProfile(stages, 'mine', 'found', { base })
    expect(made).toMatchObject({
      accumulator: base.accumulator,
      requantise: stages,
      activation: base.activation,
    })
  })

  test('a zero point that was found is also one of additions', () => {
    const [shift, narrow] = stages as [Stage, Stage]
    const { codes, add } = makeProfile([shift, { stage: 'add-zero-point' }, narrow], 'mine', 'found')
    expect(codes.zeroPoint).toBe('tensor')
    expect(add).toMatchObject({ sum: [{ stage: 'add-zero-point' }, { stage: 'narrow' }] })
  })

  test.each(PROFILES)('of those of $name is that one', (profile) => {
    const { name, source, ...rest } = makeProfile(profile.requantise, 'mine', 'found', { like: profile.name })
    expect([name, source]).toEqual(['mine', 'found'])
    expect({ ...rest, name: profile.name, source: profile.source }).toEqual(profile)
  })
})
