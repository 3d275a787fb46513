/** The user's own vitest, in a process that may be ended at any moment. */
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { InputError } from '../../input/input-error.ts'
import { checkJson, openObject } from '../../input/schema.ts'
import { ToolError } from '../../input/tool-error.ts'
import { findProgramFile } from '../../process/child-program.ts'
import { startGuarded } from '../../process/run-tool.ts'
import { readInput } from '../../store/files.ts'
import { describeOutput } from './failures.ts'
import { type Entry, readJournal, write } from './journal.ts'

const ADVICE = 'Add it with `npm install --save-dev vitest@4`.'

/** Path of `vitest/node` as the project in the working directory has it. @throws InputError where it has none that will do */
export async function findVitest(): Promise<string> {
  const require = createRequire(resolve('package.json'))
  let path: string
  try {
    path = require.resolve('vitest/node')
  } catch (cause) {
    throw new InputError('is not installed in this project', 'vitest', ADVICE, { cause })
  }
  const file = join(path.slice(0, path.lastIndexOf(join('vitest', 'dist'))), 'vitest', 'package.json')
  const about = new TextDecoder().decode(await readInput(file))
  const { version } = checkJson(openObject({ version: v.string() }), about, file)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 4 || (major === 4 && minor >= 1)) return path
  throw new InputError(`expected version 4.1 or later, got ${version}`, 'vitest', ADVICE)
}

/** A project's vitest, and what it runs. */
export interface VitestRun {
  readonly vitest: string
  /** Parts of the paths of test files; none: all. */
  readonly filters: readonly string[]
  /** For what tests leave behind. */
  readonly temporary: string
}

/** Starts vitest. @param env besides that of this process */
export function startVitest(
  { vitest, filters, temporary }: VitestRun,
  env: Readonly<Record<string, string>>,
) {
  const { path, args = [] } = findProgramFile(import.meta.url, 'vitest-program')
  const words = [process.execPath, path, ...args, ...filters]
  return startGuarded(words, { cwd: process.cwd(), env: { ...env, TMPDIR: temporary, ASSAY_VITEST: vitest } })
}

export interface WatchedRun extends VitestRun {
  readonly env: Readonly<Record<string, string>>
  readonly journal: string
  /** Called as the journal grows. */
  readonly onProgress: (entries: readonly Entry[]) => void
}

/** How often the journal is looked at. */
const LOOK_MS = 250

/**
 * Runs the tests until each has met every mutant. What hangs or crashes is ended, and the next process continues without it.
 *
 * @throws ToolError if vitest itself fails
 */
export async function runWatched({ env, journal, onProgress, ...given }: WatchedRun): Promise<void> {
  for (;;) {
    const before = readJournal(journal).length
    const run = startVitest(given, { ...env, ASSAY_MUTATION_JOURNAL: resolve(journal) })
    let said = before
    const watch = setInterval(() => {
      const entries = readJournal(journal)
      if (entries.length > said) onProgress(entries)
      said = entries.length
      const last = entries.at(-1)
      if (last?.kind !== 'try' || Date.now() - statSync(journal).mtimeMs < last.limitMs) return
      const { test, mutant, limitMs } = last
      write(journal, { kind: 'ended', test, mutant, reason: `took longer than ${limitMs / 1000} s` })
      run.kill()
    }, LOOK_MS)
    const { output } = await run.ended.finally(() => clearInterval(watch))
    const entries = readJournal(journal).slice(before)
    onProgress(readJournal(journal))
    const cut = listCut(entries)
    if (cut.length === 0 && entries.some(({ kind }) => kind === 'end')) return
    const stopped = cut.map((file) => entries.findLast((entry) => isOf(entry, file)))
    for (const last of stopped)
      if (last?.kind === 'try')
        write(journal, { ...last, kind: 'ended', reason: 'the process of the test died' })
    // Any other entry than of a test that ran: the runner or the watch has ended the process.
    if (stopped.length === 0 || stopped.some((last) => last === undefined || last.kind === 'green'))
      throw new ToolError(`vitest ended before its tests did:\n${describeOutput(output)}`, {
        tool: 'vitest',
        output,
      })
  }
}

/** Test files that a process began and did not end. */
function listCut(entries: readonly Entry[]): readonly string[] {
  const ended = new Set(entries.flatMap((entry) => (entry.kind === 'end' ? [entry.file] : [])))
  return entries.flatMap((entry) => (entry.kind === 'file' && !ended.has(entry.file) ? [entry.file] : []))
}

const isOf = (entry: Entry, file: string): boolean => 'test' in entry && entry.test.startsWith(`${file} > `)
