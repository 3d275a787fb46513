/** This file makes what a run of the user's module rests on: the layers that are claimed, their golden tensors, and the head of the record. */
import { resolve } from 'node:path'
import { profileName } from '../../golden/code-range.ts'
import { runHead } from '../../golden/head.ts'
import { InputError } from '../../input/input-error.ts'
import { listLayers } from '../../operator/layer-info.ts'
import { claims } from '../../operator/settle-config.ts'
import type { LayerInfo } from '../../operator/types.ts'
import type { Environment } from '../../process/environment.ts'
import type { Origin, RunHead } from '../../result/record.ts'
import { DEFAULT_ENGINE } from '../../rom/parameters.ts'
import type { BuildInput } from '../../simulate/build/types.ts'
import type { EvidenceStore } from '../../store/evidence.ts'
import { sha256 } from '../../store/hash.ts'
import { checkIcarusBudget, type Simulator } from '../bench/icarus-budget.ts'
import type { SimulatedInput, SimulatedModel } from '../bench/options.ts'
import { describeNetwork, recordSimulation } from '../bench/record.ts'
import type { Golden } from '../bench/reference.ts'
import type { Shard } from '../bench/shard.ts'
import type { Progress } from '../files/progress.ts'
import { chooseNms, DEFAULT_NMS, type NmsChoice } from '../model/engine-choice.ts'
import { type LoadedImage, loadImage, runGolden } from '../model/golden-run.ts'
import type { LoadedConfig } from './config.ts'
import type { OwnBench } from './open.ts'

export interface OperatorSimulationOptions {
  readonly loaded: LoadedConfig
  readonly model: Pick<SimulatedModel, 'name' | 'hash' | 'fileHash' | 'graph'>
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
  /** `chained`: all chosen layers are one run. Default: what the configuration says. */
  readonly mode?: 'isolated' | 'chained' | undefined
  /** Every layer runs once per seed, from random initial values. */
  readonly seeds?: readonly number[] | undefined
  /** The part of the chosen layers that runs. */
  readonly shard?: Shard | undefined
  /** Identity of the plan that the shard must belong to. */
  readonly identity?: string | undefined
  /** Layers that are built and run side by side; one per core by default. */
  readonly jobs?: number | undefined
}

/** What is there before anything is built. */
export interface OwnRun {
  readonly startedAt: Date
  /** Those that are claimed and chosen, in the order of the network. */
  readonly layers: readonly LayerInfo[]
  readonly isChained: boolean
  readonly image: Pick<LoadedImage, 'path' | 'bytes'>
  readonly golden: Golden
  readonly at: OwnBench
}

/** @throws InputError if the configuration claims no layer of the network, and for options that a chained run does not have. */
export async function prepareRun(options: OperatorSimulationOptions, progress: Progress): Promise<OwnRun> {
  const startedAt = new Date()
  const { loaded, model, input, shard, seeds, environment, simulator = 'verilator', cacheDir } = options
  const { graph } = model
  const isChained = (options.mode ?? loaded.config.mode) === 'chained'
  if (isChained && (shard !== undefined || seeds !== undefined))
    throw new InputError(
      'a chained run has no --shard and no --seeds',
      loaded.path,
      '--mode isolated runs each layer alone.',
    )
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
    isRandom: seeds !== undefined,
  }
  return { startedAt, layers, isChained, image, golden, at }
}

/** @param inputs what the model was built of */
export async function describeHead(
  { loaded, model, environment, origin }: OperatorSimulationOptions,
  { image, startedAt, isChained }: OwnRun,
  inputs: readonly BuildInput[],
): Promise<RunHead> {
  const { weightBits, activationBits } = model.graph
  // Assay's own array takes no part, so its sizes are 0.
  const engine = { ...DEFAULT_ENGINE, inputLanes: 0, outputLanes: 0, pixels: 0, weightBits, activationBits }
  const sources = loaded.config.sources.map((path) => resolve(loaded.folder, path))
  return {
    model: model.name,
    modelHash: model.hash,
    modelFileHash: model.fileHash,
    weightBits,
    activationBits,
    profile: profileName(model.graph),
    mode: isChained ? 'chained' : 'isolated',
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
