/** Counts which rules of the logits of one DETECT make a difference to. */
import type { DetectGeometry } from '../golden/head-geometry.ts'
import { area, type Candidate, type Corners, compareCandidates, intersection } from '../golden/head-rules.ts'
import { decodeBox } from '../golden/head-spec.ts'
import type { Codes, IntegerHead, NmsOptions } from '../golden/types.ts'
import { DETECT_RULES, type DetectMeaning, type DetectRule } from './coverage.ts'

interface Kept extends Corners {
  readonly classIndex: number
}

export function countDetect(
  geometry: DetectGeometry,
  head: IntegerHead,
  boxCodes: readonly Codes[],
  classCodes: readonly Codes[],
  options: NmsOptions,
): DetectMeaning {
  const counts = Object.fromEntries(DETECT_RULES.map((rule) => [rule, 0])) as Record<DetectRule, number>
  const { capacity, maxDetections, iouThreshold: threshold } = options
  const candidates = listCandidates(geometry, classCodes, options).sort(compareCandidates)
  if (candidates.length === 0) counts.noCandidate++
  if (candidates.length >= capacity) counts.capacityReached++
  if (candidates.length > capacity) counts.capacityExceeded++
  counts.scoreTies += candidates.filter((own, i) => own.code === candidates[i - 1]?.code).length
  if (!options.multiLabel) counts.classTies += countClassTies(candidates, geometry, classCodes)

  const kept: Kept[] = []
  for (const { classIndex, level, x, y } of candidates.slice(0, capacity)) {
    if (kept.length === maxDetections) break
    const { stride, height, width } = geometry.levels[level]!
    const logits = Array.from(
      { length: 4 * geometry.regMax },
      (_, channel) => boxCodes[level]![(channel * height + y) * width + x]!,
    )
    const box = { ...decodeBox(head.expTable, logits, stride, x, y), classIndex }
    if (Math.min(box.x0, box.y0) < 0) counts.negativeCorners++
    if (area(box) === 0) counts.zeroAreaBoxes++
    // The last one first, as the hardware has it; which of several suppresses does not matter.
    let suppressed = false
    for (const other of kept) {
      const inter = intersection(box, other)
      if (inter === 0) continue
      const union = area(box) + area(other)
      const excess = (by: number): number => inter * (1024 + by) - by * union
      const over = excess(threshold)
      if (other.classIndex !== classIndex) {
        if (over > 0) counts.crossClassOverlaps++
        continue
      }
      if (over === 0) counts.overlapAtThreshold++
      else if (over > 0 && excess(threshold + 1) <= 0) counts.overlapJustOver++
      else if (over < 0 && excess(threshold - 1) > 0) counts.overlapJustUnder++
      if (over > 0) suppressed = true
      else counts.keptBySameClass++
      if (suppressed) break
    }
    if (suppressed) counts.suppressedBySameClass++
    else kept.push(box)
  }
  if (kept.length === maxDetections) counts.maxDetectionsReached++
  const possible = isPossible(geometry, options)
  return Object.fromEntries(
    DETECT_RULES.map((rule) => [rule, { count: counts[rule], possible: counts[rule] > 0 || possible(rule) }]),
  ) as DetectMeaning
}

/** As `listCandidates` of the specification, class by class, since few of all pairs are candidates. */
export function listCandidates(
  { levels, classes }: DetectGeometry,
  classCodes: readonly Codes[],
  { minCode, multiLabel }: Pick<NmsOptions, 'minCode' | 'multiLabel'>,
): Candidate[] {
  const candidates: Candidate[] = []
  let firstAnchor = 0
  levels.forEach(({ height, width }, level) => {
    const cells = height * width
    const codes = classCodes[level]!
    const best = new Int32Array(cells).fill(-1)
    const add = (cell: number, classIndex: number, code: number): void => {
      const at = { x: cell % width, y: Math.floor(cell / width) }
      candidates.push({ anchor: firstAnchor + cell, classIndex, code, level, ...at })
    }
    for (let classIndex = 0, at = 0; classIndex < classes; classIndex++)
      for (let cell = 0; cell < cells; cell++, at++) {
        if (codes[at]! < minCode) continue
        if (multiLabel) add(cell, classIndex, codes[at]!)
        else if (best[cell]! < 0 || codes[at]! > codes[best[cell]! * cells + cell]!) best[cell] = classIndex
      }
    for (const [cell, classIndex] of best.entries())
      if (classIndex >= 0) add(cell, classIndex, codes[classIndex * cells + cell]!)
    firstAnchor += cells
  })
  return candidates
}

/** Anchors of which two classes have the best code. */
function countClassTies(
  candidates: readonly Candidate[],
  { levels, classes }: DetectGeometry,
  classCodes: readonly Codes[],
): number {
  return candidates.filter(({ level, x, y, code, classIndex }) => {
    const { height, width } = levels[level]!
    for (let other = classIndex + 1; other < classes; other++)
      if (classCodes[level]![(other * height + y) * width + x] === code) return true
    return false
  }).length
}

/** What the settings rule out: one class has no other; nothing overlaps by more than a threshold of 1, or by less than one of 0. */
const isPossible =
  ({ classes }: DetectGeometry, { iouThreshold, maxDetections }: NmsOptions) =>
  (rule: DetectRule): boolean => {
    const impossible: readonly DetectRule[] = [
      ...(classes > 1 ? [] : (['crossClassOverlaps', 'classTies'] as const)),
      ...(iouThreshold < 1024
        ? []
        : (['suppressedBySameClass', 'crossClassOverlaps', 'overlapJustOver'] as const)),
      ...(iouThreshold > 0 ? [] : (['keptBySameClass', 'overlapAtThreshold', 'overlapJustUnder'] as const)),
    ]
    return !impossible.includes(rule) && maxDetections > 0
  }
