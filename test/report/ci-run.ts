/** A run with one layer of every status, and red stimulus: what the writers for CI are asked to show. */
import { conclude } from '../../src/result/conclusion.ts'
import type { BoxesResult, LayerResult, SimResult, StimulusResult } from '../../src/result/result.ts'
import { BOXES, HEAD, makeLayer } from './shard-reports.ts'

const evidence = { key: 'e'.repeat(64), provedAt: '2026-01-01T00:00:00.000Z', before: true }
export const differs = (name: string): LayerResult => ({
  ...makeLayer(name, 3),
  kind: { name: 'rounding', evidence: 'all 3 are off by one' },
})
export const LAYERS: readonly LayerResult[] = [
  makeLayer('exact'),
  { ...makeLayer('before'), evidence },
  differs('differs'),
  { ...makeLayer('no kind', 3), op: 'add' },
  { ...makeLayer('stray'), stray: 2, op: 'max-pool' },
  { ...makeLayer('repeated'), repeated: 1200, op: 'upsample' },
  { ...makeLayer('lost'), lost: 2 },
  { ...makeLayer('failed', 24), first: null, error: 'hung\nat cycle 3' },
  { ...makeLayer('unsteady'), unsteady: true },
  { ...makeLayer('not run', 24), first: null, error: 'not run: the run ended', notRun: true },
]
const redBoxes: BoxesResult = {
  ...{ ...BOXES, mismatches: 2 },
  first: { index: 1, field: 'x0', expected: 3, actual: 4 },
}
export const make = (
  layers: readonly LayerResult[],
  boxes: BoxesResult | null,
  own: Partial<SimResult> = {},
) => ({
  ...{ ...HEAD, ...conclude({ layers, boxes }, 1), layers, boxes },
  ...{ replay: null, waveform: null, pictures: [], ...own },
})
export const all = make(LAYERS, redBoxes)

/** How the first difference of these layers is told. */
export const first = 'c0 y1 x2: expected 3, received 4 at cycle 5 of the run; 3 of 24 differ'
export const unsteady =
  'exact now and was red before, with the same RTL and the same inputs: it is unsteady, and counts as red'

export const stimulus: StimulusResult = {
  ...{ choice: 'all', seeds: [1], isRed: true, tensors: 2, sets: 1, elements: 48, cycles: 1, seconds: 2.5 },
  ...{
    redTensors: 1,
    redSets: 1,
    red: [differs('s [corners]')],
    redBoxes: [{ name: 'h [full]', boxes: redBoxes }],
  },
  ...{ rows: [], notExercised: [], impossible: [] },
}
