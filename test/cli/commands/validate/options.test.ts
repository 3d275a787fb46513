import { describe, expect, test } from 'vitest'
import { choosePictures } from '../../../../src/cli/commands/validate/data.ts'
import { chooseStages, parseStages } from '../../../../src/cli/commands/validate/options.ts'
import { parseWords } from '../../../../src/cli/options/parse.ts'
import { listWidths, parseSweep } from '../../../../src/pipeline/validate/sweep-choice.ts'
import { renderAccuracy, renderClasses } from '../../../../src/report/accuracy-terminal.ts'
import type { AccuracyResult } from '../../../../src/result/accuracy.ts'
import { buildDataset } from '../../../validate/build.ts'

const figures = {
  map: 0.41734,
  map50: 0.5715,
  map75: 0.4521,
  mapSmall: 0.2257,
  mapMedium: 0.481,
  mapLarge: 1,
  ar100: 0.61,
  detections: 14522,
}
const difference = { difference: -0.1234, low: -0.2512, high: 0.1049 }
const result: AccuracyResult = {
  model: 'yolov8n.pt',
  modelHash: 'a'.repeat(64),
  weightBits: 8,
  activationBits: 8,
  data: 'instances.json',
  images: 5000,
  objects: 36335,
  protocol: {
    width: 640,
    height: 640,
    confidence: 0.001,
    iou: 0.7,
    maxDetections: 300,
    multiLabel: true,
    capacity: 1024,
    matchedConfidence: 0.25,
  },
  yardstick: 'float',
  bootstrap: { replicates: 1000, level: 0.95, seed: 1 },
  stages: [
    { stage: 'float', ...figures, difference: null },
    { stage: 'quantised', ...figures, difference },
  ],
  matched: [{ stage: 'quantised', ...figures, difference, precision: 0.661, recall: null, f1: 0.5 }],
  pairs: [{ name: 'q_NMS', first: 'quantised', second: 'full', ...difference }],
  classNames: ['person', 'a very long name of a class'],
  classes: [
    { name: 'person', objects: 10, ap: [0.5, 0.4], ap50: [0.6, 0.5] },
    { name: 'a very long name of a class', objects: 3, ap: [0.5, 0.1], ap50: [0.6, 0.5] },
    { name: 'unseen', objects: 0, ap: [null, null], ap50: [null, null] },
  ],
  curves: [],
  confusion: [],
  overflows: 27,
  mostCandidates: 4223,
  rtl: {
    images: 79,
    exact: 78,
    cycles: 4_000_000,
    seconds: 100,
    differing: [{ image: 'a.jpg', what: 'box 3 x0: expected 1, received 2; 1 difference' }],
  },
  verdict: 'mismatch',
  findings: [
    { kind: 'empty-box', count: 2, examples: ['x'.repeat(70)], message: 'boxes have no width or no height' },
  ],
  pictures: [],
  seconds: 1,
}

