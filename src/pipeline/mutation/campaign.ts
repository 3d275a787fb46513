/** `assay mutate`: the user's own vitest files against every mutant of the sources. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { ToolError } from '../../input/tool-error.ts'
import type { Explanation } from '../../mutation/explanations.ts'
import { type MutationSummary, summarise as summariseScores, type Witness } from '../../mutation/score.ts'
import type { Environment } from '../../process/environment.ts'
import { countMutants } from '../../report/mutation.ts'
import type { BuildOptions } from '../../simulate/index.ts'
import { inTemporaryFolder } from '../../store/files.ts'
import type { Progress } from '../files/progress.ts'
import { chooseMutants, type LineRange } from './choose.ts'
import { describeOutput, listFailures } from './failures.ts'
import { type Entry, readJournal, summarise, unpackModel } from './journal.ts'
import { buildMutated, describeIncluded, filesOf } from './models.ts'
import { findVitest, runWatched, startVitest, type VitestRun } from './run-vitest.ts'
import { scoreFiles, warnOfStale } from './score.ts'
import { checkNamed, findMutants, type MutatedSources } from './sources.ts'

export interface MutationOptions {
  readonly sources: readonly string[]
  /** Filters of vitest; none: all its test files. */
  readonly tests: readonly string[]
  readonly only: readonly LineRange[]
  readonly sample: number | undefined
  /** Longest time of one mutant in one test; default by the test's own time. */
  readonly timeoutSeconds: number | undefined
  readonly explanations: readonly Explanation[]
  readonly out: string
  readonly environment: Environment
}

/**
 * Breaks the sources one token at a time and asks the tests.
 *
 * @throws InputError if a test fails without a mutant, or if no test opens a model of the sources
 */
export async function runMutation(options: MutationOptions, progress: Progress): Promise<MutationSummary> {
  const { tests, out, environment } = options
  const started = performance.now()
  const vitest = await findVitest()
  const sources = await findMutants(options.sources, out)
  checkNamed(sources)
  warnOfStale(sources.files, options.explanations, progress)
  const chosen = chooseMutants(sources.files, options.only, options.sample)
  return inTemporaryFolder('assay-mutate-', async (scratch) => {
    const temporary = join(scratch, 'tmp')
    await mkdir(temporary)
    const before = await runBefore({ vitest, filters: tests, temporary }, scratch, progress)
    const models = await findModels(before, sources, environment)
    const files = [...new Set([...models.values()].flat())]
    checkWitnesses(listWitnesses(before, [], files), files, (file) => canWitness(before, file))
    const remarks = await describeIncluded([...models.keys()], sources, environment)
    const unbuildable = await buildMutated([...models.keys()], sources, environment, progress)
    const mutants = chosen.filter(({ id }) => !unbuildable.has(id)).map(({ id }) => id)
    const greens = before.filter((entry) => entry.kind === 'green' && files.some((file) => isOf(entry, file)))
    const journal = join(scratch, 'mutants.jsonl')
    await writeFile(journal, '')
    const task = progress.start(countMutants(mutants.length))
    await runWatched({
      ...{ vitest, filters: files, temporary, journal },
      env: {
        ASSAY_MUTATION: sources.folder,
        ASSAY_MUTANTS: mutants.join(','),
        ASSAY_MUTANT: '0',
        ...(options.timeoutSeconds === undefined
          ? {}
          : { ASSAY_MUTANT_LIMIT_MS: String(1000 * options.timeoutSeconds) }),
      },
      onProgress: (entries) => {
        const { killed, done } = summarise(entries)
        const tried =
          entries.length - 1 - entries.findLastIndex(({ kind }) => kind === 'done' || kind === 'green')
        const share = tried / 2 / Math.max(1, mutants.length)
        task.update(
          Math.min(1, (done.size + Math.min(1, share)) / Math.max(1, greens.length)),
          `${killed.size} noticed`,
        )
      },
    })
    const after = readJournal(journal)
    const red = after.find((entry) => entry.kind === 'red')
    if (red?.kind === 'red')
      throw new ToolError(
        `${red.test} passes on the sources and fails on the same sources with mutants asleep in them: ${red.reason}`,
        { tool: 'assay mutate' },
      )
    const { killed } = summarise(after)
    task.done(`${killed.size} noticed`)
    const witnesses = listWitnesses(before, after, files)
    const asked = new Set(after.flatMap((entry) => (entry.kind === 'try' ? [entry.test] : [])))
    if (mutants.length > 0)
      checkWitnesses(witnesses, files, (file) => [...asked].some((test) => isOf({ test }, file)))
    const fates = { chosen, unbuildable, killed, seconds: (performance.now() - started) / 1000 }
    const scores = scoreFiles(sources.files, fates, options.explanations)
    return summariseScores(scores, witnesses, remarks)
  })
}

