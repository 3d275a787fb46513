/** The boxes of a run: DETECT in the RTL against the integer head. */
import { compareBoxes } from '../diff/boxes.ts'
import type { NmsResult } from '../golden/types.ts'
import type { BoxesResult } from '../report/result.ts'
import type { RomSet } from '../rom/emit.ts'
import { type DetectorBoxes, readBoxes } from '../simulate/detector.ts'
import { SimulationError } from '../simulate/errors.ts'
import type { BulkDut } from '../simulate/types.ts'
import { type Golden, limitsOf, runIsolated } from './isolated.ts'

export interface BoxesRun {
  readonly result: BoxesResult
  /** What the RTL found; null where it did not come to an end. */
  readonly detected: DetectorBoxes | null
}

/** Index of the DETECT instruction, or -1. */
export const detectStep = (roms: RomSet): number =>
  roms.steps.findIndex((step) => step.instruction.op === 'detect')

export function toBoxesResult(
  expected: NmsResult,
  detected: DetectorBoxes,
  run: { readonly cycles: number; readonly seconds: number },
): BoxesResult {
  const { cycles, seconds } = run
  return {
    ...compareBoxes(expected, detected),
    cycles,
    seconds,
    candidates: detected.candidates,
    error: null,
  }
}

/** DETECT from the golden logits. */
export async function runDetectIsolated(
  dut: BulkDut,
  golden: Golden,
  expected: NmsResult,
  roms: RomSet,
): Promise<BoxesRun> {
  const pc = detectStep(roms)
  try {
    const run = await runIsolated(dut, pc, golden, roms, limitsOf(roms.steps[pc]!, roms))
    const detected = await readBoxes(dut)
    return { result: toBoxesResult(expected, detected, run), detected }
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    return { result: failedBoxes(expected, error), detected: null }
  }
}

export function failedBoxes(expected: NmsResult, error: SimulationError): BoxesResult {
  const count = expected.boxes.length
  return {
    expected: count,
    actual: 0,
    mismatches: count + 1,
    first: null,
    cycles: error.cycle,
    seconds: 0,
    candidates: 0,
    error: error.message,
  }
}
