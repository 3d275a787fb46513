/** What a run says of itself: its numbers, worked out by hand, and the sentence that says what was proved. */
import { describe, expect, test } from 'vitest'
import { closingLine, countLayers, describeEvidence } from '../../src/report/conclusion.ts'
import { conclude, endOf } from '../../src/result/conclusion.ts'
import type { BoxesResult, LayerResult, SimResult, StimulusResult } from '../../src/result/result.ts'
import { BOXES, HEAD, makeLayer } from '../report/shard-reports.ts'

const evidence = { key: 'e'.repeat(64), provedAt: '2026-01-02T03:04:05.678Z', before: true }
const earlier = { ...evidence, provedAt: '2025-12-31T23:59:59.000Z' }
const a = makeLayer('a')
const before: LayerResult = { ...makeLayer('b'), seconds: 100, evidence }
const late = { error: 'not run', notRun: true } as const
const redBoxes: BoxesResult = { ...BOXES, mismatches: 5 }

const stimulus = (own: Partial<StimulusResult> = {}): StimulusResult => ({
  ...{ choice: 'image', seeds: [], isRed: false, tensors: 0, sets: 0, elements: 0, cycles: 0, seconds: 0 },
  ...{ redTensors: 0, redSets: 0, red: [], redBoxes: [], rows: [], notExercised: [], impossible: [] },
  ...own,
})

function make(
  layers: readonly LayerResult[],
  boxes: BoxesResult | null,
  own: Partial<SimResult> = {},
): SimResult {
  const whole = { layers, boxes, replay: null, waveform: null, pictures: [], stimulus: stimulus() }
  return { ...HEAD, ...conclude({ layers, boxes }, 1), ...whole, ...own }
}

describe('the numbers', () => {
  test('of a run of everything, boxes among them', () => {
    const layers: readonly LayerResult[] = [
      { ...a, macs: 7 },
      before,
      { ...makeLayer('c', 3), cycles: 11 },
      { ...makeLayer('d', 24), error: 'hung' },
      { ...a, name: 'e', unsteady: true },
      { ...a, name: 'f', ...late, mismatches: 24 },
    ]
    expect(conclude({ layers, boxes: redBoxes }, 9)).toEqual({
      verdict: 'mismatch',
      counts: { exact: 1, before: 1, differs: 2, failed: 1, unsteady: 1, notRun: 1 },
      totals: {
        ...{ layers: 6, elements: 6 * 24, mismatches: 3 + 24 + 24 + 5, macs: 7 + 5 * 10 },
        // Five layers of 100 cycles, one of 11, boxes of 7; five layers of 0.5 s ran, boxes of 0.1 s.
        ...{ cycles: 518, buildSeconds: 9, simSeconds: 2.6 },
      },
    })
  })

  test.each([
    { what: 'layers alone', parts: { layers: [a], boxes: null }, verdict: 'exact' },
    { what: 'boxes alone', parts: { layers: [], boxes: BOXES }, verdict: 'exact' },
    { what: 'a red layer', parts: { layers: [a, makeLayer('b', 1)], boxes: BOXES }, verdict: 'mismatch' },
    { what: 'red boxes', parts: { layers: [a], boxes: redBoxes }, verdict: 'mismatch' },
    { what: 'red boxes alone', parts: { layers: [], boxes: redBoxes }, verdict: 'mismatch' },
  ])('$what: $verdict', ({ parts, verdict }) => {
    expect(conclude(parts, 0).verdict).toBe(verdict)
  })

  test('of nothing there are none', () => {
    expect(() => conclude({ layers: [], boxes: null }, 0)).toThrow(/no layer was chosen/)
    const nothing = make([a], null, { layers: [] })
    expect(() => closingLine(nothing)).toThrow('Expected at least one part to be proved')
  })

  test.each([
    [0, '0 layers'],
    [1, '1 layer'],
    [2, '2 layers'],
  ])('%i: %s', (count, text) => expect(countLayers(count)).toBe(text))
})

const seeded = (count: number, layer: LayerResult = a): LayerResult => ({
  ...layer,
  seeds: { run: Array.from({ length: count }, (_, i) => i), red: [] },
})
const model = 'of m.pt (W8A8) bit for bit as the integer model does'
const tap = ' Not checked: whether the feature memory holds what the tap'
const reads = 'showed; --mode chained reads it.'

