/** This file runs every image through every stage whose result is not on the disk yet, on all cores. */

import { join } from 'node:path'
import type { NmsOptions } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import type { Environment } from '../../process/environment.ts'
import type { Stage } from '../../result/accuracy.ts'
import type { EngineParameters } from '../../rom/parameters.ts'
import type { Dataset } from '../../validate/dataset.ts'
import type { Progress, Task } from '../files/progress.ts'
import { chooseNms } from '../model/engine-choice.ts'
import type { LoadedModel, PreparedModel } from '../model/prepare.ts'
import { digestRecords, readRecord, recordPath, stageFolder, writeRecord } from './cache.ts'
import { keepReadable, readPictures } from './read-pictures.ts'
import { checkIntegerHead, prepareRtl, type RtlSetup, validationRomFolder } from './rtl.ts'
import type { BoxChoice, ComputedStage, StageRecord, StagesSetup, StagesTask } from './stages.ts'
import { startPool } from './worker-pool.ts'

export interface StagesRequest {
  readonly stages: readonly Stage[]
  readonly dataset: Dataset
  readonly model: LoadedModel
  /** Null if only float stages run, which need no ranges. */
  readonly prepared: PreparedModel | null
  readonly modelName: string
  readonly engine: EngineParameters
  /** The two operating points: that of the evaluation protocol and the matched one. */
  readonly choices: readonly BoxChoice[]
  /** Folder for results. */
  readonly folder: string
  /** Folder of finished images and built models. */
  readonly cacheDir: string
  /** Folder of built models. */
  readonly models: string
  /** false: every image runs again. */
  readonly cache: boolean
  /** Number of worker processes. */
  readonly jobs: number
  /** Folder of RTL that holds an rtl.f; Assay's own `rtl/` by default. */
  readonly rtl?: string
  /** What the environment says, as it was read where the run began. */
  readonly environment: Environment
}

/** Finished images, and how to read their boxes. */
export interface FinishedStages {
  /** Sizes are those of the pictures. */
  readonly dataset: Dataset
  /** The boxes of an image, by its index. */
  readonly read: (stage: Stage, image: number) => Promise<StageRecord>
  /** SHA-256 of the finished images of a stage, in their order. */
  readonly digest: (stage: Stage) => Promise<string>
  /** Number of images that ran now and were not found on the disk. */
  readonly ran: number
  /** SHA-256 over the RTL; null where none ran. */
  readonly rtlHash: string | null
}

export const computedStage = (stage: Stage): ComputedStage => (stage === 'float' ? 'fused' : stage)

/** Float stages need nothing but the checkpoint. */
export const isFloatStage = (stage: Stage): boolean =>
  computedStage(stage) === 'fused' || computedStage(stage) === 'unfused'

function checkFloat(stage: Stage): void {
  if (!isFloatStage(stage)) throw new Error(`Expected a quantised model for the stage ${stage}`)
}

export async function runStages(request: StagesRequest, progress: Progress): Promise<FinishedStages> {
  const { stages, model, prepared, engine, choices } = request
  const integer = prepared?.integer ?? null
  for (const stage of stages)
    if (integer === null) checkFloat(stage)
    else if (stage === 'full' || stage === 'rtl') checkIntegerHead(integer, stage)
  const nms =
    integer === null || integer.head === null
      ? []
      : choices.map((choice) => chooseNms(integer, engine, choice))
  const { dataset: listed, hashes } = await readPictures(
    request.dataset,
    prepared?.calibration ?? [],
    progress,
  )
  const wanted = [...new Set(stages.map(computedStage))]
  const rtl = wanted.includes('rtl') ? await makeRtl(request, nms, progress) : null
  const folders = new Map(
    wanted.map((stage) => [stage, folderOf(stage, request, nms, rtl?.built.key ?? null)] as const),
  )
  const pathOf = (stage: ComputedStage, image: number): string =>
    recordPath(folders.get(stage)!, hashes[image]!)

  const tasks: (StagesTask & { readonly image: number })[] = []
  for (const [image, { path }] of listed.images.entries()) {
    const missing: ComputedStage[] = []
    for (const stage of wanted)
      if (!request.cache || (await readRecord(pathOf(stage, image))) === null) missing.push(stage)
    if (missing.length > 0) tasks.push({ path, stages: missing, image })
  }
  const needed = new Set(tasks.flatMap((task) => task.stages))
  const setup: StagesSetup = {
    kind: 'stages',
    unfused: needed.has('unfused') ? model.unfused : null,
    fused: needed.has('fused') || integer?.head === null ? model.graph : null,
    integer,
    choices,
    nms,
    rtl: needed.has('rtl') ? rtl : null,
  }
  const total = listed.images.length
  const unreadable =
    tasks.length === 0
      ? new Set<number>()
      : await runTasks({ setup, tasks, known: total - tasks.length, jobs: request.jobs, pathOf }, progress)
  const dataset = keepReadable(listed, new Set([...unreadable].map((image) => listed.images[image]!.id)))
  const kept = listed.images.flatMap((_, image) => (unreadable.has(image) ? [] : [image]))
  return {
    dataset,
    rtlHash: rtl?.hash ?? null,
    ran: tasks.length - unreadable.size,
    digest: (stage) => digestRecords(kept.map((image) => pathOf(computedStage(stage), image))),
    read: async (stage, image) => {
      const path = pathOf(computedStage(stage), kept[image]!)
      const record = await readRecord(path)
      if (record === null) throw new InputError('a finished image is missing', path, 'Run the command again.')
      return record
    },
  }
}

