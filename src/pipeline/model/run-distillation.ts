/** This file distils a refined model: it learns on the images that refinement was fitted to, and is judged on those that were held back. */
import * as v from 'valibot'
import { distil } from '../../distil/distil.ts'
import { divergence } from '../../distil/divergence.ts'
import type { IntegerGraph } from '../../golden/types.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { type Checked, openObject, real, whole } from '../../input/schema.ts'
import { measureNetwork } from '../../quantise/compare-networks.ts'
import { openCrew } from '../../quantise/engine-crew.ts'
import type { QuantiseOptions, Ranges } from '../../quantise/integer-graph.ts'
import type { Progress } from '../files/progress.ts'
import type { Refined } from './run-refinement.ts'

/** Steps of learning, each on one crop. */
const STEPS = 500
/** Height and width of a crop, at most: of smaller ones too much of a picture is out of sight. */
const CROP = 448
/** How far a step moves a logarithm of a scale, and a bias, at the beginning. */
const RATES = { scale: 1e-3, bias: 2e-3 }
/** Every run uses this seed, so the same inputs give the same model. */
const SEED = 1

/** What distillation did. This is plain data. */
export const distillationReport = openObject({
  steps: whole(0),
  /** Calibration images that it learned from. */
  images: whole(0),
  /** Divergences from the float network on the held-back images (distil/divergence.ts); null where none was held back. */
  divergence: v.nullable(openObject({ before: real(0), after: real(0) })),
  /** False: what was learned was not better on the held-back images, and the refined network stands. */
  kept: v.boolean(),
})
export type DistillationReport = Checked<typeof distillationReport>

export interface DistillationInput extends Omit<Refined, 'report'> {
  readonly report: Pick<Refined['report'], 'outputError'>
  readonly ranges: Ranges
}

export interface Distilled {
  readonly integer: IntegerGraph
  readonly ranges: Ranges
  readonly distillation: DistillationReport
}

export async function runDistillation(
  graph: FloatGraph,
  input: DistillationInput,
  options: QuantiseOptions,
  progress: Progress,
): Promise<Distilled> {
  const { integer, ranges, fitted: images, probes, report } = input
  if (probes.length === 0) {
    progress.warn(
      'of fewer than four calibration images none is held back: nothing is distilled, and --effort best may be worse than fast',
    )
    return { integer, ranges, distillation: { steps: 0, images: 0, divergence: null, kept: false } }
  }
  const task = progress.start(`learn scales and biases from the float network on ${images.length} images`)
  const learned = await distil(
    { graph, integer, ranges, images },
    options,
    { steps: STEPS, crop: CROP, rates: RATES, seed: SEED },
    (done) => task.update(done / STEPS, `step ${done} of ${STEPS}`),
  )
  using crew = openCrew(graph)
  const before = await measureNetwork(integer, probes, crew, divergence)
  const after = await measureNetwork(learned.integer, probes, crew, divergence)
  // The network that is kept is better than that of `fast` by the measure of refinement, too.
  const limit = report.outputError?.fast ?? Number.POSITIVE_INFINITY
  const kept = after < before && (await measureNetwork(learned.integer, probes, crew)) <= limit
  task.done(
    `divergence ${before.toFixed(3)} before, ${after.toFixed(3)} after (${probes.length} image${probes.length === 1 ? '' : 's'} held back)${kept ? '' : '; the refined network is kept'}`,
  )
  const distillation = { steps: STEPS, images: images.length, divergence: { before, after }, kept }
  return kept ? { ...learned, distillation } : { integer, ranges, distillation }
}
