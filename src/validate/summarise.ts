/** From the evaluator's metrics to the figures of a result. */
import type {
  ClassAccuracy,
  Figures,
  MatchedAccuracy,
  PrecisionRecall,
  Stage,
  StageConfusion,
} from '../result/accuracy.ts'
import { recallPoints } from './accumulate.ts'
import type { ConfusionMatrix } from './confusion.ts'
import { type ClassMetrics, getCurve, type Metrics } from './evaluate.ts'

export const toFigures = (metrics: Metrics): Figures => ({
  map: metrics.map,
  map50: metrics.map50,
  map75: metrics.map75,
  mapSmall: metrics.mapSmall,
  mapMedium: metrics.mapMedium,
  mapLarge: metrics.mapLarge,
  ar100: metrics.ar100,
  detections: metrics.detections,
})

/** One entry per class; all metrics are of the same data set. */
export const toClasses = (metrics: readonly Metrics[]): readonly ClassAccuracy[] =>
  metrics[0]!.classes.map(({ name, objects }, index) => ({
    name,
    objects,
    ap: metrics.map(({ classes }) => classes[index]!.ap),
    ap50: metrics.map(({ classes }) => classes[index]!.ap50),
  }))

/** A curve is drawn, not computed with: four decimals. */
const rounded = (curve: Iterable<number>): readonly number[] =>
  Array.from(curve, (value) => Math.round(value * 1e4) / 1e4)

export function toCurves(stage: Stage, { classes }: Metrics): PrecisionRecall {
  const present = classes.filter(({ curves }) => curves !== null)
  const meanOver = (pick: (entry: ClassMetrics, point: number) => number): readonly number[] =>
    rounded(
      Array.from({ length: recallPoints }, (_, point) =>
        present.length === 0
          ? 0
          : present.reduce((sum, entry) => sum + pick(entry, point), 0) / present.length,
      ),
    )
  const at = (iou: number) => meanOver(({ curves }, point) => getCurve(curves!, iou)[point]!)
  const average = ({ curves }: ClassMetrics, point: number): number => {
    const thresholds = curves!.length / recallPoints
    let sum = 0
    for (let t = 0; t < thresholds; t++) sum += curves![t * recallPoints + point]!
    return sum / thresholds
  }
  return {
    stage,
    mean50: at(0.5),
    mean75: at(0.75),
    mean: meanOver(average),
    classes50: classes.map(({ curves }) => (curves === null ? null : rounded(getCurve(curves, 0.5)))),
  }
}

export function toConfusion(
  stage: Stage,
  { classes, counts, minScore, minIou }: ConfusionMatrix,
): StageConfusion {
  const side = classes.length + 1
  const present: [number, number, number][] = []
  for (const [index, count] of counts.entries())
    if (count > 0) present.push([Math.floor(index / side), index % side, count])
  return { stage, minScore, minIou, counts: present }
}

/** Precision, recall and their harmonic mean from the counts of a confusion matrix. */
export function toRates({
  classes,
  counts,
}: ConfusionMatrix): Pick<MatchedAccuracy, 'precision' | 'recall' | 'f1'> {
  const n = classes.length
  const side = n + 1
  let right = 0
  let seen = 0
  let there = 0
  for (const [index, count] of counts.entries()) {
    const [truth, guess] = [Math.floor(index / side), index % side]
    if (truth < n) there += count
    if (guess < n) seen += count
    if (truth === guess) right += count
  }
  const precision = seen === 0 ? null : right / seen
  const recall = there === 0 ? null : right / there
  const f1 = seen + there === 0 ? null : (2 * right) / (seen + there)
  return { precision, recall, f1 }
}
