/** The directed sets of DETECT: each rule is exercised, and each way of getting q_NMS wrong changes a set's boxes. */
import { describe, expect, test } from 'vitest'
import { detectFast } from '../../src/golden/head-fast.ts'
import { type Corners, compareCandidates } from '../../src/golden/head-rules.ts'
import { decodeBox, detectSpec, listCandidates } from '../../src/golden/head-spec.ts'
import { makeHeadTables } from '../../src/golden/head-tables.ts'
import { createRandom } from '../../src/golden/random.ts'
import type { IntegerHead, NmsOptions, NmsResult } from '../../src/golden/types.ts'
import { countDetect, listCandidates as listQuickly } from '../../src/stimulus/count-detect.ts'
import {
  DETECT_RULES,
  type MeaningCoverage,
  mergeCoverage,
  NO_COVERAGE,
} from '../../src/stimulus/coverage.ts'
import { makeDetectCorners, makeDetectRandom } from '../../src/stimulus/detect-sets.ts'
import { summariseCoverage } from '../../src/stimulus/summary.ts'
import type { DetectStimulus } from '../../src/stimulus/types.ts'

const quant = (scale: number) => ({ scale, zeroPoint: 128, bits: 8 })
const head: IntegerHead = makeHeadTables(quant(0.09), quant(0.08))
const nms: NmsOptions = {
  minCode: 140,
  iouThreshold: 717,
  capacity: 40,
  maxDetections: 12,
  multiLabel: false,
}

const STRIDES = [8, 16, 32]

const targetOf = (classes: number, own: Partial<NmsOptions> = {}, strides = STRIDES) => ({
  geometry: {
    regMax: 16,
    classes,
    levels: strides.map((stride) => ({ stride, height: 17, width: 17 })),
  },
  head,
  bits: { box: 8, cls: 8 },
  nms: { ...nms, ...own },
})

const cover = (sets: readonly DetectStimulus[]): MeaningCoverage =>
  sets.reduce((sum, { geometry, boxes, classes, nms: options }) => {
    const detect = countDetect(geometry, head, boxes, classes, options)
    return mergeCoverage(sum, { layers: new Map(), detect })
  }, NO_COVERAGE)

type Overlap = (a: Corners, b: Corners, threshold: number) => boolean

/** q_NMS with a test of overlap, and of class, of the caller's choice. */
function suppress(set: DetectStimulus, overlap: Overlap, testsClass: boolean): unknown {
  const { geometry, boxes: logits, classes, nms: options } = set
  const kept: (Corners & { classIndex: number; anchor: number })[] = []
  const candidates = listCandidates(geometry, classes, options).sort(compareCandidates)
  for (const { anchor, classIndex, level, x, y } of candidates.slice(0, options.capacity)) {
    if (kept.length === options.maxDetections) break
    const { stride, height, width } = geometry.levels[level]!
    const codes = Array.from({ length: 64 }, (_, c) => logits[level]![(c * height + y) * width + x]!)
    const box = { ...decodeBox(head.expTable, codes, stride, x, y), classIndex, anchor }
    const hit = kept.some(
      (other) =>
        (!testsClass || other.classIndex === classIndex) && overlap(box, other, options.iouThreshold),
    )
    if (!hit) kept.push(box)
  }
  return kept.map(({ anchor, classIndex }) => [anchor, classIndex])
}

function overlapWith(change: { threshold?: number; factor?: number }): Overlap {
  return (a, b, own) => {
    const threshold = own + (change.threshold ?? 0)
    const width = Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0))
    const height = Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0))
    const area = ({ x0, y0, x1, y1 }: Corners) => (x1 - x0) * (y1 - y0)
    return width * height * ((change.factor ?? 1024) + threshold) > threshold * (area(a) + area(b))
  }
}

