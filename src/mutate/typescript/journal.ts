/** The results of a run of mutants so far, one per line: when a process hangs and is killed, the next one continues. */
import { appendFileSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { type Checked, checkJson, choiceOf, openObject, real, whole } from '../../input/schema.ts'

const [id, ids] = [whole(), v.array(whole())]
const entry = choiceOf('kind', [
  /** These are left alone. */
  openObject({ kind: v.literal('skip'), mutants: ids }),
  /** A test is about to be run with this mutant. */
  openObject({ kind: v.literal('try'), mutant: id, test: v.string(), limitMs: real() }),
  openObject({ kind: v.literal('killed'), mutant: id, test: v.string(), reason: v.string() }),
  /** This test has met every mutant that it reaches; `ms` is its time without one. */
  openObject({
    kind: v.literal('done'),
    test: v.string(),
    ms: real(),
    canRepeat: v.boolean(),
    reached: ids,
  }),
  /** A test that fails without a mutant. */
  openObject({ kind: v.literal('red'), test: v.string() }),
  /** It failed with this mutant, and afterwards without it: another mutant may have spoilt the process. It is tried first in the next. */
  openObject({ kind: v.literal('alone'), mutant: id, test: v.string() }),
  /** A test file has been run to its end. */
  openObject({ kind: v.literal('end') }),
  /** Reached while this file was loaded or in its hooks: a test by itself cannot kill these. */
  openObject({ kind: v.literal('outside'), file: v.string(), reached: ids }),
])
export type Entry = Checked<typeof entry>

export const write = (journal: string, entry: Entry): void =>
  appendFileSync(journal, `${JSON.stringify(entry)}\n`)

export function read(journal: string): readonly Entry[] {
  const lines = readFileSync(journal, 'utf8').split('\n')
  // What follows the last line break was not written to its end.
  return lines.slice(0, -1).map((line) => checkJson(entry, line, journal))
}
