/** Suppression with another rule. */
import { area, type Corners, HEAD_RULES, type HeadRules, intersection } from '../golden/head-rules.ts'
import type { NmsOptions } from '../golden/types.ts'
import { type Draft, spaced } from './box-fault.ts'
import { signed } from './hypotheses/hypothesis.ts'

/** Thresholds that others take by default. */
const COMMON_IOU = [0.45, 0.5, 0.6, 0.65, 0.7, 0.4, 0.3]

export function listOverlapFaults({ iouThreshold }: NmsOptions): readonly Draft[] {
  const more = (factor: number): HeadRules['overlaps'] =>
    compareWith((inter, a, b, t) => inter * (factor + t) > t * (a + b))
  return [
    {
      id: 'iou-equal',
      says: '>= in place of > in the comparison of A-10.4',
      rules: { overlaps: compareWith((inter, a, b, t) => inter * (1024 + t) >= t * (a + b)) },
    },
    ...[1, -1].map((by) => ({
      id: `iou${signed(by)}`,
      says: `T ${spaced(by)} (T is ${iouThreshold})`,
      options: { iouThreshold: iouThreshold + by },
    })),
    ...[1, -1].map((by) => ({
      id: `iou-factor${signed(by)}`,
      says: `2^10 ${spaced(by)} in place of 2^10 in A-10.4`,
      rules: { overlaps: more(1024 + by) },
    })),
    ...COMMON_IOU.filter((iou) => Math.abs(Math.round(iou * 1024) - iouThreshold) > 1).map((iou) => ({
      id: `iou-${iou}`,
      says: `an IoU threshold of ${iou} (T = ${Math.round(iou * 1024)} in place of ${iouThreshold})`,
      options: { iouThreshold: Math.round(iou * 1024) },
    })),
    {
      id: 'iou-inclusive',
      says: 'sides of boxes a pixel longer in A-10.4, as if both ends counted',
      rules: {
        overlaps: inclusive,
      },
    },
    ...(['x', 'y'] as const).flatMap((axis) =>
      ([0, 1] as const).map((end) => ({
        id: `intersection-${axis}${end}`,
        says: `the ${end === 0 ? 'smaller' : 'larger'} ${axis}${end} of both boxes in the intersection`,
        rules: { overlaps: meet(axis, end) },
      })),
    ),
    { id: 'none-suppressed', says: 'no suppression at all', rules: { rivals: () => [] } },
    {
      id: 'union-sum',
      says: 'the sum of both areas as the union: the intersection is not subtracted',
      rules: { overlaps: compareWith((inter, a, b, t) => inter * 1024 > t * (a + b)) },
    },
    {
      id: 'union-own',
      says: "the box's own area as the union",
      rules: { overlaps: compareWith((inter, own, _kept, t) => inter * 1024 > t * own) },
    },
    {
      id: 'union-kept',
      says: "the kept box's area as the union",
      rules: { overlaps: compareWith((inter, _own, kept, t) => inter * 1024 > t * kept) },
    },
    {
      id: 'union-smaller',
      says: "the smaller box's area as the union",
      rules: { overlaps: compareWith((inter, a, b, t) => inter * 1024 > t * Math.min(a, b)) },
    },
    {
      id: 'suppressed-suppress',
      says: 'suppression also by boxes that were suppressed themselves',
      rules: { rivals: (_kept, met, box) => HEAD_RULES.rivals(met, [], box) },
    },
    {
      id: 'newest-only',
      says: 'suppression by the newest kept box of the class alone',
      rules: { rivals: (kept, _met, box) => HEAD_RULES.rivals(kept, [], box).slice(-1) },
    },
  ]
}

/** Of a side that is not empty. Corners are in sixteenths of a pixel. */
const span = (begin: number, end: number): number => (end > begin ? end - begin + 16 : 0)

const inclusive: HeadRules['overlaps'] = (a, b, threshold) => {
  const own = (box: Corners): number => span(box.x0, box.x1) * span(box.y0, box.y1)
  const shared =
    span(Math.max(a.x0, b.x0), Math.min(a.x1, b.x1)) * span(Math.max(a.y0, b.y0), Math.min(a.y1, b.y1))
  return shared * (1024 + threshold) > threshold * (own(a) + own(b))
}

/** With the other of two corners in the intersection. */
const meet =
  (axis: 'x' | 'y', end: 0 | 1): HeadRules['overlaps'] =>
  (a, b, threshold) => {
    const choose = (own: 'x' | 'y', at: 0 | 1): number => {
      const corners = [a[`${own}${at}`], b[`${own}${at}`]]
      const isOther = own === axis && at === end
      return (at === 0) !== isOther ? Math.max(...corners) : Math.min(...corners)
    }
    const side = (own: 'x' | 'y') => Math.max(0, choose(own, 1) - choose(own, 0))
    return side('x') * side('y') * (1024 + threshold) > threshold * (area(a) + area(b))
  }

const compareWith =
  (compare: (inter: number, own: number, kept: number, threshold: number) => boolean) =>
  (box: Corners, kept: Corners, threshold: number): boolean =>
    compare(intersection(box, kept), area(box), area(kept), threshold)
