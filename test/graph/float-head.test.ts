import { describe, expect, test } from 'vitest'
import { decodeHead, listAnchors } from '../../src/graph/float-head.ts'
import { computeIou, suppressBoxes } from '../../src/graph/float-nms.ts'
import type { DetectHead } from '../../src/graph/types.ts'

const head: DetectHead = {
  name: 'h',
  levels: [
    { stride: 8, box: 'b8', cls: 'c8' },
    { stride: 16, box: 'b16', cls: 'c16' },
  ],
  regMax: 4,
  classes: ['a', 'b'],
}
const size = { height: 16, width: 32 }

describe('decodeHead', () => {
  test('anchors come level by level, row by row', () => {
    const { count, centres, strides } = listAnchors(head, size)
    expect(count).toBe(8 + 2)
    expect([...centres.subarray(0, 4)]).toEqual([4, 4, 12, 4])
    expect([...centres.subarray(8, 10)]).toEqual([4, 12])
    expect([...centres.subarray(16)]).toEqual([8, 8, 24, 8])
    expect([...strides]).toEqual([8, 8, 8, 8, 8, 8, 8, 8, 16, 16])
  })

  test('sides are left, top, right, bottom; a side is the expectation of its bins', () => {
    const box = new Float32Array(16 * 8)
    // Cell 5 (x 1, y 1): all weight on bins 0, 1, 2, 3 of the four sides; elsewhere the bins are equal: 1.5.
    for (let side = 0; side < 4; side++) box[(side * 4 + side) * 8 + 5] = 200
    const cls = Float32Array.from({ length: 16 }, (_, i) => (i === 8 + 5 ? Math.log(3) : -50))
    const logits = new Map([
      ['b8', box],
      ['c8', cls],
      ['b16', new Float32Array(32)],
      ['c16', new Float32Array(4)],
    ])
    const { boxes, scores, anchors } = decodeHead(head, logits, size)
    expect(anchors).toBe(10)
    expect([...boxes.subarray(20, 24)]).toEqual([12, 12 - 8, 12 + 16, 12 + 24])
    expect([...boxes.subarray(0, 4)]).toEqual([4 - 12, 4 - 12, 4 + 12, 4 + 12])
    expect([...boxes.subarray(36, 40)]).toEqual([24 - 24, 8 - 24, 24 + 24, 8 + 24])
    expect(scores[5 * 2 + 1]).toBeCloseTo(0.75, 6)
    expect(scores[5 * 2]).toBeCloseTo(0, 6)
    expect(scores[9 * 2]).toBe(0.5)
  })

  test('a tensor that is missing or of another size is named', () => {
    expect(() => decodeHead(head, new Map(), size)).toThrow('Expected 128 logits in b8, got no such tensor')
    expect(() => decodeHead(head, new Map([['b8', new Float32Array(3)]]), size)).toThrow('in b8, got 3')
  })
})

describe('suppressBoxes', () => {
  const decode = (...rows: readonly (readonly number[])[]) => ({
    anchors: rows.length,
    classes: 2,
    boxes: Float32Array.from(rows.flatMap((row) => row.slice(0, 4))),
    scores: Float32Array.from(rows.flatMap((row) => row.slice(4))),
  })
  const find = (decoded: ReturnType<typeof decode>, options = {}): number[][] =>
    suppressBoxes(decoded, options).map(({ anchor, classIndex }) => [anchor, classIndex])

  test('the better of two that overlap stays; another class does not matter', () => {
    const decoded = decode([0, 0, 10, 10, 0.6, 0], [0, 0, 10, 9, 0.9, 0], [0, 0, 10, 10, 0, 0.5])
    expect(find(decoded)).toEqual([
      [1, 0],
      [2, 1],
    ])
  })

  test('an overlap of exactly the limit stays', () => {
    const decoded = decode([0, 0, 10, 10, 0.9, 0], [0, 0, 10, 5, 0.8, 0])
    expect(find(decoded, { iou: 0.5 })).toEqual([
      [0, 0],
      [1, 0],
    ])
    expect(find(decoded, { iou: 0.499 })).toEqual([[0, 0]])
  })

  test('a suppressed box suppresses nothing', () => {
    const decoded = decode([0, 0, 10, 10, 0.9, 0], [0, 4, 10, 14, 0.8, 0], [0, 8, 10, 18, 0.7, 0])
    expect(find(decoded, { iou: 0.4 })).toEqual([
      [0, 0],
      [2, 0],
    ])
  })

  test('the best class, or every class', () => {
    const decoded = decode([0, 0, 10, 10, 0.4, 0.6])
    expect(find(decoded)).toEqual([[0, 1]])
    expect(find(decoded, { multiLabel: true })).toEqual([
      [0, 1],
      [0, 0],
    ])
  })

  test('a score of exactly the confidence is no candidate; equal scores keep the order of anchors', () => {
    const decoded = decode([50, 0, 60, 10, 0.5, 0], [0, 0, 10, 10, 0.25, 0], [20, 0, 30, 10, 0.5, 0])
    expect(find(decoded)).toEqual([
      [0, 0],
      [2, 0],
    ])
  })

  test('limits on candidates and on detections', () => {
    const decoded = decode([0, 0, 1, 1, 0.5, 0], [2, 0, 3, 1, 0.6, 0], [4, 0, 5, 1, 0.7, 0])
    expect(find(decoded, { maxDetections: 2 })).toEqual([
      [2, 0],
      [1, 0],
    ])
    expect(find(decoded, { maxCandidates: 1 })).toEqual([[2, 0]])
    expect(find(decoded, { maxDetections: 0 })).toEqual([])
  })

  test('boxes that touch, or have no area, do not overlap', () => {
    const box = (x0: number, x1: number) => ({ x0, y0: 0, x1, y1: 1, score: 1, classIndex: 0, anchor: 0 })
    expect(computeIou(box(0, 1), box(1, 2))).toBe(0)
    expect(computeIou(box(0, 2), box(1, 3))).toBeCloseTo(1 / 3, 7)
    expect(computeIou(box(0, 0), box(0, 0)) > 0.5).toBe(false)
  })
})
