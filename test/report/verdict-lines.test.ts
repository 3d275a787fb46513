/** Sentences that are a verdict: of generated stimulus, of the self-test, of a replay, of accuracy on RTL, of one element. */
import { describe, expect, test } from 'vitest'
import type { RtlTrace } from '../../src/diff/explain-rtl.ts'
import { describeRtl } from '../../src/report/explain.ts'
import { describeRedLayer } from '../../src/report/red-layer.ts'
import { type Flip, renderSelftest, type SelftestResult } from '../../src/report/selftest.ts'
import {
  describeCoverage,
  describeNotExercised,
  describeRedSet,
  describeStimulus,
  diagnoseSets,
  LEFT_BEHIND,
} from '../../src/report/stimulus.ts'
import { describeReplay } from '../../src/report/terminal.ts'
import type { LayerResult, StimulusResult } from '../../src/result/result.ts'
import { stimulus } from './ci-run.ts'
import { BOXES, makeLayer } from './shard-reports.ts'

const evidence = { key: 'e'.repeat(64), provedAt: '2026-01-01T00:00:00.000Z', before: true }
const paint = (style: string, text: string): string => `${style}<${text}>`

describe('generated stimulus', () => {
  const green = { ...stimulus, isRed: false, redTensors: 0, redSets: 0 }
  const head = 'Stimulus, generated from the weights: 2 tensors (48 elements) and 1 set of logits: '
  test.each<[string, StimulusResult, string]>([
    ['exact', green, `${head}all exact.`],
    ['proved by this run', { ...green, evidence: { ...evidence, before: false } }, `${head}all exact.`],
    ['proved before', { ...green, evidence }, `${head}exact before, nothing changed.`],
    ['tensors and sets', { ...stimulus, redTensors: 2 }, `${head}2 tensors and 1 set differ.`],
    ['tensors', { ...stimulus, redSets: 0 }, `${head}1 tensor differ.`],
    ['sets', { ...stimulus, redTensors: 0, redSets: 3 }, `${head}3 sets differ.`],
    ['red, whatever was proved before', { ...stimulus, evidence }, `${head}1 tensor and 1 set differ.`],
    [
      'unsteady',
      { ...stimulus, unsteady: true },
      `${head}exact now and red before, on the same RTL and inputs: unsteady.`,
    ],
    ['none', { ...stimulus, choice: 'image' }, 'Stimulus: none but the image.'],
    [
      'no sets',
      { ...green, sets: 0, tensors: 1, elements: 1000 },
      'Stimulus, generated from the weights: 1 tensor (1,000 elements): all exact.',
    ],
  ])('%s', (_, result, text) => expect(describeStimulus(result)).toBe(text))

  test('a red set says what differs, or why it has no result', () => {
    expect(describeRedSet({ name: 's', boxes: { ...BOXES, mismatches: 2 } })).toBe('s: 2 differences')
    expect(describeRedSet({ name: 's', boxes: { ...BOXES, error: 'hung' } })).toBe('s: hung')
  })

  describe('of all red sets', () => {
    const cause = (id: string, explained = 3) => ({ id, says: `the rule ${id}`, explained, elements: 3 })
    const set = (name: string, own: ReturnType<typeof cause> | null, others: readonly string[] = []) => ({
      name: `head [${name}]`,
      boxes: {
        ...{ ...BOXES, mismatches: 2 },
        kind: own && {
          ...{ name: 'box-order' as const, evidence: '' },
          cause: { ...own, others: others.map((id) => ({ id, says: `the rule ${id}` })) },
        },
      },
    })
    const lines = (...redBoxes: StimulusResult['redBoxes']) =>
      diagnoseSets({ ...stimulus, redBoxes, redSets: redBoxes.length })

    test('the cause that explains each of them is told', () => {
      const [a, b] = [set('a', cause('x'), ['y', 'z']), set('b', cause('z'), ['y'])]
      expect(lines(a, b)).toEqual([
        'Boxes of all 2 sets are explained completely by: the rule y, or by: the rule z.',
      ])
      expect(lines(b)).toEqual([
        'Boxes of this set are explained completely by: the rule z, or by: the rule y.',
      ])
    })

    test('of many that do, a few are told', () => {
      expect(lines(set('a', cause('v'), ['w', 'x', 'y', 'z']))).toEqual([
        'Boxes of this set are explained completely by: the rule v, or by: the rule w, or by: the rule x, or by 2 more.',
      ])
    })

    test('a cause of some of them alone is not', () => {
      const none = ['No one rule that was computed explains the boxes of all 2 sets.']
      expect(lines(set('a', cause('x')), set('b', cause('y')))).toEqual(none)
      expect(lines(set('a', cause('x')), set('b', null))).toEqual(none)
      expect(lines(set('a', cause('x')), set('b', cause('x', 2)))).toEqual(none)
      expect(lines(set('a', null))).toEqual([])
    })

    test('one that explains most of them is told as that', () => {
      const sets = [set('a', cause('x')), set('b', cause('y'), ['x']), set('c', cause('z'))]
      expect(lines(...sets)).toEqual([
        'No one rule that was computed explains the boxes of all 3 sets; those of 2 of them are explained completely by: the rule x.',
      ])
    })

    test('where all have something before them, that is told', () => {
      const behind = [set('a, after b', null), set('reset 2', cause('x')), set('c, again', null)]
      expect(lines(...behind)).toEqual([LEFT_BEHIND])
      expect(lines(behind[1]!)).toEqual([
        LEFT_BEHIND,
        'Boxes of this set are explained completely by: the rule x.',
      ])
      expect(lines(...behind, set('b', null))).not.toContain(LEFT_BEHIND)
    })

    test('one that has no result says nothing', () => {
      const hung = { ...set('a', null), boxes: { ...BOXES, error: 'hung' } }
      expect(lines(hung)).toEqual([])
      expect(lines(hung, set('b', cause('x')))).toEqual([
        'Boxes of this set are explained completely by: the rule x.',
      ])
    })
  })

  test('a rule counts as exercised where it was in every layer that it can matter in', () => {
    const row = (unit: string, hit: number, of: number) => ({
      rule: '',
      unit,
      hit,
      of,
      count: hit,
      missing: [],
    })
    const rows = [row('layers', 3, 3), row('layers', 2, 3), row('q_NMS', 0, 0), row('entries', 1000, 1024)]
    const of = (own: typeof rows) => describeCoverage({ ...stimulus, rows: own as never })
    expect(of(rows)).toBe(
      'Exercised: 1 of 3 rules of the arithmetic wherever they matter, 1,000 of 1,024 table entries read.',
    )
    expect(of(rows.slice(0, 2))).toBe('Exercised: 1 of 2 rules of the arithmetic wherever they matter.')
    expect(describeNotExercised({ ...stimulus, notExercised: [] })).toBeNull()
    expect(describeNotExercised({ ...stimulus, notExercised: ['a', 'b'] })).toBe('Not exercised: a; b.')
  })
})

