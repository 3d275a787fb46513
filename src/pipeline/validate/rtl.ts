/** This file runs the detector on one image after the other, from the image to the boxes, and records only the boxes. */
import { join } from 'node:path'
import { readBoxes } from '../../detector/boxes.ts'
import { cycleBudget } from '../../detector/budget.ts'
import { detectorOptions, NO_TAP } from '../../detector/options.ts'
import { loadTensor, runInstructions } from '../../detector/run.ts'
import type { Codes, IntegerGraph, NmsOptions, NmsResult } from '../../golden/types.ts'
import { InputError } from '../../input/input-error.ts'
import type { Environment } from '../../process/environment.ts'
import { emitRoms, type RomSet, withoutContents } from '../../rom/emit.ts'
import type { EngineParameters } from '../../rom/parameters.ts'
import { type BuiltModel, buildModel, openDut, type SimulateOptions } from '../../simulate/index.ts'
import { hashRtl } from '../bench/record.ts'
import type { Progress } from '../files/progress.ts'
import { sourcesOf } from '../files/rtl-sources.ts'
import { checkRomFiles, romPaths } from '../roms/files.ts'
import { writeRomFiles } from '../roms/write.ts'

/** Everything that a worker needs to open the model, without ROM contents, which it reads from files. */
export interface RtlSetup {
  readonly built: BuiltModel
  /** SHA-256 over the sources. */
  readonly hash: string
  readonly options: SimulateOptions
  readonly roms: RomSet
  /** Name of the network's input. */
  readonly input: string
}

export interface RtlRequest {
  readonly graph: IntegerGraph
  readonly engine: EngineParameters
  /** The program has one DETECT for each. */
  readonly nms: readonly NmsOptions[]
  readonly modelId: number
  readonly modelName: string
  /** Folder for ROMs. */
  readonly folder: string
  /** Folder of built models. */
  readonly cacheDir: string
  /** Folder of RTL that holds an rtl.f; Assay's own `rtl/` by default. */
  readonly rtl?: string
  readonly environment: Environment
}

/** Writes the ROMs and builds the model. */
export async function prepareRtl(request: RtlRequest, progress: Progress): Promise<RtlSetup> {
  const { graph, engine, nms, modelId, modelName, folder, rtl, environment } = request
  const task = progress.start('build the RTL with Verilator')
  const roms = emitRoms(graph, engine, modelId, nms)
  await writeRomFiles(folder, roms, modelName)
  const options = {
    ...detectorOptions(roms, await sourcesOf(rtl), romPaths(folder)),
    includeDirs: rtl === undefined ? [] : [rtl],
    cacheDir: request.cacheDir,
    streams: NO_TAP,
    environment,
  }
  const built = await buildModel(options)
  await checkRomFiles(folder, roms)
  task.done(
    `${engine.inputLanes}x${engine.outputLanes}x${engine.pixels} array, model ${built.key.slice(0, 12)}`,
  )
  const hash = await hashRtl(options.sources, built.inputs)
  return { built, hash, options, roms: withoutContents(roms), input: graph.nodes[0]!.name }
}

export interface RtlRun {
  /** Boxes of each DETECT. */
  readonly detected: readonly NmsResult[]
  readonly cycles: number
  readonly seconds: number
}

export interface RtlRunner {
  run(image: Codes): Promise<RtlRun>
  close(): Promise<void>
}

/** @throws SimulationError if the model fails, for example because a ROM file is gone. */
export async function openRtl({ built, options, roms, input }: RtlSetup): Promise<RtlRunner> {
  const dut = openDut(built, options)
  const detects = roms.steps.flatMap(({ instruction }, pc) => (instruction.op === 'detect' ? [pc] : []))
  const budget = (first: number, last: number): number =>
    roms.steps.slice(first, last + 1).reduce((sum, step) => sum + cycleBudget(step, roms), 0)
  const run = async (image: Codes): Promise<RtlRun> => {
    await loadTensor(dut, image, roms.placements.get(input)!, roms.engine)
    const detected: NmsResult[] = []
    let cycles = 0
    let seconds = 0
    for (const [index, pc] of detects.entries()) {
      const first = index === 0 ? 0 : pc
      const withinCycles = budget(first, pc)
      const limits = { withinCycles, noProgressCycles: withinCycles, record: false }
      const part = await runInstructions(dut, roms, first, pc, limits)
      detected.push(await readBoxes(dut))
      cycles += part.cycles
      seconds += part.seconds
    }
    return { detected, cycles, seconds }
  }
  return { run, close: () => dut.close() }
}

/** @throws InputError if the stage cannot run on this model. */
export function checkIntegerHead(graph: IntegerGraph, stage: string): void {
  if (graph.head !== null) return
  throw new InputError(
    `the stage ${stage} needs an integer head, which a model quantised with --scope no-last does not have`,
    '--stages',
    'Leave it out, or quantise with --scope all.',
  )
}

/** The ROM folder of a validation. Its program differs from that of `assay roms`: it has two DETECT instructions. */
export const validationRomFolder = (folder: string): string => join(folder, 'validate', 'roms')
