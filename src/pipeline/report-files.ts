/** Writes a result's reports: into the run's folder, and to GitHub where a workflow runs us. */
import { appendFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { MOST_SUMMARY_BYTES, renderAnnotations, renderSummary } from '../report/github.ts'
import { renderJunit } from '../report/junit.ts'
import { renderReport } from '../report/report-file.ts'
import type { SimResult } from '../report/result.ts'
import { writeWhole } from './files.ts'

export const REPORT_KINDS = ['json', 'junit', 'github', 'html'] as const
export type ReportKind = (typeof REPORT_KINDS)[number]

/** What of a process's environment decides where reports go. */
export interface ReportEnvironment {
  readonly GITHUB_ACTIONS?: string | undefined
  readonly GITHUB_STEP_SUMMARY?: string | undefined
  readonly GITHUB_WORKSPACE?: string | undefined
}

/** Without a choice: the two files that cost nothing, and GitHub's where it is listening. */
export const chooseReports = (
  asked: readonly ReportKind[] | null,
  env: ReportEnvironment,
): ReadonlySet<ReportKind> =>
  new Set(asked ?? ['json', 'junit', ...(env.GITHUB_ACTIONS === 'true' ? (['github'] as const) : [])])

export interface WrittenReports {
  /** Paths, in the order of writing. */
  readonly files: readonly string[]
  /** Workflow commands for the runner: to be printed, a line each. */
  readonly annotations: readonly string[]
}

/** @param rtlFolder where the RTL that ran lies; null where its files are not ours to name. */
export async function writeReports(
  result: SimResult,
  folder: string,
  kinds: ReadonlySet<ReportKind>,
  rtlFolder: string | null,
  env: ReportEnvironment,
): Promise<WrittenReports> {
  const files: string[] = []
  const write = async (name: string, text: string): Promise<void> => {
    const path = join(folder, name)
    await writeWhole(path, text)
    files.push(path)
  }
  if (kinds.has('json')) await write('report.json', renderReport(result))
  if (kinds.has('junit')) await write('junit.xml', renderJunit(result))
  if (kinds.has('html')) {
    // It draws with a library that takes longer to load than an unchanged run takes in all.
    const { writePage } = await import('./report-page.ts')
    files.push(await writePage(result, folder, join(folder, 'report.html')))
  }
  if (!kinds.has('github')) return { files, annotations: [] }
  const inRepository = rtlFolder === null ? '..' : relative(env.GITHUB_WORKSPACE ?? process.cwd(), rtlFolder)
  const named = inRepository.startsWith('..') ? null : inRepository.replaceAll('\\', '/')
  if (env.GITHUB_STEP_SUMMARY) await appendSummary(env.GITHUB_STEP_SUMMARY, result)
  return { files, annotations: renderAnnotations(result, named) }
}

/** A step may have written a summary before; both together must fit, or GitHub shows neither. */
async function appendSummary(path: string, result: SimResult): Promise<void> {
  const used = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
  const room = MOST_SUMMARY_BYTES - used
  if (room > 200) await appendFile(path, renderSummary(result, room))
}
