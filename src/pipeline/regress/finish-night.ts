/** A night's outputs: its record, every report, the comparison, and its place in the history. */
import { stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { pathWithin } from '../../input/path-within.ts'
import { readWholeFile } from '../../input/read-file.ts'
import { compareNights } from '../../regress/compare.ts'
import { isPartial, type Night } from '../../regress/night.ts'
import { fromRoot, withLines } from '../../regress/reproduce-entry.ts'
import { renderCodeQuality } from '../../report/code-quality.ts'
import { renderNightAnnotations, renderNightSummary } from '../../report/night/github.ts'
import { renderNightJunit } from '../../report/night/junit.ts'
import { renderNight } from '../../report/night/terminal.ts'
import { isRedNight, type NightView, viewNight } from '../../report/night/view.ts'
import { renderSarif } from '../../report/sarif.ts'
import { joinWarnings, type Problem, placesIn } from '../../result/problem.ts'
import { writeWhole } from '../../store/files.ts'
import { readClone } from '../files/origin.ts'
import { appendSummary, locateProblems, type ReportEnvironment, removeResults } from '../report/files.ts'
import type { ReportKind } from '../report/kinds.ts'
import { addToHistory, findLastNight, readHistory, readNight } from './history.ts'

export interface FinishOptions {
  readonly kinds: ReadonlySet<ReportKind>
  /** `last`, a file, a folder, or a night that `readAgainst` has read before; null: no comparison. */
  readonly against: string | Night | null
  /** `parseGrowth`; null: no growth of cycles is red. */
  readonly maxCyclesGrowth: number | null
  /** Folder of the history; by default `history/` in the night's own. */
  readonly history?: string | null | undefined
  readonly env: ReportEnvironment
}

export interface FinishedNight {
  /** For a terminal of 80 columns. */
  readonly text: string
  /** Red by itself or by the comparison. */
  readonly isRed: boolean
  /** Paths, in the order of writing. */
  readonly files: readonly string[]
  /** Workflow commands for the runner, to be printed one per line. */
  readonly annotations: readonly string[]
  /** Reports that could not be written. The verdict of a red night stands without them. */
  readonly failures: readonly unknown[]
}

const NIGHT_FILE = 'regress.json'

/** Reads the night that `--against` names, before this one replaces it. @throws InputError if there is none, or it is damaged. */
export async function readAgainst(against: string): Promise<'last' | Night> {
  if (against === 'last') return 'last'
  const isFolder = await stat(against).then(
    (info) => info.isDirectory(),
    () => false,
  )
  const path = isFolder ? join(against, NIGHT_FILE) : against
  const bytes = await readWholeFile(
    path,
    'Name the regress.json of a night, its folder, or `last` for the night before of the same plan.',
  )
  return readNight(path, bytes)
}

/** @param folder of the night: runs/<id>/ are in it. @param cwd where the night was begun */
export async function finishNight(
  night: Night,
  folder: string,
  options: FinishOptions,
  cwd: string = process.cwd(),
): Promise<FinishedNight> {
  const history = options.history ?? join(folder, 'history')
  const told = withLines(await withClone(fromRoot(night, cwd), cwd))
  const warnings: string[] = []
  // Its file may be the one that this night replaces.
  const against = typeof options.against === 'string' ? await readAgainst(options.against) : options.against
  const before = against === 'last' ? await findLast(history, told, warnings) : against
  await removeResults(folder, NIGHT_FILE)
  const comparison = before === null ? null : compareNights(told, before, options.maxCyclesGrowth)
  const files: string[] = []
  const failures: unknown[] = []
  const attempt = (make: () => Promise<unknown>): Promise<unknown> =>
    make().catch((error: unknown) => failures.push(error))
  const write = async (name: string, text: string): Promise<void> => {
    await writeWhole(join(folder, name), text)
    files.push(join(folder, name))
  }
  // The record is the result itself: an exact night is not proved before it is written.
  await attempt(() => write(NIGHT_FILE, `${JSON.stringify(told)}\n`))
  // A part of a night is none to compare with.
  if (!isPartial(told)) await attempt(() => addToHistory(history, told))
  const { records, damaged } = await readHistory(history).catch((error: unknown) => {
    failures.push(error)
    return { records: [], damaged: [] }
  })
  for (const path of damaged) warnings.push(`${path} is damaged and passed over.`)
  const own = records.filter(({ name, startedAt }) => name === told.name && startedAt <= told.startedAt)
  const view = viewNight(told, comparison, own, relative('', folder) || '.')
  const { annotations } = await writeNightReports(view, options, write, attempt)
  const problems = listProblems(told, options.env)
  const isWhole = night.verdict !== 'broken'
  if (options.kinds.has('codequality'))
    await attempt(() => write('codequality.json', renderCodeQuality(problems)))
  if (options.kinds.has('sarif')) await attempt(() => write('assay.sarif', renderSarif(problems, isWhole)))
  return {
    text: [
      renderNight(view),
      ...warnings,
      ...files.map((file) => `Report: ${pathWithin(cwd, file) ?? file}`),
    ].join('\n'),
    isRed: isRedNight(view),
    ...{ files, annotations, failures },
  }
}

/** A night whose origin says what a fresh clone lacks. All runs of a night begin in one folder. */
async function withClone(night: Night, cwd: string): Promise<Night> {
  const { origin, runs } = night
  const words = [...new Set(runs.flatMap((run) => run.words))]
  return { ...night, origin: { ...origin, ...(await readClone(origin.folder, words, cwd)) } }
}

/** Places that the errors of runs name: RTL that does not compile is one problem, however many runs it ends. */
function listProblems({ runs }: Night, env: ReportEnvironment): readonly Problem[] {
  const said = runs.map(({ error }) => (error === null ? [] : placesIn(error)))
  return locateProblems(joinWarnings(said) ?? [], env)
}

async function findLast(history: string, night: Night, warnings: string[]): Promise<Night | null> {
  try {
    const found = await findLastNight(history, night)
    if (found === null) warnings.push(`No night of ${night.name} before this one is in ${history}.`)
    return found?.night ?? null
  } catch (error) {
    // A night of hours is not lost for the sake of an older one.
    if (!(error instanceof InputError)) throw error
    warnings.push(`Not compared: ${error.message}`)
    return null
  }
}

async function writeNightReports(
  view: NightView,
  { kinds, env }: FinishOptions,
  write: (name: string, text: string) => Promise<void>,
  attempt: (make: () => Promise<unknown>) => Promise<unknown>,
): Promise<{ readonly annotations: readonly string[] }> {
  if (kinds.has('junit')) await attempt(() => write('junit.xml', renderNightJunit(view)))
  if (kinds.has('html')) {
    const { renderNightPage } = await import('../../report/night/page.ts')
    await attempt(() => write('report.html', renderNightPage(view)))
  }
  if (!kinds.has('github')) return { annotations: [] }
  if (env.GITHUB_STEP_SUMMARY)
    await attempt(() => appendSummary(env.GITHUB_STEP_SUMMARY!, (room) => renderNightSummary(view, room)))
  return { annotations: renderNightAnnotations(view, (problems) => locateProblems(problems, env)) }
}
