/**
 * `make mutate ARGS='--sim …'`: which mutants of rtl/ the generated stimulus of `assay sim` notices, on the embedded model. Mutants that
 * the module's own tests cannot kill either, and that test/rtl/mutants.json explains, are left out.
 */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resolveInputs } from '../cli/model/inputs.ts'
import { toModelOptions } from '../cli/model/quantisation.ts'
import { defaultArguments } from '../cli/options/check-value.ts'
import { MODEL_OPTIONS } from '../cli/options/shared.ts'
import { detectorOptions } from '../detector/options.ts'
import { explain, readExplanations } from '../mutation/explanations.ts'
import type { Mutant } from '../mutation/mutate-source.ts'
import { silent } from '../pipeline/files/progress.ts'
import { readSourceList } from '../pipeline/files/rtl-sources.ts'
import { chooseEngine, chooseNms } from '../pipeline/model/engine-choice.ts'
import { loadModel, prepareModel } from '../pipeline/model/prepare.ts'
import { findMutants, type MutatedFile, writeMutated } from '../pipeline/mutation/sources.ts'
import { isRedOutcome, partOf } from '../pipeline/proof/outcomes.ts'
import { romPaths } from '../pipeline/roms/files.ts'
import { writeRomFiles } from '../pipeline/roms/write.ts'
import { runStimulus } from '../pipeline/stimulus/driver.ts'
import { type Environment, readEnvironment } from '../process/environment.ts'
import { emitRoms, type RomSet } from '../rom/emit.ts'
import { writeReadmemh } from '../rom/formats/readmemh.ts'
import { type SimulateOptions, simulate } from '../simulate/index.ts'
import { SimulationError } from '../simulate/simulation-error.ts'
import { runStimuli, type StimulusGolden } from '../stimulus/golden.ts'
import { makeStimuli } from '../stimulus/make.ts'
import { makePrograms, type StimulusProgram, stimulusLayers } from '../stimulus/program.ts'
import type { Target } from './targets.ts'

/** Deep enough for all stimuli in one program. */
const PROGRAM_DEPTH = 16384

export interface SimBench {
  readonly roms: RomSet
  readonly program: StimulusProgram
  readonly golden: StimulusGolden
  /** Where ROM files lie. */
  readonly folder: string
}

/**
 * Prepares a model, its stimuli and their expected results.
 *
 * @param own model and calibration images in the place of the embedded ones.
 */
export async function prepareSimBench(
  folder: string,
  own: { readonly model?: string; readonly calibration?: string } = {},
): Promise<SimBench> {
  const args = { ...defaultArguments(MODEL_OPTIONS), image: own.calibration, ...own }
  const inputs = resolveInputs(args)
  const model = await loadModel(inputs.model, {}, silent)
  const [, height, width] = model.graph.nodes[0]!.shape
  const options = toModelOptions(args, inputs, { height, width })
  const prepared = await prepareModel(model, options, { out: 'build', cache: true }, silent)
  const graph = prepared.integer
  const engine = chooseEngine(options, undefined)
  const nms = chooseNms(graph, engine)
  const roms = emitRoms(graph, engine, prepared.modelId, nms)
  const layers = stimulusLayers(graph, roms)
  const stimuli = makeStimuli({ choice: 'all', seeds: [1], layers, graph, engine, nms })
  const room = { programDepth: PROGRAM_DEPTH, featureDepth: 32768 }
  const [program, ...others] = makePrograms(graph, roms, stimuli, room)
  if (others.length > 0) throw new RangeError(`Expected all stimuli in a program of ${PROGRAM_DEPTH} words`)
  await writeRomFiles(folder, roms, 'mutants')
  await writeFile(join(folder, 'program.mem'), writeReadmemh(program!.roms.program))
  return { roms, program: program!, golden: runStimuli(program!), folder }
}

export interface SimScore {
  readonly module: string
  /** Mutants that were run. */
  readonly mutants: number
  readonly survivors: readonly Mutant[]
  /** Name of the stimulus that killed each mutant first. */
  readonly killers: ReadonlyMap<number, string>
}

/** @param isChosen of the mutants that the module's tests kill, by their place among them */
export async function scoreBySim(
  target: Target,
  bench: SimBench,
  folder: string,
  isChosen: (mutant: Mutant, index: number) => boolean,
): Promise<SimScore> {
  const sources = await findMutants([target.file], folder)
  await writeMutated(sources, new Set())
  const [{ source, mutants }] = sources.files as [MutatedFile]
  const explanations = await readExplanations('test/rtl/mutants.json')
  const lines = source.split('\n')
  const killable = mutants.filter((mutant) => explain(mutant, lines, explanations) === null)
  const chosen = killable.filter(isChosen)
  const options = detectorOptions(bench.roms, await readSourceList(), romPaths(bench.folder))
  const simulation = {
    ...options,
    parameters: { ...options.parameters, ProgramDepth: PROGRAM_DEPTH },
    cacheDir: join('build', 'cache', 'verilator'),
    environment: { ...readEnvironment(), mutation: sources.folder },
  }
  const order = bench.program.stimuli.map((_, pc) => pc)
  const unbroken = await findKiller(simulation, bench, 0, order)
  if (unbroken !== null) throw new Error(`${target.module} is red without a mutant: ${unbroken}`)
  const killers = new Map<number, string>()
  const survivors: Mutant[] = []
  // In this process: a child would take longer to start than most mutants take to be noticed.
  for (const mutant of chosen) {
    const killer = await findKiller(simulation, bench, mutant.id, order)
    if (killer === null) survivors.push(mutant)
    else killers.set(mutant.id, killer)
  }
  return {
    module: target.module,
    mutants: chosen.length,
    survivors,
    killers,
  }
}

/** Runs the stimuli until one is red, and moves that one to the front: what kills one mutant kills its neighbours. */
async function findKiller(
  simulation: SimulateOptions & { readonly environment: Environment },
  { program, golden }: SimBench,
  mutant: number,
  order: number[],
): Promise<string | null> {
  try {
    await using dut = await simulate({
      ...simulation,
      environment: { ...simulation.environment, mutant: String(mutant) },
    })
    for (const [place, pc] of [...order].entries()) {
      const outcome = await runStimulus(dut, program, golden, pc)
      if (!isRedOutcome(outcome)) continue
      if (place > 0) order.unshift(...order.splice(order.indexOf(pc), 1))
      return `${outcome.name}${partOf(outcome).error === null ? '' : ' (error)'}`
    }
    return null
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    return 'opening the model'
  }
}