describe('directed sets', () => {
  const sets = makeDetectCorners(targetOf(5))

  test('exercise every rule, and the summary names none', () => {
    const { detect } = cover(sets)
    for (const rule of DETECT_RULES) expect([rule, detect![rule].count > 0]).toEqual([rule, true])
    const { notExercised, impossible } = summariseCoverage({ layers: new Map(), detect })
    expect([notExercised, impossible]).toEqual([[], []])
  })

  test.each([
    { fault: 'no test of the class', overlap: overlapWith({}), testsClass: false },
    { fault: 'threshold 200 lower', overlap: overlapWith({ threshold: -200 }), testsClass: true },
    { fault: 'threshold 200 higher', overlap: overlapWith({ threshold: 200 }), testsClass: true },
    { fault: 'threshold one lower', overlap: overlapWith({ threshold: -1 }), testsClass: true },
    { fault: 'threshold one higher', overlap: overlapWith({ threshold: 1 }), testsClass: true },
    { fault: 'factor one higher', overlap: overlapWith({ factor: 1025 }), testsClass: true },
    { fault: 'factor one lower', overlap: overlapWith({ factor: 1023 }), testsClass: true },
  ])('see $fault', ({ overlap, testsClass }) => {
    const right = sets.map((set) => suppress(set, overlapWith({}), true))
    const wrong = sets.map((set) => suppress(set, overlap, testsClass))
    expect(wrong).not.toEqual(right)
  })

  test.each<{ name: string; limit: number; seen: (found: NmsResult) => unknown; expected: unknown }>([
    {
      name: 'capacity',
      limit: nms.capacity,
      seen: ({ overflow }) => overflow,
      expected: [false, false, true],
    },
    {
      name: 'max_det',
      limit: nms.maxDetections,
      seen: ({ boxes }) => boxes.length,
      expected: [11, 12, 12],
    },
  ])('$name: one less, exactly, one more', ({ name, limit, seen, expected }) => {
    const counts = sets
      .filter((set) => set.name.startsWith(name) && set.name !== 'capacity by far')
      .map(({ geometry, boxes, classes, nms: own }) => detectSpec(geometry, head, boxes, classes, own))
    expect(counts.map(({ candidates }) => candidates)).toEqual([limit - 1, limit, limit + 1])
    expect(counts.map(seen)).toEqual(expected)
  })

  test('the last candidate that fits is a box, the first that does not would be one', () => {
    const [, exact, more] = sets.filter(({ name }) => name.startsWith('capacity'))
    const boxesOf = (set: DetectStimulus, capacity: number) =>
      suppress({ ...set, nms: { ...set.nms, capacity, maxDetections: 1000 } }, overlapWith({}), true)
    expect(boxesOf(exact!, nms.capacity)).not.toEqual(boxesOf(exact!, nms.capacity - 1))
    expect(boxesOf(more!, nms.capacity)).not.toEqual(boxesOf(more!, nms.capacity + 1))
  })

  test('the one in the midst of a crowd is suppressed by each, the last by none', () => {
    const crowds = sets.filter(({ name }) => name.startsWith('suppressed by four'))
    expect(crowds.length).toBe(3)
    for (const set of crowds) {
      const { geometry, boxes, classes, nms: own } = set
      const found = detectSpec(geometry, head, boxes, classes, own)
      expect([found.candidates, found.boxes.length]).toEqual([6, 5])
      const alone = countDetect(geometry, head, boxes, classes, own)
      expect(alone.suppressedBySameClass.count).toBe(1)
    }
  })

  test('spec and engine agree on all of them, and on random logits', () => {
    for (const set of [...sets, ...makeDetectRandom(targetOf(5), createRandom(3))]) {
      const { geometry, boxes, classes, nms: own } = set
      expect(detectFast(geometry, head, boxes, classes, own)).toEqual(
        detectSpec(geometry, head, boxes, classes, own),
      )
    }
  })
})

describe('settings that rule something out', () => {
  test('one class has no overlap across classes, which is said to be impossible', () => {
    const { notExercised, impossible } = summariseCoverage(cover(makeDetectCorners(targetOf(1))))
    expect(notExercised).toEqual([])
    expect(impossible).toContain('q_NMS: no cross-class overlap')
  })

  test.each([0, 1, 512, 1023, 1024])('threshold %i', (iouThreshold) => {
    const { detect } = cover(makeDetectCorners(targetOf(3, { iouThreshold })))
    const counted = DETECT_RULES.filter((rule) => detect![rule].count > 0)
    expect(counted).toEqual(DETECT_RULES.filter((rule) => detect![rule].possible))
    expect(counted.length).toBeGreaterThan(0)
  })
})

