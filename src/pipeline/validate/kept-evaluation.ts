/** This file keeps the figures of an evaluation, which takes a minute for thousands of images. */
import * as v from 'valibot'
import { type Checked, listOf, openObject, real, whole } from '../../input/schema.ts'
import { writeCached } from '../../store/files.ts'
import { readSealed, seal } from '../../store/kept.ts'
import type { Resamples } from '../../validate/bootstrap.ts'
import type { ConfusionMatrix } from '../../validate/confusion.ts'
import type { Metrics } from '../../validate/evaluate.ts'

export interface Evaluation {
  readonly metrics: Metrics
  readonly resamples: Resamples | null
  readonly confusion: ConfusionMatrix
}

const figure = v.nullable(real())
const numbers = listOf(real(), 0, 2 ** 27)

const KEPT = openObject({
  metrics: openObject({
    map: figure,
    map50: figure,
    map75: figure,
    mapSmall: figure,
    mapMedium: figure,
    mapLarge: figure,
    ar1: figure,
    ar10: figure,
    ar100: figure,
    arSmall: figure,
    arMedium: figure,
    arLarge: figure,
    classes: listOf(
      openObject({
        classIndex: whole(0),
        name: v.string(),
        objects: whole(0),
        ap: figure,
        ap50: figure,
        ap75: figure,
        ar100: figure,
        curves: v.nullable(numbers),
      }),
    ),
    images: whole(0),
    objects: whole(0),
    detections: whole(0),
  }),
  resamples: v.nullable(openObject({ whole: real(), draws: numbers, seed: real() })),
  confusion: openObject({ minScore: real(), minIou: real(), classes: v.array(v.string()), counts: numbers }),
})

/** Null if there is none, or a damaged one. */
export async function readEvaluation(path: string): Promise<Evaluation | null> {
  const kept = await readSealed(path, KEPT)
  if (kept === null) return null
  const { metrics, resamples, confusion } = kept
  const classes = metrics.classes.map((one) => ({
    ...one,
    curves: one.curves === null ? null : Float64Array.from(one.curves),
  }))
  return {
    metrics: { ...metrics, classes },
    resamples: resamples === null ? null : { ...resamples, draws: Float64Array.from(resamples.draws) },
    confusion: { ...confusion, counts: Uint32Array.from(confusion.counts) },
  }
}

export async function keepEvaluation(
  path: string,
  { metrics, resamples, confusion }: Evaluation,
): Promise<void> {
  const classes = metrics.classes.map((one) => ({
    ...one,
    curves: one.curves === null ? null : [...one.curves],
  }))
  const kept: Checked<typeof KEPT> = {
    metrics: { ...metrics, classes },
    resamples: resamples === null ? null : { ...resamples, draws: [...resamples.draws] },
    confusion: { ...confusion, counts: [...confusion.counts] },
  }
  await writeCached(path, seal(kept))
}
