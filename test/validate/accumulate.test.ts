import { describe, expect, test } from 'vitest'
import {
  averageCurves,
  averagePrecision,
  countObjects,
  measureRecall,
  recallPoints,
  traceCurves,
} from '../../src/validate/accumulate.ts'
import type { ClassMatches } from '../../src/validate/match.ts'

const ALL = 2 ** 10 - 1

interface Step {
  readonly matched: number
  readonly ignored?: number
  readonly image?: number
  readonly rank?: number
}

/** Detections, the surest first, and how many objects each image has. */
function build(steps: readonly Step[], objectCounts: readonly number[]): ClassMatches {
  return {
    scores: Float64Array.from(steps, (_, i) => 1 - i / 1000),
    images: Int32Array.from(steps, ({ image }) => image ?? 0),
    ranks: Uint8Array.from(steps, ({ rank }) => rank ?? 0),
    matched: Uint16Array.from(steps, ({ matched }) => matched),
    ignored: Uint16Array.from(steps, ({ ignored }) => ignored ?? 0),
    reach: steps.length,
    objectImages: Int32Array.from(objectCounts.keys()),
    objectCounts: Int32Array.from(objectCounts),
  }
}

const hit = { matched: ALL }
const miss = { matched: 0 }

/** The precisions of a curve and at how many recalls each stands: [precision, points]. */
function listRuns(curve: Float64Array): [number, number][] {
  const runs: [number, number][] = []
  for (const value of curve) {
    const last = runs.at(-1)
    if (last?.[0] === value) last[1]++
    else runs.push([value, 1])
  }
  return runs
}

const curveAt = (matches: ClassMatches, threshold: number) =>
  traceCurves(matches)!.subarray(threshold * recallPoints, (threshold + 1) * recallPoints)

/** As pycocotools: 1 over 1 + 2^-52, whose nearest double is 1 - 2^-52. */
const CERTAIN = 1 - 2 ** -52

describe('a curve of precision over recall', () => {
  test('ends where no more is found', () => {
    // Found 1 of 3 at precision 1 of 1, 2 of 3 at precision 2 of 3. Recalls 0.00 … 0.33 are 34, 0.34 … 0.66 are 33.
    const matches = build([hit, miss, hit, miss], [2, 1])
    expect(listRuns(curveAt(matches, 0))).toEqual([
      [CERTAIN, 34],
      [2 / 3, 33],
      [0, 34],
    ])
    expect(traceCurves(matches)).toHaveLength(10 * 101)
    expect(averagePrecision(matches)).toBeCloseTo((34 + 33 * (2 / 3)) / 101, 12)
  })

  test('takes the best precision at that recall or above', () => {
    // Precisions at the hits: 1 of 2, 2 of 3, 3 of 6.
    const matches = build([miss, hit, hit, miss, miss, hit], [4])
    expect(listRuns(curveAt(matches, 9))).toEqual([
      [2 / 3, 51],
      [1 / 2, 25],
      [0, 25],
    ])
  })

  test('is of one threshold each', () => {
    // All find at 0.50. At 0.55 the first is false, above the second as well, but for 0.95, where it is ignored.
    const matches = build([{ matched: 1 }, { matched: 3, ignored: 512 }, hit], [3])
    expect(listRuns(curveAt(matches, 0))).toEqual([[1, 101]])
    expect(listRuns(curveAt(matches, 1))).toEqual([
      [2 / 3, 67],
      [0, 34],
    ])
    expect(listRuns(curveAt(matches, 8))).toEqual([
      [1 / 3, 34],
      [0, 67],
    ])
    expect(listRuns(curveAt(matches, 9))).toEqual([
      [1 / 2, 34],
      [0, 67],
    ])
  })

  test('an excused detection counts neither for nor against', () => {
    const excused = { matched: ALL, ignored: ALL }
    const matches = build([excused, hit, { matched: 0, ignored: ALL }, hit], [2])
    expect(listRuns(curveAt(matches, 0))).toEqual([[1, 101]])
  })

  test('is 0 where nothing is found, and null where nothing is to be found', () => {
    expect(traceCurves(build([miss], [1]))).toEqual(new Float64Array(1010))
    expect(averagePrecision(build([miss], [1]))).toBe(0)
    expect(averagePrecision(build([], [1]))).toBe(0)
    expect(traceCurves(build([hit], []))).toBeNull()
    expect(averagePrecision(build([hit], []))).toBeNull()
  })
})

