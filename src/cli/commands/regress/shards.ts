/** A night in shards: one of them, all on a cluster, and what they left joined. */
import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { InputError } from '../../../input/input-error.ts'
import type { Shard } from '../../../pipeline/bench/shard.ts'
import type { SharedPlan } from '../../../pipeline/regress/shared-plan.ts'
import type { Expansion } from '../../../regress/expand-plan.ts'
import { concludeNight, NOT_BEGUN, type RunReport } from '../../../regress/join-night.ts'
import { isRedEntry } from '../../../regress/night.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
import { type Asked, beginPlan, codeOf, finish, originOf, runIndices, toNight } from './night.ts'

/** A plan that is named beside --shard or --join has to be the one that was planned, entry by entry. */
async function requireSamePlan({ args, folder }: Asked, { plan, workingFolder }: SharedPlan): Promise<void> {
  const { file } = args
  if (file === undefined) return
  const { readPlan, readPlanName } = await import('./read-plan.ts')
  const name = await readPlanName(file)
  if (name !== plan.name)
    throw new InputError(
      `plan.json is of the plan ${plan.name}, not of ${name}`,
      folder,
      'Name another --folder.',
    )
  const here = process.cwd()
  const path = resolve(file)
  // Words of a plan begin in the folder in which it was planned.
  if (existsSync(workingFolder)) process.chdir(workingFolder)
  const { plan: now } = await readPlan(relative(process.cwd(), path)).finally(() => process.chdir(here))
  if (now.identity !== plan.identity)
    throw new InputError(
      'asks for other entries than the plan.json that was made of it: it has changed since --plan',
      file,
      `Plan it again: assay regress ${file} --plan -n N.`,
    )
}

/** The exit code is that of the shard's entries. */
export async function runShardOf(asked: Asked, shard: Shard): Promise<void> {
  const { readSharedPlan, runsOfShard } = await import('../../../pipeline/regress/shared-plan.ts')
  const { lockPlace } = await import('../../../pipeline/regress/folder-lock.ts')
  // Where there is no plan, there is nothing to lock.
  await readSharedPlan(asked.folder)
  const lock = await lockPlace(asked.folder, `shard-${shard.index}`)
  try {
    const shared = await readSharedPlan(asked.folder)
    await requireSamePlan(asked, shared)
    await runPlace(asked, shard, shared, runsOfShard(shared, shard))
  } finally {
    await lock.release()
  }
}

async function runPlace(
  asked: Asked,
  shard: Shard,
  shared: SharedPlan,
  indices: readonly number[],
): Promise<void> {
  if (indices.length === 0) {
    const none = { shard: `${shard.index}/${shard.count}`, verdict: 'exact', entries: 0, red: 0 }
    const runs = shared.plan.runs.length
    printResult(asked.args, none, () => `Shard ${none.shard} has nothing to run: the plan has ${runs} runs.`)
    return
  }
  if (existsSync(shared.workingFolder)) process.chdir(shared.workingFolder)
  const origin = originOf(asked)
  const seconds = shared.seconds ?? shared.plan.runs.map(() => 1)
  const reports = await runIndices(asked, shared, indices, seconds, origin)
  const all = shared.plan.runs.map((_, at) => reports.get(at) ?? NOT_BEGUN)
  const own = new Set(indices)
  const { entries } = await toNight(shared, all, origin)
  const mine = entries.filter(({ run }) => own.has(run))
  const verdict = concludeNight(mine, all)
  const said = {
    shard: `${shard.index}/${shard.count}`,
    verdict,
    entries: mine.length,
    red: mine.filter(isRedEntry).length,
  }
  printResult(asked.args, said, () => `Shard ${said.shard}: ${said.entries} entries, ${said.red} red.`)
  process.exitCode = codeOf(verdict)
}

/** What is known of a run of which no shard has left anything. */
export function reportLost({ count, shardOf }: Pick<SharedPlan, 'count' | 'shardOf'>, at: number): RunReport {
  if (count === 1) return NOT_BEGUN
  const error = `shard ${shardOf[at]}/${count} left no result of it: its job failed, was cancelled, or its files are not here`
  return { ...NOT_BEGUN, error }
}

/** A run that no shard left is red. */
export async function joinShards(asked: Asked): Promise<void> {
  const { readSharedPlan } = await import('../../../pipeline/regress/shared-plan.ts')
  const { lockFolder } = await import('../../../pipeline/regress/folder-lock.ts')
  await readSharedPlan(asked.folder)
  const lock = await lockFolder(asked.folder)
  await joinAlone(asked).finally(lock.release)
}

async function joinAlone(asked: Asked): Promise<void> {
  const { nightOf, readSharedPlan } = await import('../../../pipeline/regress/shared-plan.ts')
  const { readRecords } = await import('../../../pipeline/regress/run-record.ts')
  const shared = await readSharedPlan(asked.folder)
  await requireSamePlan(asked, shared)
  const ids = shared.plan.runs.map(({ id }) => id)
  const records = await readRecords(asked.folder, ids, nightOf(shared))
  const reports = records.map((record, at) => record ?? reportLost(shared, at))
  await finish(asked, shared, reports, originOf(asked))
}

/** The folder is this process's alone while it plans; from then on its shards work there, and nobody else. */
export async function runOnSlurm(asked: Asked, expansion: Expansion): Promise<void> {
  const { findMissingShards } = await import('../../../pipeline/regress/begin-night.ts')
  const { lockFolder, lockPlace } = await import('../../../pipeline/regress/folder-lock.ts')
  const { isMissing } = await import('../../../pipeline/regress/run-record.ts')
  const { runArray } = await import('../../../pipeline/farm/array.ts')
  const { args, call, folder } = asked
  const place = await lockPlace(folder, 'array')
  try {
    const alone = await lockFolder(folder, 'array')
    const shards = Math.min(args.shards, expansion.plan.runs.length)
    const shared = await beginPlan(asked, expansion, shards).finally(alone.release)
    const { count, workingFolder } = shared
    await runArray(
      {
        ...{ folder, count, workingFolder, attempts: args.attempts, options: args.sbatch },
        words: [process.execPath, call.program, 'regress', '--folder', folder, '--quiet', '--shard'],
        findMissing: () => findMissingShards(folder, shared, isMissing),
      },
      progressFor(args, call.env),
    )
    await joinAlone(asked)
  } finally {
    await place.release()
  }
}
