/** From the arguments of `assay sim` to the options of a simulation, of a model or of a frozen set. */

import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { IntegerGraph } from '../../../golden/types.ts'
import { InputError } from '../../../input/input-error.ts'
import type { Plan, RtlChoice, SimulationOptions } from '../../../pipeline/bench/options.ts'
import type { Progress } from '../../../pipeline/files/progress.ts'
import { defaultCacheFolder } from '../../../process/environment.ts'
import type { StimulusChoice } from '../../../stimulus/types.ts'
import type { EvidenceStore } from '../../../store/evidence.ts'
import { chooseLayers } from '../../model/layers.ts'
import { prepareFromArguments } from '../../model/prepare.ts'
import type { SimArguments, SimRun } from './options.ts'
import { listSources } from './request.ts'
import { frozenFolder, resultFolderOf, waveFolder } from './target.ts'

/** What a run needs besides its arguments, from a checkpoint or from a frozen set. */
export async function toSimulation(
  { args, environment, progress, origin }: SimRun,
  evidence: EvidenceStore | null,
): Promise<SimulationOptions> {
  const data =
    args.frozen === undefined ? await fromModel(args, progress) : await fromFrozen(args, args.frozen)
  return {
    model: data.model,
    input: data.input,
    rtl: {
      ...data.rtl,
      sources: await listSources(args),
      includeDirs: args.rtl === undefined ? undefined : [args.rtl],
      simulator: args.simulator,
    },
    plan: toPlan(args, chooseStimulus(args, data.stimulus)),
    store: {
      cacheDir: defaultCacheFolder(args.out),
      kept: join(args.out, 'cache'),
      evidence: evidence ?? undefined,
      reuse: args.cache,
    },
    output: {
      folder: args.dataFolder ?? data.folder,
      resultFolder: resultFolderOf(args, data.folder),
      waveFolder: await waveFolder(args),
      waveform: args.waveform,
      origin,
    },
    environment,
  }
}

/** A chained run has no choice of layers, seeds or shards: `honoured/sim.ts` refuses those options. */
function toPlan(args: SimArguments, stimulus: StimulusChoice | undefined): Plan {
  const { jobs, mode = 'isolated', seeds, shard } = args
  if (mode === 'chained') return { mode, jobs, stimulus }
  return {
    mode,
    jobs,
    stimulus,
    choose: (names) => chooseLayers(names, args.layers),
    seeds,
    shard,
    identity: args.planIdentity,
  }
}

/**
 * What was asked for, else what the frozen set asks for where this run can honour it, else all of it where it is cheap. A part of a run,
 * or one power-up of many, says nothing of the whole; Icarus is slow.
 */
function chooseStimulus(
  { stimulus, mode, simulator, shard, seeds }: SimArguments,
  frozen: StimulusChoice | undefined,
): StimulusChoice | undefined {
  if (stimulus !== undefined) return stimulus
  if (shard !== undefined || seeds !== undefined) return undefined
  if (simulator !== 'verilator') return 'image'
  return frozen ?? (mode === 'chained' ? 'image' : 'all')
}

/** What comes of the model, or of the frozen set in its place. */
interface SimulationData extends Pick<SimulationOptions, 'model' | 'input'> {
  readonly rtl: Pick<RtlChoice, 'engine' | 'nms'>
  readonly folder: string
  /** What a frozen set asks for. */
  readonly stimulus?: StimulusChoice
}

async function fromModel(args: SimArguments, progress: Progress): Promise<SimulationData> {
  const { inputs, options, folder, model, prepared } = await prepareFromArguments(args, progress, {
    array: args.array,
    layers: args.layers,
    image: true,
    check: async () => {
      if (args.pictures) await (await import('../../../pipeline/sim/pictures.ts')).checkDrawing()
    },
  })
  const { chooseEngine, DEFAULT_NMS } = await import('../../../pipeline/model/engine-choice.ts')
  return {
    model: {
      name: basename(inputs.model),
      hash: prepared.hash,
      fileHash: model.hash,
      id: prepared.modelId,
      graph: prepared.integer,
      floatGraph: args.pictures ? model.graph : undefined,
    },
    input: { imagePath: inputs.image },
    rtl: {
      engine: chooseEngine(options, args.array),
      nms: { ...DEFAULT_NMS, confidence: args.confidence, iou: args.iou, multiLabel: args.multiLabel },
    },
    folder,
  }
}

/** @throws InputError for another profile than that of the set */
async function requireSame(named: string, graph: IntegerGraph, frozen: string): Promise<void> {
  const { readProfile } = await import('../../../arithmetic/read-profile.ts')
  const { profileOf } = await import('../../../golden/code-range.ts')
  const own = profileOf(graph)
  if (isDeepStrictEqual(readProfile(named), own)) return
  throw new InputError(
    `is not the arithmetic of ${frozen}, which is ${own.name}`,
    '--profile',
    'Leave it out, or freeze the set anew.',
  )
}

/** Model, image, bits and settings of q_NMS are the set's; the array is the run's. */
export async function fromFrozen(args: SimArguments, frozen: string): Promise<SimulationData> {
  const { checkFrozen, readFrozen } = await import('../../../pipeline/golden/frozen-set.ts')
  const { DEFAULT_ENGINE } = await import('../../../rom/parameters.ts')
  const { widestActivation } = await import('../../../golden/codes.ts')
  const set = await readFrozen(frozen)
  const { index, graph, modelId, image } = set
  if (args.profile !== undefined) await requireSame(args.profile, graph, frozen)
  // Mixed precision: the ROM is as wide as its widest layer, the datapath as the widest tensor.
  const weightBits = Math.max(
    ...graph.nodes.map((node) => (node.op === 'conv' ? node.weightBits : 0)),
    index.weightBits,
  )
  const activationBits = widestActivation(graph)
  const { tableBits } = index
  const path = index.image.file
  return {
    model: { name: index.model, hash: index.graph, id: modelId, graph },
    input: {
      imagePath: path,
      image: { path, bytes: image as Uint8Array, codes: image, letterboxed: null },
      checkGolden: (golden, boxes) => checkFrozen(set, golden, boxes),
    },
    rtl: {
      engine: { ...DEFAULT_ENGINE, ...args.array, weightBits, activationBits, tableBits },
      nms: index.nms,
    },
    folder: await frozenFolder(args, frozen),
    stimulus: index.stimulus,
  }
}
