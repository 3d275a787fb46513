/** A validation runs the missing images of every stage, evaluates their boxes and compares the stages. */
import { join } from 'node:path'
import type {
  AccuracyDifference,
  AccuracyResult,
  MatchedAccuracy,
  Stage,
  StageAccuracy,
  StagePair,
} from '../../result/accuracy.ts'
import { removePath, writeWhole } from '../../store/files.ts'
import { compareResamples } from '../../validate/bootstrap.ts'
import { toClasses, toConfusion, toCurves, toFigures, toRates } from '../../validate/summarise.ts'
import type { Progress } from '../files/progress.ts'
import type { ModelOptions } from '../model/options.ts'
import { recordRun } from '../model/run-record.ts'
import { decorate } from '../report/decoration.ts'
import { type EvaluatedStage, evaluateStages } from './evaluation.ts'
import { writePictures } from './pictures.ts'
import { computedStage, type FinishedStages, runStages, type StagesRequest } from './run.ts'
import { removeDetections, saveDetections } from './save-detections.ts'

export interface ValidationRequest extends StagesRequest {
  /** How `prepared` was made; null if only float stages run. */
  readonly options: ModelOptions | null
  readonly dataName: string
  readonly replicates: number
  readonly seed: number
  /** Indices of images to draw. */
  readonly pictures: readonly number[]
  readonly saveDetections?: boolean
}

/** Coverage of the bootstrap intervals. */
const LEVEL = 0.95

/** Runs the stages, evaluates them, and writes `validate.json` and the pictures. */
export async function validate(request: ValidationRequest, progress: Progress): Promise<AccuracyResult> {
  const begin = performance.now()
  const folder = join(request.folder, 'validate')
  const path = join(folder, 'validate.json')
  // If this run dies, an earlier result must not pass for its own.
  await removePath(path)
  await removeDetections(folder)
  const finished = await runStages(request, progress)
  const { dataset } = finished
  const stages = [...new Set(request.stages)]
  const yardstick = chooseYardstick(stages)
  const [evaluated, matched] = await evaluateStages(request, finished, stages, progress)
  const { rtl, overflows, mostCandidates } = await summariseRuns(finished, stages, request.engine.capacity)
  const drawn = request.pictures.map((index) => request.dataset.images[index]!.id)
  const pictures = await decorate('pictures', progress, () =>
    writePictures(folder, finished, drawn, stages, progress),
  )
  const detections =
    request.saveDetections === true ? await saveDetections(folder, finished, stages, progress) : undefined
  const [, height, width] = request.model.graph.nodes[0]!.shape
  const [protocol, atMatched] = request.choices
  const { model, prepared, options } = request
  const run =
    prepared === null || options === null ? null : await recordRun('validate', model, prepared, options)
  const metrics = evaluated.map((entry) => entry.metrics)
  const result: AccuracyResult = {
    model: request.modelName,
    modelHash: request.prepared?.hash ?? request.model.hash,
    weightBits: request.prepared?.integer.weightBits ?? null,
    activationBits: request.prepared?.integer.activationBits ?? null,
    run,
    data: request.dataName,
    images: dataset.images.length,
    objects: metrics[0]!.objects,
    protocol: {
      ...protocol!,
      width,
      height,
      capacity: request.engine.capacity,
      matchedConfidence: atMatched!.confidence,
    },
    yardstick,
    bootstrap: { replicates: request.replicates, level: LEVEL, seed: request.seed },
    stages: toRows(evaluated, yardstick),
    matched: toRows(matched, yardstick).map(
      (row, index): MatchedAccuracy => ({ ...row, ...toRates(matched[index]!.confusion) }),
    ),
    pairs: comparePairs(evaluated),
    classNames: dataset.classes,
    classes: toClasses(metrics),
    curves: evaluated.map((entry) => toCurves(entry.stage, entry.metrics)),
    confusion: matched.map((entry) => toConfusion(entry.stage, entry.confusion)),
    overflows,
    mostCandidates,
    rtl,
    verdict: rtl === null ? 'not run' : rtl.exact === rtl.images ? 'exact' : 'mismatch',
    findings: dataset.findings,
    pictures: pictures.made ?? [],
    ...(detections === undefined ? {} : { detections }),
    seconds: (performance.now() - begin) / 1000,
  }
  await writeWhole(path, `${JSON.stringify(result)}\n`)
  return result
}

/** Chooses the stage that the others are compared with: float in any form, else the first stage. */
function chooseYardstick(stages: readonly Stage[]): Stage {
  const preferred: readonly Stage[] = ['float', 'fused', 'unfused']
  return preferred.find((stage) => stages.includes(stage)) ?? stages[0]!
}

/** Accuracy of the second less that of the first; null if the data set has nothing to find. */
function compare(first: EvaluatedStage, second: EvaluatedStage): AccuracyDifference | null {
  if (first.resamples === null || second.resamples === null) return null
  const { difference, low, high } = compareResamples(first.resamples, second.resamples, LEVEL)
  return { difference, low, high }
}

/** Makes the rows of a table: each stage with its difference to the yardstick. */
function toRows(evaluated: readonly EvaluatedStage[], yardstick: Stage): readonly StageAccuracy[] {
  const reference = evaluated.find(({ stage }) => stage === yardstick)!
  return evaluated.map((entry) => ({
    stage: entry.stage,
    ...toFigures(entry.metrics),
    difference: entry === reference ? null : compare(reference, entry),
  }))
}

const PAIRS = [
  { name: 'folding', first: 'unfused', second: 'fused' },
  { name: 'q_NMS', first: 'quantised', second: 'full' },
] as const

function comparePairs(evaluated: readonly EvaluatedStage[]): readonly StagePair[] {
  const find = (wanted: Stage): EvaluatedStage | undefined =>
    evaluated.find(({ stage }) => computedStage(stage) === wanted)
  return PAIRS.flatMap(({ name, first, second }): StagePair[] => {
    const [before, after] = [find(first), find(second)]
    if (before === undefined || after === undefined) return []
    const difference = compare(before, after)
    return difference === null ? [] : [{ name, first, second, ...difference }]
  })
}

/** The number of differing images that a result names; it only counts the rest. */
const MOST_DIFFERING = 20

async function summariseRuns(
  { dataset, rtlHash, read }: FinishedStages,
  stages: readonly Stage[],
  capacity: number,
): Promise<Pick<AccuracyResult, 'rtl' | 'overflows' | 'mostCandidates'>> {
  const integer = stages.find((stage) => stage === 'full' || stage === 'rtl')
  let [overflows, most] = [0, 0]
  let [exact, cycles, seconds] = [0, 0, 0]
  const differing: { image: string; what: string }[] = []
  for (const [index, { fileName }] of dataset.images.entries()) {
    const candidates = integer === undefined ? 0 : (await read(integer, index)).candidates
    if (candidates > capacity) overflows++
    most = Math.max(most, candidates)
    if (!stages.includes('rtl')) continue
    const record = await read('rtl', index)
    cycles += record.cycles
    seconds += record.seconds
    if (record.mismatch === null) exact++
    else if (differing.length < MOST_DIFFERING) differing.push({ image: fileName, what: record.mismatch })
  }
  const rtl = stages.includes('rtl')
    ? { hash: rtlHash ?? undefined, images: dataset.images.length, exact, cycles, seconds, differing }
    : null
  return { rtl, overflows, mostCandidates: integer === undefined ? undefined : most }
}
