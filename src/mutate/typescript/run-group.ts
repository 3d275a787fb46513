/** Runs the tests of one group against its mutants. */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { type Checked, checkJson, openObject, recordOf } from '../../input/schema.ts'
import { ToolError } from '../../input/tool-error.ts'
import type { Mutant } from '../../mutation/mutate-source.ts'
import { writeCached } from '../../store/files.ts'
import { hashFile } from '../../store/hash.ts'
import type { Group } from './groups.ts'
import { type Instrumented, instrument, type LineRanges } from './instrument.ts'
import { type Entry, read, write } from './journal.ts'
import { type Verdict, verdict } from './verdict.ts'
import { type Bench, makeBench, runPlain, runTests } from './vitest-run.ts'

export interface GroupResult {
  readonly group: Group
  readonly mutants: readonly Mutant[]
  /** By mutant; one without a verdict survived, of everything that could be tried. */
  readonly verdicts: ReadonlyMap<number, Verdict>
  readonly seconds: number
}

/** What an earlier run found out, as far as it still holds: mutants by place and change, tests by content. */
const KEPT = openObject({ hashes: recordOf(v.string()), killed: recordOf(verdict) })
type Kept = Checked<typeof KEPT>

const AWAKE_LIMIT_MS = 120_000

export interface BrokenGroup extends Instrumented {
  readonly group: Group
}

/** A group with its mutants; of some lines only, where `ranges` says which. */
export async function breakGroup(group: Group, ranges: LineRanges | null): Promise<BrokenGroup> {
  const sources = new Map<string, string>()
  for (const file of group.sources) sources.set(file, await readFile(file, 'utf8'))
  return { group, ...(await instrument(sources, ranges)) }
}

/**
 * Runs a group's tests against its mutants. Killed mutants of an earlier run stay killed while their source file and the test that killed
 * them are what they were; the living are tried again.
 *
 * @param tried a part of the mutants, for a sample; null for all, which is remembered
 * @throws ToolError where the tests do not run
 */
export async function runGroup(
  broken: BrokenGroup,
  folder: string,
  tried: readonly Mutant[] | null,
  signal: AbortSignal,
): Promise<GroupResult> {
  const started = performance.now()
  const { group, texts } = broken
  const mutants = tried ?? broken.mutants
  const stateFile = join(folder, `${group.name}.json`)
  const hashes = Object.fromEntries(
    await Promise.all(
      [...group.sources, ...group.tests].map(async (file) => [file, await hashFile(file)] as const),
    ),
  )
  const kept = await readKept(stateFile)
  const own = join(folder, group.name)
  await rm(own, { recursive: true, force: true })
  await using bench = await makeBench(own, texts)
  const chosen = new Set(mutants.map(({ id }) => id))
  const left = broken.mutants.filter(({ id }) => !chosen.has(id)).map(({ id }) => id)
  write(bench.journal, { kind: 'skip', mutants: left })
  for (const mutant of mutants) {
    const verdict = kept.killed[keyOf(mutant)]
    const holds = (file: string) => kept.hashes[file] !== undefined && kept.hashes[file] === hashes[file]
    if (verdict !== undefined && holds(mutant.file) && holds(fileOfTest(verdict.test)))
      write(bench.journal, { kind: 'killed', ...verdict, mutant: mutant.id })
  }
  const save = async (): Promise<ReadonlyMap<number, Verdict>> => {
    const verdicts = verdictsOf(read(bench.journal))
    const killed = Object.fromEntries(
      mutants.flatMap((mutant) => {
        const verdict = verdicts.get(mutant.id)
        return verdict === undefined ? [] : [[keyOf(mutant), verdict] as const]
      }),
    )
    if (tried === null) await writeCached(stateFile, JSON.stringify({ hashes, killed } satisfies Kept))
    return verdicts
  }
  for (const withSlow of [false, true]) {
    await runToEnd(bench, group, withSlow, signal)
    await save()
  }
  const outside = reachedOutside(read(bench.journal))
  // A start of vitest for each of them: no sample has the time.
  if (tried === null) await wakeOutside(bench, group, mutants, signal)
  const verdicts = await save()
  for (const test of new Set(redTests(read(bench.journal))))
    process.stderr.write(`  ${test} fails as it is, and kills nothing\n`)
  return {
    group,
    mutants: tried === null ? mutants : mutants.filter(({ id }) => verdicts.has(id) || !outside.has(id)),
    verdicts,
    seconds: (performance.now() - started) / 1000,
  }
}

