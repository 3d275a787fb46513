/** The terminal's text of a run, whole: one with everything in it, and what is left out of one without. */
import { expect, test } from 'vitest'
import { renderSimResult } from '../../src/report/terminal.ts'
import { differs, make, stimulus } from './ci-run.ts'
import { BOXES, HEAD, makeLayer } from './shard-reports.ts'

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
    'red<Red: 1 of 3 convolutions.>',
    'red<c c0 y1 x2: expected 3, received 4 at cycle 5 of the run; 3 of 24 differ>',
    'red<Looks like off by one: rounding. All 3 are off by one.>',
    'q_NMS  3 candidates, 2 boxes, 7 cycles: all 2 boxes equal',
    'c alone, from its golden input, is exact: something else was wrong in the run',
    '(addresses, lifetimes, state or the layer before).',
    'Waveform: w.fst, look at 10 ps',
    '  gtkwave w.gtkw',
    'Picture: p.png',
    '1 of 3 layers was proved before, the first on 2026-01-01 00:00:00 UTC; the time',
    'column names the evidence in cache/evidence. --no-cache runs all.',
    'red<Stimulus, generated from the weights: 2 tensors (48 elements) and 1 set of>',
    'red<logits: 1 tensor and 1 set differ.>',
    'red<It differs as the image does.>',
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

test.each([
  { red: 3, more: [] },
  { red: 4, more: ['red<… and 1 more layer with another fault; report.json explains each.>'] },
  { red: 6, more: ['red<… and 3 more layers with 3 other faults; report.json explains each.>'] },
])('of $red faults three are told', ({ red, more }) => {
  const layers = Array.from({ length: red }, (_, i) => makeLayer(`l${i}`, 1))
  const lines = renderSimResult(make(layers, { ...BOXES, mismatches: 1 }), paint).split('\n')
  expect(lines.filter((line) => /^red<l\d+ c0 /.test(line))).toHaveLength(3)
  expect(lines.filter((line) => line.includes('more layer'))).toEqual(more)
  expect(lines).toContain('red<q_NMS  3 candidates, 2 boxes, 7 cycles: 1 difference>')
})

test('of faults that only the stimulus shows, and of red sets of logits, three are told', () => {
  const red = Array.from({ length: 5 }, (_, index) => ({
    ...{ ...stimulus.red[0]!, kind: null },
    name: `t${index} [corners]`,
  }))
  const redBoxes = Array.from({ length: 5 }, () => stimulus.redBoxes[0]!)
  const result = make([makeLayer('a')], null, { stimulus: { ...stimulus, red, redBoxes } })
  const lines = renderSimResult(result, paint).split('\n')
  expect(lines.filter((line) => /^red<t\d+ /.test(line))).toHaveLength(3)
  expect(lines.filter((line) => line.startsWith('red<h [full]'))).toHaveLength(3)
  expect(lines.filter((line) => line.startsWith('red<…'))).toEqual([
    'red<… and 2 more layers with 2 other faults; report.json explains each.>',
    'red<… and 2 more sets of logits.>',
  ])
})

test('what is to be typed next stands in a line of its own', () => {
  const { run } = HEAD
  const origin = { ...{ commit: null, dirty: null, command: [], host: 'h' }, words: ['--bits', '4'] }
  const lines = renderSimResult(make([differs('c')], null, { run: { ...run, origin } }), paint).split('\n')
  expect(lines.slice(lines.indexOf('Next:'))).toContain('  assay explain -l c --at 0,1,2 --rtl --bits 4')
})
