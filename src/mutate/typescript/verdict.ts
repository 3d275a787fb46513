import * as v from 'valibot'
import { type Checked, openObject, whole } from '../../input/schema.ts'

/** A mutant that a test caught. */
export const verdict = openObject({
  mutant: whole(),
  /** Full name of the test. */
  test: v.string(),
  /** First line of its failure. */
  reason: v.string(),
})
export type Verdict = Checked<typeof verdict>