/** Runs the tests as they are. @throws InputError if one fails */
async function runBefore(run: VitestRun, scratch: string, progress: Progress): Promise<readonly Entry[]> {
  const task = progress.start('run the tests without a mutant')
  const journal = join(scratch, 'before.jsonl')
  await writeFile(journal, '')
  const { output, why } = await startVitest(run, { ASSAY_MUTATION_JOURNAL: journal }).ended
  const entries = readJournal(journal)
  const reds = entries.flatMap((entry) =>
    entry.kind === 'red' ? [{ name: entry.test, reason: entry.reason }] : [],
  )
  if (reds.length > 0)
    throw new InputError(
      `\n${listFailures(reds)}`,
      'these tests fail without a mutant',
      'Mend them first: a test that fails anyway notices nothing.',
    )
  const greens = entries.filter(({ kind }) => kind === 'green').length
  if (greens === 0 || why !== null)
    throw new InputError(
      `${greens === 1 ? 'one test passed' : `${greens} tests passed`}, and vitest ended with a failure:\n${describeOutput(output)}`,
      run.filters.length === 0 ? 'the tests of this project' : run.filters.join(', '),
      'Run `npx vitest run` with the same files first.',
    )
  task.done(greens === 1 ? 'one test' : `${greens} tests`)
  return entries
}

/** The models of the tests that have a source with mutants, each with the test files that ask for it. @throws InputError for none */
async function findModels(
  before: readonly Entry[],
  sources: MutatedSources,
  environment: Environment,
): Promise<ReadonlyMap<BuildOptions, readonly string[]>> {
  const asked = new Map<string, { readonly model: BuildOptions; readonly files: Set<string> }>()
  for (const entry of before) {
    if (entry.kind !== 'model') continue
    const key = JSON.stringify(entry.model)
    const known = asked.get(key) ?? { model: unpackModel(entry.model), files: new Set<string>() }
    asked.set(key, known)
    known.files.add(entry.file)
  }
  const models = new Map<BuildOptions, readonly string[]>()
  for (const { model, files } of asked.values())
    if ((await filesOf(model, sources, environment)).length > 0) models.set(model, [...files])
  if (models.size > 0) return models
  const tops = [...new Set([...asked.values()].map(({ model }) => model.top))].join(', ')
  throw new InputError(
    `no test opens a model that has it among its sources; the tests open ${tops === '' ? 'no model at all' : tops}`,
    sources.files.map(({ file }) => file).join(', '),
    'Name its test files with --tests.',
  )
}

/** Whether a file opens a model where a mutant can be awake. */
const canWitness = (before: readonly Entry[], file: string): boolean =>
  before.some((entry) => entry.kind === 'model' && entry.file === file && !entry.early)

/** A score is a statement about tests. @throws InputError where no test met a mutant, with the reasons */
function checkWitnesses(
  witnesses: readonly Witness[],
  files: readonly string[],
  hasMet: (file: string) => boolean,
): void {
  if (files.some(hasMet)) return
  const reasons = witnesses
    .filter(({ name }) => files.includes(name))
    .flatMap(({ name, remarks }) => remarks.map((remark) => `\n  ${name} ${remark}`))
  throw new InputError(`no test can notice a mutant:${reasons.join('')}`, files.join(', '))
}

const isOf = ({ test }: { readonly test: string }, file: string): boolean => test.startsWith(`${file} > `)

/** Each test file with what it noticed, and why it could not notice more. */
function listWitnesses(
  before: readonly Entry[],
  after: readonly Entry[],
  files: readonly string[],
): readonly Witness[] {
  const { killed } = summarise(after)
  const names = [...new Set(before.flatMap((entry) => (entry.kind === 'file' ? [entry.file] : [])))]
  return names.map((name) => {
    const remarks: string[] = []
    if (!files.includes(name)) remarks.push('opens no model of these sources')
    else if (before.some((entry) => entry.kind === 'model' && entry.file === name && entry.early))
      remarks.push(
        'opens a model as it is loaded, where no mutant is awake: open it in a test or in beforeAll',
      )
    for (const entry of after)
      if (entry.kind === 'unsteady' && isOf(entry, name))
        remarks.push(`${entry.test.slice(name.length + 3)} says nothing of mutants: ${entry.reason}`)
    const kills = [...killed.values()].filter((kill) => isOf(kill, name))
    return { name, killed: kills.length, remarks }
  })
}
