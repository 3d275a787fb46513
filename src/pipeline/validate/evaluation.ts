/** This file evaluates the boxes of every stage, and keeps the figures by content. */
import { join } from 'node:path'
import { collectGarbage } from '../../process/collect-garbage.ts'
import type { Stage } from '../../result/accuracy.ts'
import { sha256 } from '../../store/hash.ts'
import { hashEvaluator } from '../../store/program-hash.ts'
import { resampleMap } from '../../validate/bootstrap.ts'
import { countConfusions } from '../../validate/confusion.ts'
import type { Dataset, Detection } from '../../validate/dataset.ts'
import { evaluate } from '../../validate/evaluate.ts'
import { unpackDetections } from '../../validate/packed-boxes.ts'
import type { Progress } from '../files/progress.ts'
import { type Evaluation, keepEvaluation, readEvaluation } from './kept-evaluation.ts'
import { computedStage, type FinishedStages, type StagesRequest } from './run.ts'

export interface EvaluatedStage extends Evaluation {
  readonly stage: Stage
}

interface EvaluationRequest extends StagesRequest {
  readonly replicates: number
  readonly seed: number
}

/** Evaluates every stage at both operating points. Memory holds the boxes of one stage and point at a time. */
export async function evaluateStages(
  request: EvaluationRequest,
  finished: FinishedStages,
  stages: readonly Stage[],
  progress: Progress,
): Promise<readonly [protocol: readonly EvaluatedStage[], matched: readonly EvaluatedStage[]]> {
  const { dataset, digest } = finished
  const task = progress.start('evaluate')
  const { classes, images, annotations } = dataset
  const minScore = request.choices[1]!.confidence
  const { replicates, seed } = request
  // Of the images the ids and sizes: where they lie decides nothing.
  const sizes = images.map(({ id, width, height }) => [id, width, height])
  const key = sha256(
    JSON.stringify([
      hashEvaluator(undefined, request.cacheDir),
      classes,
      sizes,
      annotations,
      minScore,
      replicates,
      seed,
    ]),
  )
  const computed = [...new Set(stages.map(computedStage))]
  const done = new Map<string, Evaluation>()
  let found = 0
  for (const stage of computed) {
    const boxes = await digest(stage)
    for (const point of [0, 1]) {
      const path = join(
        request.cacheDir,
        'validate',
        'figures',
        `${sha256(JSON.stringify([key, boxes, point]))}.json`,
      )
      const kept = request.cache ? await readEvaluation(path) : null
      if (kept !== null) found++
      const report = (share: number): void =>
        task.update(
          (done.size + share) / (2 * computed.length),
          `${stage} at confidence ${request.choices[point]!.confidence}`,
        )
      const made =
        kept ?? (await evaluateBoxes(request, dataset, await readDetections(finished, stage, point), report))
      if (kept === null) {
        await keepEvaluation(path, made)
        collectGarbage()
      }
      done.set(`${stage} ${point}`, made)
    }
  }
  task.done(found === 0 ? undefined : `${found} of ${done.size} were finished before`)
  const at = (point: number): readonly EvaluatedStage[] =>
    stages.map((stage) => ({ stage, ...done.get(`${computedStage(stage)} ${point}`)! }))
  return [at(0), at(1)]
}

async function evaluateBoxes(
  { choices, replicates, seed }: EvaluationRequest,
  dataset: Dataset,
  detections: readonly Detection[],
  report: (share: number) => void,
): Promise<Evaluation> {
  report(0)
  const minScore = choices[1]!.confidence
  return {
    metrics: await evaluate(dataset, detections),
    resamples: await resampleMap(dataset, detections, { replicates, seed }, (drawn) =>
      report(drawn / replicates),
    ),
    confusion: await countConfusions(dataset, detections, { minScore, minIou: 0.5 }),
  }
}

async function readDetections(
  { dataset, read }: FinishedStages,
  stage: Stage,
  point: number,
): Promise<readonly Detection[]> {
  const detections: Detection[] = []
  for (const [index, image] of dataset.images.entries())
    for (const detection of unpackDetections((await read(stage, index)).boxes[point]!, image))
      detections.push(detection)
  return detections
}
