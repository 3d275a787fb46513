/** A night begins in a folder, or goes on with one that was stopped there. */
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { acceptJson } from '../../input/schema.ts'
import type { ExpandedPlan } from '../../regress/entry.ts'
import { type Estimate, estimateRuns } from '../../regress/estimate.ts'
import { type Night, nightSchema } from '../../regress/night.ts'
import { chooseRerun, type Rerun } from '../../regress/rerun.ts'
import { readCached, removePath } from '../../store/files.ts'
import { removeResults } from '../report/files.ts'
import { readHistory } from './history.ts'
import { isExact, type RunRecord, readRecords, writeRecord } from './run-record.ts'
import { findSharedPlan, nightOf, type SharedPlan, sharePlan, writeSharedPlan } from './shared-plan.ts'

export interface Begun {
  readonly shared: SharedPlan
  /** Runs that were exact in an earlier process, of this night or of one that was stopped and changed; null where none was stopped. */
  readonly there: number | null
  /** Why the night that was stopped does not go on as it was, or that one of another plan was here; null where there is nothing to say. */
  readonly changed: string | null
}

export interface NightRequest {
  readonly plan: ExpandedPlan
  readonly shards: number
  /** Arguments of assay sim that all runs have. */
  readonly common: readonly string[]
  /** Begin anew, even if a night of this plan was stopped. */
  readonly restart: boolean
  /** Folder of the history. */
  readonly history: string
  /** Run what was red in the night before, and nothing else whose proof does not hold. */
  readonly isRerun?: boolean
}

/** The same plan in as many shards goes on where it was stopped; all else is a new night, which keeps what has not changed. */
export async function beginNight(folder: string, request: NightRequest): Promise<Begun> {
  const { plan, shards, common, restart, history, isRerun = false } = request
  const before = restart ? null : await findSharedPlan(folder)
  const stopped = before === null || before.finishedAt !== null ? null : before
  const isOther = before !== null && before.plan.name !== plan.name
  const changed = stopped !== null || isOther ? describeChange(before!, request) : null
  if (stopped !== null && changed === null && (stopped.rerun !== undefined || !isRerun)) {
    const shared = { ...stopped, plan: { ...stopped.plan, limits: plan.limits } }
    await writeSharedPlan(folder, shared)
    return { shared, there: (await findMade(folder, plan, shared)).size, changed }
  }
  const rerun = isRerun ? await findRerun(folder, plan) : undefined
  const { seconds } = await estimateNight(folder, history, plan)
  const shared = { ...sharePlan(plan, shards, seconds, common, new Date().toISOString()), rerun }
  const made = stopped === null ? null : await findMade(folder, plan, stopped)
  await removeOldNight(folder, plan)
  const isFresh = common.includes('--no-cache') && stopped?.common.includes('--no-cache') === false
  const kept = [...(isFresh ? [] : (made ?? []))]
  for (const [id, record] of kept) await writeRecord(folder, id, { ...record, night: nightOf(shared) })
  await writeSharedPlan(folder, shared)
  return { shared, there: made === null ? null : kept.length, changed }
}

/** What runs again after the last night of a folder. @throws InputError where none of this plan has ended there. */
export async function findRerun(folder: string, plan: ExpandedPlan): Promise<Rerun> {
  const shared = await findSharedPlan(folder)
  const last = await readLastNight(folder)
  const refuse = (what: string, advice: string): never => {
    throw new InputError(what, folder, advice)
  }
  if (shared !== null && shared.finishedAt === null && shared.rerun === undefined)
    refuse('a night was stopped here', 'Go on with it: the same command without --rerun-failed.')
  const isLast =
    shared === null || last?.startedAt === (shared.finishedAt === null ? shared.rerun?.of : shared.startedAt)
  if (last === null || !isLast)
    return refuse(
      'no night has ended here',
      'Run the plan without --rerun-failed first, or name another --folder.',
    )
  if (last.name !== plan.name)
    refuse(`the last night here was of the plan ${last.name}`, 'Name its plan, or another --folder.')
  return chooseRerun(plan, last)
}