describe('what was proved', () => {
  const isolated = 'each layer from its golden input'
  const lost = { lost: null }
  const generated = stimulus({ choice: 'all' })
  test.each<[string, SimResult, string]>([
    [
      'layers and boxes',
      make([a, before], BOXES),
      `Proved: on this image the RTL computes all 48 output elements of 2 layers and 2 boxes ${model}, ${isolated}.`,
    ],
    [
      'boxes alone, chained',
      make([], BOXES, { mode: 'chained' }),
      `Proved: on this image the RTL computes all 2 boxes ${model}, chained from the image.`,
    ],
    [
      'one layer, with stimulus',
      make([a], null, { stimulus: generated }),
      `Proved: on this image and on generated stimulus the RTL computes all 24 output elements of 1 layer ${model}, ${isolated}.`,
    ],
    [
      'from the most seeds of any part',
      make([seeded(2), seeded(3, before)], BOXES),
      `Proved: on this image the RTL computes all 48 output elements of 2 layers and 2 boxes ${model}, ${isolated}, from 3 random power-ups.`,
    ],
    [
      'from one seed',
      make([seeded(1)], null),
      `Proved: on this image the RTL computes all 24 output elements of 1 layer ${model}, ${isolated}.`,
    ],
    [
      'no memory read back',
      make([{ ...a, ...lost }], null),
      `Proved: on this image the RTL computes all 24 output elements of 1 layer ${model}, ${isolated}.${tap} ${reads}`,
    ],
    [
      'one of two memories read back',
      make(
        [
          { ...a, ...lost },
          { ...before, lost: 0 },
        ],
        null,
      ),
      `Proved: on this image the RTL computes all 48 output elements of 2 layers ${model}, ${isolated}.${tap} of 1 layer ${reads}`,
    ],
    [
      'chained, it is not said',
      make([{ ...a, ...lost }], null, { mode: 'chained' }),
      `Proved: on this image the RTL computes all 24 output elements of 1 layer ${model}, chained from the image.`,
    ],
  ])('%s', (_, result, line) => expect(closingLine(result)).toBe(line))

  const idle = { ...BOXES, candidates: 0 }
  test.each([
    ['an image alone', make([], idle), true],
    ['with stimulus', make([], idle, { stimulus: generated }), false],
    ['one candidate', make([], { ...BOXES, candidates: 1 }), false],
  ])('q_NMS had nothing to do, %s: it is said %s', (_, result, isVacuous) => {
    expect(
      closingLine(result).endsWith('from its golden input. Vacuous for q_NMS: no candidate reached it.'),
    ).toBe(isVacuous)
  })

  test('nor was counted what the image exercised: both are said', () => {
    const { stimulus: _none, ...result } = make([], idle)
    expect(closingLine(result)).toMatch(
      / input\. Not counted: what the image exercised\. Vacuous for q_NMS: no candidate reached it\.$/,
    )
  })
})

describe('what was not proved', () => {
  const red = stimulus({ choice: 'all', isRed: true })
  const differs = (name: string) => makeLayer(name, 3)
  test.each<[string, SimResult, string]>([
    [
      'stimulus alone',
      make([a], null, { verdict: 'mismatch', stimulus: red }),
      'exact on this image, but not on generated stimulus.',
    ],
    ['boxes alone', make([], redBoxes), 'the boxes differ.'],
    [
      'boxes and stimulus',
      make([], redBoxes, { stimulus: red }),
      'the boxes differ. Generated stimulus differs, too.',
    ],
    [
      'the boxes of exact layers',
      make([a, before], redBoxes),
      'all 2 layers are exact, but the boxes differ.',
    ],
    [
      'boxes that hang',
      make([a, before], { ...BOXES, error: 'x' }),
      'all 2 layers are exact, but the boxes have no result.',
    ],
    [
      'unsteady boxes',
      make([a, before], { ...BOXES, unsteady: true }),
      'all 2 layers are exact, but the boxes are unsteady.',
    ],
    [
      'the only layer',
      make([differs('a')], null),
      '1 of 1 layer differs, first a; 3 of 24 output elements of 1 layer.',
    ],
    [
      'one of two layers',
      make([a, differs('b')], BOXES, { stimulus: red }),
      '1 of 2 layers differ, first b; 3 of 48 output elements of 2 layers. Generated stimulus differs, too.',
    ],
    [
      'layers of every kind, and boxes',
      make(
        [
          a,
          { ...differs('b'), error: 'hung' },
          differs('c'),
          differs('d'),
          { ...a, name: 'e', unsteady: true },
          { ...a, name: 'f', ...late },
          { ...a, name: 'g', ...late },
          { ...a, name: 'h', error: 'hung' },
        ],
        { ...BOXES, ...late },
      ),
      '2 of 8 layers differ, 2 have no result, 1 is unsteady, 2 did not run, the boxes did not run, first b; 9 of 192 output elements of 8 layers.',
    ],
    ['words outside of the tensor', make([{ ...a, stray: 1 }], null), '1 of 1 layer differs, first a.'],
  ])('%s', (_, result, line) => expect(closingLine(result)).toBe(`Not proved: ${line}`))
})

