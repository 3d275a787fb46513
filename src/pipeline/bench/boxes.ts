/** This file runs DETECT in the RTL and compares its boxes with those of the integer head. */

import { type DetectorBoxes, readBoxes } from '../../detector/boxes.ts'
import { countForeign } from '../../detector/run.ts'
import { compareBoxes } from '../../diff/boxes.ts'
import { explainBoxes, type HeadInput } from '../../diff/explain-boxes.ts'
import { boxOffset } from '../../golden/code-range.ts'
import type { NmsResult } from '../../golden/types.ts'
import type { BoxesResult } from '../../result/result.ts'
import type { RomSet } from '../../rom/emit.ts'
import { SimulationError } from '../../simulate/simulation-error.ts'
import type { BulkDut } from '../../simulate/types.ts'
import type { KeptSteps } from './kept-steps.ts'
import { type Failure, markBroken, runIsolated } from './layer.ts'
import type { Reference } from './reference.ts'

type Inputs = Pick<Reference, 'graph' | 'golden' | 'roms' | 'expectedBoxes'>

export interface BoxesRun {
  readonly result: BoxesResult
  /** What the RTL found; null if it did not finish. */
  readonly detected: DetectorBoxes | null
}

/** Index of the DETECT instruction, or -1. */
export const detectStep = (roms: RomSet): number =>
  roms.steps.findIndex((step) => step.instruction.op === 'detect')

/** Compares the boxes of the DETECT at `pc` with those that are expected of the golden logits, and says why they differ. */
export function toBoxesResult(
  reference: Inputs,
  pc: number,
  detected: DetectorBoxes,
  run: { readonly cycles: number; readonly seconds: number },
): BoxesResult {
  const { cycles, seconds } = run
  const expected = reference.expectedBoxes!
  const comparison = compareBoxes(expected, detected, boxOffset(reference.graph))
  const kind = comparison.mismatches === 0 ? null : explainBoxes(headInput(reference, pc), expected, detected)
  return { ...comparison, cycles, seconds, candidates: detected.candidates, error: null, kind }
}

/** What the DETECT at `pc` is given. @throws Error if there is another instruction. */
export function headInput({ graph, golden, roms }: Inputs, pc: number): HeadInput {
  const { instruction, reads } = roms.steps[pc]!
  if (instruction.op !== 'detect' || graph.head === null) throw new Error(`instruction ${pc} is no DETECT`)
  const { levels, regMax, classes, minCode, iouThreshold, maxDetections, multiLabel } = instruction
  const { capacity, inputLanes } = roms.engine
  const codes = reads.map((name) => golden.get(name)!)
  return {
    geometry: {
      ...{ regMax, classes },
      levels: levels.map(({ width, height, log2Stride }) => ({ width, height, stride: 2 ** log2Stride })),
    },
    head: graph.head,
    boxCodes: codes.filter((_, index) => index % 2 === 0),
    classCodes: codes.filter((_, index) => index % 2 === 1),
    options: { minCode, iouThreshold, maxDetections, multiLabel, capacity },
    lanes: inputLanes,
  }
}

/** Runs DETECT from the golden logits of a model with a head. @throws SimulationError if it does not finish. */
export async function runDetect(
  dut: BulkDut,
  reference: Inputs,
  onProgress?: (cycle: number) => void,
  kept: Pick<KeptSteps, 'packed'> | null = null,
): Promise<BoxesRun> {
  const pc = detectStep(reference.roms)
  const run = await runIsolated(dut, reference, pc, onProgress, kept)
  const detected = await readBoxes(dut)
  const result = toBoxesResult(reference, pc, detected, run)
  // DETECT must not write into the feature memory.
  const stray = countForeign(run, new Set()) + run.idle
  const error = stray === 0 ? null : `DETECT wrote ${stray} words into the feature memory`
  return { result: { ...result, error }, detected }
}

/** Runs DETECT as `runDetect` does; if it does not finish, its boxes are red. */
export async function runDetectIsolated(dut: BulkDut, reference: Inputs): Promise<BoxesRun> {
  try {
    return await runDetect(dut, reference)
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    return { result: failedBoxes(reference.expectedBoxes!, error), detected: null }
  }
}

export function failedBoxes(expected: NmsResult, error: Failure): BoxesResult {
  const count = expected.boxes.length
  return {
    expected: count,
    actual: 0,
    mismatches: count + 1,
    first: null,
    cycles: error.cycle - (error.startCycle ?? 0),
    seconds: 0,
    candidates: 0,
    error: error.message,
    ...markBroken(error),
  }
}
