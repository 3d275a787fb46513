/** The results of a run of mutants so far, one per line: when a process hangs and is killed, the next one continues. */
import { appendFileSync, readFileSync } from 'node:fs'

export type Entry =
  /** These are left alone. */
  | { readonly kind: 'skip'; readonly mutants: readonly number[] }
  /** A test is about to be run with this mutant. */
  | { readonly kind: 'try'; readonly mutant: number; readonly test: string; readonly limitMs: number }
  | { readonly kind: 'killed'; readonly mutant: number; readonly test: string; readonly reason: string }
  /** This test has met every mutant that it reaches; `ms` is its time without one. */
  | {
      readonly kind: 'done'
      readonly test: string
      readonly ms: number
      readonly canRepeat: boolean
      readonly reached: readonly number[]
    }
  /** A test that fails without a mutant. */
  | { readonly kind: 'red'; readonly test: string }
  /** It failed with this mutant, and afterwards without it: another mutant may have spoilt the process. It is tried first in the next. */
  | { readonly kind: 'alone'; readonly mutant: number; readonly test: string }
  /** A test file has been run to its end. */
  | { readonly kind: 'end' }
  /** Reached while this file was loaded or in its hooks: a test by itself cannot kill these. */
  | { readonly kind: 'outside'; readonly file: string; readonly reached: readonly number[] }

export const write = (journal: string, entry: Entry): void =>
  appendFileSync(journal, `${JSON.stringify(entry)}\n`)

export function read(journal: string): readonly Entry[] {
  const lines = readFileSync(journal, 'utf8').split('\n')
  // What follows the last line break was not written to its end.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Entry)
}
