/** The terminal's text of a run, whole: one with everything in it, and what is left out of one without. */
import { expect, test } from 'vitest'
import { describeRedLayer, explainRed, renderSimResult } from '../../src/report/terminal.ts'
import type { LayerResult } from '../../src/result/result.ts'
import { differs, make, stimulus } from './ci-run.ts'
import { BOXES, makeLayer } from './shard-reports.ts'

const paint = (style: string, text: string): string => `${style}<${text}>`
const evidence = { key: '0123456789'.padEnd(64, 'e'), provedAt: '2026-01-01T00:00:00.000Z', before: true }

test('a run with everything in it', () => {
  const layers = [makeLayer('a'), { ...makeLayer('b'), macs: 40, evidence }, { ...differs('c'), macs: 0 }]
  const result = make(layers, BOXES, {
    replay: { layer: 'c', alone: false, result: makeLayer('c') },
    waveform: { layer: 'c', file: 'w.fst', save: 'w.gtkw', fromCycle: 1, cycle: 5, toCycle: 9 },
    ...{ pictures: ['p.png'], remarks: ['The first of two.'] },
    stimulus: { ...stimulus, notExercised: ['x'] },
  })
  expect(renderSimResult(result, paint).split('\n')).toEqual([
    'layer  op    shape  MACs  cycles     time  differ',
    '─────  ────  ─────  ────  ──────  ───────  ──────  ───────',
    'a      conv  2x3x4    10     100   500 ms       0  green<exact>',
    'b      conv  2x3x4    40     100  0123456       0  green<before>',
    'red<c      conv  2x3x4     -     100   500 ms       3  DIFFERS>',
    '',
    'red<c c0 y1 x2: expected 3, received 4 at cycle 5; 3 of 24 differ>',
    'red<Looks like off by one: rounding. All 3 are off by one.>',
    'q_NMS  3 candidates, 2 boxes, 7 cycles: all 2 boxes equal',
    'c alone, from its golden input, is exact: something else was wrong in the run',
    '(addresses, lifetimes, state or the layer before).',
    'Waveform: w.fst, look at 10 ps',
    '(cycle 5 from power-up; gtkwave w.gtkw)',
    'Picture: p.png',
    '1 of 3 layers was proved before, the first on 2026-01-01 00:00:00 UTC; the time',
    'column names the evidence in cache/evidence. --no-cache runs all.',
    'red<Stimulus, generated from the weights: 2 tensors (48 elements) and 1 set of>',
    'red<logits: 1 tensor and 1 set differ.>',
    'red<s [corners] c0 y1 x2: expected 3, received 4 at cycle 5; 3 of 24 differ>',
    'red<Looks like off by one: rounding. All 3 are off by one.>',
    'red<h [full]: box 1 x0: expected 3, received 4; 2 differences>',
    'Exercised: 0 of 0 rules of the arithmetic wherever they matter.',
    'Not exercised: x.',
    // 10 MACs ran in 0.5 + 0.5 + 0.1 s.
    '3 layers, 50MAC, 307 cycles, build 1.00 s, simulation 1.10 s, 9MAC/s',
    'The first of two.',
    'bold<Not proved: 1 of 3 layers differ, first c; 3 of 72 output elements of 3 layers.>',
    'bold<Generated stimulus differs, too.>',
  ])
})

test('a run with nothing else, all proved before: it took no time, and has no rate', () => {
  const green = { ...stimulus, isRed: false, red: [], redBoxes: [] }
  const result = make([{ ...makeLayer('a'), evidence }], null, { stimulus: green })
  const lines = renderSimResult(result, paint).split('\n')
  expect(lines.slice(2, 4)).toEqual(['a      conv  2x3x4    10     100  0123456       0  green<before>', ''])
  expect(lines.slice(6, 9)).toEqual([
    'Stimulus, generated from the weights: 2 tensors (48 elements) and 1 set of',
    'logits: all exact.',
    'Exercised: 0 of 0 rules of the arithmetic wherever they matter.',
  ])
  expect(lines[9]).toBe('1 layer, 10MAC, 100 cycles, build 1.00 s, simulation 0 ms')
  expect(lines.slice(10).filter((line) => !line.startsWith('bold<'))).toEqual([])
  expect(lines[10]).toMatch(/^bold</)
})

