/** The form of a plan: what a person writes, before anything of it is looked at. */
import { basename } from 'node:path'
import * as v from 'valibot'
import { InputError } from '../input/input-error.ts'
import { type Checked, closedObject, described, listOf, recordOf, text } from '../input/schema.ts'

/** `90s`, `10m`, `8h` or `1h30m`. */
const DURATION = /^(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/
const TIME = 'a time such as 90s, 10m or 1h30m'
const duration = v.pipe(v.string(TIME), v.regex(DURATION, TIME))

/** Options by name; which there are, and what each may be, the options of `assay sim` say. */
const options = recordOf(v.unknown())

export const planSchema = closedObject({
  $schema: v.optional(described(v.string(), 'The path of this schema, for editors.')),
  name: v.optional(described(text, 'Name of the plan in reports; the name of the file by default.')),
  options: v.optional(described(options, 'Options of assay sim that every entry has.')),
  matrix: v.optional(
    described(options, 'Options of assay sim with one or several values: every combination is an entry.'),
  ),
  include: v.optional(
    described(listOf(options), 'Further entries, each with its options; lists stand for every combination.'),
  ),
  exclude: v.optional(
    described(
      listOf(options),
      'Entries of the matrix that are left out: those that have all of these values.',
    ),
  ),
  limits: v.optional(
    described(
      closedObject({
        run: v.optional(described(duration, 'The longest time of one run of assay sim: 90s, 10m, 1h30m.')),
        total: v.optional(described(duration, 'The longest time of the night.')),
      }),
      'Limits of time. What exceeds one is red.',
    ),
  ),
})
/** What a plan file holds, and what a module of TypeScript exports by default. */
export type RegressPlan = Checked<typeof planSchema>

/** Three weeks: a timer of Node takes 24.8 days, and one that is longer fires at once. */
const MOST_HOURS = 504

/** Seconds of a time that the schema has let through; null where none is given. @throws InputError for one that is no limit. */
export function parseDuration(given: string | undefined, where = 'limits'): number | null {
  const match = given === undefined ? null : DURATION.exec(given)
  if (match === null) return null
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  const all = hours * 3600 + minutes * 60 + seconds
  if (all > 0 && all <= MOST_HOURS * 3600) return all
  throw new InputError(`expected a time from 1s to ${MOST_HOURS}h, got ${given}`, where)
}

/** What a plan is called that does not say its name. */
export const nameOfFile = (file: string): string => basename(file).replace(/\.\w+$/, '')
