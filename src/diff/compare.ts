/** The exact comparison, element by element, that every verdict rests on. */
import * as v from 'valibot'
import { ownCode } from '../golden/code-range.ts'
import type { Codes } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import { type Checked, count, described, openObject, whole } from '../input/schema.ts'

export const mismatchSchema = described(
  openObject({
    channel: count,
    y: count,
    x: count,
    expected: described(whole(), 'The code as the hardware has it: below 0 only where codes are signed.'),
    actual: described(v.nullable(whole()), 'Null if the hardware never wrote the element.'),
    cycle: described(
      v.nullable(count),
      'Cycle of the write, counted from the start of the run; null if there was none.',
    ),
  }),
  'Where a tensor first differs, in C order.',
)
export type Mismatch = Checked<typeof mismatchSchema>

export interface Comparison {
  readonly elements: number
  readonly mismatches: number
  readonly first: Mismatch | null
}

/**
 * @param actual codes in the same order, carried as the expected ones are; -1 where nothing was written.
 * @param cycleOf cycle of an element's write, NaN if unknown.
 * @param offset what codes are carried above the hardware's own, which the mismatch has.
 * @throws RangeError when the lengths differ: then shapes are wrong and no element can be trusted.
 */
export function compareTensors(
  expected: Codes,
  actual: Codes | Int32Array,
  shape: Shape,
  cycleOf: (element: number) => number = () => Number.NaN,
  offset = 0,
): Comparison {
  const [channels, height, width] = shape
  const elements = channels * height * width
  if (expected.length !== elements || actual.length !== elements)
    throw new RangeError(
      `expected ${elements} elements, got ${expected.length} golden and ${actual.length} simulated`,
    )
  let mismatches = 0
  let firstAt = -1
  for (let i = 0; i < elements; i++) {
    if (expected[i] === actual[i]) continue
    if (mismatches++ === 0) firstAt = i
  }
  if (firstAt < 0) return { elements, mismatches, first: null }
  const cycle = cycleOf(firstAt)
  const code = actual[firstAt]!
  return {
    elements,
    mismatches,
    first: {
      channel: Math.floor(firstAt / (height * width)),
      y: Math.floor(firstAt / width) % height,
      x: firstAt % width,
      expected: ownCode(expected[firstAt]!, offset),
      actual: code < 0 ? null : ownCode(code, offset),
      cycle: Number.isNaN(cycle) ? null : cycle,
    },
  }
}

/** `c3 y7 x0: expected 12, received 11; 1 of 4096 differs`. */
export function describeComparison({ elements, mismatches, first }: Comparison): string {
  if (mismatches === 0) return `all ${elements} elements equal`
  const count = mismatches === 1 ? `1 of ${elements} differs` : `${mismatches} of ${elements} differ`
  if (first === null) return count
  const received = first.actual === null ? 'nothing (never written)' : String(first.actual)
  const at = first.cycle === null ? '' : ` at cycle ${first.cycle} of the run`
  return `c${first.channel} y${first.y} x${first.x}: expected ${first.expected}, received ${received}${at}; ${count}`
}
