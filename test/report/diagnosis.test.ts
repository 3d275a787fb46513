/** The sentences of a diagnosis: each fault once, how far it goes, and what became of the rest. */
import { describe, expect, test } from 'vitest'
import { describeCommon, diagnose, tellFaults } from '../../src/report/diagnosis.ts'
import { describeKind, describeRedLayer } from '../../src/report/red-layer.ts'
import type { Common, Extent } from '../../src/result/diagnosis.ts'
import { differs, first, make } from './ci-run.ts'
import { makeLayer } from './shard-reports.ts'

const add = (name: string, mismatches = 0) => ({ ...makeLayer(name, mismatches), op: 'add' })

test('one fault in many layers is told once', () => {
  const layers = [differs('a'), differs('b'), differs('c'), add('d'), add('e')]
  const { summary, faults, left, command } = diagnose(make(layers, null))
  expect(summary).toEqual([
    'Red: 3 of 3 convolutions, none of 2 others: the fault is in what only convolutions use.',
  ])
  expect(faults.map(({ lines }) => lines)).toEqual([
    [
      `a ${first}`,
      'Looks like off by one: rounding. All 3 are off by one.',
      'Likewise: 2 more convolutions.',
    ],
  ])
  expect([left, command]).toEqual([null, null])
})

test('after an assertion it is said what became of the other layers, and the reason stands once', () => {
  const error = 'rtl/x.sv:3: no carry (detector, cycle 7 of the run)'
  const broken = { ...makeLayer('b', 24), first: null, error }
  const notRun = { ...makeLayer('c', 24), first: null, error: `not run: ${error}`, notRun: true as const }
  const { summary, faults } = diagnose(make([makeLayer('a'), broken, notRun], null))
  expect(summary).toEqual(['Red: 1 of 3 convolutions.', 'Of the other layers, 1 is exact, 1 did not run.'])
  expect(faults.map(({ lines }) => lines)).toEqual([[`b: ${error}`]])
  const none = diagnose(make([notRun], null))
  expect(none.faults.map(({ lines }) => lines)).toEqual([[`c: not run: ${error}`]])
})

test('a cause that explains every element stands in the place of a guess', () => {
  const cause = { id: 'table-before', says: 'the activation table of model.1', explained: 24, elements: 24 }
  const { kind } = differs('a')
  const whole = { ...kind!, cause }
  expect(describeKind(whole)).toBe(
    'Explained completely by: the activation table of model.1 (all 24 that were compared).',
  )
  expect(describeKind({ ...whole, cause: { ...cause, explained: 20 } })).toBe(
    'Looks like off by one: rounding. All 3 are off by one.',
  )
  const others = [{ id: 'no-bias', says: 'no bias' }]
  expect(describeKind({ ...whole, cause: { ...cause, others } })).toContain('model.1, or by: no bias (all 24')
  const layers = [
    { ...differs('a'), kind: whole },
    { ...differs('b'), kind: whole },
  ]
  expect(tellFaults(layers).map(({ lines }) => lines.slice(2))).toEqual([
    ['It explains 48 of 48 elements in 2 layers.', 'Likewise: 1 more convolution.'],
  ])
})

test('a layer that is like another says what it has of its own, and no more', () => {
  expect(describeRedLayer(differs('b'), 'a')).toEqual([
    `b ${first}`,
    'Like a: looks like off by one: rounding.',
  ])
})

describe('what divides red from exact', () => {
  const operators = [{ op: 'conv', red: 2, all: 9 }]
  const said = (common: Common | null): string | null =>
    describeCommon({ operators, others: { red: 0, exact: 1, notRun: 0 }, common } satisfies Extent)

  test.each<[Common | null, string | null]>([
    [null, null],
    [{ kind: 'first' }, 'only the first layer'],
    [{ kind: 'from', layer: 'x' }, 'all from x on, which takes its fault along'],
    [{ kind: 'traits', traits: ['with stride 2'], exact: 0 }, 'exactly the convolutions with stride 2'],
    [{ kind: 'traits', traits: ['p', 'q'], exact: 1 }, 'all p and q, as is 1 that is exact'],
    [{ kind: 'traits', traits: ['p'], exact: 2 }, 'all p, as are 2 that are exact'],
  ])('%j', (common, text) => {
    expect(said(common)).toBe(text)
  })
})
