/** The runs of a night, or of a shard of it: side by side, each in a process of its own, going on where an earlier process stopped. */
import { hostname } from 'node:os'
import { entriesOfRuns, type PlannedEntry, type PlannedSim } from '../../regress/entry.ts'
import { toOutcome } from '../../regress/from-result.ts'
import { NOT_BEGUN, type RunReport } from '../../regress/join-night.ts'
import { UNPROVEN } from '../../regress/rerun.ts'
import { createSchedule } from '../../regress/schedule.ts'
import { placesIn } from '../../result/problem.ts'
import type { Origin } from '../../result/record.ts'
import type { SimResult } from '../../result/result.ts'
import { removePath } from '../../store/files.ts'
import { clearRun, type RunningChild, startClock, startRun } from './run-child.ts'
import {
  hasResult,
  isExact,
  progressPath,
  type RunRecord,
  readRecords,
  runFolder,
  writeRecord,
} from './run-record.ts'
import { nightOf, type SharedPlan } from './shared-plan.ts'

/** How the name of a build begins. */
export const BUILD = 'built '

/** What the command line knows of runs: how they are called, and what is known of them without starting one. */
export interface Runs {
  /** Program and arguments of a run. @param isAlone nothing else runs beside it. */
  readonly wordsOf: (run: PlannedSim, isAlone: boolean) => readonly string[]
  /** What it needs built (`BUILD` and what tells builds apart) or quantised, by name. */
  readonly needsOf: (axes: PlannedEntry['axes']) => readonly string[]
  /**
   * Its result, if it was exact and nothing has changed since: the same look-up as that of `assay sim`. Nothing else of a run is believed
   * without running it. @param isDone this night has made it, so that it may be taken in a night that reuses nothing. @throws InputError for input that is not there or wrong.
   */
  readonly findProved: (run: PlannedSim, isDone: boolean) => Promise<SimResult | null>
  /** SHA-256 of its checkpoint as it is now; undefined where it has none, or none that can be read. */
  readonly hashCheckpoint: (run: PlannedSim) => Promise<string | undefined>
}

type Source = Pick<Origin, 'commit' | 'dirty'>

export interface ShardOptions {
  readonly folder: string
  readonly shared: SharedPlan
  /** Indices of the runs. */
  readonly indices: readonly number[]
  readonly jobs: number
  readonly cwd: string
  /** Of the files as they are when the shard begins. */
  readonly origin: Promise<Source>
  readonly runs: Runs
  /** Hears of each run that has ended, and of those that were there. */
  readonly onEnd: (run: number, report: RunReport, isThere: boolean) => void
  /** Hears which runs are in progress, the oldest first. */
  readonly onProgress: (inProgress: readonly number[]) => void
}

