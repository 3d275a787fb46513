/** From matches to precision-recall curves and average precision, as the COCO evaluator does. */
import { type ClassMatches, iouThresholds } from './match.ts'

/** Points of a precision-recall curve: recall 0.00, 0.01 … 1.00. */
export const recallPoints = 101

const recalls = Float64Array.from({ length: recallPoints }, (_, i) => i * 0.01)
const thresholds = iouThresholds.length

/** How often each image counts: 1 for an ordinary evaluation, a drawn number in a bootstrap. Null: once each. */
export type ImageWeights = Uint16Array | null

/** Number of objects to be found. */
export function countObjects(matches: ClassMatches, weights: ImageWeights = null): number {
  let count = 0
  for (let i = 0; i < matches.objectImages.length; i++) {
    count += matches.objectCounts[i]! * (weights === null ? 1 : weights[matches.objectImages[i]!]!)
  }
  return count
}

/** Share of the objects found by the `limit` surest detections of each image, one number per threshold. */
export function measureRecall(matches: ClassMatches, limit: number): Float64Array {
  const found = new Float64Array(thresholds)
  for (const [d, rank] of matches.ranks.entries()) {
    if (rank >= limit) continue
    const hits = matches.matched[d]! & ~matches.ignored[d]!
    for (const t of found.keys()) found[t]! += (hits >> t) & 1
  }
  const objects = countObjects(matches)
  return found.map((hits) => hits / objects)
}

/**
 * Interpolated precision at the 101 recalls, one curve per threshold: [threshold, recall], C order. The precision at a recall is the best
 * one at that recall or above; 0 if the recall is not reached. Null if there is no object to be found.
 */
export function traceCurves(matches: ClassMatches): Float64Array | null {
  const objects = countObjects(matches)
  if (objects === 0) return null
  const curves = new Float64Array(thresholds * recallPoints)
  for (const [t, hits] of traceHits(matches, null).entries()) {
    const row = curves.subarray(t * recallPoints, (t + 1) * recallPoints)
    walkEnvelope(hits, objects, (from, to, best) => row.fill(best, from, to))
  }
  return curves
}

/** Mean of those curves: the average precision of a class. */
export function averagePrecision(matches: ClassMatches, weights: ImageWeights = null): number | null {
  const objects = countObjects(matches, weights)
  if (objects === 0) return null
  let sum = 0
  for (const hits of traceHits(matches, weights)) {
    walkEnvelope(hits, objects, (from, to, best) => {
      sum += best * (to - from)
    })
  }
  return sum / (thresholds * recallPoints)
}

/**
 * Gives the pieces of constant precision, points [from, to), the highest recall first. Only detections that find something are steps:
 * precision falls in between, so that the envelope never rests there.
 */
function walkEnvelope(
  { found, precision, count }: Hits,
  objects: number,
  visit: (from: number, to: number, best: number) => void,
): void {
  let best = 0
  let to = recallPoints
  for (let i = count - 1; i >= 0; i--) {
    const reached = found[i]! / objects
    let from = to
    // The first recall is 0, so that the walk ends there.
    while (recalls[from - 1]! > reached) from--
    visit(from, to, best)
    best = Math.max(best, precision[i]!)
    to = from
  }
  visit(0, to, best)
}

interface Hits {
  readonly found: Float64Array
  readonly precision: Float64Array
  count: number
}

let kept: readonly Hits[] = []

/** Room for as many hits at each threshold. A bootstrap asks 80,000 times: the room is used again. */
function makeRoom(most: number): readonly Hits[] {
  if (kept.length === 0 || kept[0]!.found.length < most)
    kept = iouThresholds.map(() => ({
      found: new Float64Array(most),
      precision: new Float64Array(most),
      count: 0,
    }))
  for (const hits of kept) hits.count = 0
  return kept
}

/**
 * Per threshold, at every detection that finds an object: objects found so far, and the precision so far. Valid until the next call.
 * An object is found once at the most, whatever its weight.
 */
function traceHits(matches: ClassMatches, weights: ImageWeights): readonly Hits[] {
  const found = new Float64Array(thresholds)
  const falseOnes = new Float64Array(thresholds)
  const hits = makeRoom(countObjects(matches))
  // False at every threshold: by far the most, counted once for all.
  let falseEverywhere = 0
  for (let d = 0; d < matches.reach; d++) {
    const weight = weights === null ? 1 : weights[matches.images[d]!]!
    const matched = matches.matched[d]!
    const ignored = matches.ignored[d]!
    if (matched === 0 && ignored === 0) {
      falseEverywhere += weight
      continue
    }
    for (let t = 0; t < thresholds; t++) {
      if ((ignored >> t) & 1) continue
      if ((matched >> t) & 1) {
        found[t]! += weight
        const at = hits[t]!
        at.found[at.count] = found[t]!
        at.precision[at.count++] = found[t]! / (falseOnes[t]! + falseEverywhere + found[t]! + Number.EPSILON)
      } else {
        falseOnes[t]! += weight
      }
    }
  }
  return hits
}

/** Mean over thresholds and recalls. */
export function averageCurves(curves: Float64Array): number {
  let sum = 0
  for (const value of curves) sum += value
  return sum / curves.length
}
