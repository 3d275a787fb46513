import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/golden/random.ts'
import {
  averageResamples,
  bootstrapDifference,
  compareResamples,
  drawWeights,
  type Resamples,
  resampleMap,
} from '../../src/validate/bootstrap.ts'
import { buildDataset, detect } from './build.ts'

const box = [0, 0, 10, 10] as const

test('an image is drawn by the share of 2^32 that a number is', () => {
  const numbers = [0, 2 ** 30 - 1, 2 ** 30, 2 ** 32 - 1, 2 ** 31, 2 ** 31 + 5]
  const draw = (images: number) => {
    const left = [...numbers]
    return [...drawWeights(images, () => left.shift()!)]
  }
  expect(draw(4)).toEqual([2, 1, 0, 1])
  expect(draw(6)).toEqual([1, 2, 0, 2, 0, 1])
  expect(draw(1)).toEqual([1])
})

/** How often the first of two images is in each draw of two, by the top bit of each number. */
function listFirst(seed: number, draws: number): number[] {
  const random = createRandom(seed)
  const isFirst = () => Number(random() < 2 ** 31)
  return Array.from({ length: draws }, () => isFirst() + isFirst())
}

describe('resampleMap', () => {
  test('measures each draw of the images', async () => {
    const objects = [
      { imageId: 1, classIndex: 0, box },
      { imageId: 2, classIndex: 1, box },
    ]
    const dataset = buildDataset({ images: 2, classes: 3, objects })
    // Class 0 is found and class 1 is not; a class that is not drawn is not in the mean.
    const expected = listFirst(5, 40).map((first) => expect.closeTo(first / 2, 12))
    const result = await resampleMap(dataset, [detect(1, 0, box, 0.5)], { seed: 5, replicates: 40 })
    expect(result).toMatchObject({ whole: expect.closeTo(0.5, 12), seed: 5 })
    expect([...result!.draws]).toEqual(expected)
  })

  test('draws again where no object is drawn', async () => {
    const dataset = buildDataset({ images: 2, classes: 1, objects: [{ imageId: 1, classIndex: 0, box }] })
    // The surest detection is false and on the other image: 1 of 1 where that is not drawn, 1 of 2 where it is.
    const seen = [detect(2, 0, box, 0.9), detect(1, 0, box, 0.5)]
    const told = listFirst(1, 60).filter((first) => first > 0)
    expect(told.length).toBeGreaterThan(30)
    const { draws } = (await resampleMap(dataset, seen, { replicates: 30 }))!
    expect([...draws]).toEqual(told.slice(0, 30).map((first) => expect.closeTo(first / 2, 12)))
  })

  test('takes seed 1 and a thousand draws where nothing is said', async () => {
    const dataset = buildDataset({ images: 2, classes: 1, objects: [{ imageId: 1, classIndex: 0, box }] })
    expect(await resampleMap(dataset, [])).toEqual({ whole: 0, draws: new Float64Array(1000), seed: 1 })
  })
})

describe('the interval of a difference', () => {
  const sample = (draws: readonly number[], seed = 3): Resamples => {
    return { whole: draws[0]!, draws: Float64Array.from(draws), seed }
  }
  const first = sample([10, 30, 20, 40, 50])
  // Differences 4, 1, 3, 0, 2.
  const second = sample([14, 31, 23, 40, 52])

  // The whole differs by 4, the draws lie 0, 3, 1, 4 and 2 from that.
  test.each([
    [0.5, 2],
    // Place 3.6 of 0 … 4.
    [0.9, 3.6],
    [1, 4],
    [0, 0],
  ])('of level %d lies %d on both sides of it', (level, half) => {
    expect(compareResamples(first, second, level)).toEqual({
      first: 10,
      second: 14,
      difference: 4,
      low: expect.closeTo(4 - half, 12),
      high: expect.closeTo(4 + half, 12),
      level,
      seed: 3,
      replicates: 5,
    })
  })

  test('is of 95 % where nothing is said, and between its neighbours by their distance', () => {
    const wide = sample([10, 38, 20, 41, 50])
    // Distances from 0: 0, 0, 0, 1, 8; place 3.8.
    const { low, high, level } = compareResamples(first, wide)
    const half = 1 + 0.8 * 7
    expect({ low, high, level }).toEqual({
      low: expect.closeTo(-half, 12),
      high: expect.closeTo(half, 12),
      level: 0.95,
    })
  })

  test('is the one value of one draw', () => {
    expect(compareResamples(sample([1]), sample([3]))).toMatchObject({ low: 2, high: 2, replicates: 1 })
  })

  test.each([
    ['seed', sample([1, 2, 3, 4, 5], 4)],
    ['number', sample([1, 2, 3, 4])],
  ])('needs draws of the same %s', (_, other) => {
    expect(() => compareResamples(first, other)).toThrow('Expected the same draws: seed 3, 5 of them')
  })

  test('is that of both sets of detections, second less first, of the level asked', async () => {
    const objects = [1, 2].map((imageId) => ({ imageId, classIndex: 0, box }))
    const dataset = buildDataset({ images: 2, classes: 1, objects })
    const options = { seed: 2, replicates: 20, level: 0.8 }
    // The second finds the object of image 1 alone: 0, 1 of 2 (51 of 101 recalls) or 2 of 2.
    const found = [0, 51 / 101, 1]
    const distances = listFirst(2, 20)
      .map((first) => Math.abs(found[first]! - 51 / 101))
      .sort((a, b) => a - b)
    // Place 15.2 of 0 … 19.
    const half = distances[15]! + 0.2 * (distances[16]! - distances[15]!)
    expect(half).toBeGreaterThan(0.4)
    expect(await bootstrapDifference(dataset, [], [detect(1, 0, box, 0.5)], options)).toEqual({
      ...options,
      first: 0,
      second: expect.closeTo(51 / 101, 12),
      difference: expect.closeTo(51 / 101, 12),
      low: expect.closeTo(51 / 101 - half, 12),
      high: expect.closeTo(51 / 101 + half, 12),
    })
  })
})

describe('averageResamples', () => {
  const one: Resamples = { whole: 1, draws: Float64Array.of(1, 2, 3), seed: 4 }

  test('is the mean of the wholes, and draw by draw', () => {
    const other = { ...one, whole: 4, draws: Float64Array.of(3, 2, 7) }
    expect(averageResamples([one, other])).toEqual({ whole: 2.5, draws: Float64Array.of(2, 2, 5), seed: 4 })
  })

  test('of one set is that set', () => {
    expect(averageResamples([one])).toEqual(one)
  })

  test.each([
    ['seed', { ...one, seed: 5 }],
    ['number', { ...one, draws: Float64Array.of(1, 2) }],
  ])('needs draws of the same %s', (_, other) => {
    expect(() => averageResamples([one, other])).toThrow('Expected the same draws: seed 4, 3 of them')
  })
})