describe('any head', () => {
  test.each([
    { because: '4 bits', bits: 4, own: { minCode: 9 }, regMax: 16 },
    { because: 'one bin, so that every box is a point', bits: 8, own: {}, regMax: 1 },
    { because: 'nothing may be kept', bits: 8, own: { maxDetections: 0 }, regMax: 16 },
    { because: 'a capacity of one', bits: 8, own: { capacity: 1 }, regMax: 16 },
    { because: 'every anchor is a candidate', bits: 8, own: { minCode: 0 }, regMax: 16 },
    { because: 'no anchor can be one', bits: 8, own: { minCode: 256 }, regMax: 16 },
  ])('$because: sets that the spec takes', ({ bits, own, regMax }) => {
    const tables = makeHeadTables({ ...quant(0.3), bits }, { ...quant(0.3), zeroPoint: 8, bits })
    const target = targetOf(2, own)
    const sets = makeDetectCorners({
      ...target,
      bits: { box: bits, cls: bits },
      head: tables,
      geometry: { ...target.geometry, regMax },
    })
    expect(sets.length).toBeGreaterThan(8)
    for (const { geometry, boxes, classes, nms: options } of sets) {
      for (const codes of [...boxes, ...classes]) expect(Math.max(...codes)).toBeLessThan(2 ** bits)
      expect(detectFast(geometry, tables, boxes, classes, options)).toEqual(
        detectSpec(geometry, tables, boxes, classes, options),
      )
      countDetect(geometry, tables, boxes, classes, options)
    }
  })
})

describe('five levels', () => {
  const target = targetOf(3, {}, [4, ...STRIDES, 64])
  const sets = makeDetectCorners(target)

  test('exercise every rule, with candidates and suppression on each of them', () => {
    const { notExercised } = summariseCoverage(cover(sets))
    expect(notExercised).toEqual([])
    expect(sets.filter(({ name }) => name.startsWith('suppressed by four')).length).toBe(5)
    for (const level of target.geometry.levels.keys()) {
      const offering = sets.filter(({ geometry, classes, nms: own }) =>
        listCandidates(geometry, classes, own).some((candidate) => candidate.level === level),
      )
      expect(offering.length, `level ${level}`).toBeGreaterThan(3)
    }
  })

  test('spec and engine agree on all of them, and on random logits', () => {
    for (const { geometry, boxes, classes, nms: own } of [
      ...sets,
      ...makeDetectRandom(target, createRandom(3)),
    ])
      expect(detectFast(geometry, head, boxes, classes, own)).toEqual(
        detectSpec(geometry, head, boxes, classes, own),
      )
  })
})

test.each([false, true])('candidates are those of the specification, with multi-label %s', (multiLabel) => {
  for (const { geometry, classes, nms: options } of makeDetectCorners(targetOf(3, { multiLabel }))) {
    const quick = listQuickly(geometry, classes, options).sort(compareCandidates)
    expect(quick).toEqual(listCandidates(geometry, classes, options).sort(compareCandidates))
  }
})

test('an empty set of logits leaves everything unexercised, by name', () => {
  const [none] = makeDetectCorners(targetOf(3))
  const { notExercised } = summariseCoverage(cover([none!]))
  expect(notExercised).toContain('q_NMS: no cross-class overlap')
  expect(notExercised).toContain('q_NMS: no overlap exactly at the threshold')
  expect(notExercised).not.toContain('q_NMS: no run without a candidate')
})

test('sets are named by the strides of their levels, and by their places where two have one stride', () => {
  const levelsOf = (strides: number[]) => {
    const names = makeDetectCorners(targetOf(2, {}, strides)).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    return [...new Set(names.flatMap((name) => /stride .*/.exec(name) ?? []))]
  }
  expect(levelsOf([8, 16, 32])).toEqual(['stride 8', 'stride 16', 'stride 32'])
  expect(levelsOf([8, 32, 32])).toEqual(['stride 8', 'stride 32, level 1', 'stride 32, level 2'])
})
