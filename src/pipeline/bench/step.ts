/** One step of the isolated diff: a layer, or DETECT. */
import type { LayerResult } from '../../result/result.ts'
import type { BulkDut } from '../../simulate/types.ts'
import { type BoxesRun, detectStep, runDetect } from './boxes.ts'
import { diffStep, runIsolated } from './layer.ts'
import type { Reference } from './reference.ts'

export type StepOutcome =
  | { readonly kind: 'layer'; readonly layer: LayerResult }
  | { readonly kind: 'boxes'; readonly boxes: BoxesRun }

/** Runs a step from its golden inputs and compares what it wrote. @throws SimulationError if it does not finish. */
export async function runStep(
  dut: BulkDut,
  reference: Reference,
  pc: number,
  onProgress?: (cycle: number) => void,
): Promise<StepOutcome> {
  if (pc === detectStep(reference.roms))
    return { kind: 'boxes', boxes: await runDetect(dut, reference, onProgress) }
  return { kind: 'layer', layer: diffStep(reference, pc, await runIsolated(dut, reference, pc, onProgress)) }
}
