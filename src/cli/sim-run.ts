/** One run of `assay sim`: taken from the evidence if nothing has changed since it was exact, otherwise made. */
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { InputError } from '../input/input-error.ts'
import { pathName } from '../input/path-name.ts'
import type { Plan, RtlChoice, SimulationOptions } from '../pipeline/bench/options.ts'
import type { Progress } from '../pipeline/files/progress.ts'
import type { RunRequest } from '../pipeline/proof/proved-run.ts'
import { readEnvironment } from '../process/environment.ts'
import type { PlannedRun } from '../result/merge.ts'
import type { SimResult } from '../result/result.ts'
import type { StimulusChoice } from '../stimulus/types.ts'
import type { EvidenceStore } from '../store/evidence.ts'
import { chooseLayers } from './layers.ts'
import {
  checkEmbedded,
  resolveInputs,
  resolveModel,
  runFolder,
  toModelOptions,
  toWorkOptions,
} from './options.ts'
import { prepareFromArguments } from './prepare.ts'
import type { ReportTarget } from './reports.ts'
import type { SimArguments } from './sim.ts'

/** Options that decide neither a result nor where it is written. */
const NO_INFLUENCE = new Set([
  '_',
  '$0',
  'cache',
  'json',
  'j',
  'jobs',
  'quiet',
  'q',
  'watch',
  'w',
  'report',
  'prepare',
])

export async function simulateFromArguments(args: SimArguments, progress: Progress): Promise<SimResult> {
  // Missing RTL is refused before the long part.
  await listSources(args)
  const store = openStore(args, await import('../store/program-hash.ts'))
  const { findProvedRun, keepProvedRun, keyRun } = await import('../pipeline/proof/proved-run.ts')
  const hashInputs = async (): Promise<string> =>
    store === null ? '' : keyRun(store, await describeRequest(args), readEnvironment())
  const key = await hashInputs()
  const found = store === null || !args.cache ? null : await findProvedRun(store, key, readEnvironment())
  if (found !== null) return rewriteFound(args, found)
  await removeDrawings(args)
  const options = await toSimulation(args, progress, store)
  const { runSimulation } = await import('../pipeline/sim/run.ts')
  const { result, bench, opened } = await runSimulation(options, progress)
  // An input that was saved during the run counts for the next one.
  if (store !== null && (await hashInputs()) === key) {
    const { romsReadFrom } = bench
    const files = [
      ...result.pictures.map((path) => ({ path, original: path })),
      // Another run may have put its own into this run's folder meanwhile.
      ...(await readdir(romsReadFrom)).map((name) => ({
        path: join(options.output.folder, 'roms', name),
        original: join(romsReadFrom, name),
      })),
    ]
    await keepProvedRun(store, key, result, bench.simulation, bench.buildKey, files, opened)
  }
  return result
}

/** Waveforms of the run before; shards share theirs. Pictures are named for what they show. */
async function removeDrawings(args: SimArguments): Promise<void> {
  if (args.shard !== undefined) return
  const { removePath } = await import('../store/files.ts')
  await removePath(join(await dataFolder(args), 'waves'))
}

/** What is ready for shards that share a folder. */
export interface Ready {
  readonly folder: string
  /** Key of the built model. */
  readonly build: string
  /** With `--shard`: what all of them will run. */
  readonly planned?: Omit<PlannedRun, 'path'>
}

/** `--prepare`: all that comes before the first cycle. */
export async function prepareFromSimArguments(args: SimArguments, progress: Progress): Promise<Ready> {
  const { describeHead, prepareSimulation } = await import('../pipeline/bench/bench.ts')
  const { planShards } = await import('../pipeline/sim/shards.ts')
  const options = await toSimulation(args, progress, null)
  const bench = await prepareSimulation(options, progress)
  const ready = { folder: options.output.folder, build: bench.buildKey }
  const shard = options.plan.mode === 'isolated' ? options.plan.shard : undefined
  if (shard === undefined) return ready
  const { count, settings, plan } = planShards(bench, shard)
  return { ...ready, planned: { head: describeHead(bench), plan: { count, settings, plan } } }
}