/** Returns the folder of a stage. Its name covers everything that decides the stage's boxes. */
function folderOf(
  stage: ComputedStage,
  { model, prepared, engine, choices, cacheDir }: StagesRequest,
  nms: readonly NmsOptions[],
  rtlKey: string | null,
): string {
  const [, height, width] = model.graph.nodes[0]!.shape
  const root = join(cacheDir, 'validate')
  switch (stage) {
    case 'unfused':
    case 'fused':
      return stageFolder(root, stage, [model.hash, height, width, choices])
    case 'quantised':
      return stageFolder(root, stage, [prepared!.hash, model.hash, choices])
    case 'full':
      return stageFolder(root, stage, [prepared!.hash, nms])
    case 'rtl':
      return stageFolder(root, stage, [prepared!.hash, nms, engine, rtlKey])
  }
}

function makeRtl(
  { prepared, engine, modelName, folder, models, rtl, environment }: StagesRequest,
  nms: readonly NmsOptions[],
  progress: Progress,
): Promise<RtlSetup> {
  const { integer, modelId } = prepared!
  return prepareRtl(
    {
      graph: integer,
      engine,
      nms,
      modelId,
      modelName,
      folder: validationRomFolder(folder),
      cacheDir: models,
      rtl,
      environment,
    },
    progress,
  )
}

interface Work {
  readonly setup: StagesSetup
  readonly tasks: readonly (StagesTask & { readonly image: number })[]
  /** Number of images that were finished before. */
  readonly known: number
  readonly jobs: number
  readonly pathOf: (stage: ComputedStage, image: number) => string
}

/** @returns the images whose picture cannot be decoded. */
async function runTasks(
  { setup, tasks, known, jobs, pathOf }: Work,
  progress: Progress,
): Promise<ReadonlySet<number>> {
  const unreadable = new Set<number>()
  const stages = new Set(tasks.flatMap((task) => task.stages))
  const workers = Math.min(jobs, tasks.length)
  const task = progress.start(`run ${[...stages].join(', ')} on ${tasks.length} images`)
  await using pool = await startPool<'stages'>(setup, workers)
  const begin = performance.now()
  let done = 0
  await pool.run(tasks, async (index, { unreadable: reason, ...records }) => {
    if (reason !== undefined) unreadable.add(tasks[index]!.image)
    for (const [stage, record] of Object.entries(records) as [ComputedStage, StageRecord][])
      await writeRecord(pathOf(stage, tasks[index]!.image), record)
    done++
    report(task, done, tasks.length, begin)
  })
  const rate = (1000 * done) / (performance.now() - begin)
  const kept = known > 0 ? `, ${known} more finished before` : ''
  task.done(`${rate.toFixed(1)} images a second, ${workers} processes${kept}`)
  return unreadable
}

function report(task: Task, done: number, total: number, begin: number): void {
  const rate = (1000 * done) / (performance.now() - begin)
  task.update(done / total, `${done} of ${total} images, ${rate.toFixed(1)} a second`)
}
