/** A night begins in a folder, or goes on with one that was stopped there. */
import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { acceptJson } from '../../input/schema.ts'
import type { ExpandedPlan } from '../../regress/entry.ts'
import { estimateRuns } from '../../regress/estimate.ts'
import { type Night, nightSchema } from '../../regress/night.ts'
import { readCached, removePath } from '../../store/files.ts'
import { isExact, readRecords } from './run-record.ts'
import { findSharedPlan, nightOf, type SharedPlan, sharePlan, writeSharedPlan } from './shared-plan.ts'

export interface Begun {
  readonly shared: SharedPlan
  /** Runs that were exact in an earlier process of this night; null for a new night. */
  readonly there: number | null
}

export interface NightRequest {
  readonly plan: ExpandedPlan
  readonly shards: number
  /** Arguments of assay sim that all runs have. */
  readonly common: readonly string[]
  /** Begin anew, even if a night of this plan was stopped. */
  readonly restart: boolean
}

/** The same plan in as many shards goes on where it was stopped; all else is a new night. */
export async function beginNight(
  folder: string,
  { plan, shards, common, restart }: NightRequest,
): Promise<Begun> {
  const before = restart ? null : await findSharedPlan(folder)
  const isSame =
    before !== null &&
    before.finishedAt === null &&
    before.plan.identity === plan.identity &&
    before.count === shards &&
    JSON.stringify(before.common) === JSON.stringify(common)
  if (isSame) {
    const shared = { ...before, plan: { ...before.plan, limits: plan.limits } }
    const records = await readRecords(
      folder,
      plan.runs.map(({ id }) => id),
      nightOf(shared),
    )
    await writeSharedPlan(folder, shared)
    return { shared, there: records.filter(isExact).length }
  }
  const { seconds } = estimateRuns(plan, await readLastNight(folder))
  const shared = sharePlan(plan, shards, seconds, common, new Date().toISOString())
  await removeOldNight(folder, plan)
  await writeSharedPlan(folder, shared)
  return { shared, there: null }
}

const RECORD = 'regress.json'
const LAST = 'last.json'

/** The record of the night before this one; null if there is none, or it is damaged. */
export async function readLastNight(folder: string): Promise<Night | null> {
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
  for (const name of ['junit.xml', 'report.html']) await removePath(join(folder, name))
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
