/** This file runs instructions of the detector and records the words that its tap shows. */
import type { Codes } from '../golden/types.ts'
import type { RomSet } from '../rom/emit.ts'
import { packTensor, type TapWords } from '../rom/pack.ts'
import type { EngineParameters } from '../rom/parameters.ts'
import type { Placement } from '../rom/placement.ts'
import { SimulationError } from '../simulate/simulation-error.ts'
import type { BulkDut, MemoryVerdict, PackedBeats } from '../simulate/types.ts'
import { checkBuilt, nameStep, readError } from './errors.ts'
import { featureMemory, splitTaps } from './taps.ts'

export interface StepRun {
  readonly cycles: number
  readonly seconds: number
  /** Cycle of the model in which `start_i` was high. The cycles of the run count from it. */
  readonly startCycle: number
  /** What the tap showed, as it came: see `splitTaps`. Null if it was not recorded. */
  readonly beats: PackedBeats | null
  /** Words written, by index of the instruction; cycles count from the start of the run. */
  readonly taps: ReadonlyMap<number, TapWords>
  /** Words that were written before `start_i` or after `done_o`. */
  readonly idle: number
  /** Whether the feature memory holds the words that the tap showed; null if it cannot be read back. */
  readonly memory: MemoryVerdict | null
}

/**
 * Cycles for which a run is watched after `done_o`: a tenth of the run, from 64 to 4096. A word takes fewer than 64 from the multipliers
 * to the memory.
 */
export const cyclesAfter = (cycles: number): number => Math.min(4096, Math.max(64, Math.ceil(cycles / 10)))

/** Counts the words of the run that no instruction in `writers` wrote. */
export function countForeign(run: StepRun, writers: ReadonlySet<number>): number {
  let foreign = 0
  for (const [pc, { addresses }] of run.taps) if (!writers.has(pc)) foreign += addresses.length
  return foreign
}

export interface RunLimits {
  readonly withinCycles: number
  readonly noProgressCycles: number
  readonly deadlineMs?: number
  readonly onProgress?: (cycle: number) => void
  /** false: the words that are written are not recorded, for a model opened with `NO_TAP`. */
  readonly record?: boolean
}

/** Writes a tensor into the feature memory through the host port. @param idle code of the lanes that hold no channel. */
export async function loadTensor(
  dut: BulkDut,
  codes: Codes,
  place: Placement,
  engine: EngineParameters,
  idle = 0,
): Promise<void> {
  await loadPacked(dut, packTensor(codes, place, engine, idle), place)
}

/** Writes what `packTensor` made of a tensor. */
export async function loadPacked(dut: BulkDut, packed: Uint8Array, place: Placement): Promise<void> {
  const host = dut.stream('host')
  await host.sendPacked(packed)
  await host.flush({ withinCycles: 16 + 4 * place.blocks * place.height * place.width })
}

/** A run that may have stopped early. It then holds the reason and the words that were written until then. */
export interface StoppedRun extends StepRun {
  readonly failure: SimulationError | null
}

/**
 * Runs instructions `first` to `last`.
 * @throws SimulationError if the detector raises an error, stands still, or exceeds its budget.
 */
export async function runInstructions(
  dut: BulkDut,
  roms: RomSet,
  first: number,
  last: number,
  limits: RunLimits,
): Promise<StepRun> {
  const run = await tryInstructions(dut, roms, first, last, limits)
  if (run.failure !== null) throw run.failure
  return run
}

/** Runs as `runInstructions` does, but returns a failure of the detector. @throws SimulationError if the child process is lost. */
export async function tryInstructions(
  dut: BulkDut,
  roms: RomSet,
  first: number,
  last: number,
  limits: RunLimits,
): Promise<StoppedRun> {
  checkBuilt(dut, roms)
  const tap = limits.record === false ? null : dut.stream('tap')
  const early = (await tap?.receivePacked())?.cycles.length ?? 0
  await dut.write({ first_i: first, last_i: last, start_i: 1 })
  await dut.step()
  await dut.write({ start_i: 0 })
  const running = dut.run({
    until: 'done_o',
    withinCycles: limits.withinCycles,
    noProgressCycles: limits.noProgressCycles,
    watch: ['pc_o', 'busy_o', 'error_o'],
    deadlineMs: limits.deadlineMs,
    onProgress: ({ cycle }) => limits.onProgress?.(cycle),
  })
  const ended = await running.catch((error: unknown) => {
    // If the run never started, the model failed outside this run, or its process is gone.
    if (!(error instanceof SimulationError) || error.startCycle === null) throw error
    return nameStep(error, roms)
  })
  const failure = ended instanceof SimulationError ? ended : await readError(dut, roms, ended)
  const startCycle = ended.startCycle!
  const cycles = ended instanceof SimulationError ? ended.cycle - startCycle : ended.cycles
  const seconds = ended instanceof SimulationError ? 0 : ended.seconds
  const about = { cycles: cycles + 1, seconds, startCycle: startCycle - 1, failure }
  if (tap === null) return { ...about, beats: null, taps: new Map(), idle: early, memory: null }
  if (failure === null) await dut.step(cyclesAfter(cycles))
  const beats = await tap.receivePacked()
  const memory = failure === null ? await dut.checkMemory(featureMemory(roms.engine)) : null
  // Cycle 0 is the one in which start_i is high, one before `run` begins.
  const zero = startCycle - 1
  let late = 0
  for (let i = beats.cycles.length - 1; i >= 0 && beats.cycles[i]! - zero > cycles; i--) late++
  // What is equal to what came before is never split.
  let split: StepRun['taps'] | null = null
  return {
    ...about,
    beats,
    get taps() {
      split ??= splitTaps(beats, roms.engine, zero)
      return split
    },
    idle: early + late,
    memory,
  }
}
