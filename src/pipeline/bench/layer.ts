/** The isolated layer diff runs every layer in the RTL from its golden input and compares every element. */

import { limitsOf } from '../../detector/budget.ts'
import { countForeign, loadPacked, runInstructions, type StepRun } from '../../detector/run.ts'
import { compareTensors } from '../../diff/compare.ts'
import { offsetOf } from '../../golden/code-range.ts'
import type { IntegerGraph } from '../../golden/types.ts'
import type { Shape } from '../../graph/types.ts'
import type { LayerResult } from '../../result/result.ts'
import { packTensor, unpackTensor } from '../../rom/pack.ts'
import { isLost, type SimulationError } from '../../simulate/simulation-error.ts'
import type { BulkDut } from '../../simulate/types.ts'
import { describeFault } from './faults.ts'
import type { KeptSteps } from './kept-steps.ts'
import type { Reference } from './reference.ts'

type Operands = Pick<Reference, 'graph' | 'golden' | 'roms'>

/** Why a layer has no result, the cycle of the model at which it stopped, and that at which its run began. */
export type Failure = Pick<SimulationError, 'message' | 'cycle'> & {
  readonly startCycle?: number | null
  readonly broken?: true | undefined
}

const shapeOf = (graph: IntegerGraph, name: string): Shape =>
  graph.nodes.find((node) => node.name === name)!.shape

/**
 * Compares what a step wrote with the golden tensor.
 * @param foreign words that no instruction should have written. In isolation these are all words that the step did not write.
 */
export function diffStep(
  reference: Operands,
  pc: number,
  run: StepRun,
  foreign = countForeign(run, new Set([pc])) + run.idle,
): LayerResult {
  const { graph, golden, roms } = reference
  const step = roms.steps[pc]!
  const name = step.writes!
  const shape = shapeOf(graph, name)
  const expected = golden.get(name)!
  const words = run.taps.get(pc) ?? {
    addresses: new Uint32Array(0),
    data: new Uint8Array(0),
    starts: new Uint32Array(0),
    cycles: new Float64Array(0),
  }
  const tensor = unpackTensor(words, expected.length, step.place!, roms.engine)
  const { elements, mismatches, first } = compareTensors(
    expected,
    tensor.codes,
    shape,
    tensor.cycleOf,
    offsetOf(graph, name),
  )
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
    ...describeFault(reference, pc, tensor.codes, mismatches === 0),
  }
}

/** Makes the result of a layer that did not run to its end. */
export function failedLayer(
  { graph, roms }: Pick<Reference, 'graph' | 'roms'>,
  pc: number,
  error: Failure,
): LayerResult {
  const { name, instruction, writes, macs } = roms.steps[pc]!
  return withoutResult({ name, op: instruction.op, shape: shapeOf(graph, writes!), macs }, error)
}

/** A failure of the machine is no mismatch: `endOf` (result/conclusion.ts). */
export const markBroken = (error: Failure): { readonly broken?: true } =>
  error.broken === true || isLost(error) ? { broken: true } : {}

/** Makes the result of a layer without codes: every element counts as wrong. */
export function withoutResult(
  layer: Pick<LayerResult, 'name' | 'op' | 'shape' | 'macs'>,
  error: Failure,
): LayerResult {
  const [channels, height, width] = layer.shape
  const elements = channels * height * width
  return {
    ...layer,
    elements,
    mismatches: elements,
    first: null,
    stray: 0,
    repeated: 0,
    cycles: error.cycle - (error.startCycle ?? 0),
    seconds: 0,
    error: error.message,
    ...markBroken(error),
    kind: null,
    errorMap: null,
    histogram: null,
  }
}

/** Runs one step from its golden inputs. */
export async function runIsolated(
  dut: BulkDut,
  reference: Pick<Reference, 'golden' | 'roms'>,
  pc: number,
  onProgress?: (cycle: number) => void,
  kept: Pick<KeptSteps, 'packed'> | null = null,
): Promise<StepRun> {
  const { roms } = reference
  const step = roms.steps[pc]!
  for (const name of new Set(step.reads)) {
    const place = roms.placements.get(name)!
    const pack = (): Uint8Array => packTensor(reference.golden.get(name)!, place, roms.engine)
    await loadPacked(dut, kept === null ? pack() : kept.packed(name, pack), place)
  }
  return runInstructions(dut, roms, pc, pc, { ...limitsOf(step, roms), onProgress })
}
