/** A night on this machine: begun or resumed, run, and reported. */
import { availableParallelism } from 'node:os'
import type { SharedPlan } from '../../../pipeline/regress/shared-plan.ts'
import { readEnvironment } from '../../../process/environment.ts'
import { estimateRuns } from '../../../regress/estimate.ts'
import type { Expansion } from '../../../regress/expand-plan.ts'
import { joinNight, NOT_BEGUN, type RunReport } from '../../../regress/join-night.ts'
import type { Night } from '../../../regress/night.ts'
import { formatCount } from '../../../report/table.ts'
import type { Origin } from '../../../result/record.ts'
import type { Call } from '../../options/define-command.ts'
import { EXIT, reportError } from '../../terminal/errors.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
import { createNightProgress, describePlan } from './night-progress.ts'
import type { RegressArguments } from './options.ts'

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

export async function runHere(asked: Asked, expansion: Expansion): Promise<void> {
  const { args, folder } = asked
  const { readLastNight } = await import('../../../pipeline/regress/begin-night.ts')
  const { lockFolder } = await import('../../../pipeline/regress/folder-lock.ts')
  const lock = await lockFolder(folder)
  try {
    const last = await readLastNight(folder)
    const shared = await beginPlan(asked, expansion, 1)
    const estimate = estimateRuns(shared.plan, last)
    if (!args.quiet) process.stderr.write(`${describePlan(shared.plan, estimate, jobsOf(args))}.\n`)
    const indices = shared.plan.runs.map((_, at) => at)
    const reports = await runIndices(asked, shared, indices, estimate.seconds)
    await finish(
      asked,
      shared,
      indices.map((at) => reports.get(at) ?? NOT_BEGUN),
    )
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
  const { shared, there } = await beginNight(folder, { plan, shards, common, restart })
  if (there !== null && !args.quiet) {
    const begun = shared.startedAt.slice(0, 16).replace('T', ' ')
    const runs = `${formatCount(there)} of ${formatCount(plan.runs.length)} runs`
    process.stderr.write(`Going on with the night of ${begun} UTC: ${runs} are there.\n`)
  }
  return shared
}

/** @param seconds expected of each run of the plan. */
export async function runIndices(
  { args, call, folder }: Asked,
  shared: SharedPlan,
  indices: readonly number[],
  seconds: readonly number[],
): Promise<ReadonlyMap<number, RunReport>> {
  const { runShard } = await import('../../../pipeline/regress/run-shard.ts')
  const origin = askOrigin(call)
  // A night that fails before it needs this says why itself.
  origin.catch(() => {})
  const { makeRuns } = await import('./sim-runs.ts')
  const progress = createNightProgress(progressFor(args, call.env), shared.plan, indices, seconds)
  const stop = (): void => {
    if (!args.quiet) process.stderr.write('\nStopped: the same command goes on from here.\n')
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

/** Where this process runs, and the variables that decide what the runs of a night come to. */
async function askOrigin({ words, env }: Call): Promise<Origin> {
  const { readOrigin } = await import('../../../pipeline/files/origin.ts')
  const { seed, simulator } = readEnvironment(env)
  const settings = [
    ...(seed === '' ? [] : [`ASSAY_SEED=${seed}`]),
    ...(simulator === null ? [] : [`ASSAY_SIMULATOR=${simulator}`]),
  ]
  return readOrigin({ command: words, settings: settings.length === 0 ? undefined : settings })
}

/** @param reports by index of the run. */
export async function toNight(
  { call }: Asked,
  shared: SharedPlan,
  reports: readonly RunReport[],
): Promise<Night> {
  const { readOwnVersion } = await import('../../../store/own-version.ts')
  const origin = await askOrigin(call)
  return joinNight(shared.plan, reports, {
    ...{ assay: await readOwnVersion(), node: process.version, startedAt: shared.startedAt, origin },
    folder: shared.workingFolder,
    elapsedSeconds: process.uptime(),
  })
}

/** Reports what runs came to, and sets the exit code. */
export async function finish(asked: Asked, shared: SharedPlan, reports: readonly RunReport[]): Promise<void> {
  const { args, call, folder, against } = asked
  const { env } = call
  const { finishNight } = await import('../../../pipeline/regress/finish-night.ts')
  const { chooseReports } = await import('../../../pipeline/report/files.ts')
  const { writeSharedPlan } = await import('../../../pipeline/regress/shared-plan.ts')
  const night = await toNight(asked, shared, reports)
  const { text, isRed, annotations, failures } = await finishNight(night, folder, {
    ...{ kinds: chooseReports(args.report ?? null, env, ['json', 'junit', 'html']), against, env },
    maxCyclesGrowth: args.maxCyclesGrowth ?? null,
    history: args.history,
  })
  await writeSharedPlan(folder, { ...shared, finishedAt: new Date().toISOString() })
  printResult(args, night, () => [text, ...annotations].join('\n'))
  // The runner reads commands from both streams; stdout is the JSON object's alone.
  if (args.json) for (const line of annotations) process.stderr.write(`${line}\n`)
  // A red night stays one, whatever becomes of its reports.
  if (night.verdict === 'exact' && failures.length > 0) throw failures[0]
  for (const failure of failures) reportError(failure, env)
  process.exitCode = night.verdict === 'exact' && isRed ? EXIT.mismatch : codeOf(night.verdict)
}

/** 3 where no layer differs and some runs could not be made. */
export const codeOf = (verdict: Night['verdict']): number =>
  ({ exact: EXIT.done, mismatch: EXIT.mismatch, broken: EXIT.tool })[verdict]
