import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { planLetterbox } from '../../src/image/letterbox.ts'
import { roundDetection, toDetection } from '../../src/validate/to-detection.ts'
import { listShared, needs } from '../witness.ts'

const reference = fileURLToPath(new URL('../../../shared/reference/dev/', import.meta.url))

interface Reference {
  readonly original_hw: readonly [number, number]
  readonly detections: readonly {
    readonly cls: number
    readonly score: number
    readonly xyxy_letterbox: readonly [number, number, number, number]
    readonly xyxy: readonly [number, number, number, number]
  }[]
}

needs('../shared/reference', 'toDetection against the reference detections', () => {
  const names = listShared('reference/dev', /^\d+\.json$/)

  test.each(names)('%s', (name) => {
    const file: Reference = JSON.parse(readFileSync(reference + name, 'utf8'))
    const [height, width] = file.original_hw
    const image = { id: 1, fileName: name, path: name, width, height }
    const plan = planLetterbox(image, { width: 640, height: 640 })
    for (const { cls, score, xyxy_letterbox, xyxy } of file.detections) {
      const [x0, y0, x1, y1] = xyxy_letterbox
      const { box } = toDetection({ x0, y0, x1, y1, classIndex: cls, score }, plan, image)
      const expected = [xyxy[0], xyxy[1], xyxy[2] - xyxy[0], xyxy[3] - xyxy[1]]
      // The reference computed in float32.
      for (const [i, value] of box.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-3)
    }
  })
})

test('a box is moved, scaled and clipped', () => {
  const image = { id: 5, fileName: 'a', path: 'a', width: 320, height: 160 }
  const plan = planLetterbox(image, { width: 640, height: 640 })
  const box = { x0: 20, y0: 180, x1: 120, y1: 900, classIndex: 3, score: 0.5 }
  expect(toDetection(box, plan, image)).toEqual({
    imageId: 5,
    classIndex: 3,
    box: [10, 10, 50, 150],
    score: 0.5,
  })
})

test.each([
  [0, 0],
  [9, 0],
  [0, 9],
])('a picture of unknown size is refused: %d by %d', (width, height) => {
  const image = { id: 5, fileName: 'a', path: 'a', width, height }
  const plan = planLetterbox({ width: 9, height: 9 }, { width: 9, height: 9 })
  const box = { x0: 0, y0: 0, x1: 1, y1: 1, classIndex: 0, score: 1 }
  expect(() => toDetection(box, plan, image)).toThrow(/Expected the size of a/)
})

test('roundDetection', () => {
  const detection = { imageId: 1, classIndex: 2, box: [1.23456, 2.0004, 3, 4.9996], score: 0.123456 } as const
  expect(roundDetection(detection)).toEqual({
    imageId: 1,
    classIndex: 2,
    box: [1.235, 2, 3, 5],
    score: 0.12346,
  })
})
