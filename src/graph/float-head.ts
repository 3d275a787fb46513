/**
 * The detect head in float: from logits to boxes. Distribution focal loss: a side's distance is the expectation over the bins of their
 * softmax (Li et al. 2020); sides are left, top, right, bottom of the anchor's centre.
 */
import type { DetectHead } from './types.ts'

export interface Size {
  readonly height: number
  readonly width: number
}

/** Anchors level by level in order of stride, row-major within a level. */
export interface AnchorList {
  readonly count: number
  /** x, y of each centre, in pixels of the input. */
  readonly centres: Float32Array
  /** Pixels of a cell, one per anchor. */
  readonly strides: Float32Array
}

export interface DecodedHead {
  readonly anchors: number
  readonly classes: number
  /** x0, y0, x1, y1 per anchor, in pixels of the input, not clipped. */
  readonly boxes: Float32Array
  /** [anchors, classes], 0 to 1. */
  readonly scores: Float32Array
}

/** The grid of every level. */
export function listAnchors(head: DetectHead, { height, width }: Size): AnchorList {
  const cells = head.levels.map(({ stride }) => ({ stride, rows: height / stride, columns: width / stride }))
  const count = cells.reduce((sum, { rows, columns }) => sum + rows * columns, 0)
  const centres = new Float32Array(2 * count)
  const strides = new Float32Array(count)
  let anchor = 0
  for (const { stride, rows, columns } of cells) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        centres[2 * anchor] = (x + 0.5) * stride
        centres[2 * anchor + 1] = (y + 0.5) * stride
        strides[anchor] = stride
        anchor += 1
      }
    }
  }
  return { count, centres, strides }
}

/**
 * Boxes and scores of every anchor, from the head's logits by tensor name ([channels, height, width] each). Throws Error if a
 * tensor is missing or has another size.
 */
export function decodeHead(
  head: DetectHead,
  logits: ReadonlyMap<string, Float32Array>,
  size: Size,
): DecodedHead {
  const { count, centres, strides } = listAnchors(head, size)
  const classes = head.classes.length
  const boxes = new Float32Array(4 * count)
  const scores = new Float32Array(classes * count)
  let first = 0
  for (const level of head.levels) {
    const area = (size.height / level.stride) * (size.width / level.stride)
    const box = getLogits(logits, level.box, 4 * head.regMax * area)
    const cls = getLogits(logits, level.cls, classes * area)
    for (let cell = 0; cell < area; cell++) {
      const anchor = first + cell
      for (let side = 0; side < 4; side++) {
        const distance =
          expectBin(box, side * head.regMax * area + cell, area, head.regMax) * strides[anchor]!
        const centre = centres[2 * anchor + (side & 1)]!
        boxes[4 * anchor + side] = side < 2 ? centre - distance : centre + distance
      }
      for (let c = 0; c < classes; c++)
        scores[anchor * classes + c] = 1 / (1 + Math.exp(-cls[c * area + cell]!))
    }
    first += area
  }
  return { anchors: count, classes, boxes, scores }
}

function getLogits(logits: ReadonlyMap<string, Float32Array>, name: string, length: number): Float32Array {
  const values = logits.get(name)
  if (values?.length !== length) {
    throw new Error(`Expected ${length} logits in ${name}, got ${values?.length ?? 'no such tensor'}`)
  }
  return values
}

/** Σ i · softmax(l)_i over the bins at `begin`, `begin + step`, … */
function expectBin(logits: Float32Array, begin: number, step: number, bins: number): number {
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < bins; i++) largest = Math.max(largest, logits[begin + i * step]!)
  let sum = 0
  let weighted = 0
  for (let i = 0; i < bins; i++) {
    const e = Math.exp(logits[begin + i * step]! - largest)
    sum += e
    weighted += i * e
  }
  return weighted / sum
}
