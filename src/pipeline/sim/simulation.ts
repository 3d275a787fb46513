/** One run of the simulation, from a quantised model and an image to a result. */
import { dirname, join } from 'node:path'
import { detectorOptions } from '../../detector/detector.ts'
import { runHead } from '../../golden/head.ts'
import type { IntegerGraph, NmsResult } from '../../golden/types.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { formatCount } from '../../report/table.ts'
import { conclude } from '../../result/conclusion.ts'
import type { RunHead } from '../../result/plan-identity.ts'
import {
  isRed,
  type LayerResult,
  type Replay,
  type SimMode,
  type SimResult,
  type SimulationRecord,
  statusOf,
} from '../../result/result.ts'
import { joinSeeds, markSeed } from '../../result/seeds.ts'
import { emitRoms, type RomSet } from '../../rom/emit.ts'
import type { EngineParameters } from '../../rom/parameters.ts'
import { buildModel, mergeOpened, type OpenedFile, simulateInChild } from '../../simulate/index.ts'
import type { StimulusChoice } from '../../stimulus/types.ts'
import type { EvidenceStore } from '../../store/evidence.ts'
import { writeWhole } from '../../store/files.ts'
import type { BoxesRun } from '../bench/boxes.ts'
import { simulateChained } from '../bench/chain.ts'
import { checkIcarusBudget, type Simulator } from '../bench/icarus-budget.ts'
import { diffStep, type Golden, limitsOf, runIsolated } from '../bench/layer.ts'
import { describeNetwork, recordSimulation } from '../bench/record.ts'
import type { Shard } from '../bench/schedule.ts'
import type { Progress } from '../files/progress.ts'
import { readSourceList } from '../files/rtl-sources.ts'
import { chooseNms, type NmsChoice } from '../model/engine-choice.ts'
import { type LoadedImage, loadImage, runGolden } from '../model/golden-run.ts'
import { listOpened, simulateChanged } from '../proof/changed-layers.ts'
import { judgeChain } from '../proof/red-chains.ts'
import { publishRoms } from '../roms/cache.ts'
import { checkRomFiles, romBytes, romPaths, writeRomFiles } from '../roms/files.ts'
import { runStimulusSets } from '../stimulus/stimulus.ts'
import { checkPlan, checkShardCount, chooseShard, planShards } from './shards.ts'
import { traceMismatch } from './waveform.ts'

export interface SimulationOptions {
  readonly mode: SimMode
  readonly modelName: string
  readonly modelHash: string
  readonly modelId: number
  readonly graph: IntegerGraph
  readonly imagePath: string
  readonly engine: EngineParameters
  readonly nms: NmsChoice
  /** Where ROMs and the result are written. */
  readonly folder: string
  /** Where built models are kept. */
  readonly cacheDir: string
  /** Chooses layers by index, given all names in order. Isolated mode only: a chain has no gaps. */
  readonly choose: (names: readonly string[]) => readonly number[]
  /** With it, the RTL's boxes are drawn beside those of the float network. */
  readonly floatGraph?: FloatGraph
  /** RTL sources; ours by default. */
  readonly sources?: readonly string[]
  /** Folder of the sources where they are not ours: what the self-test changes a copy of. */
  readonly rtlFolder?: string
  /** Where what the sources include is looked for; our RTL includes nothing. */
  readonly includeDirs?: readonly string[]
  /** Where proofs are kept by content. Without it every layer runs, and nothing is kept. */
  readonly evidence?: EvidenceStore
  /** false: run every layer, although it may have been proved before. */
  readonly reuse?: boolean
  /** Layers that run side by side; one a core by default. */
  readonly jobs?: number
  /** In the place of the image file: codes that were kept. No picture is drawn then. */
  readonly image?: FrozenImage
  /** Called with the golden data before anything is simulated; throws where they are not what they should be. */
  readonly checkGolden?: (golden: Golden, boxes: NmsResult | null) => void
  /** Runs this part of the chosen layers only. Isolated mode only. */
  readonly shard?: Shard
  /** The plan that the shard must be of: another is refused before anything is simulated. */
  readonly planIdentity?: string
  /** Every layer runs once a seed, from random values in what has no reset value. Isolated mode only. */
  readonly seeds?: readonly number[]
  /** Where reports go; `folder` by default. */
  readonly resultFolder?: string
  /** Icarus: four-state, for small layers, without waveforms. */
  readonly simulator?: Simulator
  /** Generated stimulus beside the image, for the chosen layers; none, and no coverage of meaning, by default. */
  readonly stimulus?: StimulusChoice
  /** false: no waveform of the first mismatch, which takes a model with tracing and another run. */
  readonly waveform?: boolean
}