describe('a red layer', () => {
  const seeds = (run: number, red: number): LayerResult => ({
    ...makeLayer('a', 3),
    seeds: {
      run: Array.from({ length: run }, (_, i) => i),
      red: Array.from({ length: red }, (_, i) => i),
    },
  })
  const first = 'a c0 y1 x2: expected 3, received 4 at cycle 5 of the run; 3 of 24 differ'
  const reads = ': it reads what nothing has written or reset'
  test.each<[string, LayerResult, readonly string[]]>([
    ['exact', makeLayer('a'), []],
    ['exact from each seed', { ...makeLayer('a'), seeds: { run: [1], red: [] } }, []],
    ['from each seed', seeds(3, 3), [first, 'a: red from each of 3 random power-ups']],
    ['from its one seed', seeds(1, 1), [first, 'a: red from its one random power-up, seed 0']],
    ['from one of several', seeds(2, 1), [first, `a: red from 1 of 2 random power-ups, seed 0${reads}`]],
    ['from some', seeds(9, 5), [first, `a: red from 5 of 9 random power-ups, seeds 0, 1, 2, 3, 4${reads}`]],
    ['from many', seeds(9, 6), [first, `a: red from 6 of 9 random power-ups, seeds 0, 1, 2, 3, 4 …${reads}`]],
    ['without a result nothing else counts', { ...makeLayer('a', 3), stray: 1, error: 'hung' }, ['a: hung']],
  ])('%s', (_, layer, lines) => expect(describeRedLayer(layer)).toEqual(lines))

  test('alone it is at fault or what it read was', () => {
    const result = makeLayer('a', 3)
    expect(describeReplay({ layer: 'a', alone: true, result })).toBe(
      'a alone, from its golden input, differs too (c0 y1 x2: expected 3, received 4 at cycle 5 of the run; 3 of 24 differ): the fault is in this layer.',
    )
    expect(describeReplay({ layer: 'a', alone: false, result })).toContain(
      'is exact: something else was wrong in the run',
    )
  })
})

