/** The confusion matrix of a set of detections. */
import { giveWay } from '../input/give-way.ts'
import type { Dataset, Detection, GroundTruth } from './dataset.ts'
import { measureIou } from './iou.ts'

export interface ConfusionOptions {
  /** Detections below this score are not looked at. */
  readonly minScore: number
  /** Overlap from which a detection is taken to mean an object, of whatever class. */
  readonly minIou: number
}

/** What was there against what was seen. Row and column n (after the n classes) stand for nothing. */
export interface ConfusionMatrix extends ConfusionOptions {
  readonly classes: readonly string[]
  /** counts[truth * (n + 1) + seen]: [n + 1, n + 1], C order. */
  readonly counts: Uint32Array
}

interface Pair {
  readonly object: number
  readonly detection: number
  readonly iou: number
}

/**
 * Pairs objects with detections across classes, the largest overlap of an image first (the surer detection among equals), each at most once, and
 * counts the classes of the pairs. Crowds and ignored objects are not counted; a detection that overlaps only those is not either.
 */
export async function countConfusions(
  dataset: Dataset,
  detections: readonly Detection[],
  options: ConfusionOptions = { minScore: 0.25, minIou: 0.45 },
): Promise<ConfusionMatrix> {
  const n = dataset.classes.length
  const counts = new Uint32Array((n + 1) * (n + 1))
  const note = (truth: number, seen: number) => {
    counts[truth * (n + 1) + seen]!++
  }
  const objectsOf = groupByImage(dataset.annotations)
  const seenOf = groupByImage(detections)
  for (const { id } of dataset.images) {
    await giveWay()
    const all = objectsOf.get(id) ?? []
    const objects = all.filter(({ crowd, ignore }) => !crowd && !ignore)
    const excuses = all.filter(({ crowd, ignore }) => crowd || ignore)
    const seen = (seenOf.get(id) ?? [])
      .filter(({ score, classIndex }) => score >= options.minScore && classIndex < n)
      .sort((a, b) => b.score - a.score)
    const pairs = pairUp(objects, seen, options.minIou)
    const found = new Set(pairs.map(({ object }) => object))
    const used = new Set(pairs.map(({ detection }) => detection))
    for (const { object, detection } of pairs) note(objects[object]!.classIndex, seen[detection]!.classIndex)
    for (const [index, { classIndex }] of objects.entries()) if (!found.has(index)) note(classIndex, n)
    for (const [index, detection] of seen.entries()) {
      if (!used.has(index) && !isExcused(detection, excuses, options.minIou)) note(n, detection.classIndex)
    }
  }
  return { ...options, classes: dataset.classes, counts }
}

function groupByImage<T extends { readonly imageId: number }>(items: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const item of items) {
    const group = groups.get(item.imageId)
    if (group === undefined) groups.set(item.imageId, [item])
    else group.push(item)
  }
  return groups
}

function pairUp(objects: readonly GroundTruth[], seen: readonly Detection[], minIou: number): Pair[] {
  const pairs: Pair[] = []
  for (const [object, { box }] of objects.entries()) {
    for (const [detection, candidate] of seen.entries()) {
      const iou = measureIou(candidate.box, box, false)
      if (iou >= minIou) pairs.push({ object, detection, iou })
    }
  }
  // Among equals of one detection the first object stays first, and of one object the surer detection: they came so.
  pairs.sort((a, b) => b.iou - a.iou)
  const objectTaken = new Set<number>()
  const detectionTaken = new Set<number>()
  return pairs.filter(({ object, detection }) => {
    if (objectTaken.has(object) || detectionTaken.has(detection)) return false
    objectTaken.add(object)
    detectionTaken.add(detection)
    return true
  })
}

function isExcused({ box }: Detection, excuses: readonly GroundTruth[], minIou: number): boolean {
  return excuses.some((object) => measureIou(box, object.box, object.crowd) >= minIou)
}