/** What is replaced belongs to it: `a` and `a && b` begin at one place. */
export const keyOf = ({ file, line, column, operator, before, after }: Mutant): string =>
  `${file}:${line}:${column} ${operator} ${before} -> ${after}`

const readKept = async (file: string): Promise<Kept> =>
  await readFile(file, 'utf8').then(
    (text) => checkJson(KEPT, text, file),
    () => ({ hashes: {}, killed: {} }),
  )

function verdictsOf(entries: readonly Entry[]): ReadonlyMap<number, Verdict> {
  return new Map(
    entries.flatMap((entry) => {
      if (entry.kind !== 'killed') return []
      const { mutant, test, reason } = entry
      return [[mutant, { mutant, test, reason }] as const]
    }),
  )
}

const reachedOutside = (entries: readonly Entry[]): ReadonlySet<number> =>
  new Set(entries.flatMap((entry) => (entry.kind === 'outside' ? entry.reached : [])))

const fileOfTest = (test: string): string => test.split(' > ')[0]!

const redTests = (entries: readonly Entry[]): readonly string[] =>
  entries.flatMap((entry) => (entry.kind === 'red' ? [entry.test] : []))

/** Starts vitest again as long as mutants hang or spoil its process. */
async function runToEnd(bench: Bench, group: Group, withSlow: boolean, signal: AbortSignal): Promise<void> {
  for (;;) {
    const before = read(bench.journal).length
    const output = await runTests(bench, group.tests, { withSlow, signal })
    signal.throwIfAborted()
    const entries = read(bench.journal).slice(before)
    // Written after each file: where the process was killed, something else came last.
    if (entries.at(-1)?.kind === 'end') return
    if (entries.every(({ kind }) => kind === 'outside'))
      throw new ToolError(`The tests of ${group.name} do not run: ${output.slice(-3000)}`, {
        tool: 'vitest',
        output,
      })
  }
}

/** Mutants that are reached while a file is loaded, or in a hook: each is awake in a run of its own. */
async function wakeOutside(
  bench: Bench,
  group: Group,
  mutants: readonly Mutant[],
  signal: AbortSignal,
): Promise<void> {
  const entries = read(bench.journal)
  const dead = verdictsOf(entries)
  const outside = reachedOutside(entries)
  // A file with a test that fails by itself would call every mutant killed.
  const red = redTests(entries).map(fileOfTest)
  const fileOf = new Map(mutants.map(({ id, file }) => [id, file] as const))
  for (const { id, file } of mutants.filter(({ id }) => outside.has(id) && !dead.has(id))) {
    const near = entries.flatMap((entry) =>
      entry.kind === 'done' && entry.reached.some((reached) => fileOf.get(reached) === file)
        ? [fileOfTest(entry.test)]
        : [],
    )
    const tests = (near.length === 0 ? group.tests : [...new Set(near)]).filter((test) => !red.includes(test))
    if (tests.length === 0) continue
    const reason = await runPlain(bench, tests, { mutant: id, limitMs: AWAKE_LIMIT_MS, signal })
    signal.throwIfAborted()
    if (reason === null) continue
    const killer = tests.find((test) => reason.includes(test)) ?? ''
    write(bench.journal, { kind: 'killed', mutant: id, test: killer, reason })
  }
}
