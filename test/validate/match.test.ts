import { describe, expect, test } from 'vitest'
import type { Detection } from '../../src/validate/dataset.ts'
import {
  type AreaRange,
  areaRanges,
  groupByClass,
  matchClass,
  maxDetections,
} from '../../src/validate/match.ts'
import { buildDataset, detect, type Sketch } from './build.ts'

/** Class 0 of three images, its arrays as lists. */
async function match(
  objects: readonly Sketch[],
  detections: readonly Detection[],
  area: AreaRange = areaRanges.all,
) {
  const [cells] = await groupByClass(buildDataset({ images: 3, classes: 1, objects }), detections)
  const result = matchClass(cells!, area)
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => [name, typeof value === 'number' ? value : [...value]]),
  )
}

/** Bits of the thresholds 0.50, 0.55 … up to and including `iou`. */
const upTo = (iou: number): number => 2 ** (Math.round((iou - 0.5) / 0.05) + 1) - 1
const ALL = upTo(0.95)

const at = (imageId: number, x: number, y: number, width: number, height: number, excuse: object = {}) => ({
  imageId,
  classIndex: 0,
  box: [x, y, width, height] as const,
  ...excuse,
})

describe('an object that asks to be found goes before an excused one', () => {
  test('a crowd that comes first and overlaps more', async () => {
    // 10 x 9 of 10 x 10 is 0.9; all of the detection is in the crowd, 1.
    const objects = [at(1, 0, 0, 100, 100, { crowd: true }), at(1, 0, 0, 10, 10)]
    const { matched, ignored } = await match(objects, [detect(1, 0, [0, 0, 10, 9], 0.5)])
    expect(matched).toEqual([ALL])
    expect(ignored).toEqual([ALL - upTo(0.9)])
  })

  test('an object of another size that comes first and overlaps more', async () => {
    // 36 x 36 over 40 x 40 is 0.81, 30 x 30 over 36 x 36 is 0.694.
    const objects = [at(1, 0, 0, 40, 40), at(1, 0, 0, 30, 30)]
    const seen = [detect(1, 0, [0, 0, 36, 36], 0.5)]
    expect(await match(objects, seen)).toMatchObject({ matched: [upTo(0.8)], ignored: [0] })
    // Found small up to 0.65, excused by the other up to 0.8, and too large itself to be held against the model above.
    expect(await match(objects, seen, areaRanges.small)).toMatchObject({
      matched: [upTo(0.8)],
      ignored: [ALL - upTo(0.65)],
      objectCounts: [1],
    })
    expect(await match(objects, seen, areaRanges.medium)).toMatchObject({
      matched: [upTo(0.8)],
      ignored: [0],
      objectCounts: [1],
    })
    // No object asks; what is excused is found up to 0.8, and above the detection is too small.
    expect(await match(objects, seen, areaRanges.large)).toMatchObject({
      matched: [upTo(0.8)],
      ignored: [ALL],
      objectImages: [],
      objectCounts: [],
    })
  })

  test('an excused one that comes last does not displace what was found', async () => {
    const objects = [at(1, 0, 0, 10, 10), at(1, 0, 0, 10, 9, { ignore: true })]
    const { matched, ignored } = await match(objects, [detect(1, 0, [0, 0, 10, 9], 0.5)])
    expect(matched).toEqual([ALL])
    expect(ignored).toEqual([ALL - upTo(0.9)])
  })
})

test('a crowd excuses every detection in it, an ignored object one', async () => {
  const seen = [0.9, 0.8, 0.7].map((score) => detect(1, 0, [0, 0, 10, 10], score))
  const crowd = await match([at(1, 0, 0, 10, 10, { crowd: true })], seen)
  expect(crowd).toMatchObject({ matched: [ALL, ALL, ALL], ignored: [ALL, ALL, ALL], objectCounts: [] })
  const ignore = await match([at(1, 0, 0, 10, 10, { ignore: true })], seen)
  expect(ignore).toMatchObject({ matched: [ALL, 0, 0], ignored: [ALL, 0, 0], objectCounts: [] })
})

test('among equal overlaps the last object is taken', async () => {
  // The first detection overlaps both by 90 of 110, the second the left one wholly and the right one by 80 of 120.
  const objects = [at(1, 0, 0, 10, 10), at(1, 2, 0, 10, 10)]
  const seen = [detect(1, 0, [1, 0, 10, 10], 0.9), detect(1, 0, [0, 0, 10, 10], 0.8)]
  expect(await match(objects, seen)).toMatchObject({ matched: [upTo(0.8), ALL] })
})

