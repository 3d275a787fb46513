/** This file prepares a quantised model from a checkpoint and keeps slow results by content. */

import { basename, join } from 'node:path'
import { type Checkpoint, readCheckpoint } from '../../checkpoint/read-checkpoint.ts'
import type { IntegerGraph } from '../../golden/types.ts'
import { buildGraph } from '../../graph/build-graph.ts'
import { fuse } from '../../graph/fuse.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { listImages, spread } from '../../image/list-images.ts'
import { resolveOverrides } from '../../quantise/resolve-overrides.ts'
import { checkBudget } from '../../quantise/search-bits.ts'
import { formatCount } from '../../report/table.ts'
import { makeFolder } from '../../store/cache.ts'
import { readInput } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { takeLock } from '../../store/lock.ts'
import { hashQuantiser } from '../../store/program-hash.ts'
import type { Progress } from '../files/progress.ts'
import { CalibrationImages } from './calibration-images.ts'
import { inputSize } from './input-size.ts'
import { openKeptLayers } from './kept-layers.ts'
import type { ModelOptions, WorkOptions } from './options.ts'
import { type QuantisationReport, quantiseModel } from './quantise-model.ts'
import { findQuantised, type KeptModel, keepQuantised } from './quantised-cache.ts'

export { spread } from '../../image/list-images.ts'

export interface LoadedModel {
  readonly path: string
  /** SHA-256 of the checkpoint. */
  readonly hash: string
  /** The fused graph. */
  readonly graph: FloatGraph
  readonly unfused: FloatGraph
  /** Parameters and buffers as the checkpoint stores them. */
  readonly state: Checkpoint['state']
  readonly dtype: Checkpoint['dtype']
  /** The user's own names, by those of the checkpoint; absent if there are none. */
  readonly names?: Readonly<Record<string, string>>
}

export interface PreparedModel {
  readonly integer: IntegerGraph
  readonly modelId: number
  /** SHA-256 of the integer graph's file. */
  readonly hash: string
  /** The images that ranges come from. */
  readonly calibration: readonly string[]
  /** Other images of the same folder. */
  readonly spare: readonly string[]
  /** How the model was quantised: the ranges and what they cost. */
  readonly report: QuantisationReport
  readonly cached: boolean
}

export async function loadModel(
  path: string,
  asked: { height?: number; width?: number },
  progress: Progress,
): Promise<LoadedModel> {
  const task = progress.start(`read and fuse ${basename(path)}`)
  const bytes = await readInput(path, 'Give the checkpoint with --model.')
  const checkpoint = await readCheckpoint(bytes, path)
  const { height, width } = inputSize(asked, checkpoint, (sentence) => progress.warn(sentence))
  const unfused = buildGraph(checkpoint, { height, width })
  const graph = fuse(unfused)
  const convolutions = graph.nodes.filter((node) => node.op === 'conv').length
  task.done(`${convolutions} convolutions, input ${height}x${width}`)
  return { path, hash: sha256(bytes), graph, unfused, state: checkpoint.state, dtype: checkpoint.dtype }
}

/** Calibrates and quantises a model, unless the cache holds the result of the same inputs. */
export async function prepareModel(
  model: LoadedModel,
  options: ModelOptions,
  work: WorkOptions,
  progress: Progress,
): Promise<PreparedModel> {
  // Wrong names and a budget that is spent already must be refused before the calibration.
  const { groupBits } = resolveOverrides(model.graph, options.overrides, '--overrides', options)
  if (options.activationBudget !== undefined)
    checkBudget(model.graph, options.activationBudget, { ...options, groupBits })
  const listed = await listImages(options.calibration)
  const calibration = spread(listed, options.calibrationImages)
  const chosen = new Set(calibration)
  const pictures = { calibration, spare: listed.filter((path) => !chosen.has(path)) }
  if (calibration.length < listed.length)
    progress
      .start('choose calibration images')
      .done(`${formatCount(calibration.length)} of ${formatCount(listed.length)}, evenly spread`)
  if (calibration.length < 4)
    progress.warn(
      `ranges come from ${calibration.length} image${calibration.length === 1 ? '' : 's'} only, and the accuracy may suffer. Some ten are enough: --calibration names their folder, --calibration-images how many of them.`,
    )
  const images: Uint8Array[] = []
  for (const path of calibration) images.push(await readInput(path))
  const { model: _model, calibration: _calibration, ...choices } = options
  const key = sha256(
    JSON.stringify([hashQuantiser(undefined, join(work.out, 'cache')), choices]),
    model.hash,
    ...images.map((image) => sha256(image)),
  )
  const folder = join(work.out, 'cache', 'quantised')
  const find = async (): Promise<KeptModel | null> => {
    const found = work.cache ? await findQuantised(folder, key, progress) : null
    for (const sentence of found?.report.oddities ?? []) progress.warn(sentence)
    return found
  }
  const found = await find()
  if (found !== null) return { ...found, ...pictures, cached: true }
  await makeFolder(folder)
  const lock = await takeLock(join(folder, `${key}.lock`))
  try {
    // Another process may have made it in the meantime.
    const meanwhile = await find()
    if (meanwhile !== null) return { ...meanwhile, ...pictures, cached: true }
    const layers = openKeptLayers(join(folder, `${key}.layers`), work.cache)
    const loaded = new CalibrationImages(calibration, images, options)
    const made = await quantiseModel(model.graph, loaded, options, progress, layers)
    const kept = await keepQuantised(folder, key, made)
    await layers.remove()
    return { ...kept, ...pictures, cached: false }
  } finally {
    await lock.release()
  }
}
