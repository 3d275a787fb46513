/** Matches detections to objects, class by class and image by image, as the COCO evaluator does. */
import { giveWay } from '../input/give-way.ts'
import type { Dataset, Detection, GroundTruth } from './dataset.ts'
import { measureIou } from './iou.ts'

/** 0.50, 0.55 … 0.95, with the rounding of numpy's linspace, which the COCO evaluator compares with. */
export const iouThresholds: readonly number[] = Array.from(
  { length: 10 },
  (_, i) => i * ((0.95 - 0.5) / 9) + 0.5,
)

/** Detections of one class on one image that take part, the surest first. */
export const maxDetections = 100

/** Square pixels, both ends included: an object of exactly 32 by 32 is small and medium. */
export interface AreaRange {
  readonly low: number
  readonly high: number
}

export const areaRanges = {
  all: { low: 0, high: 1e10 },
  small: { low: 0, high: 32 ** 2 },
  medium: { low: 32 ** 2, high: 96 ** 2 },
  large: { low: 96 ** 2, high: 1e10 },
} as const satisfies Record<string, AreaRange>

/**
 * What became of the detections of one class, the surest first; ties in the order of images, then of the detections given. Bit t
 * of a mask belongs to `iouThresholds[t]`.
 */
export interface ClassMatches {
  readonly scores: Float64Array
  /** Index of the image in the data set. */
  readonly images: Int32Array
  /** Place among the detections of this class on the same image, from 0. */
  readonly ranks: Uint8Array
  /** The detection found an object. */
  readonly matched: Uint16Array
  /** The detection counts neither for nor against. */
  readonly ignored: Uint16Array
  /** How many detections there are up to the last that found something: those after it change no curve. */
  readonly reach: number
  /** Images with objects to be found, and how many. */
  readonly objectImages: Int32Array
  readonly objectCounts: Int32Array
}

/** Objects and detections of one class on one image. */
export interface Cell {
  readonly image: number
  readonly objects: readonly GroundTruth[]
  /** The surest first, at most `maxDetections`. */
  readonly detections: readonly Detection[]
  /** [detection][object] intersection over union; empty where there is no object. */
  readonly ious: readonly Float64Array[]
}

/** The same as they come. */
interface Pile {
  readonly image: number
  readonly objects: GroundTruth[]
  readonly detections: Detection[]
}

/** Sorts objects and detections by class and image and measures every overlap: [class][cells in the order of images]. */
export async function groupByClass(dataset: Dataset, detections: readonly Detection[]): Promise<Cell[][]> {
  const indexOf = new Map(dataset.images.map(({ id }, index) => [id, index]))
  const cells = dataset.classes.map(() => new Map<number, Pile>())
  const find = (imageId: number, classIndex: number): Pile | undefined => {
    const image = indexOf.get(imageId)
    const ofClass = cells[classIndex]
    if (image === undefined || ofClass === undefined) return undefined
    const cell = ofClass.get(image) ?? { image, objects: [], detections: [] }
    ofClass.set(image, cell)
    return cell
  }
  for (const object of dataset.annotations) find(object.imageId, object.classIndex)?.objects.push(object)
  for (const detection of detections) {
    find(detection.imageId, detection.classIndex)?.detections.push(detection)
  }
  const grouped: Cell[][] = []
  for (const ofClass of cells) {
    const measured: Cell[] = []
    for (const pile of [...ofClass.values()].sort((a, b) => a.image - b.image)) {
      const detections = pile.detections.sort((a, b) => b.score - a.score).slice(0, maxDetections)
      // Most cells have no object, and an empty array for each detection would be most of the memory.
      const ious =
        pile.objects.length === 0
          ? []
          : detections.map(({ box }) =>
              Float64Array.from(pile.objects, (object) => measureIou(box, object.box, object.crowd)),
            )
      measured.push({ ...pile, detections, ious })
      await giveWay()
    }
    grouped.push(measured)
  }
  return grouped
}

