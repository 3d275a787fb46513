import { expect, test } from 'vitest'
import { unpackDetections } from '../../src/validate/packed-boxes.ts'

test('six numbers are a box: left, top, width, height, score, class; rounded as published files are', () => {
  const image = { id: 42, fileName: 'a', path: 'a', width: 9, height: 9 }
  const packed = Float32Array.of(1.1, 2.2, 30.0004, 40.0006, 0.123456, 7, 5, 6, 7, 8, 1, 0)
  expect(unpackDetections(packed, image)).toEqual([
    { imageId: 42, box: [1.1, 2.2, 30, 40.001], score: 0.12346, classIndex: 7 },
    { imageId: 42, box: [5, 6, 7, 8], score: 1, classIndex: 0 },
  ])
  expect(unpackDetections(new Float32Array(0), image)).toEqual([])
})
