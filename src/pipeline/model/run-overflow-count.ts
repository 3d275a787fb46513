/** This file counts the sums that an accumulator of few bits does not hold, on calibration images, and says in which layers. */
import * as v from 'valibot'
import type { IntegerGraph } from '../../golden/types.ts'
import { toNchwCodes } from '../../image/planes.ts'
import { type Checked, count, openObject } from '../../input/schema.ts'
import { countOverflows, findOverflowing } from '../../quantise/count-overflows.ts'
import { formatCount } from '../../report/table.ts'
import type { Progress } from '../files/progress.ts'
import type { CalibrationImages } from './calibration-images.ts'

/** Images that are looked at, at most. */
const LOOKED_AT = 4
const NAMED = 3

export const overflowReport = v.array(
  openObject({
    layer: v.string(),
    /** Sums of all images that were looked at, and how many of them do not fit. */
    sums: count,
    outside: count,
  }),
)
export type OverflowReport = Checked<typeof overflowReport>

/** @returns the layers of which some input makes a sum that does not fit; none where the profile refuses those */
export async function runOverflowCount(
  integer: IntegerGraph,
  images: CalibrationImages,
  progress: Progress,
): Promise<OverflowReport> {
  const { profile } = integer
  if (profile === undefined || profile.accumulator.overflow === 'refuse') return []
  const found = findOverflowing(integer)
  if (found.length === 0) return []
  const { bits, overflow } = profile.accumulator
  const task = progress.start(`count sums above ${bits} bits`)
  const some = await images.loadSome(LOOKED_AT)
  const counts = await countOverflows(
    integer,
    some.map((image) => toNchwCodes(image, integer.nodes[0]!.quant)),
    found,
  )
  const real = counts.filter(({ outside }) => outside > 0)
  const could = `${formatCount(found.length)} layers could`
  const on = `on ${some.length} image${some.length === 1 ? '' : 's'}`
  task.done(real.length === 0 ? `none ${on}; ${could}` : `in ${real.length} layers ${on}; ${could}`)
  if (real.length > 0) progress.warn(describeOverflows(real, bits, overflow))
  return counts
}

/** `67 %`, `0.98 %`. */
const percent = (share: number): string =>
  `${share < 0.1 ? (100 * share).toPrecision(2) : (100 * share).toFixed(0)} %`

/** Those with the largest share first. */
function describeOverflows(real: OverflowReport, bits: number, overflow: 'wrap' | 'saturate'): string {
  const share = ({ sums, outside }: OverflowReport[number]): number => outside / sums
  const worst = [...real].sort((a, b) => share(b) - share(a)).slice(0, NAMED)
  const named = worst.map((one) => `${one.layer} (${percent(share(one))})`).join(', ')
  const what = overflow === 'wrap' ? 'wrap' : 'saturate'
  return `sums do not fit the accumulator of ${bits} bits and ${what} in ${real.length} layer${real.length === 1 ? '' : 's'}, most of all ${named}.`
}