/** @returns a report of each run, by its index. @throws what the folder cannot take. */
export async function runShard(options: ShardOptions): Promise<ReadonlyMap<number, RunReport>> {
  const { shared, indices, folder, runs, onEnd, jobs, cwd, onProgress, origin } = options
  const { plan } = shared
  const night = nightOf(shared)
  const reports = new Map<number, RunReport>()
  const entries = entriesOfRuns(plan)
  const seedsOf = (at: number): readonly number[] | null => {
    const seeds = entries[at]!.flatMap(({ seed }) => seed ?? [])
    return seeds.length === 0 ? null : seeds
  }
  const needs = entries.map(([entry]) => runs.needsOf(entry?.axes ?? {}))
  const finish = (at: number, report: RunReport, isThere: boolean): void => {
    reports.set(at, report)
    onEnd(at, report, isThere)
  }
  const { records, order: left } = await readDone(options)
  const { runSeconds, totalSeconds } = plan.limits
  const schedule = createSchedule(left, (at) => needs[at]!)
  const children = new Map<number, RunningChild | null>()
  /** Builds that ended at a place in their sources, which no other run of the same sources would get past. */
  const faulty = new Map<string, string>()
  const again = shared.rerun === undefined ? null : new Set(shared.rerun.runs)
  const isLeftOut = ({ id }: PlannedSim): boolean => again !== null && !again.has(id)
  let stopped: string | null = null
  const stop = (why: string): void => {
    stopped = why
    for (const child of children.values()) child?.stop(why)
  }
  const timer =
    totalSeconds === null
      ? undefined
      : setTimeout(
          () => stop(`the night took longer than its limit of ${totalSeconds} s`),
          totalSeconds * 1000,
        )
  const make = async (at: number): Promise<void> => {
    const run = plan.runs[at]!
    const own = runFolder(folder, run.id)
    const checkpoint = await runs.hashCheckpoint(run)
    const done = records.get(at) ?? null
    let report = await look(runs, run, isExact(done), seedsOf(at), await origin)
    if (done !== null && isExact(done) && report?.ended === 'before') {
      const { night: _night, run: _run, ...before } = done
      schedule.end(at, true)
      children.delete(at)
      return finish(at, { ...before, checkpoint }, true)
    }
    await clearRun(own)
    const fault = needs[at]!.flatMap((need) => faulty.get(need) ?? [])[0]
    if (report === null && isLeftOut(run)) report = UNPROVEN
    if (report === null && fault !== undefined) report = notBuilt(fault)
    if (report === null && stopped === null) {
      const child = startRun({
        words: runs.wordsOf(run, jobs === 1 || indices.length === 1),
        ...{ cwd, folder: own, limitSeconds: runSeconds, seeds: seedsOf(at) },
      })
      children.set(at, child)
      report = await child.report
    }
    const ended = { ...(report ?? notBegun(stopped!)), checkpoint }
    if (isOfSources(ended))
      for (const need of needs[at]!) if (need.startsWith(BUILD)) faulty.set(need, ended.error!)
    await writeRecord(folder, run.id, { night, ...ended })
    children.delete(at)
    await removePath(progressPath(folder, run.id))
    onProgress([...children.keys()])
    schedule.end(at, ended.outcome !== null)
    finish(at, ended, false)
  }
  try {
    const active = new Set<Promise<void>>()
    for (;;) {
      while (active.size < jobs && stopped === null) {
        const at = schedule.next()
        if (at === null) break
        children.set(at, null)
        onProgress([...children.keys()])
        const own: Promise<void> = make(at).finally(() => active.delete(own))
        active.add(own)
      }
      if (active.size === 0) break
      await Promise.race(active)
    }
  } finally {
    clearTimeout(timer)
    const open = [...children.values()].flatMap((child) => child ?? [])
    for (const child of open) child.stop('the night has ended')
    await Promise.all(open.map(({ report }) => report))
  }
  for (const at of left)
    if (!reports.has(at)) {
      const report = notBegun(stopped ?? 'it was not begun')
      // What an earlier night left there would pass for its result.
      await clearRun(runFolder(folder, plan.runs[at]!.id))
      await writeRecord(folder, plan.runs[at]!.id, { night, ...report })
      finish(at, report, false)
    }
  return reports
}

/** A tool that names a place in a source stopped the build. */
export const isOfSources = ({ ended, exitCode, error }: RunReport): boolean =>
  ended === 'error' && exitCode === 3 && placesIn((error ?? '').split('\n')[0]!).length > 0

const notBuilt = (error: string): RunReport => ({
  ...NOT_BEGUN,
  ...{ ended: 'error', error, exitCode: 3, host: hostname() },
})

const notBegun = (error: string): RunReport => ({ ...NOT_BEGUN, error })

/** What is known of a run without starting it: that it is proved, or that its input is wrong. */
async function look(
  runs: Runs,
  run: PlannedSim,
  isDone: boolean,
  seeds: readonly number[] | null,
  { commit, dirty }: Source,
): Promise<RunReport | null> {
  const stopClock = startClock()
  try {
    const result = await runs.findProved(run, isDone)
    if (result === null) return null
    const outcome = { ...toOutcome(result, seeds), commit, dirty }
    return { ...stopClock(), ended: 'before', error: null, exitCode: 0, outcome }
  } catch (error) {
    const { message, exitCode } = error as { readonly message?: string; readonly exitCode?: unknown }
    const code = exitCode === 3 ? 3 : 2
    return { ...stopClock(), ended: 'error', error: message ?? String(error), exitCode: code, outcome: null }
  }
}

/** What an earlier process of this night has left. Runs that have come to nothing yet go first, and red ones run again. */
async function readDone({ shared, indices, folder }: ShardOptions): Promise<{
  readonly records: ReadonlyMap<number, RunRecord>
  readonly order: readonly number[]
}> {
  const ids = indices.map((at) => shared.plan.runs[at]!.id)
  const read = await readRecords(folder, ids, nightOf(shared))
  const records = new Map(
    indices.flatMap((at, place) => (read[place] === null ? [] : [[at, read[place]!] as const])),
  )
  const isDone = (at: number): boolean => hasResult(records.get(at) ?? null)
  return {
    records,
    order: [...indices.filter((at) => !isDone(at)), ...indices.filter(isDone)],
  }
}
