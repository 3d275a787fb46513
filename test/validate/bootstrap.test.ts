import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/golden/random.ts'
import { bootstrapDifference, drawWeights, measureMap } from '../../src/validate/bootstrap.ts'
import type { Dataset, Detection, PixelBox } from '../../src/validate/dataset.ts'
import { evaluate } from '../../src/validate/evaluate.ts'
import { areaRanges, groupByClass, matchClass } from '../../src/validate/match.ts'
import { buildDataset, detect } from './build.ts'

/** Objects on a grid; every detection is shifted by up to `blur` of its size and has a score of its own. */
function simulateDetector(seed: number, blur: number): { dataset: Dataset; detections: Detection[] } {
  const random = createRandom(seed)
  const share = () => random() / 2 ** 32
  const objects: { imageId: number; classIndex: number; box: PixelBox }[] = []
  const detections: Detection[] = []
  for (let imageId = 1; imageId <= 24; imageId++) {
    for (let i = 0; i < 5; i++) {
      const box = [i * 120, share() * 300, 40 + share() * 60, 40 + share() * 60] as const
      const classIndex = Math.floor(share() * 3)
      const shifted = [
        box[0] + blur * share() * box[2],
        box[1] + blur * share() * box[3],
        box[2],
        box[3],
      ] as const
      const seen = share() < 0.8 ? classIndex : 2 - classIndex
      objects.push({ imageId, classIndex, box })
      detections.push(detect(imageId, seen, shifted, share()))
    }
  }
  return { dataset: buildDataset({ images: 24, classes: 3, objects }), detections }
}

describe('a weighted image', () => {
  test.each([1, 2, 3])('counts as that many copies of it (seed %d)', async (seed) => {
    const { dataset, detections } = simulateDetector(seed, 0.4)
    const weights = drawWeights(24, createRandom(seed))
    const matches = (await groupByClass(dataset, detections)).map((cells) =>
      matchClass(cells, areaRanges.all),
    )
    const { copies, seen } = copyImages(dataset, detections, weights)
    expect(Math.max(...weights)).toBeGreaterThan(1)
    expect(Math.min(...weights)).toBe(0)
    expect(measureMap(matches, weights)).toBeCloseTo((await evaluate(copies, seen)).map!, 12)
  })

  test('all weights 1 change nothing', async () => {
    const { dataset, detections } = simulateDetector(4, 0.4)
    const matches = (await groupByClass(dataset, detections)).map((cells) =>
      matchClass(cells, areaRanges.all),
    )
    const ones = new Uint16Array(24).fill(1)
    expect(measureMap(matches, ones)).toBe(measureMap(matches, null))
    expect(measureMap(matches, null)).toBeCloseTo((await evaluate(dataset, detections)).map!, 12)
  })
})

function copyImages(dataset: Dataset, detections: readonly Detection[], weights: Uint16Array) {
  const sources = dataset.images.flatMap(({ id }, index) => new Array<number>(weights[index]!).fill(id))
  const rename = <T extends { readonly imageId: number }>(items: readonly T[]): T[] =>
    sources.flatMap((source, index) =>
      items.filter(({ imageId }) => imageId === source).map((item) => ({ ...item, imageId: index + 1 })),
    )
  const objects = rename(dataset.annotations)
  return { copies: buildDataset({ images: sources.length, classes: 3, objects }), seen: rename(detections) }
}

describe('bootstrapDifference', () => {
  const sharp = simulateDetector(5, 0.2)
  const blurred = simulateDetector(5, 0.5)

  test('identical detections differ by nothing', async () => {
    const result = await bootstrapDifference(sharp.dataset, sharp.detections, sharp.detections, {
      replicates: 50,
    })
    expect(result).toMatchObject({ difference: 0, low: 0, high: 0, seed: 1, replicates: 50 })
  })

  test('a worse detector is seen as worse, and the interval surrounds the difference', async () => {
    const result = (await bootstrapDifference(sharp.dataset, sharp.detections, blurred.detections, {
      replicates: 200,
    }))!
    expect(result.first).toBeCloseTo((await evaluate(sharp.dataset, sharp.detections)).map!, 12)
    expect(result.second).toBeCloseTo((await evaluate(sharp.dataset, blurred.detections)).map!, 12)
    expect(result.high).toBeLessThan(0)
    expect(result.low).toBeLessThan(result.difference)
    expect(result.high).toBeGreaterThan(result.difference)
  })

  test('the other way round gives the mirrored interval', async () => {
    const there = (await bootstrapDifference(sharp.dataset, sharp.detections, blurred.detections, {
      replicates: 200,
    }))!
    const back = (await bootstrapDifference(sharp.dataset, blurred.detections, sharp.detections, {
      replicates: 200,
    }))!
    expect(back.difference).toBeCloseTo(-there.difference, 12)
    expect(back.low).toBeCloseTo(-there.high, 12)
    expect(back.high).toBeCloseTo(-there.low, 12)
  })

  test('a seed repeats, another seed varies, a higher level is wider', async () => {
    const run = async (seed: number, level = 0.95) =>
      (await bootstrapDifference(sharp.dataset, sharp.detections, blurred.detections, {
        seed,
        level,
        replicates: 50,
      }))!
    expect(await run(7)).toEqual(await run(7))
    expect((await run(8)).low).not.toBe((await run(7)).low)
    expect((await run(7, 0.99)).low).toBeLessThan((await run(7, 0.8)).low)
  })

  test('with nothing to find there is nothing to say', async () => {
    expect(await bootstrapDifference(buildDataset({ images: 2, classes: 1, objects: [] }), [], [])).toBeNull()
  })
})

describe('createRandom', () => {
  test('is uniform enough to draw images by', () => {
    const random = createRandom(1)
    const counts = new Array<number>(16).fill(0)
    for (let i = 0; i < 16000; i++) counts[random() >>> 28]!++
    // Chi-square of 15 degrees of freedom: above 44 once in ten thousand.
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    expect(chiSquare).toBeLessThan(44)
  })

  test('the first numbers of a seed are fixed', () => {
    const random = createRandom(1)
    expect([random(), random(), random()]).toEqual([2527132011, 314344336, 2535364964])
  })
})
