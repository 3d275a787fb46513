/** Non-maximum suppression in float, as detectors are evaluated on COCO. q_NMS is measured against it. */
import type { DecodedHead } from './float-head.ts'

export interface FloatNmsOptions {
  /** A candidate's score is above this; 0.25 unless told (COCO evaluation: 0.001). */
  readonly confidence?: number
  /** A box is suppressed by a better one of its class with a larger intersection over union; 0.7 unless told. */
  readonly iou?: number
  /** true: an anchor offers every class above the threshold. false, unless told: its best class. */
  readonly multiLabel?: boolean
  /** Boxes kept at most; 300 unless told. */
  readonly maxDetections?: number
  /** Candidates considered at most, best first; 30000 unless told. */
  readonly maxCandidates?: number
  /**
   * Pixels by which boxes are shifted per class before they are compared in float32; 7680 unless told, as in the reference evaluation.
   * It only rounds: at class 79 to sixteenths of a pixel, which decides some small boxes. 0 compares them as they are.
   */
  readonly classOffset?: number
}

/** In pixels of the network's input, not clipped. */
export interface Corners {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

export interface Detection extends Corners {
  readonly score: number
  readonly classIndex: number
  readonly anchor: number
}

/**
 * Greedy suppression within each class, best score first; equal scores in order of anchor, then class. Areas and ratios are rounded to
 * float32 as a float32 implementation does.
 */
export function suppressBoxes(decoded: DecodedHead, options: FloatNmsOptions = {}): Detection[] {
  const { iou = 0.7, maxDetections = 300, maxCandidates = 30_000, classOffset = 7680 } = options
  const candidates = listCandidates(decoded, options.confidence ?? 0.25, options.multiLabel ?? false)
  candidates.sort((a, b) => b.score - a.score || a.anchor - b.anchor || a.classIndex - b.classIndex)
  const kept: Detection[] = []
  const byClass = new Map<number, Corners[]>()
  for (const candidate of candidates.slice(0, maxCandidates)) {
    if (kept.length >= maxDetections) break
    const rivals = byClass.get(candidate.classIndex) ?? []
    const shifted = shiftBox(candidate, candidate.classIndex * classOffset)
    if (rivals.some((rival) => computeIou(rival, shifted) > iou)) continue
    rivals.push(shifted)
    byClass.set(candidate.classIndex, rivals)
    kept.push(candidate)
  }
  return kept
}

function shiftBox(box: Corners, by: number): Corners {
  const shift = (value: number): number => Math.fround(value + by)
  return { x0: shift(box.x0), y0: shift(box.y0), x1: shift(box.x1), y1: shift(box.y1) }
}

/** Intersection over union; not a number for two boxes without area. */
export function computeIou(a: Corners, b: Corners): number {
  const f = Math.fround
  const width = Math.max(0, f(Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0)))
  const height = Math.max(0, f(Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0)))
  const inter = f(width * height)
  return f(inter / f(f(computeArea(a) + computeArea(b)) - inter))
}

function computeArea(box: Corners): number {
  return Math.fround(Math.fround(box.x1 - box.x0) * Math.fround(box.y1 - box.y0))
}

function listCandidates(decoded: DecodedHead, confidence: number, multiLabel: boolean): Detection[] {
  const { anchors, classes, boxes, scores } = decoded
  const candidates: Detection[] = []
  const offer = (anchor: number, classIndex: number): void => {
    const score = scores[anchor * classes + classIndex]!
    if (!(score > confidence)) return
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = boxes.subarray(4 * anchor, 4 * anchor + 4)
    candidates.push({ x0, y0, x1, y1, score, classIndex, anchor })
  }
  for (let anchor = 0; anchor < anchors; anchor++) {
    if (multiLabel) {
      for (let c = 0; c < classes; c++) offer(anchor, c)
      continue
    }
    let best = 0
    for (let c = 1; c < classes; c++) {
      if (scores[anchor * classes + c]! > scores[anchor * classes + best]!) best = c
    }
    offer(anchor, best)
  }
  return candidates
}