/** An image as a frozen set has it. */
export interface FrozenImage extends Omit<LoadedImage, 'letterboxed'> {
  readonly letterboxed: null
}

/** What a simulation runs on; later stages (waveforms, pictures) need it, too. */
export interface SimulationBench {
  readonly options: SimulationOptions
  readonly roms: RomSet
  /** Instructions to run in isolation. */
  readonly chosen: readonly number[]
  readonly image: LoadedImage | FrozenImage
  readonly golden: Golden
  readonly expectedBoxes: NmsResult | null
  readonly simulation: ReturnType<typeof detectorOptions>
  /** Folder of the ROM files that the simulator reads: by content, whatever another run puts into `options.folder`. */
  readonly romsReadFrom: string
  /** Names the built model by the content of its sources, parameters and tools. */
  readonly buildKey: string
  readonly buildSeconds: number
  readonly record: SimulationRecord
}

export interface Simulated {
  readonly bench: SimulationBench
  readonly result: SimResult
  readonly boxes: BoxesRun | null
  /** Files that the model read besides its ROMs. */
  readonly opened: readonly OpenedFile[]
}

/** Golden data, ROM files and a built model: all that comes before the first cycle. */
export async function prepareSimulation(
  options: SimulationOptions,
  progress: Progress,
): Promise<SimulationBench> {
  const { graph, engine, folder } = options
  const startedAt = new Date()
  const nms = chooseNms(graph, engine, options.nms)
  const roms = emitRoms(graph, engine, options.modelId, nms)
  // A layer that is not there must be refused before anything slow begins.
  const chosen = chooseSteps(roms, options)
  if (options.shard !== undefined)
    checkShardCount(chosen.length * (options.seeds?.length ?? 1), options.shard)
  const sources = options.sources ?? (await readSourceList())
  const { simulator = 'verilator', cacheDir } = options
  if (simulator === 'icarus') checkIcarusBudget(chosen.map((pc) => roms.steps[pc]!))
  const romFolder = join(folder, 'roms')
  const begin = performance.now()
  const source = {
    ...detectorOptions(roms, sources, romPaths(romFolder)),
    ...(options.includeDirs === undefined ? {} : { includeDirs: options.includeDirs }),
    ...(options.seeds === undefined ? {} : { randomiseUnknowns: true }),
    ...(options.reuse === false ? { fresh: true } : {}),
    cacheDir,
    simulator,
  }
  // The tools run while this process computes: the build depends on neither image nor golden data.
  const built = buildModel(source).then((model) => ({
    ...model,
    seconds: (performance.now() - begin) / 1000,
  }))
  built.catch(() => {})

  const writing = progress.start('write ROMs')
  await writeRomFiles(romFolder, roms, options.modelName)
  const readFrom = await publishRoms(join(dirname(cacheDir), 'roms'), roms, options.modelName)
  writing.done(`${formatCount(romBytes(roms))} bytes in ${romFolder}`)

  const image = options.image ?? (await loadImage(options.imagePath, graph))
  const golden = await runGolden(graph, image.codes, progress)
  const expectedBoxes = graph.head === null ? null : runHead(graph, golden, nms)
  options.checkGolden?.(golden, expectedBoxes)

  const building = progress.start(`build the RTL with ${simulator === 'icarus' ? 'Icarus' : 'Verilator'}`)
  const { key, inputs, seconds: buildSeconds } = await built
  building.done(
    `${engine.inputLanes}x${engine.outputLanes}x${engine.pixels} array, model ${key.slice(0, 12)}`,
  )
  await checkRomFiles(readFrom, roms)
  return {
    options,
    roms,
    chosen,
    image,
    golden,
    expectedBoxes,
    simulation: { ...source, plusargs: romPaths(readFrom) },
    romsReadFrom: readFrom,
    buildKey: key,
    buildSeconds,
    record: await recordSimulation(sources, inputs, image.bytes, engine, startedAt),
  }
}

