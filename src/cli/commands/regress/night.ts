/** A night on this machine: begun or resumed, run, and reported. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { askOrigin } from '../../../pipeline/files/origin.ts'
import type { Begun } from '../../../pipeline/regress/begin-night.ts'
import type { SharedPlan } from '../../../pipeline/regress/shared-plan.ts'
import { readEnvironment } from '../../../process/environment.ts'
import type { Estimate } from '../../../regress/estimate.ts'
import type { Expansion } from '../../../regress/expand-plan.ts'
import { joinNight, NOT_BEGUN, type RunReport } from '../../../regress/join-night.ts'
import type { Night } from '../../../regress/night.ts'
import { restrictPlan } from '../../../regress/rerun.ts'
import { formatCount, wrap } from '../../../report/table.ts'
import type { Origin } from '../../../result/record.ts'
import type { Call } from '../../options/define-command.ts'
import { nameFolder } from '../../options/name-folder.ts'
import { EXIT, reportError } from '../../terminal/errors.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
import { readProgressFile } from '../../terminal/progress-file.ts'
import { createNightProgress, describePlan } from './night-progress.ts'
import { REGRESS_OPTIONS, type RegressArguments } from './options.ts'

/** What a call of `assay regress` asks for. */
export interface Asked {
  readonly args: RegressArguments
  readonly call: Call
  /** Of the night, absolute. */
  readonly folder: string
  /** The night to compare with; null for none. */
  readonly against: string | Night | null
}

export const jobsOf = ({ jobs }: RegressArguments): number => jobs ?? availableParallelism()

/** Folder of the history. */
export const historyOf = ({ args, folder }: Pick<Asked, 'args' | 'folder'>): string =>
  args.history ?? join(folder, 'history')

/** Where this process runs. */
export const originOf = ({ call: { words, env } }: Asked): Promise<Origin> =>
  askOrigin(words, readEnvironment(env))

export async function runHere(asked: Asked, expansion: Expansion): Promise<void> {
  const { args, folder } = asked
  const { estimateNight } = await import('../../../pipeline/regress/begin-night.ts')
  const { lockFolder } = await import('../../../pipeline/regress/folder-lock.ts')
  const lock = await lockFolder(folder)
  try {
    const shared = await beginPlan(asked, expansion, 1)
    const estimate = await estimateNight(folder, historyOf(asked), shared.plan)
    if (!args.quiet) process.stderr.write(`${describeBeginning(shared, estimate, jobsOf(args))}\n`)
    const indices = shared.plan.runs.map((_, at) => at)
    const origin = originOf(asked)
    const reports = await runIndices(asked, shared, indices, estimate.seconds, origin)
    const all = indices.map((at) => reports.get(at) ?? NOT_BEGUN)
    await finish(asked, shared, all, origin)
  } finally {
    await lock.release()
  }
}

/** Begins a night, or goes on with the one that was stopped. */
export async function beginPlan(
  { args, folder }: Asked,
  { plan }: Expansion,
  shards: number,
): Promise<SharedPlan> {
  const { beginNight } = await import('../../../pipeline/regress/begin-night.ts')
  const { restart, out, cache } = args
  const common = ['--out', out, ...(cache ? [] : ['--no-cache'])]
  const history = historyOf({ args, folder })
  const isRerun = args.rerunFailed
  const begun = await beginNight(folder, { plan, shards, common, restart, history, isRerun })
  const said = describeBegin(begun)
  if (said !== null && !args.quiet) process.stderr.write(`${said}\n`)
  return begun.shared
}

/** What is to run, and how long it takes. */
function describeBeginning({ plan, rerun }: SharedPlan, estimate: Estimate, jobs: number): string {
  if (rerun === undefined) return describePlan(plan, estimate, jobs)
  const part = restrictPlan(plan, estimate.seconds, rerun)
  const known = Math.min(estimate.known, part.seconds.length)
  return part.seconds.length === 0
    ? 'Everything was exact in the night before: nothing runs again.'
    : describePlan(part.plan, { seconds: part.seconds, known }, jobs)
}

