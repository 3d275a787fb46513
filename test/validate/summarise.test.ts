import { describe, expect, test } from 'vitest'
import type { ClassMetrics, Metrics } from '../../src/validate/evaluate.ts'
import { toClasses, toConfusion, toCurves, toFigures, toRates } from '../../src/validate/summarise.ts'

function describeClass(name: string, more: Partial<ClassMetrics> = {}): ClassMetrics {
  return { classIndex: 0, name, objects: 7, ap: 0.1, ap50: 0.2, ap75: 0.3, ar100: 0.4, curves: null, ...more }
}

/** Every figure another number. */
function build(classes: readonly ClassMetrics[]): Metrics {
  return {
    map: 0.01,
    map50: 0.02,
    map75: 0.03,
    mapSmall: 0.04,
    mapMedium: 0.05,
    mapLarge: 0.06,
    ar1: 0.07,
    ar10: 0.08,
    ar100: 0.09,
    arSmall: 0.1,
    arMedium: 0.11,
    arLarge: 0.12,
    classes,
    images: 13,
    objects: 14,
    detections: 15,
  }
}

/** Ten curves of 101 points; `t` is the threshold: 0 for 0.50, 5 for 0.75. */
const draw = (at: (t: number, point: number) => number): Float64Array =>
  Float64Array.from({ length: 1010 }, (_, i) => at(Math.floor(i / 101), i % 101))

const points = (at: (point: number) => number): number[] => Array.from({ length: 101 }, (_, i) => at(i))

test('figures are taken over by their names', () => {
  expect(toFigures(build([]))).toEqual({
    map: 0.01,
    map50: 0.02,
    map75: 0.03,
    mapSmall: 0.04,
    mapMedium: 0.05,
    mapLarge: 0.06,
    ar100: 0.09,
    detections: 15,
  })
})

test('a class has one figure of each stage, in their order', () => {
  const first = build([describeClass('cat', { objects: 3 }), describeClass('dog', { ap: null, ap50: null })])
  const second = build([describeClass('cat', { ap: 0.5, ap50: 0.6 }), describeClass('dog')])
  expect(toClasses([first, second])).toEqual([
    { name: 'cat', objects: 3, ap: [0.1, 0.5], ap50: [0.2, 0.6] },
    { name: 'dog', objects: 7, ap: [null, 0.1], ap50: [null, 0.2] },
  ])
})

describe('curves', () => {
  test('are means over the classes that have objects, at 0.50, at 0.75 and over all thresholds', () => {
    const classes = [
      // 0.0, 0.1 … 0.9 by threshold, a tenth of that at the second half of the points.
      describeClass('cat', { curves: draw((t, point) => (t / 10) * (point < 50 ? 1 : 0.1)) }),
      describeClass('none'),
      describeClass('dog', { curves: draw((_, point) => point / 200) }),
    ]
    const { stage, mean50, mean75, mean, classes50 } = toCurves('float', build(classes))
    const expectPoints = (actual: readonly number[], at: (point: number) => number) =>
      expect(actual).toEqual(points((point) => expect.closeTo(at(point), 10)))
    expect(stage).toBe('float')
    expectPoints(mean50, (point) => (0 + point / 200) / 2)
    expectPoints(mean75, (point) => ((point < 50 ? 0.5 : 0.05) + point / 200) / 2)
    // The mean of 0.0, 0.1 … 0.9 is 0.45.
    expectPoints(mean, (point) => ((point < 50 ? 0.45 : 0.045) + point / 200) / 2)
    expect(classes50).toEqual([points(() => 0), null, points((point) => expect.closeTo(point / 200, 10))])
  })

  test('have four decimals', () => {
    const one = build([describeClass('cat', { curves: draw(() => 2 / 3) })])
    expect(toCurves('rtl', one)).toEqual({
      stage: 'rtl',
      mean50: points(() => 0.6667),
      mean75: points(() => 0.6667),
      mean: points(() => 0.6667),
      classes50: [points(() => 0.6667)],
    })
  })

  test('are 0 where no class has an object', () => {
    const zeros = points(() => 0)
    expect(toCurves('full', build([describeClass('cat')]))).toEqual({
      stage: 'full',
      mean50: zeros,
      mean75: zeros,
      mean: zeros,
      classes50: [null],
    })
  })
})

/** A matrix of two classes and nothing: rows are what was there, columns what was seen. */
const confuse = (...counts: readonly number[]) => ({
  classes: ['cat', 'dog'],
  counts: Uint32Array.from(counts),
  minScore: 0.25,
  minIou: 0.45,
})

test('a confusion matrix is listed without its zeros', () => {
  expect(toConfusion('quantised', confuse(5, 0, 2, 0, 3, 0, 1, 4, 0))).toEqual({
    stage: 'quantised',
    minScore: 0.25,
    minIou: 0.45,
    counts: [
      [0, 0, 5],
      [0, 2, 2],
      [1, 1, 3],
      [2, 0, 1],
      [2, 1, 4],
    ],
  })
})

describe('precision, recall and F1', () => {
  test.each([
    {
      // 5 + 3 right of 5 + 1 + 0 + 3 + 4 + 2 seen and of 5 + 1 + 6 + 0 + 3 + 1 there.
      because: 'right ones over what was seen and over what was there',
      counts: [5, 1, 6, 0, 3, 1, 4, 2, 0],
      expected: { precision: 8 / 15, recall: 8 / 16, f1: 16 / 31 },
    },
    {
      because: 'all taken for the other class',
      counts: [0, 2, 0, 3, 0, 0, 0, 0, 0],
      expected: { precision: 0, recall: 0, f1: 0 },
    },
    {
      because: 'nothing seen',
      counts: [0, 0, 2, 0, 0, 0, 0, 0, 0],
      expected: { precision: null, recall: 0, f1: 0 },
    },
    {
      because: 'nothing there',
      counts: [0, 0, 0, 0, 0, 0, 0, 2, 0],
      expected: { precision: 0, recall: null, f1: 0 },
    },
    {
      because: 'nothing at all',
      counts: [0, 0, 0, 0, 0, 0, 0, 0, 0],
      expected: { precision: null, recall: null, f1: null },
    },
  ])('$because', ({ counts, expected }) => {
    expect(toRates(confuse(...counts))).toEqual(expected)
  })
})
