/** One step of the isolated diff: a layer, or DETECT. */
import type { LayerResult } from '../../result/result.ts'
import type { BulkDut } from '../../simulate/types.ts'
import { type BoxesRun, detectStep, runDetect } from './boxes.ts'
import type { KeptSteps, Measured } from './kept-steps.ts'
import { diffStep, runIsolated } from './layer.ts'
import type { Reference } from './reference.ts'

export type StepOutcome =
  | { readonly kind: 'layer'; readonly layer: LayerResult }
  | { readonly kind: 'boxes'; readonly boxes: BoxesRun }

/** What a step came to, where an earlier run of it may say most of it. */
export type ShortOutcome =
  | (Extract<StepOutcome, { readonly kind: 'layer' }> & {
      /** Whether later runs may be `again` what this one was. */
      readonly isKept: boolean
    })
  | Extract<StepOutcome, { readonly kind: 'boxes' }>
  /** As the run that was kept, but for this. */
  | { readonly kind: 'again'; readonly measured: Measured }

/**
 * Runs a step from its golden inputs and compares what it wrote. @param kept of earlier power-ups; null where there is one.
 * @throws SimulationError if it does not finish.
 */
export async function runStep(
  dut: BulkDut,
  reference: Reference,
  pc: number,
  kept: KeptSteps | null,
  onProgress?: (cycle: number) => void,
): Promise<ShortOutcome> {
  if (pc === detectStep(reference.roms))
    return { kind: 'boxes', boxes: await runDetect(dut, reference, onProgress, kept) }
  const run = await runIsolated(dut, reference, pc, onProgress, kept)
  const measured = kept?.matchExact(pc, run) ?? null
  if (measured !== null) return { kind: 'again', measured }
  const layer = diffStep(reference, pc, run)
  return { kind: 'layer', layer, isKept: kept?.keep(pc, run, layer) ?? false }
}