test('an overlap of exactly a threshold reaches it', async () => {
  const seen = [detect(1, 0, [0, 0, 10, 10], 0.9)]
  expect(await match([at(1, 0, 0, 10, 20)], seen)).toMatchObject({ matched: [upTo(0.5)] })
  expect(await match([at(1, 0, 0, 10, 20.01)], seen)).toMatchObject({ matched: [0], reach: 0 })
})

describe('sizes include both ends', () => {
  const sides = [31, 32, 33, 95, 96, 97]
  test.each([
    { size: 'small', found: [0, 1] },
    { size: 'medium', found: [1, 2, 3, 4] },
    { size: 'large', found: [4, 5] },
    { size: 'all', found: [0, 1, 2, 3, 4, 5] },
  ] as const)('$size', async ({ size, found }) => {
    const range = areaRanges[size]
    const isFound = (i: number) => (found as readonly number[]).includes(i)
    const objects = sides.map((side, i) => at(1, 100 * i, 0, side, side))
    const asked = await match(objects, [], range)
    expect(asked.objectCounts).toEqual([found.length])
    // Detections that find nothing are held against the model where they have the size.
    const strays = sides.map((side, i) => detect(2, 0, [100 * i, 0, side, side], 0.9 - i / 10))
    const { ignored } = await match([], strays, range)
    expect(ignored).toEqual(sides.map((_, i) => (isFound(i) ? 0 : ALL)))
  })
})

test('the surest come first over all images; ties keep the order of images, then of what was given', async () => {
  const objects = [at(3, 0, 0, 10, 10), at(1, 0, 0, 10, 10), at(1, 50, 0, 10, 10)]
  const seen = [
    detect(3, 0, [0, 0, 10, 10], 0.5),
    detect(1, 0, [70, 0, 10, 10], 0.1),
    detect(1, 0, [0, 0, 10, 10], 0.5),
    detect(2, 0, [0, 0, 10, 10], 0.9),
    detect(1, 0, [90, 0, 10, 10], 0.5),
    detect(1, 0, [50, 0, 10, 8], 0.7),
  ]
  expect(await match(objects, seen)).toEqual({
    scores: [0.9, 0.7, 0.5, 0.5, 0.5, 0.1],
    images: [1, 0, 0, 0, 2, 0],
    ranks: [0, 0, 1, 2, 0, 3],
    matched: [0, upTo(0.8), ALL, 0, ALL, 0],
    ignored: [0, 0, 0, 0, 0, 0],
    reach: 5,
    objectImages: [0, 2],
    objectCounts: [2, 1],
  })
})

test('the hundred surest detections of an image and class take part', async () => {
  const found = detect(1, 0, [0, 0, 10, 10], 0.001)
  const strays = Array.from({ length: maxDetections }, (_, i) => detect(1, 0, [50, 0, 9, 9], 0.5 + i / 1000))
  const elsewhere = detect(2, 0, [0, 0, 10, 10], 0.0001)
  const { scores, ranks, reach } = await match([at(1, 0, 0, 10, 10)], [found, ...strays, elsewhere])
  expect(maxDetections).toBe(100)
  expect(scores).toHaveLength(101)
  expect(ranks).toEqual([...Array.from({ length: 100 }, (_, i) => i), 0])
  expect(reach).toBe(0)
})

test('objects and detections are sorted by class and image; what belongs to none is left out', async () => {
  const dataset = buildDataset({
    images: 2,
    classes: 2,
    objects: [at(2, 0, 0, 10, 10), { ...at(1, 5, 0, 10, 10), classIndex: 1 }, at(9, 0, 0, 10, 10)],
  })
  const seen = [
    detect(1, 1, [0, 0, 10, 10], 0.2),
    detect(1, 1, [5, 0, 10, 10], 0.3),
    detect(1, 0, [0, 0, 4, 4], 0.4),
    detect(1, 2, [0, 0, 4, 4], 0.5),
    detect(7, 1, [0, 0, 4, 4], 0.6),
  ]
  const [first, second] = dataset.annotations
  expect(await groupByClass(dataset, seen)).toEqual([
    [
      { image: 0, objects: [], detections: [seen[2]], ious: [] },
      { image: 1, objects: [first], detections: [], ious: [] },
    ],
    [
      {
        image: 0,
        objects: [second],
        detections: [seen[1], seen[0]],
        ious: [Float64Array.of(1), Float64Array.of(50 / 150)],
      },
    ],
  ])
})
