/** `assay sim --module` runs the user's module on each layer that its configuration claims, from the layer's golden input. */
import { join, resolve } from 'node:path'
import { profileName } from '../../golden/code-range.ts'
import { runHead } from '../../golden/head.ts'
import { InputError } from '../../input/input-error.ts'
import { listLayers } from '../../operator/layer-info.ts'
import { claims } from '../../operator/settle-config.ts'
import type { LayerInfo } from '../../operator/types.ts'
import type { Environment } from '../../process/environment.ts'
import { formatCount } from '../../report/table.ts'
import { conclude } from '../../result/conclusion.ts'
import type { Planned } from '../../result/merge.ts'
import { joinWarnings } from '../../result/problem.ts'
import type { Origin, RunHead, ShardRecord } from '../../result/record.ts'
import type { SimResult } from '../../result/result.ts'
import { DEFAULT_ENGINE } from '../../rom/parameters.ts'
import type { EvidenceStore } from '../../store/evidence.ts'
import { removePath } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { checkIcarusBudget, type Simulator } from '../bench/icarus-budget.ts'
import type { SimulatedInput, SimulatedModel } from '../bench/options.ts'
import { describeNetwork, recordSimulation } from '../bench/record.ts'
import type { Golden } from '../bench/reference.ts'
import type { Shard } from '../bench/shard.ts'
import type { Progress } from '../files/progress.ts'
import { chooseNms, DEFAULT_NMS, type NmsChoice } from '../model/engine-choice.ts'
import { type LoadedImage, loadImage, runGolden } from '../model/golden-run.ts'
import { decorate, writeResult } from '../report/decoration.ts'
import { checkPlan } from '../sim/shards.ts'
import { type BuiltLayers, buildLayers } from './builds.ts'
import type { LoadedConfig } from './config.ts'
import { runLayers } from './layers.ts'
import type { OwnBench } from './open.ts'
import { type PowerUps, planOwn, recordShard } from './plan.ts'
import { traceOperator } from './waveform.ts'

export interface OperatorSimulationOptions {
  readonly loaded: LoadedConfig
  readonly model: Pick<SimulatedModel, 'name' | 'hash' | 'graph'>
  readonly input: SimulatedInput
  /** Of the boxes of a frozen set, which are computed anew; no RTL of this run finds boxes. */
  readonly nms?: NmsChoice
  /** Folder for memory files and waveforms. */
  readonly folder: string
  /** Folder for the result; `folder` by default. */
  readonly resultFolder?: string | undefined
  readonly cacheDir: string
  readonly simulator?: Simulator
  /** Where exact layers are kept; nothing is kept without it. */
  readonly evidence?: EvidenceStore | undefined
  /** Take exact layers from there. Default: true. */
  readonly reuse?: boolean
  /** The environment as it was when the run began. */
  readonly environment: Environment
  /** Where the run comes from, as its result says it. */
  readonly origin?: Promise<Origin>
  /** false: no waveform of the first red layer. */
  readonly waveform?: boolean
  /** Chooses among the names of the layers that the configuration claims. */
  readonly choose: (names: readonly string[]) => readonly number[]
  /** Every layer runs once per seed, from random initial values. */
  readonly seeds?: readonly number[] | undefined
  /** The part of the chosen layers that runs. */
  readonly shard?: Shard | undefined
  /** Identity of the plan that the shard must belong to. */
  readonly identity?: string | undefined
  /** Layers that are built and run side by side; one per core by default. */
  readonly jobs?: number | undefined
}

/** What is there before the first cycle. */
interface Prepared {
  readonly startedAt: Date
  readonly golden: Golden
  readonly at: OwnBench
  /** Those of this shard, built; of a whole run all. */
  readonly builds: BuiltLayers
  readonly head: RunHead
  readonly powerUps: PowerUps
  /** Null without shards. */
  readonly record: ShardRecord | null
}

/** @throws InputError if the configuration claims no layer of the network. */
export async function runOperatorSimulation(
  options: OperatorSimulationOptions,
  progress: Progress,
): Promise<SimResult> {
  const { folder, resultFolder = folder, simulator = 'verilator' } = options
  const { golden, at, builds, head, powerUps, record, startedAt } = await prepare(options, progress)
  if (record !== null && options.identity !== undefined) checkPlan(record, options.identity)
  if (record === null) await removePath(join(folder, 'waves'))
  const plan = { powerUps, golden, at, startedAt: startedAt.toISOString() }
  const { results, red } = await runLayers(options, builds, plan, progress)
  const isTraced = simulator !== 'icarus' && options.waveform !== false
  const waveform = await decorate('waveform', progress, async () =>
    red !== null && isTraced ? traceOperator(red, folder, progress) : null,
  )
  const watched = results.flatMap((layer) => layer.watched ?? [])
  const remarks = [
    ...(watched.length === 0 ? [] : [describeWatched(watched, options.loaded.config.program !== undefined)]),
    ...waveform.remarks,
  ]
  const result: SimResult = {
    ...head,
    ...conclude({ layers: results, boxes: null }, builds.seconds),
    layers: results,
    boxes: null,
    replay: null,
    waveform: waveform.made,
    pictures: [],
    remarks: remarks.length === 0 ? undefined : remarks,
    warnings: joinWarnings(builds.built.map(({ built }) => built.warnings)),
    shard: record ?? undefined,
  }
  await writeResult(join(resultFolder, 'sim.json'), result, progress)
  return result
}

