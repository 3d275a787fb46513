/** An outcome is the result of one instruction of an isolated run: a layer or boxes. */
import * as v from 'valibot'
import { nmsResult } from '../../golden/types.ts'
import { type Checked, choiceOf, openObject } from '../../input/schema.ts'
import { describeRedLayer } from '../../report/red-layer.ts'
import {
  type BoxesResult,
  boxesSchema,
  type Evidence,
  isRed,
  type LayerResult,
  layerSchema,
} from '../../result/result.ts'
import { failedBoxes } from '../bench/boxes.ts'
import { type Failure, failedLayer } from '../bench/layer.ts'
import type { Reference } from '../bench/reference.ts'

export const outcomeSchema = choiceOf('kind', [
  openObject({ kind: v.literal('layer'), layer: layerSchema }),
  openObject({
    kind: v.literal('boxes'),
    boxes: openObject({ result: boxesSchema, detected: v.nullable(nmsResult) }),
  }),
])
export type Outcome = Checked<typeof outcomeSchema>

export const partOf = (outcome: Outcome): LayerResult | BoxesResult =>
  outcome.kind === 'layer' ? outcome.layer : outcome.boxes.result

export const isRedOutcome = (outcome: Outcome): boolean => isRed(partOf(outcome))

/** Sets some fields of a layer or of boxes. */
export function markOutcome(
  outcome: Outcome,
  fields: {
    readonly evidence?: Evidence
    readonly unsteady?: true
    readonly notRun?: true
    readonly cycles?: number
    readonly seconds?: number
  },
): Outcome {
  if (outcome.kind === 'layer') return { kind: 'layer', layer: { ...outcome.layer, ...fields } }
  const { result } = outcome.boxes
  return { kind: 'boxes', boxes: { ...outcome.boxes, result: { ...result, ...fields } } }
}

/** Makes the outcome of an instruction that did not run to its end. */
export function failedOutcome(bench: Bench, pc: number, error: Failure): Outcome {
  if (bench.roms.steps[pc]!.writes === null)
    return { kind: 'boxes', boxes: { result: failedBoxes(bench.expectedBoxes!, error), detected: null } }
  return { kind: 'layer', layer: failedLayer(bench, pc, error) }
}

/** Makes the outcome of an instruction that was planned but did not run. */
export const notRunOutcome = (bench: Bench, pc: number, why: string): Outcome =>
  markOutcome(failedOutcome(bench, pc, { message: `not run: ${why}`, cycle: 0 }), { notRun: true })

type Bench = Pick<Reference, 'graph' | 'roms' | 'expectedBoxes'>

export const describeOutcome = (outcome: Outcome): string =>
  outcome.kind === 'layer'
    ? (describeRedLayer(outcome.layer)[0] ?? `${outcome.layer.name} differs`)
    : `the boxes differ${outcome.boxes.result.error === null ? '' : `: ${outcome.boxes.result.error}`}`
