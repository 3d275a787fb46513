/** A night in shards: one of them, all on a cluster, and what they left joined. */
import { existsSync } from 'node:fs'
import type { Shard } from '../../../pipeline/bench/shard.ts'
import type { Expansion } from '../../../regress/expand-plan.ts'
import { concludeNight, NOT_BEGUN } from '../../../regress/join-night.ts'
import { isRedEntry } from '../../../regress/night.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
import { type Asked, beginPlan, codeOf, finish, runIndices, toNight } from './night.ts'

/** The exit code is that of the shard's entries. */
export async function runShardOf(asked: Asked, shard: Shard): Promise<void> {
  const { readSharedPlan, runsOfShard } = await import('../../../pipeline/regress/shared-plan.ts')
  const shared = await readSharedPlan(asked.folder)
  const indices = runsOfShard(shared, shard)
  if (existsSync(shared.workingFolder)) process.chdir(shared.workingFolder)
  const reports = await runIndices(
    asked,
    shared,
    indices,
    shared.plan.runs.map(() => 1),
  )
  const all = shared.plan.runs.map((_, at) => reports.get(at) ?? NOT_BEGUN)
  const own = new Set(indices)
  const { entries } = await toNight(asked, shared, all)
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

/** A run that no shard left is red. */
export async function joinShards(asked: Asked): Promise<void> {
  const { nightOf, readSharedPlan } = await import('../../../pipeline/regress/shared-plan.ts')
  const { readRecords } = await import('../../../pipeline/regress/run-record.ts')
  const shared = await readSharedPlan(asked.folder)
  const ids = shared.plan.runs.map(({ id }) => id)
  const records = await readRecords(asked.folder, ids, nightOf(shared))
  await finish(
    asked,
    shared,
    records.map((record) => record ?? NOT_BEGUN),
  )
}

export async function runOnSlurm(asked: Asked, expansion: Expansion): Promise<void> {
  const { findMissingShards, lockFolder } = await import('../../../pipeline/regress/begin-night.ts')
  const { isMissing } = await import('../../../pipeline/regress/run-record.ts')
  const { runArray } = await import('../../../pipeline/farm/array.ts')
  const { args, call, folder } = asked
  const lock = await lockFolder(folder)
  try {
    const shared = await beginPlan(asked, expansion, Math.min(args.shards, expansion.plan.runs.length))
    const { count, workingFolder } = shared
    await runArray(
      {
        ...{ folder, count, workingFolder, attempts: args.attempts, options: args.sbatch },
        words: [process.execPath, call.program, 'regress', '--folder', folder, '--quiet', '--shard'],
        findMissing: () => findMissingShards(folder, shared, isMissing),
      },
      progressFor(args, call.env),
    )
    await joinShards(asked)
  } finally {
    await lock.release()
  }
}