/** `--prepare`: builds every model. @returns what all shards will run; null without shards */
export async function prepareOperatorSimulation(
  options: OperatorSimulationOptions,
  progress: Progress,
): Promise<{ readonly builds: BuiltLayers; readonly planned: Planned | null }> {
  const { builds, head, record } = await prepare(options, progress, true)
  if (record === null) return { builds, planned: null }
  const { count, settings, plan } = record
  return { builds, planned: { head, plan: { count, settings, plan } } }
}

/** @param isWhole build what every shard needs */
async function prepare(
  options: OperatorSimulationOptions,
  progress: Progress,
  isWhole = false,
): Promise<Prepared> {
  const startedAt = new Date()
  const { loaded, model, input, shard, environment, simulator = 'verilator', cacheDir } = options
  const { graph } = model
  const layers = chooseClaimed(options)
  if (simulator === 'icarus') checkIcarusBudget(layers)
  const image = input.image ?? (await loadImage(input.imagePath, graph))
  const golden = await runGolden(graph, image.codes, progress)
  const nms = chooseNms(graph, DEFAULT_ENGINE, options.nms ?? DEFAULT_NMS)
  input.checkGolden?.(golden, graph.head === null ? null : runHead(graph, golden, nms))
  const at: OwnBench = {
    // Shards of one image share their files: a path in a parameter is part of the model.
    folder: resolve(
      options.folder,
      'memories',
      ...(shard === undefined ? [] : [sha256(image.bytes).slice(0, 12)]),
    ),
    cacheDir,
    simulator,
    environment,
    isRandom: options.seeds !== undefined,
  }
  const plan = shard === undefined ? null : planOwn(loaded, layers, options.seeds, shard)
  const powerUps = plan?.powerUps ?? new Map(layers.map((layer) => [layer, options.seeds ?? [null]]))
  const own = isWhole ? layers : [...powerUps.keys()]
  const builds = await buildLayers(loaded, own, layers, at, options.jobs, progress)
  const head = await describeHead(options, image, builds, startedAt)
  const record = plan === null ? null : recordShard(plan, head, at)
  return { startedAt, golden, at, builds, head, powerUps, record }
}

async function describeHead(
  { loaded, model, environment, origin }: OperatorSimulationOptions,
  image: Pick<LoadedImage, 'path' | 'bytes'>,
  { inputs }: BuiltLayers,
  startedAt: Date,
): Promise<RunHead> {
  const { weightBits, activationBits } = model.graph
  // Assay's own array takes no part, so its sizes are 0.
  const engine = { ...DEFAULT_ENGINE, inputLanes: 0, outputLanes: 0, pixels: 0, weightBits, activationBits }
  const sources = loaded.config.sources.map((path) => resolve(loaded.folder, path))
  return {
    model: model.name,
    modelHash: model.hash,
    weightBits,
    activationBits,
    profile: profileName(model.graph),
    mode: 'isolated',
    image: image.path,
    network: describeNetwork(model.graph),
    run: await recordSimulation(environment, {
      ...{ sources, inputs, image: image.bytes, engine, startedAt, origin },
    }),
  }
}

function chooseClaimed({
  loaded,
  model: { graph, name },
  choose,
}: OperatorSimulationOptions): readonly LayerInfo[] {
  const all = listLayers(graph)
  const claimed = all.filter((layer) => claims(loaded.config, layer, loaded.path))
  if (claimed.length === 0)
    throw new InputError(
      `'layers' claims none of the ${all.length} layers of ${name} at w${graph.weightBits}a${graph.activationBits}`,
      loaded.path,
      '`assay inspect` shows their sizes; `--bits` chooses the widths.',
    )
  return choose(claimed.map(({ name }) => name)).map((index) => claimed[index]!)
}

/** Says how long the run waited for a surplus beat. */
function describeWatched(watched: readonly number[], isProgrammed: boolean): string {
  const [least, most] = [Math.min(...watched), Math.max(...watched)].map(formatCount)
  const cycles = least === most ? least : `${least} to ${most}`
  if (isProgrammed)
    return `When its program was done the module was watched for ${cycles} more cycles: it wrote nothing more.`
  return `After its last beat the module was watched for ${cycles} more cycles, longer than it was ever silent in the layer.`
}
