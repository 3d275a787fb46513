/** This file writes a result's reports into the run's folder, and to GitHub in a workflow. */
import { appendFile, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { pathWithin } from '../../input/path-within.ts'
import { describeDiagnostic } from '../../process/run-tool.ts'
import { renderCodeQuality } from '../../report/code-quality.ts'
import {
  MOST_SUMMARY_BYTES,
  renderAnnotations,
  renderErrorAnnotations,
  renderErrorSummary,
  renderSummary,
} from '../../report/github.ts'
import { renderJunit, renderJunitError } from '../../report/junit.ts'
import { renderSarif } from '../../report/sarif.ts'
import { type Problem, problemsOf } from '../../result/problem.ts'
import { renderReport } from '../../result/report-file.ts'
import type { SimResult } from '../../result/result.ts'
import { removePath, writeWhole } from '../../store/files.ts'
import { statIfSeen } from '../../store/stat.ts'
import type { ReportKind } from './kinds.ts'

/** The variables of the environment that decide where reports go. */
export interface ReportEnvironment {
  readonly GITHUB_ACTIONS?: string | undefined
  readonly GITHUB_STEP_SUMMARY?: string | undefined
  /** Root of the repository on GitHub. */
  readonly GITHUB_WORKSPACE?: string | undefined
  /** Root of the repository on GitLab. */
  readonly CI_PROJECT_DIR?: string | undefined
}

/** Chooses the reports: by default the two files that take no time, and GitHub's in a workflow. */
export const chooseReports = (
  asked: readonly ReportKind[] | null,
  env: ReportEnvironment,
  usual: readonly ReportKind[] = ['json', 'junit'],
): ReadonlySet<ReportKind> =>
  new Set(asked ?? [...usual, ...(env.GITHUB_ACTIONS === 'true' ? (['github'] as const) : [])])

/** Every file that a report may be, including those of other runs. */
const REPORT_FILES = ['report.json', 'junit.xml', 'report.html', 'codequality.json', 'assay.sarif'] as const

/** Removes the results of an earlier run, so that they cannot pass for this run's if it dies. @param record the name of the result itself */
export async function removeResults(folder: string, record = 'sim.json'): Promise<void> {
  await Promise.all([record, ...REPORT_FILES].map((name) => removePath(join(folder, name))))
}

export interface WrittenReports {
  /** Paths, in the order of writing. */
  readonly files: readonly string[]
  /** Workflow commands for the runner, to be printed one per line. */
  readonly annotations: readonly string[]
}

/** What could be written of a result, and why the rest could not. */
export interface ResultReports extends WrittenReports {
  readonly failures: readonly unknown[]
}

/** Makes a path under `root` relative to it, with slashes, as CI servers place files. Other paths stay as they are. */
const shortenPath = (path: string, root: string): string =>
  pathWithin(root, path)?.replaceAll('\\', '/') ?? path

/** Names the files of a result relative to `root`, so that a report reads the same on every machine. */
export function shortenPaths(result: SimResult, root: string): SimResult {
  const { waveform } = result
  const shorten = (path: string): string => shortenPath(path, root)
  return {
    ...result,
    image: shorten(result.image),
    layers: result.layers.map((layer) =>
      layer.dump === undefined
        ? layer
        : { ...layer, dump: { ...layer.dump, file: shorten(layer.dump.file) } },
    ),
    pictures: result.pictures.map(shorten),
    waveform:
      waveform === null ? null : { ...waveform, file: shorten(waveform.file), save: shorten(waveform.save) },
  }
}

/** A problem with its path from the root of the repository; without one where its file is elsewhere, or no file. */
function locateIn(root: string, problem: Problem): Problem {
  const { file, message } = problem
  if (file === null) return { ...problem, message: shortenText(message, root) }
  const short = statIfSeen(file)?.isFile() === true ? pathWithin(root, file) : null
  if (short !== null) return { ...problem, file: short, message: shortenText(message, root) }
  const place = { file: null, line: null, column: null }
  return { ...problem, ...place, message: shortenText(describeDiagnostic(problem), root) }
}

/** Paths in messages must read the same on every machine, as those of a result do. */
const shortenText = (text: string, root: string): string => text.replaceAll(`${root}${sep}`, '')

/** Problems as a CI server places them: paths from the root of its repository. */
export const locateProblems = (problems: readonly Problem[], env: ReportEnvironment): readonly Problem[] =>
  problems.map((problem) => locateIn(rootOf(env), problem))

const rootOf = (env: ReportEnvironment): string => env.GITHUB_WORKSPACE || env.CI_PROJECT_DIR || process.cwd()

export async function writeReports(
  result: SimResult,
  folder: string,
  kinds: ReadonlySet<ReportKind>,
  env: ReportEnvironment,
): Promise<ResultReports> {
  const root = rootOf(env)
  const locate = (problem: Problem): Problem => locateIn(root, problem)
  const warnings = result.warnings?.map(locate)
  const short = { ...shortenPaths(result, root), warnings }
  const files: string[] = []
  const annotations: string[] = []
  const failures: unknown[] = []
  const write = async (name: string, text: string): Promise<void> => {
    const path = join(folder, name)
    await writeWhole(path, text)
    files.push(path)
  }
  const writers: Readonly<Record<ReportKind, () => Promise<unknown>>> = {
    json: () => write('report.json', renderReport(short)),
    junit: () => write('junit.xml', renderJunit(short)),
    html: async () => {
      // The page needs a drawing library that takes longer to load than a whole unchanged run.
      const { writePage } = await import('./page.ts')
      files.push(await writePage(short, folder, join(folder, 'report.html'), root))
    },
    codequality: () => write('codequality.json', renderCodeQuality(warnings ?? [])),
    sarif: () => write('assay.sarif', renderSarif(warnings ?? [], true)),
    github: async () => {
      annotations.push(...renderAnnotations(short, locate))
      if (env.GITHUB_STEP_SUMMARY)
        await appendSummary(env.GITHUB_STEP_SUMMARY, (room) => renderSummary(short, room))
    },
  }
  // One that fails takes no other with it.
  for (const kind of ['json', 'junit', 'codequality', 'sarif', 'html', 'github'] as const)
    if (kinds.has(kind)) await writers[kind]().catch((error: unknown) => failures.push(error))
  return { files, annotations, failures }
}

/** Appends to the step's summary, which earlier commands may have begun. If the whole is too long, GitHub shows nothing of it. */
export async function appendSummary(path: string, render: (room: number) => string): Promise<void> {
  const used = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
  const room = MOST_SUMMARY_BYTES - used
  if (room > 200) await appendFile(path, render(room))
}

/** Writes an error in place of a result's reports. It writes no report.json, which only holds results. */
export async function writeErrorReports(
  command: string,
  error: unknown,
  folder: string,
  kinds: ReadonlySet<ReportKind>,
  env: ReportEnvironment,
): Promise<WrittenReports> {
  const root = rootOf(env)
  const text = shortenText(error instanceof Error ? error.message : String(error), root)
  const problems = locateProblems(problemsOf(error), env)
  const texts = {
    junit: ['junit.xml', () => renderJunitError(command, text)],
    codequality: ['codequality.json', () => renderCodeQuality(problems)],
    sarif: ['assay.sarif', () => renderSarif(problems, false)],
  } as const
  const files: string[] = []
  for (const kind of ['junit', 'codequality', 'sarif'] as const) {
    if (!kinds.has(kind)) continue
    const [name, render] = texts[kind]
    files.push(join(folder, name))
    await writeWhole(join(folder, name), render())
  }
  if (!kinds.has('github')) return { files, annotations: [] }
  if (env.GITHUB_STEP_SUMMARY)
    await appendSummary(env.GITHUB_STEP_SUMMARY, (room) => renderErrorSummary(command, text, room))
  return { files, annotations: renderErrorAnnotations(command, problems) }
}
