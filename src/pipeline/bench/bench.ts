/** This file prepares everything that a simulation needs before its first cycle: golden data, ROM files and a built model. */

import { join } from 'node:path'
import { detectorOptions } from '../../detector/options.ts'
import { profileName } from '../../golden/code-range.ts'
import type { OnTally, Tally } from '../../golden/engine.ts'
import { runHead } from '../../golden/head.ts'
import type { Diagnostic } from '../../input/tool-error.ts'
import { formatCount } from '../../report/table.ts'
import type { RunHead, SimulationRecord } from '../../result/record.ts'
import { emitRoms, type RomSet } from '../../rom/emit.ts'
import type { BuildInput } from '../../simulate/build/types.ts'
import { buildModel, type SimulateOptions } from '../../simulate/index.ts'
import type { Progress } from '../files/progress.ts'
import { readSourceList } from '../files/rtl-sources.ts'
import { chooseNms } from '../model/engine-choice.ts'
import { type LoadedImage, loadImage, runGolden } from '../model/golden-run.ts'
import { publishRoms } from '../roms/cache.ts'
import { checkRomFiles, romBytes, romPaths } from '../roms/files.ts'
import { writeRomFiles } from '../roms/write.ts'
import { checkIcarusBudget } from './icarus-budget.ts'
import type { FrozenImage, Plan, SimulationOptions } from './options.ts'
import { keptFolder } from './options.ts'
import { describeNetwork, recordSimulation } from './record.ts'
import type { Reference } from './reference.ts'
import { checkShardCount } from './shard.ts'

/** Waveforms and pictures are made from it, too. */
export interface SimulationBench extends SimulationOptions, Reference {
  /** Instructions to run in isolation. */
  readonly chosen: readonly number[]
  readonly image: LoadedImage | FrozenImage
  /** Of the golden data's convolutions; empty where no stimulus is asked for. */
  readonly tallies: ReadonlyMap<string, Tally>
  readonly simulation: SimulateOptions
  /** Folder of the ROM files that the simulator reads. It is named by content, so no other run can replace them. */
  readonly romsReadFrom: string
  /** Names what the built model does: what its RTL, parameters and tools come to. */
  readonly buildKey: string
  /** What Verilator warned of. */
  readonly warnings: readonly Diagnostic[]
  /** Every file that the build read. */
  readonly buildInputs: readonly BuildInput[]
  readonly buildSeconds: number
  readonly record: SimulationRecord
}

/** @param onChosen is told, before anything slow, for how many steps a model will be opened, and how once it is built. */
export async function prepareSimulation(
  options: SimulationOptions,
  progress: Progress,
  onChosen?: (simulation: Promise<SimulateOptions>, steps: number) => void,
): Promise<SimulationBench> {
  const { model, input, rtl, plan, store, output, environment } = options
  const { graph } = model
  const { engine, simulator = 'verilator' } = rtl
  const startedAt = new Date()
  const nms = chooseNms(graph, engine, rtl.nms)
  const roms = emitRoms(graph, engine, model.id, nms)
  // An unknown layer must be refused before anything slow begins.
  const chosen = chooseSteps(roms, plan)
  const seeds = plan.mode === 'isolated' ? plan.seeds : undefined
  if (plan.mode === 'isolated' && plan.shard !== undefined)
    checkShardCount(chosen.length * (seeds?.length ?? 1), plan.shard)
  const sources = rtl.sources ?? (await readSourceList())
  if (simulator === 'icarus') checkIcarusBudget(chosen.map((pc) => roms.steps[pc]!))
  const romFolder = join(output.folder, 'roms')
  const begin = performance.now()
  const source: SimulateOptions = {
    ...detectorOptions(roms, sources, romPaths(romFolder)),
    includeDirs: rtl.includeDirs,
    randomiseUnknowns: seeds !== undefined,
    fresh: store.reuse === false,
    cacheDir: store.cacheDir,
    simulator,
    environment,
  }
  // The build depends on neither image nor golden data, so the tools run while this process computes.
  const built = buildModel(source).then((model) => ({
    ...model,
    seconds: (performance.now() - begin) / 1000,
  }))
  built.catch(() => {})

  const published = writeRoms(options, roms, romFolder, progress)
  const opened = Promise.all([published, built]).then(([readFrom]) => ({
    ...source,
    plusargs: romPaths(readFrom),
  }))
  opened.catch(() => {})
  onChosen?.(opened, chosen.length)
  const readFrom = await published

  const image = input.image ?? (await loadImage(input.imagePath, graph))
  const tallies = new Map<string, Tally>()
  const onTally: OnTally = ({ name }, tally) => tallies.set(name, tally)
  const golden = await runGolden(
    graph,
    image.codes,
    progress,
    plan.stimulus === undefined ? undefined : onTally,
  )
  const expectedBoxes = graph.head === null ? null : runHead(graph, golden, nms)
  input.checkGolden?.(golden, expectedBoxes)

  const building = progress.start(`build the RTL with ${simulator === 'icarus' ? 'Icarus' : 'Verilator'}`)
  const { key, meaning, inputs, warnings, seconds: buildSeconds } = await built
  building.done(
    `${engine.inputLanes}x${engine.outputLanes}x${engine.pixels} array, model ${key.slice(0, 12)}`,
  )
  await checkRomFiles(readFrom, roms)
  return {
    ...options,
    graph,
    roms,
    chosen,
    image,
    golden,
    tallies,
    expectedBoxes,
    simulation: await opened,
    romsReadFrom: readFrom,
    buildKey: meaning,
    buildInputs: inputs,
    warnings,
    buildSeconds,
    record: await recordSimulation(environment, {
      ...{ sources, inputs, image: image.bytes, engine, startedAt, origin: output.origin },
    }),
  }
}

/** Returns the folder that the simulator reads. */
async function writeRoms(
  { model, store }: SimulationOptions,
  roms: RomSet,
  folder: string,
  progress: Progress,
): Promise<string> {
  const task = progress.start('write ROMs')
  await writeRomFiles(folder, roms, model.name)
  const readFrom = await publishRoms(join(keptFolder(store), 'roms'), roms, model.name)
  task.done(`${formatCount(romBytes(roms))} bytes in ${folder}`)
  return readFrom
}

function chooseSteps(roms: RomSet, plan: Plan): readonly number[] {
  const diffable = roms.steps.flatMap((step, pc) =>
    step.writes === null && step.instruction.op !== 'detect' ? [] : [{ name: step.name, pc }],
  )
  if (plan.mode === 'chained' || plan.choose === undefined) return diffable.map(({ pc }) => pc)
  return plan.choose(diffable.map(({ name }) => name)).map((index) => diffable[index]!.pc)
}

type Head = Pick<SimulationBench, 'model' | 'plan' | 'graph' | 'image' | 'record'>

/** The part of a result that is known before anything has run. */
export const describeHead = ({ model, plan, graph, image, record }: Head): RunHead => ({
  model: model.name,
  modelHash: model.hash,
  modelFileHash: model.fileHash,
  weightBits: graph.weightBits,
  activationBits: graph.activationBits,
  profile: profileName(graph),
  mode: plan.mode,
  image: image.path,
  network: describeNetwork(graph),
  run: record,
})
