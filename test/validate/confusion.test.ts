import { describe, expect, test } from 'vitest'
import { countConfusions } from '../../src/validate/confusion.ts'
import type { Detection } from '../../src/validate/dataset.ts'
import { buildDataset, detect, type Sketch } from './build.ts'

const here = [0, 0, 100, 100] as const
const near = [10, 0, 100, 100] as const
const far = [300, 300, 50, 50] as const

/** Rows are what was there, columns what was seen; the last of each is nothing. */
async function count(objects: readonly Sketch[], detections: readonly Detection[]): Promise<number[][]> {
  const dataset = buildDataset({ images: 2, classes: 2, objects })
  const { counts } = await countConfusions(dataset, detections, { minScore: 0.25, minIou: 0.5 })
  return [0, 1, 2].map((row) => [...counts.subarray(row * 3, row * 3 + 3)])
}

describe('countConfusions', () => {
  const cat = { imageId: 1, classIndex: 0, box: here }

  test.each([
    {
      because: 'seen rightly',
      seen: [detect(1, 0, here, 0.9)],
      expected: [
        [1, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
    },
    {
      because: 'taken for the other class',
      seen: [detect(1, 1, near, 0.9)],
      expected: [
        [0, 1, 0],
        [0, 0, 0],
        [0, 0, 0],
      ],
    },
    {
      because: 'missed',
      seen: [],
      expected: [
        [0, 0, 1],
        [0, 0, 0],
        [0, 0, 0],
      ],
    },
    {
      because: 'too faint',
      seen: [detect(1, 0, here, 0.2)],
      expected: [
        [0, 0, 1],
        [0, 0, 0],
        [0, 0, 0],
      ],
    },
    {
      because: 'on another image',
      seen: [detect(2, 0, here, 0.9)],
      expected: [
        [0, 0, 1],
        [0, 0, 0],
        [1, 0, 0],
      ],
    },
    {
      because: 'elsewhere',
      seen: [detect(1, 1, far, 0.9)],
      expected: [
        [0, 0, 1],
        [0, 0, 0],
        [0, 1, 0],
      ],
    },
    {
      because: 'the larger overlap wins over the higher score',
      seen: [detect(1, 1, near, 0.9), detect(1, 0, here, 0.5)],
      expected: [
        [1, 0, 0],
        [0, 0, 0],
        [0, 1, 0],
      ],
    },
    {
      because: 'among equal overlaps the surer wins',
      seen: [detect(1, 0, here, 0.5), detect(1, 1, here, 0.9)],
      expected: [
        [0, 1, 0],
        [0, 0, 0],
        [1, 0, 0],
      ],
    },
  ])('$because', async ({ seen, expected }) => {
    expect(await count([cat], seen)).toEqual(expected)
  })

  test('a crowd is neither missed nor held against what lies in it', async () => {
    const crowd = { ...cat, crowd: true }
    // Half of the detection lies in the crowd, which is the least overlap.
    expect(await count([crowd], [detect(1, 1, [50, 0, 100, 100], 0.9)])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect(await count([crowd], [])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect(await count([crowd], [detect(1, 1, [10, 10, 5, 5], 0.9)])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect((await count([crowd], [detect(1, 1, far, 0.9)]))[2]).toEqual([0, 1, 0])
  })

  test('an ignored object excuses as a crowd does, by the overlap with the whole of it', async () => {
    const ignored = { ...cat, ignore: true }
    expect(await count([ignored], [detect(1, 1, near, 0.9), detect(1, 0, [10, 10, 5, 5], 0.8)])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [1, 0, 0],
    ])
  })

  test('what lies in a crowd and is an object of its own is counted', async () => {
    const crowd = { ...cat, crowd: true }
    expect(await count([crowd, { ...cat, classIndex: 1 }], [detect(1, 0, here, 0.9)])).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [0, 0, 0],
    ])
  })

  test('each object and each detection is in one pair; what is left over may pair with the next best', async () => {
    // Overlaps with `here`: 1, 0.818 (90 of 110); with `near`: 0.818, 1; with [20, …]: 0.667 and 0.818.
    const objects = [cat, { ...cat, classIndex: 1, box: near }]
    const seen = [detect(1, 0, near, 0.9), detect(1, 1, [20, 0, 100, 100], 0.8), detect(1, 0, near, 0.7)]
    // `near` pairs with the first; `here` with the third at 0.818; the second is left.
    expect(await count(objects, seen)).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
    ])
  })

  test('among equal overlaps of a detection the first object is taken', async () => {
    const objects = [{ ...cat, classIndex: 1 }, cat]
    expect(await count(objects, [detect(1, 0, near, 0.9)])).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 0],
    ])
  })

  test('the least score and the least overlap are enough; classes that the data set has not are left out', async () => {
    const dataset = buildDataset({ images: 2, classes: 1, objects: [cat, { ...cat, imageId: 2 }] })
    // 100 x 50 of 100 x 100 is 0.5.
    const seen = [detect(1, 0, [0, 0, 100, 50], 0.25), detect(2, 0, [0, 0, 100, 49], 0.25)]
    const options = { minScore: 0.25, minIou: 0.5 }
    expect(await countConfusions(dataset, [...seen, detect(1, 1, here, 0.9)], options)).toEqual({
      ...options,
      classes: ['class 0'],
      counts: Uint32Array.of(1, 1, 1, 0),
    })
  })

  test('a quarter is the least score and 0.45 the least overlap where nothing is said', async () => {
    const dataset = buildDataset({ images: 1, classes: 1, objects: [cat] })
    const matrix = await countConfusions(dataset, [
      detect(1, 0, [0, 0, 100, 45], 0.25),
      detect(1, 0, [0, 0, 100, 44], 0.25),
      detect(1, 0, far, 0.24),
    ])
    expect(matrix).toMatchObject({ minScore: 0.25, minIou: 0.45, counts: Uint32Array.of(1, 0, 1, 0) })
  })
})
