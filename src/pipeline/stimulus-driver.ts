/** Runs stimuli in the RTL: each program in a child process of the built model, each stimulus as an isolated layer. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BoxesResult, boxesAreRed, isRed, type LayerResult } from '../report/result.ts'
import type { RomSet } from '../rom/emit.ts'
import { writeReadmemh } from '../rom/formats/readmemh.ts'
import { loadTensor, readBoxes, runInstructions } from '../simulate/detector.ts'
import { SimulationError } from '../simulate/errors.ts'
import { type BulkDut, type SimulateOptions, simulateInChild } from '../simulate/index.ts'
import type { StimulusGolden } from '../stimulus/golden.ts'
import type { StimulusProgram } from '../stimulus/program.ts'
import { failedBoxes, toBoxesResult } from './boxes.ts'
import { writeWhole } from './files.ts'
import { diffStep, failedLayer, limitsOf } from './isolated.ts'

export type StimulusOutcome =
  | { readonly kind: 'layer'; readonly layer: LayerResult }
  | { readonly kind: 'boxes'; readonly name: string; readonly boxes: BoxesResult }

export interface DriverOptions {
  readonly programs: readonly StimulusProgram[]
  /** Of all stimuli. */
  readonly golden: StimulusGolden
  /** Of the built model, with the plusargs of the model's own ROMs. */
  readonly simulation: SimulateOptions
  readonly jobs: number
  readonly onOutcome: (outcome: StimulusOutcome) => void
}

/** @throws ToolError where the model cannot be opened; what a stimulus meets is its own outcome. */
export async function driveStimuli(options: DriverOptions): Promise<void> {
  const { programs, jobs } = options
  const folder = await mkdtemp(join(tmpdir(), 'assay-stimulus-'))
  try {
    let next = 0
    const serve = async (): Promise<void> => {
      while (next < programs.length) {
        const index = next++
        const file = join(folder, `program-${index}.mem`)
        await writeWhole(file, writeReadmemh(programs[index]!.roms.program))
        await runProgram(options, programs[index]!, file)
      }
    }
    const ran = await Promise.allSettled(
      Array.from({ length: Math.max(1, Math.min(jobs, programs.length)) }, serve),
    )
    for (const result of ran) if (result.status === 'rejected') throw result.reason
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runProgram(options: DriverOptions, program: StimulusProgram, file: string): Promise<void> {
  const simulation = { ...options.simulation, plusargs: { ...options.simulation.plusargs, program: file } }
  let dut = await simulateInChild(simulation)
  try {
    for (let pc = 0; pc < program.stimuli.length; pc++) {
      const outcome = await runStimulus(dut, program, options.golden, pc)
      options.onOutcome(outcome)
      if (errorOf(outcome) === null) continue
      // A model that hung or crashed is not to be asked again.
      await dut.close()
      dut = await simulateInChild(simulation)
    }
  } finally {
    await dut.close()
  }
}

export const nameOf = (outcome: StimulusOutcome): string =>
  outcome.kind === 'layer' ? outcome.layer.name : outcome.name

export const isRedOutcome = (outcome: StimulusOutcome): boolean =>
  outcome.kind === 'layer' ? isRed(outcome.layer) : boxesAreRed(outcome.boxes)

export const errorOf = (outcome: StimulusOutcome): string | null =>
  outcome.kind === 'layer' ? outcome.layer.error : outcome.boxes.error

export async function runStimulus(
  dut: BulkDut,
  { roms, graph, stimuli, tensors }: StimulusProgram,
  { outputs, boxes }: StimulusGolden,
  pc: number,
): Promise<StimulusOutcome> {
  const step = roms.steps[pc]!
  const expected = boxes.get(step.name)
  const golden = new Map([...tensors, ...outputs])
  const { resetAfter, again = false } = stimuli[pc]!
  try {
    const load = () => loadInputs(dut, roms, pc, golden)
    const runStep = () => runInstructions(dut, roms, pc, pc, limitsOf(step, roms))
    await load()
    if (again) await runStep()
    const late = resetAfter === undefined ? 0 : await interrupt(dut, pc, resetAfter)
    if (again || resetAfter !== undefined) await load()
    const run = await runStep()
    if (expected === undefined) {
      const layer = diffStep(step, pc, run, graph, golden, roms)
      return { kind: 'layer', layer: { ...layer, stray: layer.stray + late } }
    }
    const detected = await readBoxes(dut)
    return { kind: 'boxes', name: step.name, boxes: toBoxesResult(expected, detected, run) }
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    return expected === undefined
      ? { kind: 'layer', layer: failedLayer(step, graph, error) }
      : { kind: 'boxes', name: step.name, boxes: failedBoxes(expected, error) }
  }
}

/** Cycles of reset, and cycles after it in which nothing may be written. */
const RESET_CYCLES = 2
const QUIET_CYCLES = 64

/**
 * The inputs of a step, with full codes in the lanes that hold no channel: the layer before leaves there whatever it computes of its own
 * idle lanes, and nothing may come of it.
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

/** Begins a step and resets the detector in the midst of it. @returns words that were written after the reset */
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