/** Decides for every detection of a class, at every threshold, whether it found an object of the area range. */
export function matchClass(cells: readonly Cell[], area: AreaRange): ClassMatches {
  const total = cells.reduce((sum, { detections }) => sum + detections.length, 0)
  const found = {
    scores: new Float64Array(total),
    images: new Int32Array(total),
    ranks: new Uint8Array(total),
    matched: new Uint16Array(total),
    ignored: new Uint16Array(total),
  }
  const objectImages: number[] = []
  const objectCounts: number[] = []
  let at = 0
  for (const cell of cells) {
    const end = at + cell.detections.length
    const asked = matchCell(cell, area, found.matched.subarray(at, end), found.ignored.subarray(at, end))
    for (const [rank, { score }] of cell.detections.entries()) {
      found.scores[at + rank] = score
      found.images[at + rank] = cell.image
      found.ranks[at + rank] = rank
    }
    at = end
    if (asked === 0) continue
    objectImages.push(cell.image)
    objectCounts.push(asked)
  }
  const order = Uint32Array.from({ length: total }, (_, d) => d)
  order.sort((a, b) => found.scores[b]! - found.scores[a]! || a - b)
  const matched = Uint16Array.from(order, (d) => found.matched[d]!)
  return {
    scores: Float64Array.from(order, (d) => found.scores[d]!),
    images: Int32Array.from(order, (d) => found.images[d]!),
    ranks: Uint8Array.from(order, (d) => found.ranks[d]!),
    matched,
    ignored: Uint16Array.from(order, (d) => found.ignored[d]!),
    reach: matched.findLastIndex((mask) => mask !== 0) + 1,
    objectImages: Int32Array.from(objectImages),
    objectCounts: Int32Array.from(objectCounts),
  }
}

/** Writes the masks of one image's detections; returns how many objects were to be found. */
function matchCell(cell: Cell, area: AreaRange, matched: Uint16Array, ignored: Uint16Array): number {
  const { objects, detections, ious } = cell
  const isOutside = (value: number) => value < area.low || value > area.high
  const allThresholds = 2 ** iouThresholds.length - 1
  const excused = objects.map((object) => object.crowd || object.ignore || isOutside(object.area))
  // Objects that ask to be found come first; the order is otherwise kept.
  const order = [...objects.keys()].sort((a, b) => Number(excused[a]) - Number(excused[b]))
  for (const [t, threshold] of objects.length === 0 ? [] : iouThresholds.entries()) {
    const taken = new Uint8Array(objects.length)
    const candidates = { order, objects, excused, taken }
    for (let d = 0; d < detections.length; d++) {
      const best = findObject(candidates, ious[d]!, threshold)
      if (best === -1) continue
      taken[best] = 1
      matched[d]! |= 1 << t
      if (excused[best]!) ignored[d]! |= 1 << t
    }
  }
  for (const [rank, { box }] of detections.entries()) {
    // A detection that found nothing and does not have the size in question does not count against the model.
    if (isOutside(box[2] * box[3])) ignored[rank]! |= ~matched[rank]! & allThresholds
  }
  return excused.filter((isExcused) => !isExcused).length
}

interface Candidates {
  /** In which they are asked. */
  readonly order: readonly number[]
  readonly objects: readonly GroundTruth[]
  readonly excused: readonly boolean[]
  /** 1 for each that a detection has found. */
  readonly taken: Uint8Array
}

/** The free object that overlaps most, the last among equals; excused ones only where no other reaches the threshold. */
function findObject(
  { order, objects, excused, taken }: Candidates,
  ious: Float64Array,
  threshold: number,
): number {
  let best = -1
  let bestIou = threshold
  for (const g of order) {
    if (taken[g] === 1 && !objects[g]!.crowd) continue
    if (best !== -1 && !excused[best]! && excused[g]!) break
    if (ious[g]! < bestIou) continue
    bestIou = ious[g]!
    best = g
  }
  return best
}
