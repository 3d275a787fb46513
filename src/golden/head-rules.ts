/**
 * The detect head's rules as values: what of docs/arithmetic.md say, one field a rule. `head-spec.ts` computes
 * with them, so that a head with one other rule can be computed, too (src/diff/box-hypotheses.ts).
 */
import type { DetectLevel } from './head-geometry.ts'
import type { IntegerBox } from './types.ts'

export interface Corners {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
}

/** An (anchor, class) pair that reaches `minCode`; `level`, `x`, `y` say where the anchor is. */
export interface Candidate {
  readonly anchor: number
  readonly classIndex: number
  readonly code: number
  readonly level: number
  readonly x: number
  readonly y: number
}

/** Distances in sixteenths of a pixel. */
export type Sides = readonly [left: number, top: number, right: number, bottom: number]

export interface HeadRules {
  /** the index into E, of `size` entries, of a logit that is `drop` below the largest of its side. */
  readonly expIndex: (drop: number, size: number) => number
  /** the bins of a side that are summed. */
  readonly isSummed: (bin: number, count: number) => boolean
  /** the logit that a bin takes, and the number by which it counts. */
  readonly logitOf: (bin: number) => number
  readonly weightOf: (bin: number, count: number) => number
  /** the largest logit of a side. */
  readonly largest: (logits: readonly number[]) => number
  /** what the division adds to its dividend so that it rounds. */
  readonly half: (den: number) => number
  /** the strides by which a level's distances and its centres are multiplied. */
  readonly strides: (
    levels: readonly DetectLevel[],
    level: number,
  ) => { readonly side: number; readonly centre: number }
  /** the centre of a cell along an axis, in sixteenths of a pixel. */
  readonly centre: (cell: number, stride: number, axis: 'x' | 'y') => number
  /** the corners from the centre (x, y) and the sides. */
  readonly corners: (x: number, y: number, sides: Sides) => Corners
  /** the class that an anchor offers. */
  readonly bestClass: (codes: ArrayLike<number>) => number
  /** whether a code makes a candidate. */
  readonly reaches: (code: number, minCode: number) => boolean
  /** the anchor as a candidate carries it on. */
  readonly carriedAnchor: (anchor: number) => number
  /** the class as a candidate carries it on. */
  readonly carriedClass: (classIndex: number) => number
  /** */
  readonly score: (table: Uint16Array, code: number) => number
  /** the levels in the order in which anchors are numbered. */
  readonly levelOrder: (count: number) => readonly number[]
  /** the total order, as a comparison for `Array.sort`. */
  readonly compare: (a: Candidate, b: Candidate) => number
  /** the candidates at hand, in order of anchor and class, sorted and cut. */
  readonly cut: (
    candidates: readonly Candidate[],
    capacity: number,
    compare: HeadRules['compare'],
  ) => readonly Candidate[]
  /** the boxes that may suppress a box, of those that were kept before it and of all that were met. */
  readonly rivals: (
    kept: readonly IntegerBox[],
    met: readonly IntegerBox[],
    box: IntegerBox,
  ) => readonly IntegerBox[]
  /** whether a box overlaps one that was kept by more than T / 2^10 of their union. */
  readonly overlaps: (box: Corners, kept: Corners, threshold: number) => boolean
}

/** the class with the largest code, the lowest index winning a tie. */
export function bestClass(codes: ArrayLike<number>): number {
  let best = 0
  for (let classIndex = 1; classIndex < codes.length; classIndex++)
    if (codes[classIndex]! > codes[best]!) best = classIndex
  return best
}

/** code descending, anchor ascending, class ascending. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return b.code - a.code || a.anchor - b.anchor || a.classIndex - b.classIndex
}

export const area = ({ x0, y0, x1, y1 }: Corners): number => (x1 - x0) * (y1 - y0)

export function intersection(a: Corners, b: Corners): number {
  const width = Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0))
  return width * Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0))
}

/** whether two boxes overlap by more than T / 2^10 of their union. */
export function overlaps(a: Corners, b: Corners, threshold: number): boolean {
  return intersection(a, b) * (1024 + threshold) > threshold * (area(a) + area(b))
}

/** Those of docs/arithmetic.md. */
export const HEAD_RULES: HeadRules = {
  expIndex: (drop) => drop,
  isSummed: () => true,
  logitOf: (bin) => bin,
  weightOf: (bin) => bin,
  largest: (logits) => Math.max(...logits),
  half: (den) => Math.floor(den / 2),
  strides: (levels, level) => ({ side: levels[level]!.stride, centre: levels[level]!.stride }),
  centre: (cell, stride) => (2 * cell + 1) * stride * 8,
  corners: (x, y, [left, top, right, bottom]) => ({
    x0: x - left,
    y0: y - top,
    x1: x + right,
    y1: y + bottom,
  }),
  bestClass,
  reaches: (code, minCode) => code >= minCode,
  carriedAnchor: (anchor) => anchor,
  carriedClass: (classIndex) => classIndex,
  score: (table, code) => table[code]!,
  levelOrder: (count) => Array.from({ length: count }, (_, level) => level),
  compare: compareCandidates,
  cut: (candidates, capacity, compare) => candidates.toSorted(compare).slice(0, capacity),
  rivals: (kept, _met, box) => kept.filter(({ classIndex }) => classIndex === box.classIndex),
  overlaps,
}
