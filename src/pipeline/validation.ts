/** Accuracy at every stage: runs what is missing, evaluates, and compares stages. */
import { join } from 'node:path'
import type {
  AccuracyDifference,
  AccuracyResult,
  MatchedAccuracy,
  RtlProof,
  Stage,
  StageAccuracy,
  StagePair,
} from '../report/accuracy.ts'
import { bootstrapDifference } from '../validate/bootstrap.ts'
import { countConfusions } from '../validate/confusion.ts'
import type { Dataset, Detection } from '../validate/dataset.ts'
import { evaluate, type Metrics } from '../validate/evaluate.ts'
import { unpackDetections } from '../validate/packed-boxes.ts'
import { toClasses, toConfusion, toCurves, toFigures, toRates } from '../validate/summarise.ts'
import { writeWhole } from './files.ts'
import type { Progress } from './progress.ts'
import { writePictures } from './validation-pictures.ts'
import { computedStage, type FinishedStages, runStages, type StagesRequest } from './validation-run.ts'

export interface ValidationRequest extends StagesRequest {
  readonly dataName: string
  readonly replicates: number
  readonly seed: number
  /** Indices of images to draw. */
  readonly pictures: readonly number[]
}

/** Coverage of the bootstrap intervals. */
const LEVEL = 0.95

/** Runs, evaluates, and writes `validate.json` and the pictures. */
export async function validate(request: ValidationRequest, progress: Progress): Promise<AccuracyResult> {
  const begin = performance.now()
  const finished = await runStages(request, progress)
  const { dataset } = finished
  const stages = [...new Set(request.stages)]
  const yardstick = chooseYardstick(stages)
  const task = progress.start('evaluate')
  const evaluated = await evaluateStages(request, finished, stages, yardstick, 0)
  const matched = await evaluateStages(request, finished, stages, yardstick, 1)
  const pairs = await comparePairs(request, finished, stages)
  const { rtl, overflows } = await summariseRuns(finished, stages)
  task.done()
  const folder = join(request.folder, 'validate')
  const pictures = await writePictures(folder, finished, request.pictures, stages, progress)
  const [, height, width] = request.model.graph.nodes[0]!.shape
  const [protocol, atMatched] = request.choices
  const metrics = evaluated.map((entry) => entry.metrics)
  const result: AccuracyResult = {
    model: request.modelName,
    modelHash: request.prepared.hash,
    weightBits: request.prepared.integer.weightBits,
    activationBits: request.prepared.integer.activationBits,
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
    stages: evaluated.map((entry) => entry.accuracy),
    matched: matched.map(({ accuracy, rates }): MatchedAccuracy => ({ ...accuracy, ...rates })),
    pairs,
    classNames: dataset.classes,
    classes: toClasses(metrics),
    curves: evaluated.map((entry) => toCurves(entry.stage, entry.metrics)),
    confusion: matched.map((entry) => entry.confusion),
    overflows,
    rtl,
    verdict: rtl === null ? 'not run' : rtl.exact === rtl.images ? 'exact' : 'mismatch',
    findings: dataset.findings,
    pictures,
    seconds: (performance.now() - begin) / 1000,
  }
  await writeWhole(join(folder, 'validate.json'), `${JSON.stringify(result)}\n`)
  return result
}

/** What the others are compared with: float in any form, else the first stage. */
function chooseYardstick(stages: readonly Stage[]): Stage {
  const preferred: readonly Stage[] = ['float', 'fused', 'unfused']
  return preferred.find((stage) => stages.includes(stage)) ?? stages[0]!
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

/** Of a stage to itself under another name. */
const NONE: AccuracyDifference = { difference: 0, low: 0, high: 0 }

interface EvaluatedStage {
  readonly stage: Stage
  readonly metrics: Metrics
  readonly accuracy: StageAccuracy
  readonly confusion: ReturnType<typeof toConfusion>
  readonly rates: ReturnType<typeof toRates>
}

/** Every stage at one operating point. Boxes of two stages are in memory at a time. */
async function evaluateStages(
  request: ValidationRequest,
  finished: FinishedStages,
  stages: readonly Stage[],
  yardstick: Stage,
  point: number,
): Promise<readonly EvaluatedStage[]> {
  const { dataset } = finished
  const reference = await readDetections(finished, yardstick, point)
  const minScore = request.choices[1]!.confidence
  const results: EvaluatedStage[] = []
  for (const stage of stages) {
    const same = computedStage(stage) === computedStage(yardstick)
    const detections = same ? reference : await readDetections(finished, stage, point)
    const metrics = evaluate(dataset, detections)
    const confusion = countConfusions(dataset, detections, { minScore, minIou: 0.5 })
    const difference =
      stage === yardstick ? null : same ? NONE : compare(request, dataset, reference, detections)
    results.push({
      stage,
      metrics,
      accuracy: { stage, ...toFigures(metrics), difference },
      confusion: toConfusion(stage, confusion),
      rates: toRates(confusion),
    })
  }
  return results
}

/** Second less first. */
function compare(
  { replicates, seed }: ValidationRequest,
  dataset: Dataset,
  first: readonly Detection[],
  second: readonly Detection[],
): AccuracyDifference | null {
  const found = bootstrapDifference(dataset, first, second, { replicates, seed, level: LEVEL })
  if (found === null) return null
  const { difference, low, high } = found
  return { difference, low, high }
}

const PAIRS = [
  { name: 'folding', first: 'unfused', second: 'fused' },
  { name: 'q_NMS', first: 'quantised', second: 'full' },
] as const

async function comparePairs(
  request: ValidationRequest,
  finished: FinishedStages,
  stages: readonly Stage[],
): Promise<readonly StagePair[]> {
  const run = new Set(stages.map(computedStage))
  const pairs: StagePair[] = []
  for (const { name, first, second } of PAIRS) {
    if (!run.has(first) || !run.has(second)) continue
    const [before, after] = [
      await readDetections(finished, first, 0),
      await readDetections(finished, second, 0),
    ]
    const difference = compare(request, finished.dataset, before, after)
    if (difference !== null) pairs.push({ name, first, second, ...difference })
  }
  return pairs
}

/** Named in a result; the rest is counted. */
const MOST_DIFFERING = 20

async function summariseRuns(
  { dataset, read }: FinishedStages,
  stages: readonly Stage[],
): Promise<{ readonly rtl: RtlProof | null; readonly overflows: number }> {
  const integer = stages.find((stage) => stage === 'full' || stage === 'rtl')
  let overflows = 0
  let [exact, cycles, seconds] = [0, 0, 0]
  const differing: { image: string; what: string }[] = []
  for (const [index, { fileName }] of dataset.images.entries()) {
    if (integer !== undefined && (await read(integer, index)).overflow) overflows++
    if (!stages.includes('rtl')) continue
    const record = await read('rtl', index)
    cycles += record.cycles
    seconds += record.seconds
    if (record.mismatch === null) exact++
    else if (differing.length < MOST_DIFFERING) differing.push({ image: fileName, what: record.mismatch })
  }
  const rtl = stages.includes('rtl')
    ? { images: dataset.images.length, exact, cycles, seconds, differing }
    : null
  return { rtl, overflows }
}
