/** What the tests said of each mutant, one line each: when a process hangs and is killed, the next one continues. */
import { appendFileSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { type Checked, check, checkJson, choiceOf, openObject, real, whole } from '../../input/schema.ts'
import type { BuildOptions } from '../../simulate/index.ts'

/** What a model is built from, as a test asked for it; the rest of its options passes through. */
const model = openObject({ top: v.string(), sources: v.array(v.string()) })

/** A test is named by its file and its full name. */
const test = v.string()
const mutant = whole(1)
const entry = choiceOf('kind', [
  /** A test file has begun. */
  openObject({ kind: v.literal('file'), file: v.string() }),
  /** A test file asked for a model; early: as it was loaded, where no mutant can be awake. */
  openObject({ kind: v.literal('model'), file: v.string(), early: v.boolean(), model }),
  /** A test passed without a mutant. */
  openObject({ kind: v.literal('green'), test, ms: real() }),
  openObject({ kind: v.literal('red'), test, reason: v.string() }),
  /** A test is about to meet a mutant. */
  openObject({ kind: v.literal('try'), test, mutant, limitMs: real() }),
  openObject({ kind: v.literal('killed'), test, mutant, reason: v.string() }),
  /** It took too long, or the process died: the next process goes on without it. */
  openObject({ kind: v.literal('ended'), test, mutant, reason: v.string() }),
  /** What a mutant did to this test outlasted it: what it said so far is void, and it is asked again with more care. */
  openObject({ kind: v.literal('careful'), test }),
  /** It failed with this mutant, and afterwards without: it comes first in the next process. */
  openObject({ kind: v.literal('alone'), test, mutant }),
  /** This test says nothing of mutants. */
  openObject({ kind: v.literal('unsteady'), test, reason: v.string() }),
  /** This test has met every mutant. */
  openObject({ kind: v.literal('done'), test }),
  /** A test file has been run to its end. */
  openObject({ kind: v.literal('end'), file: v.string() }),
])
export type Entry = Checked<typeof entry>

export const write = (journal: string, entry: Entry): void =>
  appendFileSync(journal, `${JSON.stringify(entry)}\n`)

export function readJournal(journal: string): readonly Entry[] {
  const lines = readFileSync(journal, 'utf8').split('\n')
  // What follows the last line break was not written to its end.
  return lines.slice(0, -1).map((line) => checkJson(entry, line, journal))
}

/** What is known of the mutants of a journal. */
export interface Known {
  /** By mutant: the first test that noticed it. */
  readonly killed: ReadonlyMap<number, Kill>
  readonly done: ReadonlySet<string>
  readonly careful: ReadonlySet<string>
  readonly alone: ReadonlyMap<string, number>
}

export interface Kill {
  readonly test: string
  readonly reason: string
  /** The process was ended: it took too long, or it crashed. */
  readonly ended: boolean
}

export function summarise(entries: readonly Entry[]): Known {
  const killed = new Map<number, Kill>()
  const done = new Set<string>()
  const careful = new Set<string>()
  const alone = new Map<string, number>()
  for (const said of entries) {
    if (said.kind === 'killed' || said.kind === 'ended') {
      const { test, mutant, reason, kind } = said
      if (!killed.has(mutant)) killed.set(mutant, { test, reason, ended: kind === 'ended' })
    }
    if (said.kind === 'careful') {
      careful.add(said.test)
      for (const [mutant, { test, ended }] of killed) if (test === said.test && !ended) killed.delete(mutant)
    }
    if (said.kind === 'alone') alone.set(said.test, said.mutant)
    if (said.kind === 'done' || said.kind === 'unsteady') done.add(said.test)
  }
  return { killed, done, careful, alone }
}

/** Larger integers than JSON has. */
const BIG = '$bigint'

/** What a simulation has besides, and what decides no build. */
const BESIDES = ['environment', 'portTypes', 'plusargs', 'seed', 'stalls', 'memories', 'clock', 'clocks', 'reset', 'streams'] // biome-ignore format: a table

/** A model of a test as an entry holds it: what decides its build, and no more. */
export function packModel(options: BuildOptions): Checked<typeof model> {
  const build = Object.entries(options).filter(([name]) => !BESIDES.includes(name))
  const parameters = Object.entries(options.parameters ?? {}).map(([name, value]) => [
    name,
    typeof value === 'bigint' ? { [BIG]: String(value) } : value,
  ])
  const packed = { ...Object.fromEntries(build), parameters: Object.fromEntries(parameters) as object }
  return check(model, packed, 'a model of a test')
}

export function unpackModel(packed: Checked<typeof model>): BuildOptions {
  const options = packed as unknown as BuildOptions
  const parameters = Object.entries(options.parameters ?? {}).map(([name, value]) => [
    name,
    typeof value === 'object' ? BigInt((value as Readonly<Record<string, string>>)[BIG]!) : value,
  ])
  return { ...options, parameters: Object.fromEntries(parameters) }
}