/** Runs of a plan that were exact in a night, by their id. */
async function findMade(
  folder: string,
  { runs }: ExpandedPlan,
  night: SharedPlan,
): Promise<ReadonlyMap<string, RunRecord>> {
  const ids = runs.map(({ id }) => id)
  const records = await readRecords(folder, ids, nightOf(night))
  return new Map(
    records.flatMap((record, at) => (record !== null && isExact(record) ? [[ids[at]!, record]] : [])),
  )
}

/** What is not as it was when a night was stopped; null if nothing is. */
export function describeChange(
  stopped: Pick<SharedPlan, 'plan' | 'count' | 'common' | 'rerun'>,
  { plan, shards, common, isRerun = false }: Pick<NightRequest, 'plan' | 'shards' | 'common' | 'isRerun'>,
): string | null {
  if (stopped.plan.name !== plan.name) return `it was of the plan ${stopped.plan.name}`
  if (stopped.plan.identity !== plan.identity) return 'the plan has changed'
  if (stopped.count !== shards) return `it had ${stopped.count} ${stopped.count === 1 ? 'shard' : 'shards'}`
  if (stopped.rerun !== undefined && !isRerun) return 'it ran only what was red (--rerun-failed)'
  const isGiven = (words: readonly string[]): boolean => words.includes('--no-cache')
  if (isGiven(stopped.common) !== isGiven(common))
    return isGiven(common) ? 'it was begun without --no-cache' : 'it was begun with --no-cache'
  return stopped.common.join('\0') === common.join('\0') ? null : 'it was begun with another --out'
}

/** What a night is expected to take, from the last one in its folder and from the history. */
export async function estimateNight(folder: string, history: string, plan: ExpandedPlan): Promise<Estimate> {
  // What is wrong with a history is said where a night is added to it.
  const records = await readHistory(history).then(
    (found) => found.records,
    () => [],
  )
  return estimateRuns(plan, await readLastNight(folder), records)
}

const RECORD = 'regress.json'
const LAST = 'last.json'

/** The record of the night before this one; null if there is none, or it is damaged. */
async function readLastNight(folder: string): Promise<Night | null> {
  for (const name of [RECORD, LAST]) {
    const bytes = await readCached(join(folder, name))
    const night = bytes === null ? null : acceptJson(nightSchema, Buffer.from(bytes).toString('utf8'))
    if (night !== null) return night
  }
  return null
}

/** Reports of the night before must not pass for those of one that dies; its record stays, under another name. */
async function removeOldNight(folder: string, plan: ExpandedPlan): Promise<void> {
  await rename(join(folder, RECORD), join(folder, LAST)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await removeResults(folder, RECORD)
  const own = new Set(plan.runs.map(({ id }) => id))
  const names = await readdir(join(folder, 'runs')).catch(() => [])
  for (const name of names)
    if (/^[0-9a-f]{12}$/.test(name) && !own.has(name)) await removePath(join(folder, 'runs', name))
  const logs = await readdir(folder).catch(() => [])
  for (const name of logs) if (/^shard-\d+\.log$/.test(name)) await removePath(join(folder, name))
}

/** Shards that have something to do yet. @param isMissing of a record. */
export async function findMissingShards(
  folder: string,
  shared: SharedPlan,
  isMissing: (record: Awaited<ReturnType<typeof readRecords>>[number]) => boolean,
): Promise<readonly number[]> {
  const { plan, shardOf } = shared
  const records = await readRecords(
    folder,
    plan.runs.map(({ id }) => id),
    nightOf(shared),
  )
  return [...new Set(records.flatMap((record, at) => (isMissing(record) ? [shardOf[at]!] : [])))].sort(
    (a, b) => a - b,
  )
}