function chooseSteps(roms: RomSet, { choose }: SimulationOptions): readonly number[] {
  const diffable = roms.steps.flatMap((step, pc) =>
    step.writes === null && step.instruction.op !== 'detect' ? [] : [{ name: step.name, pc }],
  )
  return choose(diffable.map(({ name }) => name)).map((index) => diffable[index]!.pc)
}

/** Runs the layer diff in the mode asked for, and writes `sim.json`. */
export const runSimulation = async (options: SimulationOptions, progress: Progress): Promise<Simulated> =>
  runBench(await prepareSimulation(options, progress), progress)

/** The same on what is ready. */
export async function runBench(bench: SimulationBench, progress: Progress): Promise<Simulated> {
  const { options } = bench
  const sharded = options.shard === undefined ? {} : { shard: planShards(bench, options.shard) }
  if (sharded.shard !== undefined && options.planIdentity !== undefined)
    checkPlan(sharded.shard, options.planIdentity)
  const run = options.mode === 'isolated' ? await isolated(bench, progress) : await chained(bench, progress)
  const plain = { ...toSimResult(bench, run), ...sharded }
  const waveform =
    plain.verdict === 'exact' || options.simulator === 'icarus' || options.waveform === false
      ? null
      : await traceMismatch(benchOfRed(bench, plain), plain, progress)
  const pictures = await drawPictures(bench, run.boxes, progress)
  const generated =
    options.stimulus === undefined ? null : await runStimulusSets(bench, options.stimulus, progress)
  const stimulus = generated?.result ?? null
  const result: SimResult = {
    ...plain,
    ...(stimulus === null ? {} : { stimulus }),
    verdict: stimulus?.isRed === true ? 'mismatch' : plain.verdict,
    waveform,
    pictures,
  }
  await writeWhole(
    join(options.resultFolder ?? options.folder, 'sim.json'),
    `${JSON.stringify(result, null, 2)}\n`,
  )
  const opened = mergeOpened(run.opened, generated?.opened ?? [])
  return { bench, result, boxes: run.boxes, opened }
}

async function drawPictures(
  { options, image }: SimulationBench,
  boxes: BoxesRun | null,
  progress: Progress,
): Promise<readonly string[]> {
  const { floatGraph, folder, nms } = options
  if (floatGraph === undefined || image.letterboxed === null || boxes === null || boxes.detected === null)
    return []
  const task = progress.start('draw detections')
  // Checking RTL against a frozen set must work where there is no float runtime.
  const { writeDetections } = await import('./pictures.ts')
  const path = await writeDetections(folder, floatGraph, image, boxes.detected, nms)
  task.done()
  return [path]
}

interface ModeRun {
  readonly layers: readonly LayerResult[]
  readonly boxes: BoxesRun | null
  readonly replay: Replay | null
  readonly opened: readonly OpenedFile[]
}