/** What becomes of a night that was stopped, in lines of 80 columns; null where none was. */
export function describeBegin({ shared, there, changed }: Begun): string | null {
  if (there === null)
    return changed === null
      ? null
      : wrap(`The night that was here is replaced: ${changed}. Its reports are removed.`).join('\n')
  const runs = `${formatCount(there)} of ${formatCount(shared.plan.runs.length)} runs`
  if (changed === null)
    return `Going on with the night of ${shared.startedAt.slice(0, 16).replace('T', ' ')} UTC: ${runs} are done.`
  const kept = there === 0 ? 'with all runs' : `${runs} are kept where nothing that decides them has changed`
  return wrap(`A night was stopped here, and ${changed}: beginning anew, ${kept}.`).join('\n')
}

/** On a terminal it stands below the line that moves, and its end is written where every command ends. */
export const stoppedLine = (isTerminal: boolean): string => {
  const said = 'Stopped: the same command goes on from here.'
  return isTerminal ? `\n${said}` : `${said}\n`
}

/** @param seconds expected of each run of the plan. */
export async function runIndices(
  { args, call, folder }: Asked,
  shared: SharedPlan,
  indices: readonly number[],
  seconds: readonly number[],
  origin: Promise<Origin>,
): Promise<ReadonlyMap<number, RunReport>> {
  const { runShard } = await import('../../../pipeline/regress/run-shard.ts')
  const { makeRuns } = await import('./sim-runs.ts')
  const { progressPath } = await import('../../../pipeline/regress/run-record.ts')
  const progress = createNightProgress(progressFor(args, call.env), shared.plan, indices, seconds, (at) =>
    readProgressFile(progressPath(folder, shared.plan.runs[at]!.id)),
  )
  const stop = (): void => {
    progress.stop()
    if (!args.quiet) process.stderr.write(stoppedLine(process.stderr.isTTY))
  }
  process.prependOnceListener('SIGINT', stop)
  try {
    return await runShard({
      ...{ folder, shared, indices, jobs: jobsOf(args), cwd: process.cwd(), origin },
      runs: await makeRuns(folder, shared.common, call),
      ...{ onEnd: progress.onEnd, onProgress: progress.onProgress },
    })
  } finally {
    process.off('SIGINT', stop)
    progress.done()
  }
}

/** @param reports by index of the run. */
export async function toNight(
  shared: SharedPlan,
  reports: readonly RunReport[],
  origin: Promise<Origin>,
): Promise<Night> {
  const { readOwnVersion } = await import('../../../store/own-version.ts')
  const { startedAt } = shared
  return joinNight(shared.plan, reports, {
    ...{ assay: await readOwnVersion(), node: process.version, startedAt, origin: await origin },
    ...(shared.rerun === undefined ? {} : { rerun: { of: shared.rerun.of } }),
    folder: shared.workingFolder,
    elapsedSeconds: process.uptime(),
  })
}

/** Reports what runs came to, and sets the exit code. */
export async function finish(
  asked: Asked,
  shared: SharedPlan,
  reports: readonly RunReport[],
  origin: Promise<Origin>,
): Promise<void> {
  const { args, call, folder, against } = asked
  const { env } = call
  const { finishNight } = await import('../../../pipeline/regress/finish-night.ts')
  const { chooseReports } = await import('../../../pipeline/report/files.ts')
  const { writeSharedPlan } = await import('../../../pipeline/regress/shared-plan.ts')
  const night = await toNight(shared, reports, origin)
  const { text, isRed, annotations, failures } = await finishNight(night, folder, {
    ...{ kinds: chooseReports(args.report ?? null, env, ['json', 'junit', 'html']), against, env },
    maxCyclesGrowth: args.maxCyclesGrowth ?? null,
    history: historyOf(asked),
  })
  await writeSharedPlan(folder, { ...shared, finishedAt: new Date().toISOString() })
  printResult(args, night, () => [text, ...annotations].join('\n'))
  // The runner reads commands from both streams; stdout is the JSON object's alone.
  if (args.json) for (const line of annotations) process.stderr.write(`${line}\n`)
  // A red night stays one, whatever becomes of its reports.
  if (night.verdict === 'exact' && failures.length > 0) throw failures[0]
  for (const failure of failures) reportError(nameFolder(failure, REGRESS_OPTIONS, args), env)
  process.exitCode = night.verdict === 'exact' && isRed ? EXIT.mismatch : codeOf(night.verdict)
}

/** 3 where no layer differs and some runs could not be made. */
export const codeOf = (verdict: Night['verdict']): number =>
  ({ exact: EXIT.done, mismatch: EXIT.mismatch, broken: EXIT.tool })[verdict]