async function rewriteFound(args: SimArguments, result: SimResult): Promise<SimResult> {
  const { writeWhole } = await import('../store/files.ts')
  const { checkPlan } = await import('../pipeline/sim/shards.ts')
  if (result.shard !== undefined && args.planIdentity !== undefined)
    checkPlan(result.shard, args.planIdentity)
  const { folder } = await simTarget(args)
  await writeWhole(join(folder, 'sim.json'), `${JSON.stringify(result, null, 2)}\n`)
  return result
}

/** Where the run's results and reports go: known before anything is read that may be damaged. */
export async function simTarget(args: SimArguments): Promise<ReportTarget> {
  const folder = args.resultFolder ?? (await resultFolderOf(args, await dataFolder(args)))
  return { command: 'sim', folder, rtl: args.rtl }
}

/** Where ROMs, pictures and waveforms go. */
const dataFolder = async (args: SimArguments): Promise<string> =>
  args.frozen === undefined ? folderOf(args) : frozenFolder(args, args.frozen)

/** `build/<model>-w8a8`, from the options alone: whether the model is there is found out later. */
export function folderOf(args: SimArguments): string {
  const inputs = { ...resolveModel(args), image: '', calibration: '' }
  return runFolder(toModelOptions(args, inputs, [640, 640]), toWorkOptions(args))
}

async function frozenFolder({ out }: SimArguments, frozen: string): Promise<string> {
  const { readFrozenIndex } = await import('../pipeline/golden/frozen-set.ts')
  const { model, weightBits, activationBits } = await readFrozenIndex(frozen)
  const stem = model.replace(/\.[^.]*$/, '')
  return join(out, pathName(`${stem}-w${weightBits}a${activationBits}-frozen`, frozen))
}

async function resultFolderOf(args: SimArguments, folder: string): Promise<string> {
  if (args.resultFolder !== undefined) return args.resultFolder
  if (args.shard === undefined) return folder
  const { parseShard } = await import('../pipeline/bench/shard.ts')
  const { index, count } = parseShard(args.shard)
  return join(folder, 'shards', `${index}-of-${count}`)
}

/** Runs that count coverage or run on mutants are made every time. */
function openStore(
  args: SimArguments,
  { hashProgram }: Pick<typeof import('../store/program-hash.ts'), 'hashProgram'>,
): EvidenceStore | null {
  const { coverage, mutation } = readEnvironment()
  if (coverage !== null || mutation !== null) return null
  const cache = join(args.out, 'cache')
  return { folder: join(cache, 'evidence'), programHash: hashProgram(undefined, cache) }
}

/** Everything that is read, from the options alone. Any option that names a file counts with the file's content. */
export async function describeRequest(args: SimArguments): Promise<RunRequest> {
  const named = Object.values(args).filter((value): value is string => typeof value === 'string')
  const files = await Promise.all(
    [...new Set(named)].map(async (path) => {
      const info = await stat(path).catch(() => null)
      return info?.isFile() === true ? [path] : []
    }),
  )
  const data = args.frozen === undefined ? await listData(args) : await listFrozen(args.frozen)
  return {
    inputs: [...data, ...files.flat()],
    sources: await listSources(args),
    options: Object.fromEntries(Object.entries(args).filter(([name]) => !NO_INFLUENCE.has(name))),
  }
}

async function listData(args: SimArguments): Promise<readonly string[]> {
  const { listImages, spread } = await import('../image/list-images.ts')
  const inputs = resolveInputs(args)
  checkEmbedded(inputs)
  const [image] = await listImages(inputs.image)
  return [inputs.model, image!, ...spread(await listImages(inputs.calibration), args.calibrationImages)]
}

