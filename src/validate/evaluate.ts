/** The figures of the COCO evaluation. */
import { giveWay } from '../input/give-way.ts'
import {
  averageCurves,
  averagePrecision,
  countObjects,
  measureRecall,
  recallPoints,
  traceCurves,
} from './accumulate.ts'
import type { Dataset, Detection } from './dataset.ts'
import { areaRanges, type ClassMatches, groupByClass, iouThresholds, matchClass } from './match.ts'

/**
 * The figures of the COCO detection challenge (Lin et al., "Microsoft COCO: Common Objects in Context", and cocodataset.org, "Detection
 * Evaluation"). Null if no object was to be found, so that a mean over nothing cannot pass for a zero.
 */
export interface Metrics {
  /** Mean over classes, IoU 0.50 to 0.95 and 101 recalls. */
  readonly map: number | null
  readonly map50: number | null
  readonly map75: number | null
  /** Objects up to 32x32, up to 96x96, and larger. */
  readonly mapSmall: number | null
  readonly mapMedium: number | null
  readonly mapLarge: number | null
  /** Mean recall with 1, 10 and 100 detections per image and class. */
  readonly ar1: number | null
  readonly ar10: number | null
  readonly ar100: number | null
  readonly arSmall: number | null
  readonly arMedium: number | null
  readonly arLarge: number | null
  /** One entry per class of the data set, in its order. */
  readonly classes: readonly ClassMetrics[]
  readonly images: number
  /** Objects to be found: neither crowds nor ignored. */
  readonly objects: number
  readonly detections: number
}

export interface ClassMetrics {
  readonly classIndex: number
  readonly name: string
  readonly objects: number
  readonly ap: number | null
  readonly ap50: number | null
  readonly ap75: number | null
  readonly ar100: number | null
  /** Precision at recall 0.00 … 1.00 for each IoU threshold: [10, 101], C order. */
  readonly curves: Float64Array | null
}

/** Evaluates detections against a data set. Detections of images or classes that the data set does not have are left out. */
export async function evaluate(dataset: Dataset, detections: readonly Detection[]): Promise<Metrics> {
  const grouped = await groupByClass(dataset, detections)
  const eachClass = async <A, B>(items: readonly A[], work: (item: A, index: number) => B): Promise<B[]> => {
    const results: B[] = []
    for (const [index, item] of items.entries()) {
      results.push(work(item, index))
      await giveWay()
    }
    return results
  }
  const matchAll = (area: keyof typeof areaRanges) =>
    eachClass(grouped, (cells) => matchClass(cells, areaRanges[area]))
  const all = await matchAll('all')
  const small = await matchAll('small')
  const medium = await matchAll('medium')
  const large = await matchAll('large')
  const classes = await eachClass(all, (matches, index) => describeClass(dataset, matches, index))
  return {
    map: averageOf(classes.map(({ ap }) => ap)),
    map50: averageOf(classes.map(({ ap50 }) => ap50)),
    map75: averageOf(classes.map(({ ap75 }) => ap75)),
    mapSmall: averageOf(small.map((matches) => averagePrecision(matches))),
    mapMedium: averageOf(medium.map((matches) => averagePrecision(matches))),
    mapLarge: averageOf(large.map((matches) => averagePrecision(matches))),
    ar1: averageRecall(all, 1),
    ar10: averageRecall(all, 10),
    ar100: averageRecall(all, 100),
    arSmall: averageRecall(small, 100),
    arMedium: averageRecall(medium, 100),
    arLarge: averageRecall(large, 100),
    classes,
    images: dataset.images.length,
    objects: all.reduce((sum, matches) => sum + countObjects(matches), 0),
    detections: detections.length,
  }
}

function describeClass(dataset: Dataset, matches: ClassMatches, classIndex: number): ClassMetrics {
  const curves = traceCurves(matches)
  const at = (iou: number) => curves && averageCurves(getCurve(curves, iou))
  return {
    classIndex,
    name: dataset.classes[classIndex]!,
    objects: countObjects(matches),
    ap: curves && averageCurves(curves),
    ap50: at(0.5),
    ap75: at(0.75),
    ar100: averageRecall([matches], 100),
    curves,
  }
}

/** Precision at the 101 recalls for one of the ten thresholds. */
export function getCurve(curves: Float64Array, iou: number): Float64Array {
  const index = iouThresholds.findIndex((threshold) => Math.abs(threshold - iou) < 1e-9)
  if (index === -1) throw new RangeError(`Expected an IoU of 0.50, 0.55 … 0.95, got ${iou}`)
  return curves.subarray(index * recallPoints, (index + 1) * recallPoints)
}

function averageRecall(classes: readonly ClassMatches[], limit: number): number | null {
  return averageOf(
    classes.map((matches) =>
      countObjects(matches) === 0 ? null : averageCurves(measureRecall(matches, limit)),
    ),
  )
}

/** Mean of what is there. */
function averageOf(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null)
  if (present.length === 0) return null
  return present.reduce((sum, value) => sum + value, 0) / present.length
}
