/** The driver runs stimuli in the RTL: each program in a child process of the built model, each stimulus as an isolated layer. */
import { join } from 'node:path'
import { readBoxes } from '../../detector/boxes.ts'
import { limitsOf } from '../../detector/budget.ts'
import { loadTensor, runInstructions } from '../../detector/run.ts'
import type { RomSet } from '../../rom/emit.ts'
import { writeReadmemh } from '../../rom/formats/readmemh.ts'
import {
  type BulkDut,
  type ChildDut,
  mergeOpened,
  type OpenedFile,
  type SimulateOptions,
  simulateInChild,
} from '../../simulate/index.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import type { StimulusGolden } from '../../stimulus/golden.ts'
import type { StimulusProgram } from '../../stimulus/program.ts'
import { writeCached } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import { toBoxesResult } from '../bench/boxes.ts'
import { diffStep } from '../bench/layer.ts'
import { failedOutcome, type Outcome, partOf } from '../proof/outcomes.ts'

export type StimulusOutcome = Outcome & { readonly name: string }

export interface DriverOptions {
  readonly programs: readonly StimulusProgram[]
  /** What the reference model computes for all stimuli. */
  readonly golden: StimulusGolden
  /** Options that open the built model, with the plusargs of the model's own ROMs. */
  readonly simulation: SimulateOptions
  /** Folder of the program files, which are named by content. */
  readonly folder: string
  readonly jobs: number
  readonly onOutcome: (outcome: StimulusOutcome) => void
}

/**
 * @returns the files that the RTL read by itself
 * @throws ToolError if the model cannot be opened. A failure during a stimulus is that stimulus's outcome.
 */
export async function driveStimuli(options: DriverOptions): Promise<readonly OpenedFile[]> {
  const { programs, jobs } = options
  let opened: readonly OpenedFile[] = []
  let next = 0
  const serve = async (): Promise<void> => {
    while (next < programs.length) {
      const program = programs[next++]!
      const own = await runProgram(options, program)
      opened = mergeOpened(opened, own)
    }
  }
  const ran = await Promise.allSettled(
    Array.from({ length: Math.max(1, Math.min(jobs, programs.length)) }, serve),
  )
  for (const result of ran) if (result.status === 'rejected') throw result.reason
  return opened
}

/** Runs each stimulus of a program from power-up. */
async function runProgram(options: DriverOptions, program: StimulusProgram): Promise<readonly OpenedFile[]> {
  const text = writeReadmemh(program.roms.program)
  const file = join(options.folder, `program-${sha256(text).slice(0, 40)}.mem`)
  await writeCached(file, text)
  const plusargs = { ...options.simulation.plusargs, program: file }
  const open = (): Promise<ChildDut> =>
    simulateInChild({ ...options.simulation, plusargs, restartable: true })
  let dut = await open()
  const opened: OpenedFile[] = []
  try {
    for (let pc = 0; pc < program.stimuli.length; pc++) {
      if (pc > 0) await dut.restart()
      const outcome = await runStimulus(dut, program, options.golden, pc)
      options.onOutcome(outcome)
      if (partOf(outcome).error === null) continue
      // A model that hung or crashed runs no further stimulus; it only reports the files that it has read.
      opened.push(...(await dut.openedFiles().catch(() => [])))
      await dut.close()
      dut = await open()
    }
    opened.push(...(await dut.openedFiles()))
  } finally {
    await dut.close()
  }
  const own = new Set<unknown>(Object.values(plusargs))
  return mergeOpened(opened).filter(({ path }) => !own.has(path))
}

export async function runStimulus(
  dut: BulkDut,
  { roms, graph, stimuli, before, tensors }: StimulusProgram,
  { outputs, boxes }: StimulusGolden,
  pc: number,
): Promise<StimulusOutcome> {
  const step = roms.steps[pc]!
  const expected = boxes.get(step.name)
  const reference = {
    graph,
    roms,
    golden: new Map([...tensors, ...outputs]),
    expectedBoxes: expected ?? null,
  }
  const { resetAfter } = stimuli[pc]!
  const load = (at: number) => loadInputs(dut, roms, at, reference.golden)
  const runStep = (at: number) => runInstructions(dut, roms, at, at, limitsOf(roms.steps[at]!, roms))
  try {
    const first = before[pc] ?? null
    if (first !== null) {
      await load(first)
      await runStep(first)
    }
    await load(pc)
    const late = resetAfter === undefined ? 0 : await interrupt(dut, pc, resetAfter)
    if (resetAfter !== undefined) await load(pc)
    const run = await runStep(pc)
    if (expected === undefined) {
      const layer = diffStep(reference, pc, run)
      return { kind: 'layer', name: step.name, layer: { ...layer, stray: layer.stray + late } }
    }
    const detected = await readBoxes(dut)
    const boxes = { result: toBoxesResult(reference, pc, detected, run), detected }
    return { kind: 'boxes', name: step.name, boxes }
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    return { name: step.name, ...failedOutcome(reference, pc, error) }
  }
}

/** Cycles of reset, and cycles after it in which nothing may be written. */
const RESET_CYCLES = 2
const QUIET_CYCLES = 64

/**
 * Loads the inputs of a step, with the highest code in the lanes that hold no channel. The previous layer leaves arbitrary codes there,
 * and they must not change the result.
 */
async function loadInputs(
  dut: BulkDut,
  { steps, placements, engine }: RomSet,
  pc: number,
  tensors: StimulusProgram['tensors'],
): Promise<void> {
  const idle = 2 ** engine.activationBits - 1
  for (const name of new Set(steps[pc]!.reads))
    await loadTensor(dut, tensors.get(name)!, placements.get(name)!, engine, idle)
}

/** Begins a step and resets the detector in the middle of it. @returns the number of words that were written after the reset. */
async function interrupt(dut: BulkDut, pc: number, cycles: number): Promise<number> {
  const tap = dut.stream('tap')
  await dut.write({ first_i: pc, last_i: pc, start_i: 1 })
  await dut.step()
  await dut.write({ start_i: 0 })
  await dut.step(cycles)
  await dut.write({ rst_ni: 0 })
  await dut.step(RESET_CYCLES)
  await tap.receivePacked()
  await dut.write({ rst_ni: 1 })
  await dut.step(QUIET_CYCLES)
  return (await tap.receivePacked()).cycles.length
}