describe('what was proved before', () => {
  const rest = 'the time column names the evidence in cache/evidence. --no-cache runs all.'
  const boxes = { ...BOXES, evidence: earlier }
  test.each<[string, SimResult, string | null]>([
    ['nothing', make([a], BOXES), null],
    ['proved by this run', make([{ ...a, evidence: { ...evidence, before: false } }], null), null],
    ['one of two layers', make([a, before], BOXES), 'B|1 of 2 layers was|2026-01-02 03:04:05'],
    ['the only layer', make([before], null), 'N|the 1 layer was|2026-01-02 03:04:05'],
    [
      'all layers',
      make([before, { ...before, name: 'c' }], BOXES),
      'B|All 2 layers were|2026-01-02 03:04:05',
    ],
    ['the boxes', make([a], boxes), 'B|The boxes were|2025-12-31 23:59:59'],
    ['all of it', make([before], boxes), 'N|the 1 layer and the boxes were|2025-12-31 23:59:59'],
    ['a layer that differs now', make([{ ...before, mismatches: 1 }], null), null],
  ])('%s', (_, result, short) => {
    const [how, what, when] = short?.split('|') ?? []
    const line = `${how === 'N' ? 'Nothing changed: ' : ''}${what} proved before, the first on ${when} UTC; ${rest}`
    expect(describeEvidence(result)).toBe(short === null ? null : line)
  })
})

describe('how a run ended', () => {
  const crashed: LayerResult = { ...a, name: 'c', mismatches: 24, error: 'the process died', broken: true }
  const never: LayerResult = { ...a, name: 'n', mismatches: 24, ...late }
  const hung: LayerResult = { ...a, name: 'h', mismatches: 24, error: 'cycle budget' }
  const lostBoxes: BoxesResult = { ...redBoxes, ...late }
  const oddSets = (own: Partial<StimulusResult>) => ({ stimulus: stimulus({ isRed: true, ...own }) })
  test.each<[string, readonly LayerResult[], BoxesResult | null, Partial<SimResult>, string]>([
    ['all is exact', [a, before], BOXES, {}, 'exact'],
    ['a layer differs', [a, makeLayer('b', 1)], null, {}, 'mismatch'],
    ['a layer never ran', [a, never], null, {}, 'broken'],
    ['a layer crashed', [a, crashed], BOXES, {}, 'broken'],
    ['the boxes never ran', [a], lostBoxes, {}, 'broken'],
    ['a layer differs and another crashed', [makeLayer('b', 1), crashed, never], null, {}, 'mismatch'],
    ['the RTL hung and the rest never ran', [hung, never], null, {}, 'mismatch'],
    ['a layer is unsteady and another never ran', [{ ...a, unsteady: true }, never], null, {}, 'mismatch'],
    ['the boxes differ and a layer never ran', [never], redBoxes, {}, 'mismatch'],
    [
      'a layer that crashed has written elsewhere',
      [{ ...crashed, error: null, stray: 1 }],
      null,
      {},
      'mismatch',
    ],
    [
      'generated stimulus crashed',
      [a],
      null,
      { verdict: 'mismatch', ...oddSets({ redTensors: 1, red: [crashed] }) },
      'broken',
    ],
    [
      'generated stimulus differs and a layer crashed',
      [crashed],
      null,
      oddSets({ redTensors: 2, red: [crashed, makeLayer('b', 1)] }),
      'mismatch',
    ],
    [
      'more of generated stimulus is red than is listed',
      [a],
      null,
      { verdict: 'mismatch', ...oddSets({ redTensors: 2, red: [crashed] }) },
      'mismatch',
    ],
    [
      'sets of logits never ran',
      [a],
      null,
      { verdict: 'mismatch', ...oddSets({ redSets: 1, redBoxes: [{ name: 's', boxes: lostBoxes }] }) },
      'broken',
    ],
    [
      'sets of logits differ',
      [a],
      null,
      { verdict: 'mismatch', ...oddSets({ redSets: 1, redBoxes: [{ name: 's', boxes: redBoxes }] }) },
      'mismatch',
    ],
    [
      'generated stimulus is unsteady and a layer crashed',
      [crashed],
      null,
      oddSets({ unsteady: true }),
      'mismatch',
    ],
    ['generated stimulus is unsteady', [a], null, { verdict: 'mismatch', ...oddSets({}) }, 'mismatch'],
  ])('%s', (_, layers, boxes, own, end) => {
    expect(endOf(make(layers, boxes, own))).toBe(end)
  })
})
