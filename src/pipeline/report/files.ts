/** Writes a result's reports: into the run's folder, and to GitHub where a workflow runs us. */
import { existsSync } from 'node:fs'
import { appendFile, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import {
  MOST_SUMMARY_BYTES,
  renderAnnotations,
  renderErrorAnnotation,
  renderErrorSummary,
  renderSummary,
} from '../../report/github.ts'
import { renderJunit, renderJunitError } from '../../report/junit.ts'
import { renderReport } from '../../result/report-file.ts'
import type { SimResult } from '../../result/result.ts'
import { removePath, writeWhole } from '../../store/files.ts'
import type { ReportKind } from './kinds.ts'

/** What of a process's environment decides where reports go. */
export interface ReportEnvironment {
  readonly GITHUB_ACTIONS?: string | undefined
  readonly GITHUB_STEP_SUMMARY?: string | undefined
  /** Root of the repository, at GitHub. */
  readonly GITHUB_WORKSPACE?: string | undefined
  /** The same, at GitLab. */
  readonly CI_PROJECT_DIR?: string | undefined
}

/** Without a choice: the two files that cost nothing, and GitHub's where it is listening. */
export const chooseReports = (
  asked: readonly ReportKind[] | null,
  env: ReportEnvironment,
): ReadonlySet<ReportKind> =>
  new Set(asked ?? ['json', 'junit', ...(env.GITHUB_ACTIONS === 'true' ? (['github'] as const) : [])])

/** Every file that a report may be, also those that are not asked for this time. */
const REPORT_FILES = ['report.json', 'junit.xml', 'report.html'] as const

/**
 * Removes what an earlier run left: where this one dies, nothing of it can be taken for this one's.
 * @param file of the result itself, in the same folder; null for none.
 */
export async function removeResults(folder: string, file: string | null = 'sim.json'): Promise<void> {
  const names = [...REPORT_FILES, ...(file === null ? [] : [file])]
  await Promise.all(names.map((name) => removePath(join(folder, name))))
}

export interface WrittenReports {
  /** Paths, in the order of writing. */
  readonly files: readonly string[]
  /** Workflow commands for the runner: to be printed, a line each. */
  readonly annotations: readonly string[]
}

/** From `root` with slashes where the path lies under it, as CI servers place files; else as it is. */
function shortenPath(path: string, root: string): string {
  const short = relative(root, resolve(path))
  return short === '..' || short.startsWith(`..${sep}`) || isAbsolute(short)
    ? path
    : short.replaceAll('\\', '/')
}

/** A result in which files under `root` are named from there: a report reads the same on every machine. */
export function shortenPaths(result: SimResult, root: string): SimResult {
  const { waveform } = result
  const shorten = (path: string): string => shortenPath(path, root)
  return {
    ...result,
    image: shorten(result.image),
    pictures: result.pictures.map(shorten),
    waveform:
      waveform === null ? null : { ...waveform, file: shorten(waveform.file), save: shorten(waveform.save) },
  }
}

const rootOf = (env: ReportEnvironment): string => env.GITHUB_WORKSPACE || env.CI_PROJECT_DIR || process.cwd()

/** @param rtlFolder where the RTL that ran lies; null where its files are not ours to name. */
export async function writeReports(
  result: SimResult,
  folder: string,
  kinds: ReadonlySet<ReportKind>,
  rtlFolder: string | null,
  env: ReportEnvironment,
): Promise<WrittenReports> {
  const root = rootOf(env)
  const short = shortenPaths(result, root)
  const files: string[] = []
  const write = async (name: string, text: string): Promise<void> => {
    const path = join(folder, name)
    await writeWhole(path, text)
    files.push(path)
  }
  if (kinds.has('json')) await write('report.json', renderReport(short))
  if (kinds.has('junit')) await write('junit.xml', renderJunit(short))
  if (kinds.has('html')) {
    // It draws with a library that takes longer to load than an unchanged run takes in all.
    const { writePage } = await import('./page.ts')
    files.push(await writePage(short, folder, join(folder, 'report.html'), root))
  }
  if (!kinds.has('github')) return { files, annotations: [] }
  const named = rtlFolder === null ? null : shortenPath(resolve(rtlFolder), root)
  const isOurs = named !== null && !isAbsolute(named)
  const has = (file: string): boolean => existsSync(join(rtlFolder ?? '', file))
  if (env.GITHUB_STEP_SUMMARY)
    await appendSummary(env.GITHUB_STEP_SUMMARY, (room) => renderSummary(short, room))
  return { files, annotations: renderAnnotations(short, isOurs ? named : null, has) }
}

/** A step may have written a summary before; both together must fit, or GitHub shows neither. */
async function appendSummary(path: string, render: (room: number) => string): Promise<void> {
  const used = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
  const room = MOST_SUMMARY_BYTES - used
  if (room > 200) await appendFile(path, render(room))
}

/** Says in the places of a result's reports why there is none. There is no report.json then: it is of a result. */
export async function writeErrorReports(
  command: string,
  message: string,
  folder: string,
  kinds: ReadonlySet<ReportKind>,
  env: ReportEnvironment,
): Promise<WrittenReports> {
  // Paths in messages read the same on every machine, as those of a result do.
  const text = message.replaceAll(`${rootOf(env)}${sep}`, '')
  const files = kinds.has('junit') ? [join(folder, 'junit.xml')] : []
  for (const file of files) await writeWhole(file, renderJunitError(command, text))
  if (!kinds.has('github')) return { files, annotations: [] }
  if (env.GITHUB_STEP_SUMMARY)
    await appendSummary(env.GITHUB_STEP_SUMMARY, (room) => renderErrorSummary(command, text, room))
  return { files, annotations: [renderErrorAnnotation(command, text)] }
}
