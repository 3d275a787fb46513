/** The isolated layer diff: every layer runs in the RTL from its golden input, and every element is compared. */

import {
  countForeign,
  loadTensor,
  type RunLimits,
  runInstructions,
  type StepRun,
} from '../../detector/detector.ts'
import { compareTensors } from '../../diff/compare.ts'
import type { Codes, IntegerGraph } from '../../golden/types.ts'
import type { Shape } from '../../graph/types.ts'
import type { LayerResult } from '../../result/result.ts'
import type { RomSet, Step } from '../../rom/emit.ts'
import { unpackTensor } from '../../rom/pack.ts'
import type { EngineParameters } from '../../rom/parameters.ts'
import type { DetectInstruction } from '../../rom/program.ts'
import type { SimulationError } from '../../simulate/simulation-error.ts'
import type { BulkDut } from '../../simulate/types.ts'
import { describeFault } from './faults.ts'

export type Golden = ReadonlyMap<string, Codes>

/** DETECT at its slowest: two scans, the sort's walks, and every candidate that the capacity admits meeting every kept box. */
function detectCycles(
  { levels, classes, multiLabel, maxDetections }: DetectInstruction,
  { inputLanes, activationBits, capacity }: EngineParameters,
): number {
  const anchors = levels.reduce((sum, { width, height }) => sum + width * height, 0)
  const scan = anchors * Math.ceil(classes / inputLanes) + (multiLabel ? anchors * classes : 0)
  const boxes = Math.min(capacity, anchors * (multiLabel ? classes : 1))
  return 2 * scan + 2 * 2 ** activationBits + boxes * Math.max(130, maxDetections + 10) + 200
}

/** Cycles after which a step that has not ended has hung: several times what the slowest schedule needs. */
export function cycleBudget(step: Step, roms: RomSet): number {
  const { instruction } = step
  if (instruction.op === 'detect') return 100_000 + 2 * detectCycles(instruction, roms.engine)
  const { inputBlocks, outputBlocks, outputHeight, outputWidth } = instruction
  const kernel = instruction.op === 'conv' || instruction.op === 'max-pool' ? instruction.kernel : 1
  const pixels = outputHeight * (outputWidth + roms.engine.pixels)
  return 100_000 + 8 * pixels * outputBlocks * (kernel * kernel * inputBlocks + roms.engine.pixels)
}

export const limitsOf = (step: Step, roms: RomSet): RunLimits => ({
  withinCycles: cycleBudget(step, roms),
  noProgressCycles: step.instruction.op === 'detect' ? cycleBudget(step, roms) : 200_000,
})

const shapeOf = (graph: IntegerGraph, name: string): Shape =>
  graph.nodes.find((node) => node.name === name)!.shape

/**
 * Compares what a step wrote with the golden tensor.
 * @param foreign words of the run that no instruction should have written; in isolation all that are not the step's.
 */
export function diffStep(
  step: Step,
  pc: number,
  run: StepRun,
  graph: IntegerGraph,
  golden: Golden,
  roms: RomSet,
  foreign = countForeign(run, new Set([pc])) + run.idle,
): LayerResult {
  const name = step.writes!
  const shape = shapeOf(graph, name)
  const expected = golden.get(name)!
  const words = run.taps.get(pc) ?? {
    addresses: new Uint32Array(0),
    data: new Uint8Array(0),
    cycles: new Float64Array(0),
  }
  const tensor = unpackTensor(words, expected.length, step.place!, roms.engine)
  const { elements, mismatches, first } = compareTensors(expected, tensor.codes, shape, tensor.cycleOf)
  return {
    name: step.name,
    op: step.instruction.op,
    shape,
    elements,
    mismatches,
    first,
    stray: tensor.stray + foreign,
    repeated: tensor.repeated,
    lost: run.memory === null ? null : (run.memory.lost.get(pc) ?? 0),
    cycles: run.cycles,
    macs: step.macs,
    seconds: run.seconds,
    error: null,
    ...describeFault(pc, tensor.codes, graph, golden, roms, mismatches === 0),
  }
}

/** A layer that did not run to its end. */
export function failedLayer(
  step: Step,
  graph: IntegerGraph,
  error: Pick<SimulationError, 'message' | 'cycle'>,
): LayerResult {
  const shape = shapeOf(graph, step.writes!)
  const elements = shape[0] * shape[1] * shape[2]
  return {
    name: step.name,
    op: step.instruction.op,
    shape,
    elements,
    mismatches: elements,
    first: null,
    stray: 0,
    repeated: 0,
    cycles: error.cycle,
    macs: step.macs,
    seconds: 0,
    error: error.message,
    kind: null,
    errorMap: null,
    histogram: null,
  }
}

/** One step from its golden inputs. */
export async function runIsolated(
  dut: BulkDut,
  pc: number,
  golden: Golden,
  roms: RomSet,
  limits: RunLimits,
): Promise<StepRun> {
  const step = roms.steps[pc]!
  for (const name of new Set(step.reads))
    await loadTensor(dut, golden.get(name)!, roms.placements.get(name)!, roms.engine)
  return runInstructions(dut, roms, pc, pc, limits)
}
