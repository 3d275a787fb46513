/** What one instruction of an isolated run came to. */
import type { IntegerGraph } from '../../golden/types.ts'
import { describeRedLayer } from '../../report/terminal.ts'
import { boxesAreRed, type Evidence, isRed, type LayerResult } from '../../result/result.ts'
import { SimulationError, type SimulationErrorKind } from '../../simulate/simulation-error.ts'
import { type BoxesRun, failedBoxes } from '../bench/boxes.ts'
import { failedLayer } from '../bench/layer.ts'
import type { SimulationBench } from '../sim/simulation.ts'

export type Outcome =
  | { readonly kind: 'layer'; readonly layer: LayerResult }
  | { readonly kind: 'boxes'; readonly boxes: BoxesRun }

export const isRedOutcome = (outcome: Outcome): boolean =>
  outcome.kind === 'layer' ? isRed(outcome.layer) : boxesAreRed(outcome.boxes.result)

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
export function failedOutcome({ roms, options, expectedBoxes }: Bench, pc: number, error: Failure): Outcome {
  const step = roms.steps[pc]!
  if (step.writes === null)
    return { kind: 'boxes', boxes: { result: failedBoxes(expectedBoxes!, error), detected: null } }
  return { kind: 'layer', layer: failedLayer(step, options.graph, error) }
}

/** An instruction that was planned, and whose turn did not come. */
export const notRunOutcome = (bench: Bench, pc: number, why: string): Outcome =>
  markOutcome(failedOutcome(bench, pc, { message: `not run: ${why}`, cycle: 0 }), { notRun: true })

type Bench = Pick<SimulationBench, 'roms' | 'expectedBoxes'> & {
  readonly options: { readonly graph: IntegerGraph }
}
type Failure = Pick<SimulationError, 'message' | 'cycle'>

/** Failures of the machine, not of the model: they say nothing of what another run would show. */
const PASSING: ReadonlySet<SimulationErrorKind> = new Set(['crash', 'deadline', 'closed'])

export const isPassing = (error: unknown): boolean =>
  error instanceof SimulationError && PASSING.has(error.kind)

export const describeOutcome = (outcome: Outcome): string =>
  outcome.kind === 'layer'
    ? (describeRedLayer(outcome.layer)[0] ?? `${outcome.layer.name} differs`)
    : `the boxes differ${outcome.boxes.result.error === null ? '' : `: ${outcome.boxes.result.error}`}`