/**
 * Points that `k` of `n` objects reach: numpy's (numpy.linspace(0, 1, 101) <= k / n).sum(). 35 of 100 does not reach the point 0.35, which is
 * 35 * 0.01 = 0.35000000000000003; 29 of 100 reaches 0.29, though 29 / 100 * 100 is below 29.
 */
test.each([
  [1, 100, 2],
  [28, 100, 29],
  [29, 100, 30],
  [34, 100, 35],
  [35, 100, 35],
  [36, 100, 37],
  [57, 100, 57],
  [58, 100, 59],
  [95, 100, 95],
  [99, 100, 100],
  [100, 100, 101],
  [7, 10, 70],
  [19, 20, 95],
  [2, 7, 29],
  [1, 101, 1],
  [1, 1000, 1],
])('%d of %d found reach %d recalls', (found, objects, points) => {
  const matches = build(new Array<Step>(found).fill(hit), [objects])
  const curve = curveAt(matches, 0)
  expect(curve.findLastIndex((precision) => precision > 0) + 1).toBe(points)
  expect(averagePrecision(matches)).toBeCloseTo(points / 101, 12)
})

describe('weights of images', () => {
  // Image 0 has one object, which the second detection finds; image 1 has two, and two detections that find one of them.
  const matches = build(
    [
      { matched: 0, image: 1 },
      { matched: ALL, image: 0 },
      { matched: ALL, image: 1, rank: 1 },
    ],
    [1, 2],
  )

  test.each([
    // 1 of 3 at 1 of 2, 2 of 3 at 2 of 3: 67 points of 2/3.
    [[1, 1], 3, (67 * 2) / 3],
    // Image 1 alone: 1 of 2 at 1 of 2: 51 points.
    [[0, 1], 2, 51 / 2],
    // Image 0 alone, thrice: 3 of 3 at 3 of 3.
    [[3, 0], 3, 101],
    // 3 of 5 at 3 of 4, then 4 of 5 at 4 of 5, which is better: 81 points.
    [[3, 1], 5, (81 * 4) / 5],
    // 1 of 5 at 1 of 3, then 3 of 5 at 3 of 5: 61 points.
    [[1, 2], 5, (61 * 3) / 5],
  ])('%j', (weights, objects, sum) => {
    expect(countObjects(matches, Uint16Array.from(weights))).toBe(objects)
    expect(averagePrecision(matches, Uint16Array.from(weights))).toBeCloseTo(sum / 101, 12)
  })

  test('that are all 0 leave nothing to be found', () => {
    expect(averagePrecision(matches, Uint16Array.of(0, 0))).toBeNull()
  })
})

test('recall is the share of objects that the first detections of each image find', () => {
  const matches = build(
    [
      { matched: 1, image: 0, rank: 0 },
      { matched: 3, image: 1, rank: 0 },
      { matched: 3, image: 0, rank: 1 },
      { matched: ALL, ignored: ALL - 7, image: 0, rank: 2 },
    ],
    [3, 1],
  )
  const share = (...found: number[]) => [...found, ...new Array<number>(10 - found.length).fill(0)]
  expect([...measureRecall(matches, 1)]).toEqual(share(0.5, 0.25))
  expect([...measureRecall(matches, 2)]).toEqual(share(0.75, 0.5))
  expect([...measureRecall(matches, 3)]).toEqual(share(1, 0.75, 0.25))
})

test('the mean of curves', () => {
  expect(averageCurves(Float64Array.of(1, 0.5, 0, 0.5))).toBe(0.5)
})