describe('the self-test', () => {
  const flip = (what: string, own: Partial<Flip> = {}): Flip => ({
    ...{ kind: 'golden', what, expected: 'a', found: 'a', caught: true },
    ...own,
  })
  const result = (flips: readonly Flip[], own: Partial<SelftestResult> = {}): SelftestResult => ({
    ...{ model: 'm.pt', image: 'i', array: '16x16x4', seed: 7, verdict: 'all caught', flips, skipped: [] },
    ...{ seconds: 1.5, ...own },
  })
  const lastLines = (text: string, count: number) => text.split('\n').slice(-count)
  const nothing = flip('nothing', { kind: 'nothing' })

  test('what is no fault is not counted as one', () => {
    expect(lastLines(renderSelftest(result([nothing, flip('bit 1'), flip('bit 2')]), paint), 2)).toEqual([
      'bold<All 2 faults went red where they were made, and nowhere else (m.pt, array>',
      'bold<16x16x4, seed 7, 1.50 s).>',
    ])
  })

  test('a fault that stayed green is named, with where it was looked for', () => {
    const missed = flip('bit 2', { caught: false, found: 'nowhere' })
    const own = { skipped: ['no pool'], module: 'my.sv' }
    expect(lastLines(renderSelftest(result([nothing, flip('bit 1'), missed], own), paint), 5)).toEqual([
      '',
      'red<golden bit 2: expected red at a, found nowhere>',
      'Not tried: no pool',
      'bold<1 of 3 checks failed: do not trust a green diff until this is fixed (m.pt,>',
      'bold<module my.sv, whose RTL was not changed, seed 7, 1.50 s).>',
    ])
  })
})

describe('one element on the RTL', () => {
  const trace = (own: Partial<RtlTrace>): RtlTrace => ({
    sums: [],
    first: null,
    code: 5,
    cycle: null,
    ...own,
  })
  const first = { what: 'weight', beat: 3, lane: 2, expected: 7, actual: 5 } as const
  test.each<[Partial<RtlTrace>, string]>([
    [{}, 'green<RTL: computes the same code 5.>'],
    [
      { sums: [null, 9], cycle: 12 },
      'green<RTL: has the same sum after the one beat, and the same code 5 at cycle 12 of the run.>',
    ],
    [
      { sums: [8, null, 9], cycle: 0 },
      'green<RTL: has the same sum after each of 2 beats, and the same code 5 at cycle 0 of the run.>',
    ],
    [{ first }, 'red<RTL: first difference: beat 3, lane 2: weight is 5, expected 7.>'],
    [
      { first: { ...first, what: 'accumulator', lane: null, actual: 0 } },
      'red<RTL: first difference: beat 3: accumulator is 0, expected 7.>',
    ],
    [
      { first: { ...first, what: 'output code', beat: null, lane: null, actual: null } },
      'red<RTL: first difference: output code is never written, expected 7.>',
    ],
  ])('%j: %s', (own, text) => expect(describeRtl(trace(own), 5, paint)).toBe(text))
})