async function listFrozen(folder: string): Promise<readonly string[]> {
  const { FROZEN_FILES, readFrozenIndex } = await import('../pipeline/golden/frozen-set.ts')
  const { layers } = await readFrozenIndex(folder)
  const own = layers.flatMap(({ file }) => (file === null ? [] : [file]))
  return [FROZEN_FILES.index, FROZEN_FILES.graph, ...own].map((file) => join(folder, file))
}

/** Files besides the RTL whose change makes a run worth repeating. */
export const listWatched = (args: SimArguments): Promise<readonly string[]> =>
  args.frozen === undefined ? listData(args) : listFrozen(args.frozen)

/** The RTL that a run compiles, in order. */
export async function listSources({ rtl }: SimArguments): Promise<readonly string[]> {
  const { sourcesOf } = await import('../pipeline/files/rtl-sources.ts')
  return sourcesOf(rtl)
}

/** What a run needs besides its arguments, from a checkpoint or from a frozen set. */
async function toSimulation(
  args: SimArguments,
  progress: Progress,
  evidence: EvidenceStore | null,
): Promise<SimulationOptions> {
  const environment = readEnvironment()
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
    plan: await toPlan(args, chooseStimulus(args, data.stimulus)),
    store: {
      cacheDir: join(args.out, 'cache', 'verilator'),
      evidence: evidence ?? undefined,
      reuse: args.cache,
    },
    output: {
      folder: data.folder,
      resultFolder: await resultFolderOf(args, data.folder),
      waveform: args.waveform,
    },
    environment,
  }
}

/** Of a chain no layers, seeds or shards are chosen: `cli/honoured.ts` refuses those options there. */
async function toPlan(args: SimArguments, stimulus: StimulusChoice | undefined): Promise<Plan> {
  const { jobs, mode } = args
  if (mode === 'chained') return { mode, jobs, stimulus }
  const { parseShard } = await import('../pipeline/bench/shard.ts')
  const { parseSeeds } = await import('../pipeline/sim/seeds.ts')
  return {
    mode,
    jobs,
    stimulus,
    choose: (names) => chooseLayers(names, args.layers),
    seeds: args.seeds === undefined ? undefined : parseSeeds(args.seeds),
    shard: args.shard === undefined ? undefined : parseShard(args.shard),
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
  return frozen ?? (mode === 'isolated' ? 'all' : 'image')
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
  })
  const { chooseEngine, DEFAULT_NMS } = await import('../pipeline/model/engine-choice.ts')
  return {
    model: {
      name: basename(inputs.model),
      hash: prepared.hash,
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

/** Model, image, bits and settings of q_NMS are the set's; the array is the run's. */
async function fromFrozen(args: SimArguments, frozen: string): Promise<SimulationData> {
  if (args.model !== undefined || args.image !== undefined)
    throw new InputError(
      'a frozen set has a model and an image of its own',
      '--frozen',
      'Leave out --model and --image.',
    )
  const { checkFrozen, readFrozen } = await import('../pipeline/golden/frozen-set.ts')
  const { parseArray } = await import('../pipeline/model/engine-choice.ts')
  const { DEFAULT_ENGINE } = await import('../rom/parameters.ts')
  const set = await readFrozen(frozen)
  const { index, graph, modelId, image } = set
  // Mixed precision: the ROM is as wide as its widest layer.
  const weightBits = Math.max(
    ...graph.nodes.map((node) => (node.op === 'conv' ? node.weightBits : 0)),
    index.weightBits,
  )
  const { activationBits, tableBits } = index
  const path = index.image.file
  return {
    model: { name: index.model, hash: index.graph, id: modelId, graph },
    input: {
      imagePath: path,
      image: { path, bytes: image as Uint8Array, codes: image, letterboxed: null },
      checkGolden: (golden, boxes) => checkFrozen(set, golden, boxes),
    },
    rtl: {
      engine: { ...DEFAULT_ENGINE, ...parseArray(args.array), weightBits, activationBits, tableBits },
      nms: index.nms,
    },
    folder: await frozenFolder(args, frozen),
    stimulus: index.stimulus,
  }
}