describe('the tables', () => {
  const text = renderAccuracy(result, (_style, line) => line)
  test('fit 80 columns', () => {
    const lines = [...text.split('\n'), ...renderClasses(result).split('\n')]
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  test('name the quantisation that was measured', () => {
    expect(text).toMatch(/^yolov8n\.pt W8A8 on 5,000 images/m)
    const run: AccuracyResult['run'] = {
      ...{ assay: '1.0.0', node: '22.0.0', command: 'validate', names: null },
      inputs: { model: { file: 'yolov8n.pt', sha256: 'a'.repeat(64) }, calibration: [] },
      options: {
        ...{ calibrationImages: 32, height: 640, width: 640, weightBits: 4, activationBits: 4, endBits: 8 },
        ...{ tableBits: 10, observer: 'auto', scope: 'all', effort: 'best', techniques: [], overrides: {} },
      },
      model: { id: 'a'.repeat(8), sha256: 'a'.repeat(64) },
    }
    const lines = renderAccuracy({ ...result, run }, (_style, line) => line).split('\n')
    expect(lines.join(' ')).toContain('yolov8n.pt W4A4, ends 8 bits, best on 5,000 images')
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  test('say what was measured, with its interval', () => {
    expect(text).toMatch(
      /^quantised +41\.73 +57\.1 +45\.2 +22\.6 +48\.1 +100\.0 +61\.0 +-12\.34 +-25\.12\.\.\+10\.49$/m,
    )
    expect(text).toContain('q_NMS itself (full less quantised): -12.34 mAP')
    expect(text).toContain('! 2 boxes have no width or no height')
    expect(text).toContain(
      'On 27 of 5000 images q_NMS had more than 1024 candidates:\nthe lowest scores were dropped. --capacity 4223 holds all.',
    )
  })

  test.each([
    [undefined, 'A larger --capacity holds them.'],
    [65_535, '--capacity 65535 holds all.'],
    [65_536, 'An image has 65536: a higher --confidence has fewer.'],
  ])('say what holds %s candidates', (mostCandidates, advice) => {
    expect(renderAccuracy({ ...result, mostCandidates }, (_style, line) => line)).toContain(advice)
  })

  test('say nothing of candidates where none were dropped', () => {
    expect(renderAccuracy({ ...result, overflows: 0 }, (_style, line) => line)).not.toContain('candidates')
  })

  test('say all of a finding, and what the intervals are at their table', () => {
    const message = 'images have the file of another image; each is measured with its own annotations alone'
    const findings = [{ kind: 'x', count: 3, examples: ['a.jpg of ids 1 and 2', 'b.jpg'], message }]
    const detections = ['out/float.json']
    const lines = renderAccuracy({ ...result, findings, detections }, (_style, line) => line).split('\n')
    expect(lines.slice(0, 3)).toEqual([
      '! 3 images have the file of another image; each is measured with its own',
      '  annotations alone (a.jpg of ids 1 and 2, b.jpg)',
      '',
    ])
    const last = lines.findLastIndex((line) => line.startsWith('quantised '))
    expect(lines[last + 1]).toBe('Intervals: symmetric paired bootstrap over images, 1000 resamples, seed 1.')
    expect(lines[last + 2]).toBe('')
    expect(lines.at(-1)).toBe('Saved: out/float.json')
  })

  test('an RTL that differs on one image proves nothing', () => {
    expect(text).toContain("Not proved: the RTL's boxes differ on 1 of 79 images.")
    expect(text).toContain('a.jpg: box 3 x0: expected 1, received 2')
    expect(text).not.toContain('Proved:')
  })

  test('classes stand in the order of their loss, those without objects are left out', () => {
    const rows = renderClasses(result).split('\n').slice(2)
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual(['a very … class', 'person'])
  })
})

describe('options', () => {
  test('stages', () => {
    expect(parseStages('float, rtl')).toEqual(['float', 'rtl'])
    expect(chooseStages({ stages: undefined, model: undefined })).toContain('rtl')
    expect(chooseStages({ stages: undefined, model: 'own.pt' })).not.toContain('rtl')
    expect(() => parseStages('float,fusd')).toThrow(/--stages: expected stages of .* got "fusd"/)
  })

  test('a sweep', () => {
    const fixed = { weightBits: 8, activationBits: 7 }
    expect(listWidths(parseSweep('bits=4..6'), fixed)).toEqual(
      [4, 5, 6].map((n) => ({ weightBits: n, activationBits: n })),
    )
    expect(listWidths(parseSweep('weight-bits=4,8'), fixed)).toEqual([
      { weightBits: 4, activationBits: 7 },
      { weightBits: 8, activationBits: 7 },
    ])
    for (const text of ['bits', 'bits=8..4', 'bits=4..', 'size=4', 'bits=99', 'bits=2..9999999999'])
      expect(() => parseSweep(text)).toThrow(/--sweep: expected bits=4\.\.8/)
  })

  test('pictures by number, id and name', () => {
    const dataset = buildDataset({ images: 10, classes: 1, objects: [] })
    expect(choosePictures(dataset, undefined)).toEqual([])
    expect(choosePictures(dataset, ['3'])).toEqual([2])
    expect(choosePictures(dataset, ['20'])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(choosePictures(dataset, parseWords('7,2.jpg'))).toEqual([6, 1])
    expect(() => choosePictures(dataset, parseWords('7,99'))).toThrow(/no image 99/)
  })
})
