/** This file computes counts, verdict and totals from the parts of a run. */
import { InputError } from '../input/input-error.ts'
import {
  type BoxesResult,
  type Counts,
  isBroken,
  isRed,
  type LayerResult,
  type SimResult,
  statusOf,
} from './result.ts'

export interface Parts {
  readonly layers: readonly LayerResult[]
  readonly boxes: BoxesResult | null
}

export const partsOf = ({ layers, boxes }: Parts): readonly (LayerResult | BoxesResult)[] =>
  boxes === null ? layers : [...layers, boxes]

export function countParts(parts: Parts): Counts {
  const counts = { exact: 0, before: 0, differs: 0, failed: 0, unsteady: 0, notRun: 0 }
  for (const part of partsOf(parts)) counts[statusOf(part)]++
  return counts
}

/**
 * Computes verdict, counts and totals from the parts alone. A layer counts once, however many seeds or shards it ran in.
 * @throws InputError if there is no part, because then nothing was proved.
 */
export function conclude(
  parts: Parts,
  buildSeconds: number,
): Pick<SimResult, 'verdict' | 'counts' | 'totals'> {
  const all = partsOf(parts)
  if (all.length === 0)
    throw new InputError('no layer was chosen, so nothing was compared', 'assay sim', 'Choose others.')
  const { layers, boxes } = parts
  const sum = <Part>(list: readonly Part[], value: (part: Part) => number): number =>
    list.reduce((total, part) => total + value(part), 0)
  const ran = all.filter(({ evidence }) => evidence?.before !== true)
  return {
    verdict: all.some(isRed) ? 'mismatch' : 'exact',
    counts: countParts(parts),
    totals: {
      layers: layers.length,
      elements: sum(layers, ({ elements }) => elements),
      mismatches: sum(layers, ({ mismatches }) => mismatches) + (boxes?.mismatches ?? 0),
      cycles: sum(all, ({ cycles }) => cycles),
      macs: sum(layers, ({ macs }) => macs),
      buildSeconds,
      simSeconds: sum(ran, ({ seconds }) => seconds),
    },
  }
}

/** How a run ended. `broken`: some parts have no result because a tool or the machine failed, and no other part is red. */
export type RunEnd = 'exact' | 'mismatch' | 'broken'

/** This is the only place that decides between a mismatch and a failure of the machine. The verdict of both is `mismatch`: nothing was proved. */
export function endOf(result: Pick<SimResult, 'verdict' | 'layers' | 'boxes' | 'stimulus'>): RunEnd {
  if (result.verdict === 'exact') return 'exact'
  const { red = [], redBoxes = [], redTensors = 0, redSets = 0, unsteady } = result.stimulus ?? {}
  const generated = [...red, ...redBoxes.map(({ boxes }) => boxes)]
  // Of many, only the first are listed.
  const isWhole = generated.length === redTensors + redSets && unsteady !== true
  const reds = [...partsOf(result).filter(isRed), ...generated]
  return isWhole && reds.length > 0 && reds.every(isBroken) ? 'broken' : 'mismatch'
}