async function isolated(bench: SimulationBench, progress: Progress): Promise<ModeRun> {
  const { shard, seeds = [null] } = bench.options
  const layers = new Map<number, LayerResult[]>()
  const boxes: BoxesRun[] = []
  let opened: readonly OpenedFile[] = []
  for (const seed of seeds) {
    const chosen = shard === undefined ? bench.chosen : chooseShard(bench, shard, seed)
    if (chosen.length === 0) continue
    const run = await simulateChanged(seed === null ? bench : withSeed(bench, seed), chosen, progress)
    opened = mergeOpened(opened, run.opened)
    for (const layer of run.layers) {
      const pc = chosen.find((own) => bench.roms.steps[own]!.name === layer.name)!
      const marked = seed === null ? layer : markSeed(layer, seed)
      layers.set(pc, [...(layers.get(pc) ?? []), marked])
    }
    if (run.boxes !== null)
      boxes.push(seed === null ? run.boxes : { ...run.boxes, result: markSeed(run.boxes.result, seed) })
  }
  const inOrder = [...layers].sort(([a], [b]) => a - b)
  return {
    layers: inOrder.map(([, results]) => joinSeeds(results)),
    boxes: boxes.length === 0 ? null : joinBoxes(boxes),
    replay: null,
    opened,
  }
}

/** What is drawn is what the seed that speaks has detected. */
function joinBoxes(runs: readonly BoxesRun[]): BoxesRun {
  const shown = runs.find(({ result }) => isRed(result)) ?? runs[0]!
  return { result: joinSeeds(runs.map(({ result }) => result)), detected: shown.detected }
}

const withSeed = (bench: SimulationBench, seed: number): SimulationBench => ({
  ...bench,
  simulation: { ...bench.simulation, seed },
})

/** The bench of the first red layer: what it was red with is what is traced. */
function benchOfRed(bench: SimulationBench, { layers }: SimResult): SimulationBench {
  const seed = layers.find(isRed)?.seeds?.red[0]
  return seed === undefined ? bench : withSeed(bench, seed)
}

async function chained(bench: SimulationBench, progress: Progress): Promise<ModeRun> {
  const { options, roms, golden, expectedBoxes } = bench
  await using dut = await simulateInChild(bench.simulation)
  const ran = await simulateChained(dut, options.graph, golden, expectedBoxes, roms, progress)
  // A model that failed so that it cannot be asked leaves no proof, and its run is red.
  const opened = await listOpened(bench, dut).catch(() => [])
  const run = await judgeChain(bench, ran, opened)
  const red = run.layers.find(isRed)
  const replay =
    red === undefined || statusOf(red) !== 'differs' || red.mismatches === 0
      ? null
      : await replayAlone(bench, red.name)
  return { layers: run.layers, boxes: run.boxes, replay, opened }
}

/** The first divergent layer of a chained run, from its golden input. */
async function replayAlone(bench: SimulationBench, name: string): Promise<Replay> {
  const { options, roms, golden } = bench
  // From power-up, as an isolated layer runs.
  await using dut = await simulateInChild(bench.simulation)
  const pc = roms.steps.findIndex((step) => step.name === name)
  const step = roms.steps[pc]!
  const run = await runIsolated(dut, pc, golden, roms, limitsOf(step, roms))
  const result = diffStep(step, pc, run, options.graph, golden, roms)
  return { layer: name, alone: isRed(result), result }
}

/** What a result says of the run before anything has run. */
export const describeHead = ({ options, image, record }: SimulationBench): RunHead => ({
  model: options.modelName,
  modelHash: options.modelHash,
  weightBits: options.graph.weightBits,
  activationBits: options.graph.activationBits,
  mode: options.mode,
  image: image.path,
  network: describeNetwork(options.graph),
  run: record,
})

function toSimResult(bench: SimulationBench, run: ModeRun): SimResult {
  const { buildSeconds } = bench
  const { layers } = run
  const boxes = run.boxes?.result ?? null
  return {
    ...describeHead(bench),
    ...conclude({ layers, boxes }, buildSeconds),
    layers,
    boxes,
    replay: run.replay,
    waveform: null,
    pictures: [],
  }
}