test('the first layer of each kind of fault is explained, the others are named', () => {
  const failed = (name: string, cycle: number) => ({
    ...makeLayer(name, 24),
    error: `${name} ended, ${name}: in cycle ${cycle}, at ${name}, or 0x${cycle}`,
  })
  const red = [differs('a'), failed('b', 4), differs('c'), failed('d', 1234), { ...differs('e'), stray: 1 }]
  expect(explainRed(red)).toEqual([
    ...describeRedLayer(differs('a')),
    'Likewise: c; report.json explains each.',
    'b: b ended, b: in cycle 4, at b, or 0x4',
    'Likewise: d; report.json explains each.',
    ...describeRedLayer({ ...differs('e'), stray: 1 }),
  ])
  const hung = { ...makeLayer('f', 24), error: 'f hung' }
  expect(explainRed([hung, failed('b', 4)])).toEqual(['f: f hung', 'b: b ended, b: in cycle 4, at b, or 0x4'])
  const many = explainRed(Array.from({ length: 14 }, (_, index) => failed(`l${index}`, index)))
  expect(many.at(-1)).toMatch(/^Likewise: l1, .*, l12 and 1 more; report.json explains each\.$/)
  expect(explainRed([])).toEqual([])
})

test.each([
  { because: 'a beat is surplus', one: { stray: 1 } },
  { because: 'an element came twice', one: { repeated: 1 } },
  { because: 'writes were lost', one: { lost: 1 } },
  { because: 'a seed is red', one: { seeds: { run: [1, 2, 3, 4], red: [3] } } },
  { because: 'it was red before', one: { kind: null, mismatches: 0, first: null, unsteady: true } },
  { because: 'its error is another', one: { error: 'a ends early' } },
])('a layer is of another kind where $because, and another such layer of the same', ({ one }) => {
  const odd = (name: string) => ({ ...differs(name), ...one }) as LayerResult
  const likewise = (name: string) => `Likewise: ${name}; report.json explains each.`
  expect(explainRed([differs('a'), odd('b'), differs('c'), odd('d')])).toEqual([
    ...describeRedLayer(differs('a')),
    likewise('c'),
    ...describeRedLayer(odd('b')),
    likewise('d'),
  ])
})

test('no seed that is red, and no write that is lost, is of the same kind as no word of them', () => {
  const none = { ...differs('b'), lost: 0, seeds: { run: [1], red: [] } } as LayerResult
  expect(explainRed([differs('a'), none]).at(-1)).toBe('Likewise: b; report.json explains each.')
})

test('layers of no known kind are explained one by one', () => {
  const unknown = (name: string) => ({ ...differs(name), kind: null })
  expect(explainRed([unknown('a'), unknown('b')])).toEqual([
    ...describeRedLayer(unknown('a')),
    ...describeRedLayer(unknown('b')),
  ])
})

test('of thirteen red tensors of the stimulus twelve are explained', () => {
  const red = Array.from({ length: 13 }, (_, index) => ({
    ...{ ...stimulus.red[0]!, kind: null },
    name: `t${index} [corners]`,
  }))
  const result = make([makeLayer('a')], null, { stimulus: { ...stimulus, red, redBoxes: [] } })
  const lines = renderSimResult(result, paint).split('\n')
  expect(lines.filter((line) => /^red<t\d+ /.test(line))).toHaveLength(12)
})

test.each([
  { red: 12, more: [] },
  { red: 13, more: ['red<… and 1 more layer; report.json explains each.>'] },
])('of $red red layers twelve are explained', ({ red, more }) => {
  const layers = Array.from({ length: red }, (_, i) => makeLayer(`l${i}`, 1))
  const lines = renderSimResult(make(layers, { ...BOXES, mismatches: 1 }), paint).split('\n')
  expect(lines.filter((line) => /^red<l\d+ c0 /.test(line))).toHaveLength(12)
  expect(lines.filter((line) => line.includes('more layer'))).toEqual(more)
  expect(lines).toContain('red<q_NMS  3 candidates, 2 boxes, 7 cycles: 1 difference>')
})
