/** What a plan asks for, once it is expanded: entries, and the runs of `assay sim` that they are part of. */
import * as v from 'valibot'
import { type Checked, count, described, openObject, real, recordOf, sha256Text } from '../input/schema.ts'

export const entryFields = {
  name: described(
    v.string(),
    'Unique in the plan: model, image, bits, mode, seed, and whatever else the plan varies.',
  ),
  axes: described(recordOf(v.string()), 'What it was asked for, by option of assay sim; seed is one number.'),
  run: described(count, 'Index of the run that it was part of.'),
  seed: described(v.nullable(count), 'Its random power-up; null if the run has no seeds.'),
}
const entrySchema = openObject(entryFields)
/** One test: a point of the matrix. */
export type PlannedEntry = Checked<typeof entrySchema>

export const simFields = {
  /** First 12 digits of the SHA-256 of its words and folder. */
  id: described(
    v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/, 'an id of a run')),
    'Names its folder: runs/<id>/.',
  ),
  words: described(v.array(v.string()), 'Arguments of assay sim, from which the line to copy is made.'),
  /** Everything but image and seeds. */
  design: described(count, 'Index of the design that ran.'),
}
const simSchema = openObject(simFields)
/** One run of `assay sim`: entries that differ in nothing but their seed share it. */
export type PlannedSim = Checked<typeof simSchema>

const limit = v.nullable(real(0))
export const expandedPlanSchema = openObject({
  name: v.string(),
  file: v.string(),
  /** SHA-256 over all entries and runs. */
  identity: sha256Text,
  entries: v.array(entrySchema),
  runs: v.array(simSchema),
  /** Their names. */
  designs: v.array(v.string()),
  limits: openObject({ runSeconds: limit, totalSeconds: limit }),
})
/** A plan, expanded. */
export type ExpandedPlan = Checked<typeof expandedPlanSchema>

/** Entries of each run, by its index. */
export function entriesOfRuns({
  entries,
  runs,
}: Pick<ExpandedPlan, 'entries' | 'runs'>): readonly (readonly PlannedEntry[])[] {
  const all = runs.map((): PlannedEntry[] => [])
  for (const entry of entries) all[entry.run]!.push(entry)
  return all
}
