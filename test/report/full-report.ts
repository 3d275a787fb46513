/** A result and the files beside it with every kind of field once. */
import type { PageExtras } from '../../src/report/html/page.ts'
import type { AccuracyResult } from '../../src/result/accuracy.ts'
import type { SimResult } from '../../src/result/result.ts'
import { makeRun } from './broken-run.ts'
import { stimulus } from './ci-run.ts'
import { PLAN, withSeed } from './shard-reports.ts'

const figures = {
  ...{ map: 0.417, map50: 0.571, map75: 0.452, mapSmall: 0.2, mapMedium: null, mapLarge: 0.6, ar100: 0.5 },
  detections: 1234,
}
const loss = { difference: -0.0036, low: -0.01, high: 0.0017 }
const curve = [1, 0.5, 0]
/** Accuracy of a run over two stages and two classes. */
export const accuracy: AccuracyResult = {
  ...{
    model: 'shapes.pt',
    modelHash: 'a',
    weightBits: 8,
    activationBits: 8,
    data: 'val',
    images: 2,
    objects: 3,
  },
  protocol: {
    ...{ width: 640, height: 640, confidence: 0.001, iou: 0.7, maxDetections: 300, multiLabel: true },
    ...{ capacity: 1024, matchedConfidence: 0.25 },
  },
  yardstick: 'float',
  bootstrap: { replicates: 1000, level: 0.95, seed: 1 },
  stages: [
    { stage: 'float', ...figures, difference: null },
    { stage: 'full', ...figures, difference: loss },
  ],
  matched: [{ stage: 'full', ...figures, difference: loss, precision: 0.66, recall: null, f1: 0.5 }],
  pairs: [{ name: 'q_NMS', first: 'quantised', second: 'full', ...loss }],
  classNames: ['<cat>', 'dog'],
  classes: [
    { name: '<cat>', objects: 2, ap: [0.5, 0.4], ap50: [0.6, 0.5] },
    { name: 'dog', objects: 1, ap: [0.5, 0.1], ap50: [0.6, 0.5] },
    { name: 'unseen', objects: 0, ap: [null, null], ap50: [null, null] },
  ],
  curves: (['float', 'full'] as const).map((stage) => ({
    ...{ stage, mean50: curve, mean75: curve, mean: curve, classes50: [curve, curve] },
  })),
  confusion: (['float', 'full'] as const).map((stage, index) => ({
    ...{ stage, minScore: 0.25, minIou: 0.5 },
    counts: [
      [0, 0, 2],
      [1, 0, 7 + index],
      [2, 1, 1],
    ] as const,
  })),
  overflows: 1,
  rtl: null,
  verdict: 'not run',
  findings: [{ kind: 'empty-box', count: 2, examples: ['a.jpg'], message: 'boxes have no width' }],
  pictures: [],
  seconds: 1,
}

const red = makeRun(['model.2.cv2'])
const [first, second, third] = [
  red.layers[0]!,
  red.layers[1]!,
  red.layers.find(({ mismatches }) => mismatches > 0)!,
]
const dump = {
  ...{
    file: 'model.1.bin',
    layout: "'y x o'",
    inferred: true,
    tried: 9,
    second: "'o y x'",
    secondShare: 0.4,
  },
}
const evidence = { key: 'e'.repeat(64), provedAt: '2026-01-01T00:00:00.000Z', before: true }
const rows = [
  { rule: 'ties', unit: 'layers' as const, hit: 1, of: 3, count: 9, missing: ['x', 'y'] },
  { rule: 'entries', unit: 'entries' as const, hit: 1024, of: 1024, count: 2000, missing: [] },
]

export const fullReport: SimResult = {
  ...red,
  profile: 'tflite',
  run: {
    ...red.run,
    origin: {
      ...{
        commit: 'c'.repeat(40),
        dirty: true,
        changed: ['rtl/x.sv'],
        folder: 'hw',
        host: 'h',
        command: ['sim'],
      },
      ...{ words: ['--rtl', 'rtl'], settings: ['ASSAY_SEED=5'] },
      ...{ installs: true, untracked: [{ input: 'rtl', files: ['a.sv'] }] },
    },
  },
  remarks: ['looked at half of it'],
  warnings: [{ severity: 'warning', file: 'rtl/a.sv', line: 3, column: 1, message: 'cut [WIDTHTRUNC]' }],
  layers: [
    { ...withSeed(first, 1), evidence, histogram: { ...first.histogram!, least: -128 } },
    { ...second, unsteady: true, lost: 3, watched: 1040, dump },
    {
      ...third,
      seeds: {
        ...{ run: [1, 2], red: [2] },
        faults: [{ seed: 2, status: 'differs', mismatches: 3, kind: 'offByOne', message: 'c0 y0 x0' }],
      },
    },
    { ...second, name: 'late', error: 'not run\nat all', notRun: true, broken: true },
  ],
  boxes: {
    ...{ ...withSeed(red.boxes!, 1), evidence, mismatches: 1 },
    kind: {
      ...{ name: 'unknown', evidence: 'no box is near' },
      cause: {
        ...{ id: 'iou', says: 'another IoU', explained: 2, elements: 2 },
        others: [{ id: 'iou-0.5', says: 'an IoU of 0.5' }],
      },
      possible: { bits: 15, causes: [{ id: 'iou+1', name: 'box-overlap', says: 'a factor one higher' }] },
    },
    first: { index: 1, field: 'x0', expected: 1, actual: 2 },
  },
  waveform: { layer: 'a', file: 'a.fst', save: 'a.gtkw', fromCycle: 1, cycle: 2, toCycle: 3 },
  pictures: ['a.png'],
  modelFileHash: 'e'.repeat(64),
  reproduce: { line: 'npx assay sim', notes: ['a note'] },
  replay: { layer: third.name, alone: true, result: third },
  network: [...red.network.slice(0, 3), { ...red.network[1]!, name: third.name, inputs: [second.name] }],
  stimulus: {
    ...{ ...stimulus, evidence, rows, notExercised: ['ties in x'], impossible: ['ties in z'] },
    red: [{ ...third, name: 'b [corners]' }],
  },
  shard: {
    ...PLAN,
    settings: { ...PLAN.settings, module: 'd'.repeat(64) },
    index: 1,
    inputs: 'b'.repeat(64),
  },
}

const accuracyOfRtl: AccuracyResult = {
  ...accuracy,
  verdict: 'mismatch',
  rtl: { images: 2, exact: 1, cycles: 9, seconds: 1, differing: [{ image: 'b.jpg', what: 'a box' }] },
  pictures: ['c.png'],
}

const score = { hit: 3, all: 4, modules: [{ name: 'q_nms', hit: 3, all: 4 }] }
export const fullExtras: PageExtras = {
  ...{ accuracy: accuracyOfRtl, coverage: score, mutation: score },
  selftest: {
    ...{ model: 'm.pt', image: 'i.png', array: '16x16x4', module: 'mine', seed: 1, seconds: 1 },
    ...{ verdict: 'something stayed green', skipped: ['a ROM'] },
    flips: [{ kind: 'rtl', what: 'rounding', expected: 'one', found: 'two', caught: false }],
  },
  pictures: [{ name: 'd.png', type: 'image/png', base64: 'AAAA' }],
  plots: [{ name: 'noise', type: 'image/svg+xml', base64: 'BBBB' }],
}
