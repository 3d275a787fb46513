import { describe, expect, test } from 'vitest'
import { countConfusions } from '../../src/validate/confusion.ts'
import type { Detection, GroundTruth } from '../../src/validate/dataset.ts'
import { buildDataset, detect } from './build.ts'

const here = [0, 0, 100, 100] as const
const near = [10, 0, 100, 100] as const
const far = [300, 300, 50, 50] as const

type Sketch = Pick<GroundTruth, 'imageId' | 'classIndex' | 'box'> & Partial<GroundTruth>

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
})
