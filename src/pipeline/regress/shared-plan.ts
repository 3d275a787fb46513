/** `plan.json`: a plan as it is run, here or in shards on many machines, with the shard of each run. */
import { join } from 'node:path'
import * as v from 'valibot'
import { InputError } from '../../input/input-error.ts'
import { readWholeText } from '../../input/read-file.ts'
import { type Checked, checkJson, described, openObject, real, whole } from '../../input/schema.ts'
import { type ExpandedPlan, expandedPlanSchema } from '../../regress/entry.ts'
import { identityOf } from '../../regress/expand-plan.ts'
import { readCached, writeWhole } from '../../store/files.ts'
import { assignShards, type Shard } from '../bench/shard.ts'

const sharedPlanSchema = openObject({
  format: v.literal('assay regress plan'),
  version: v.literal(1),
  startedAt: described(v.string(), 'When the night began: it tells nights of one plan apart.'),
  finishedAt: described(v.nullable(v.string()), 'When its last report was written.'),
  count: whole(1),
  shards: described(
    v.array(v.string()),
    '1/4 and so on, those that have something to run, in the form that a GitHub matrix takes.',
  ),
  workingFolder: described(v.string(), 'Folder in which the runs are made, where relative paths begin.'),
  common: described(v.array(v.string()), 'Arguments of assay sim that all runs have and no entry names.'),
  shardOf: described(v.array(whole(1)), 'The shard of each run.'),
  seconds: described(v.optional(v.array(real(0))), 'What each run is expected to take.'),
  rerun: described(
    v.optional(openObject({ of: v.string(), runs: v.array(v.string()) })),
    'Of --rerun-failed: when the night began whose reds run again, and which runs do.',
  ),
  plan: expandedPlanSchema,
})
export type SharedPlan = Checked<typeof sharedPlanSchema>

export const sharedPlanPath = (folder: string): string => join(folder, 'plan.json')

/** Which night a record of a run belongs to. */
export const nightOf = ({ plan, startedAt }: SharedPlan): string => `${plan.identity} ${startedAt}`

/** @param seconds what each run is expected to take. A shard beyond the number of runs has nothing to run. */
export function sharePlan(
  plan: ExpandedPlan,
  shards: number,
  seconds: readonly number[],
  common: readonly string[],
  startedAt: string,
): SharedPlan {
  const shardOf = assignShards(seconds, shards)
  const used = [...new Set(shardOf)].sort((a, b) => a - b)
  return {
    format: 'assay regress plan',
    version: 1,
    startedAt,
    finishedAt: null,
    count: shards,
    shards: used.map((index) => `${index}/${shards}`),
    workingFolder: process.cwd(),
    common,
    shardOf,
    seconds,
    plan,
  }
}

/** Indices of the runs of a shard. @throws InputError for a shard of another plan. */
export function runsOfShard({ count: shards, shardOf }: SharedPlan, shard: Shard): readonly number[] {
  if (shard.count !== shards)
    throw new InputError(
      shards === 1
        ? 'the plan was not written in shards'
        : `the plan has ${shards} shards, not ${shard.count}`,
      '--shard',
      `Write it with \`assay regress PLAN --plan -n ${shard.count}\`.`,
    )
  return shardOf.flatMap((index, at) => (index === shard.index ? [at] : []))
}

export const writeSharedPlan = (folder: string, plan: SharedPlan): Promise<void> =>
  writeWhole(sharedPlanPath(folder), `${JSON.stringify(plan)}\n`)

const ADVICE = 'Write it with `assay regress PLAN --plan`.'

export async function readSharedPlan(folder: string): Promise<SharedPlan> {
  const path = sharedPlanPath(folder)
  return checkSharedPlan(checkJson(sharedPlanSchema, await readWholeText(path, ADVICE), path, ADVICE), path)
}

/** The plan of the night that ran or runs in a folder; null if there is none, or one of another version. */
export async function findSharedPlan(folder: string): Promise<SharedPlan | null> {
  const path = sharedPlanPath(folder)
  const bytes = await readCached(path)
  if (bytes === null) return null
  const text = Buffer.from(bytes).toString('utf8')
  try {
    return checkSharedPlan(checkJson(sharedPlanSchema, text, path, ADVICE), path)
  } catch (error) {
    // A damaged one is no night that could go on.
    if (error instanceof InputError) return null
    throw error
  }
}

function checkSharedPlan(shared: SharedPlan, path: string): SharedPlan {
  const { plan, shardOf, count: shards } = shared
  for (const [name, list] of Object.entries({ shardOf, seconds: shared.seconds ?? shardOf }))
    if (list.length !== plan.runs.length)
      throw new InputError(
        `${name}: expected a list of ${plan.runs.length}, got ${list.length}`,
        path,
        ADVICE,
      )
  const isWhole =
    shardOf.every((index) => index <= shards) &&
    plan.entries.every(({ run }) => run < plan.runs.length) &&
    plan.runs.every(({ design }) => design < plan.designs.length)
  if (!isWhole || identityOf(plan) !== plan.identity)
    throw new InputError('the plan is not the one that it names (identity)', path, ADVICE)
  return shared
}
