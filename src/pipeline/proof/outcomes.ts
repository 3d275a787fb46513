/** What one instruction of an isolated run came to. */
import { describeRedLayer } from '../../report/terminal.ts'
import { type BoxesResult, type Evidence, isRed, type LayerResult } from '../../result/result.ts'
import { SimulationError, type SimulationErrorKind } from '../../simulate/simulation-error.ts'
import { type BoxesRun, failedBoxes } from '../bench/boxes.ts'
import { type Failure, failedLayer } from '../bench/layer.ts'
import type { Reference } from '../bench/reference.ts'

export type Outcome =
  | { readonly kind: 'layer'; readonly layer: LayerResult }
  | { readonly kind: 'boxes'; readonly boxes: BoxesRun }

export const partOf = (outcome: Outcome): LayerResult | BoxesResult =>
  outcome.kind === 'layer' ? outcome.layer : outcome.boxes.result

export const isRedOutcome = (outcome: Outcome): boolean => isRed(partOf(outcome))

/** Layer or boxes with some fields set. */
export function markOutcome(
  outcome: Outcome,
  fields: { readonly evidence?: Evidence; readonly unsteady?: true; readonly notRun?: true },
): Outcome {
  if (outcome.kind === 'layer') return { kind: 'layer', layer: { ...outcome.layer, ...fields } }
  const { result } = outcome.boxes
  return { kind: 'boxes', boxes: { ...outcome.boxes, result: { ...result, ...fields } } }
}

/** An instruction that did not run to its end. */
export function failedOutcome(bench: Bench, pc: number, error: Failure): Outcome {
  if (bench.roms.steps[pc]!.writes === null)
    return { kind: 'boxes', boxes: { result: failedBoxes(bench.expectedBoxes!, error), detected: null } }
  return { kind: 'layer', layer: failedLayer(bench, pc, error) }
}

/** An instruction that was planned, and whose turn did not come. */
export const notRunOutcome = (bench: Bench, pc: number, why: string): Outcome =>
  markOutcome(failedOutcome(bench, pc, { message: `not run: ${why}`, cycle: 0 }), { notRun: true })

type Bench = Pick<Reference, 'graph' | 'roms' | 'expectedBoxes'>

/** Failures of the machine, not of the model: they say nothing of what another run would show. */
const PASSING: ReadonlySet<SimulationErrorKind> = new Set(['crash', 'deadline', 'closed'])

export const isPassing = (error: unknown): boolean =>
  error instanceof SimulationError && PASSING.has(error.kind)

export const describeOutcome = (outcome: Outcome): string =>
  outcome.kind === 'layer'
    ? (describeRedLayer(outcome.layer)[0] ?? `${outcome.layer.name} differs`)
    : `the boxes differ${outcome.boxes.result.error === null ? '' : `: ${outcome.boxes.result.error}`}`
