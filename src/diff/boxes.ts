/** Boxes compared exactly: number, order and every field. */
import * as v from 'valibot'
import type { IntegerBox, NmsResult } from '../golden/types.ts'
import { type Checked, count, described, openObject, whole } from '../input/schema.ts'

const FIELDS = ['classIndex', 'code', 'score', 'anchor', 'x0', 'y0', 'x1', 'y1'] as const

const boxMismatchSchema = openObject({
  index: described(count, 'Place in the order of detection.'),
  field: described(
    v.picklist([...FIELDS, 'count', 'candidates', 'overflow']),
    'count, candidates and overflow concern the whole; the others one box.',
  ),
  expected: whole(),
  actual: whole(),
})
type BoxMismatch = Checked<typeof boxMismatchSchema>

export const boxComparisonSchema = openObject({
  expected: count,
  actual: count,
  mismatches: described(count, 'Boxes that differ, are missing or are too many, and wrong totals.'),
  first: v.nullable(boxMismatchSchema),
})
export type BoxComparison = Checked<typeof boxComparisonSchema>

const wrongField = (want: IntegerBox, got: IntegerBox) => FIELDS.find((name) => want[name] !== got[name])

export const isSame = (a: IntegerBox, b: IntegerBox): boolean => wrongField(a, b) === undefined

/** @param offset what class-logit codes are carried above the hardware's own, which a mismatch has. */
export function compareBoxes(expected: NmsResult, actual: NmsResult, offset = 0): BoxComparison {
  const differences: BoxMismatch[] = []
  const shared = Math.min(expected.boxes.length, actual.boxes.length)
  for (let index = 0; index < shared; index++) {
    const [want, got] = [expected.boxes[index]!, actual.boxes[index]!]
    const field = wrongField(want, got)
    if (field === undefined) continue
    const above = field === 'code' ? offset : 0
    differences.push({ index, field, expected: want[field] - above, actual: got[field] - above })
  }
  const missing = Math.abs(expected.boxes.length - actual.boxes.length)
  if (missing > 0)
    differences.push({
      index: shared,
      field: 'count',
      expected: expected.boxes.length,
      actual: actual.boxes.length,
    })
  for (const field of ['candidates', 'overflow'] as const) {
    const [want, got] = [Number(expected[field]), Number(actual[field])]
    if (want !== got) differences.push({ index: 0, field, expected: want, actual: got })
  }
  return {
    expected: expected.boxes.length,
    actual: actual.boxes.length,
    mismatches: differences.length + Math.max(0, missing - 1),
    first: differences[0] ?? null,
  }
}

/** `box 3 x0: expected 120, received 121; 1 of 12 differs`. */
export function describeBoxes({ expected, mismatches, first }: BoxComparison): string {
  if (mismatches === 0) return `all ${expected} boxes equal`
  const count = `${mismatches} difference${mismatches === 1 ? '' : 's'}`
  if (first === null) return count
  const at =
    first.field === 'count' || first.field === 'candidates' || first.field === 'overflow'
      ? ''
      : `box ${first.index} `
  return `${at}${first.field}: expected ${first.expected}, received ${first.actual}; ${count}`
}
