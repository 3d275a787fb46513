/** What every simulating command does with its result: reports, stdout, exit code. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ReportKind } from '../../pipeline/report/kinds.ts'
import { setExitCode } from '../../process/exit.ts'
import { endOf, type RunEnd } from '../../result/conclusion.ts'
import type { SimResult } from '../../result/result.ts'
import { EXIT, markAnnotated, reportError } from './errors.ts'
import { printResult } from './print.ts'
import { painter } from './progress.ts'

export interface ReportArguments {
  readonly json: boolean
  /** The kinds that were asked for. */
  readonly report: readonly ReportKind[] | undefined
}

/** The places of a command's result. */
export interface ReportTarget {
  /** As the report of a run that died names it: `sim`. */
  readonly command: string
  readonly folder: string
}

/**
 * A run with its reports. Those of the run before are removed first; one that dies leaves reports that say why, and its error goes on.
 */
export async function runReported(
  args: ReportArguments,
  env: NodeJS.ProcessEnv,
  target: ReportTarget,
  run: () => Promise<SimResult>,
): Promise<void> {
  const { chooseReports, removeResults, writeErrorReports } = await import('../../pipeline/report/files.ts')
  const { command, folder } = target
  const chosen = chooseReports(args.report ?? null, env)
  // Who has made a page once looks at it again.
  const kinds =
    args.report === undefined && existsSync(join(folder, 'report.html'))
      ? new Set([...chosen, 'html'] as const)
      : chosen
  await removeResults(folder)
  try {
    await finishRun(args, kinds, env, target, await run())
  } catch (error) {
    // The error that ended the run may also prevent its report from being written.
    const written = await removeResults(folder)
      .then(() => writeErrorReports(command, error, folder, kinds, env))
      .catch(() => null)
    for (const line of written?.annotations ?? []) process.stderr.write(`${line}\n`)
    if (written !== null) markAnnotated(error)
    throw error
  }
}

const EXIT_OF: Readonly<Record<RunEnd, number>> = {
  ...{ exact: EXIT.done, mismatch: EXIT.mismatch, broken: EXIT.tool },
}

/** Writes the reports into the run's folder, prints the result, and sets the exit code. */
async function finishRun(
  args: ReportArguments,
  kinds: ReadonlySet<ReportKind>,
  env: NodeJS.ProcessEnv,
  { folder }: ReportTarget,
  given: SimResult,
): Promise<void> {
  const { shortenPaths, writeReports } = await import('../../pipeline/report/files.ts')
  const { renderSimResult } = await import('../../report/terminal.ts')
  const { reproduceResult } = await import('../../result/reproduce-result.ts')
  const result = { ...given, reproduce: reproduceResult(shortenPaths(given, process.cwd())) ?? undefined }
  const { files, annotations, failures } = await writeReports(result, folder, kinds, env)
  printResult(args, result, () =>
    [
      renderSimResult(shortenPaths(result, process.cwd()), painter(process.stdout, env)),
      ...files.map((file) => `Report: ${file}`),
      ...annotations,
    ].join('\n'),
  )
  // The runner reads commands from both streams; stdout is the JSON object's alone.
  if (args.json) for (const line of annotations) process.stderr.write(`${line}\n`)
  // A mismatch stays one, whatever becomes of its reports.
  if (result.verdict === 'exact' && failures.length > 0) throw failures[0]
  for (const failure of failures) reportError(failure, env)
  setExitCode(EXIT_OF[endOf(result)])
}
