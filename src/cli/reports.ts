/** What every simulating command does with its result: reports, stdout, exit code. */
import { join } from 'node:path'
import { InputError } from '../input/input-error.ts'
import type { ReportKind } from '../pipeline/report/files.ts'
import type { SimResult } from '../result/result.ts'
import { printResult } from './command.ts'
import type { Declarations } from './declaration.ts'
import { EXIT } from './errors.ts'
import { HOME } from './options.ts'
import { painter } from './terminal-progress.ts'

export const REPORT_OPTIONS = {
  report: {
    type: 'string',
    describe: 'json, junit, github, html [json and junit; github in a workflow]',
  },
} as const satisfies Declarations

interface ReportArguments {
  readonly json: boolean
  readonly report: string | undefined
}

/** The places of a command's result. */
export interface ReportTarget {
  /** As the report of a run that died names it: `sim`. */
  readonly command: string
  readonly folder: string
  /** The result itself, in the folder: `sim.json`; null if the run knows its name and removes it. */
  readonly file?: string | null
  /** Folder of Assay's RTL or of a copy with the same files; null for RTL of another structure. */
  readonly rtl?: string | null | undefined
}

/**
 * A run with its reports. Those of the run before are removed first; one that dies leaves reports that say why, and its error goes on.
 */
export async function runReported(
  args: ReportArguments,
  target: ReportTarget,
  run: () => Promise<SimResult>,
): Promise<void> {
  const { chooseReports, removeResults, writeErrorReports } = await import('../pipeline/report/files.ts')
  const kinds = chooseReports(await parseReportKinds(args.report), process.env)
  const { command, folder, file, rtl } = target
  await removeResults(folder, file)
  try {
    await finishRun(args, await run(), folder, rtl)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    // The error that ended the run may also prevent its report from being written.
    const written = await removeResults(folder, file)
      .then(() => writeErrorReports(command, message, folder, kinds, process.env))
      .catch(() => null)
    for (const line of written?.annotations ?? []) process.stderr.write(`${line}\n`)
    throw error
  }
}

/** @throws InputError naming an unknown kind; called before the long part. */
export async function parseReportKinds(text: string | undefined): Promise<readonly ReportKind[] | null> {
  if (text === undefined) return null
  const { REPORT_KINDS } = await import('../pipeline/report/files.ts')
  return text.split(',').map((part) => {
    const kind = REPORT_KINDS.find((known) => known === part.trim())
    if (kind === undefined)
      throw new InputError(`expected some of ${REPORT_KINDS.join(', ')}, got ${part}`, '--report')
    return kind
  })
}

/**
 * Writes the reports into the run's folder, prints the result, and sets the exit code.
 * @param rtlFolder ours, or a copy of it with the same files; null for RTL of another structure.
 */
async function finishRun(
  args: ReportArguments,
  result: SimResult,
  folder: string,
  rtlFolder: string | null = join(HOME, 'rtl'),
): Promise<void> {
  const { chooseReports, shortenPaths, writeReports } = await import('../pipeline/report/files.ts')
  const { renderSimResult } = await import('../report/terminal.ts')
  const kinds = chooseReports(await parseReportKinds(args.report), process.env)
  const { files, annotations } = await writeReports(result, folder, kinds, rtlFolder, process.env)
  printResult(args, result, () =>
    [
      renderSimResult(shortenPaths(result, process.cwd()), painter(process.stdout)),
      ...files.map((file) => `Report: ${file}`),
      ...annotations,
    ].join('\n'),
  )
  // The runner reads commands from both streams; stdout is the JSON object's alone.
  if (args.json) for (const line of annotations) process.stderr.write(`${line}\n`)
  process.exitCode = result.verdict === 'exact' ? EXIT.done : EXIT.mismatch
}
