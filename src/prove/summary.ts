/** `build/prove.json`: what `make prove` leaves, for other pages. */
import { join } from 'node:path'
import * as v from 'valibot'
import { type Checked, openObject, whole } from '../input/schema.ts'

export const PROVE_FILE = join('build', 'prove.json')

const outcome = openObject({
  proof: openObject({
    name: v.string(),
    module: v.string(),
    /** Begins with the clause's name, where there is one. */
    clause: v.string(),
    engine: v.picklist(['induction', 'reachability', 'bounded']),
    depth: whole(0),
  }),
  /** A model refutes; `undecided` is neither: the time or the steps were not enough. */
  verdict: v.picklist(['holds', 'refuted', 'undecided']),
  /** A run comes to what the property is about, so that it is not true of nothing. */
  reached: v.boolean(),
  /** Of each broken copy, whether a run was found that violates the property. */
  red: v.array(v.boolean()),
})
export type Proved = Checked<typeof outcome>

export const proveSummary = openObject({ format: v.literal(1), proofs: v.array(outcome) })

export const isProved = ({ verdict, reached, red }: Omit<Proved, 'proof'>): boolean =>
  verdict === 'holds' && reached && red.every(Boolean)

/** Of which runs a property is proved. */
export const extentOf = ({ engine, depth }: Pick<Proved['proof'], 'engine' | 'depth'>): string =>
  engine === 'bounded' ? `${depth} cycles` : 'unbounded'
