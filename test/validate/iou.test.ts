import { describe, expect, test } from 'vitest'
import type { PixelBox } from '../../src/validate/dataset.ts'
import { measureIou } from '../../src/validate/iou.ts'

type Case = readonly [because: string, detection: PixelBox, object: PixelBox, expected: number]

describe('intersection over union', () => {
  test.each<Case>([
    ['the same box', [3, 4, 10, 10], [3, 4, 10, 10], 1],
    // 5 x 10 in common; 100 + 100 - 50.
    ['half of it to the right', [0, 0, 10, 10], [5, 0, 10, 10], 50 / 150],
    // 5 x 6 in common; 100 + 100 - 30.
    ['right and below', [0, 0, 10, 10], [5, 4, 10, 10], 30 / 170],
    ['left and above', [5, 4, 10, 10], [0, 0, 10, 10], 30 / 170],
    ['a small object inside', [0, 0, 10, 10], [2, 3, 4, 5], 20 / 100],
    ['a small detection inside', [2, 3, 4, 5], [0, 0, 10, 10], 20 / 100],
    // x from -5 to 0, y from -5 to 5; 200 + 100 - 50.
    ['left of the picture and above it', [-10, -10, 10, 20], [-5, -5, 10, 10], 50 / 250],
    ['side by side, a border in common', [0, 0, 10, 10], [10, 0, 10, 10], 0],
    ['one above the other, a border in common', [0, 0, 10, 10], [0, 10, 10, 10], 0],
    ['apart to the right', [0, 0, 10, 10], [15, 0, 10, 10], 0],
    ['apart below', [0, 0, 10, 10], [0, 15, 10, 10], 0],
    ['apart both ways, where the product of two gaps is positive', [0, 0, 10, 10], [20, 20, 10, 10], 0],
    ['two boxes without a width', [3, 3, 0, 5], [3, 3, 0, 5], 0],
    ['two boxes without a height', [3, 3, 5, 0], [3, 3, 5, 0], 0],
  ])('%s', (_, detection, object, expected) => {
    expect(measureIou(detection, object, false)).toBe(expected)
  })
})

describe('a crowd: over the area of the detection', () => {
  test.each<Case>([
    ['a detection inside', [2, 3, 4, 5], [0, 0, 100, 100], 1],
    ['half of a detection inside', [-2, 0, 4, 10], [0, 0, 100, 100], 20 / 40],
    ['a detection around the crowd', [0, 0, 10, 10], [2, 3, 4, 5], 20 / 100],
    ['apart', [0, 0, 10, 10], [20, 0, 10, 10], 0],
    ['a detection without a width', [3, 3, 0, 5], [0, 0, 100, 100], 0],
  ])('%s', (_, detection, object, expected) => {
    expect(measureIou(detection, object, true)).toBe(expected)
  })
})
