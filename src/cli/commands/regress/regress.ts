/** `assay regress`: a plan of many runs, on this machine or in shards on many, to one report. */
import { join } from 'node:path'
import { InputError } from '../../../input/input-error.ts'
import { pathWithin } from '../../../input/path-within.ts'
import { EXAMPLE_PLAN } from '../../../regress/example-plan.ts'
import type { Expansion } from '../../../regress/expand-plan.ts'
import { restrictPlan } from '../../../regress/rerun.ts'
import { type Call, defineCommand } from '../../options/define-command.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
import { type Asked, beginPlan, historyOf, jobsOf, runHere } from './night.ts'
import { chooseFolder } from './night-folder.ts'
import { describePlan } from './night-progress.ts'
import { REGRESS_OPTIONS, REGRESS_POSITIONALS, type RegressArguments } from './options.ts'

export const regressCommand = defineCommand<RegressArguments>({
  name: 'regress',
  positionals: REGRESS_POSITIONALS,
  options: REGRESS_OPTIONS,
  examples: [
    ['$0 regress --example > nightly.yaml', 'a plan to begin with'],
    ['$0 regress nightly.yaml', 'all entries of a plan, and one report'],
    ['$0 regress nightly.yaml --list', 'what they are, and how long they take'],
    ['$0 regress nightly.yaml --rerun-failed', 'what was red, after a repair'],
    ['$0 regress nightly.yaml --slurm -n 16', 'the same on a cluster'],
  ],
  check: ({ example, file, shard, join: isJoin, against, maxCyclesGrowth }) => {
    if (!example && file === undefined && shard === undefined && !isJoin)
      throw new InputError(
        'name a plan',
        'assay regress',
        'E.g. assay regress nightly.yaml; `assay regress --example > nightly.yaml` writes one.',
      )
    if (maxCyclesGrowth !== undefined && against === undefined)
      throw new InputError(
        'compares with another night, and none is named',
        '--max-cycles-growth',
        'Name one: --against last.',
      )
  },
  handler: runRegress,
})

async function runRegress(args: RegressArguments, call: Call): Promise<void> {
  if (args.example) {
    printResult(args, { plan: EXAMPLE_PLAN }, () => EXAMPLE_PLAN.trimEnd())
    return
  }
  const folder = await chooseFolder(args)
  const { shard, file } = args
  // Read before this night replaces it.
  const { readAgainst } = await import('../../../pipeline/regress/finish-night.ts')
  const against = args.against === undefined ? null : await readAgainst(args.against)
  const asked: Asked = { args, call, folder, against }
  const { joinShards, runOnSlurm, runShardOf } = await import('./shards.ts')
  if (shard !== undefined) return runShardOf(asked, shard)
  if (args.join) return joinShards(asked)
  const { readPlan } = await import('./read-plan.ts')
  const expansion = await readPlan(file!)
  if (args.list) return listPlan(asked, expansion)
  for (const remark of expansion.remarks) progressFor(args, call.env).warn(remark)
  if (args.plan) return writePlan(asked, expansion)
  if (args.slurm) return runOnSlurm(asked, expansion)
  return runHere(asked, expansion)
}

async function listPlan(asked: Asked, { plan: whole, remarks }: Expansion): Promise<void> {
  const { args, folder } = asked
  const { estimateNight, findRerun } = await import('../../../pipeline/regress/begin-night.ts')
  const estimated = await estimateNight(folder, historyOf(asked), whole)
  const rerun = args.rerunFailed ? await findRerun(folder, whole) : null
  const { plan, seconds: own } =
    rerun === null
      ? { plan: whole, seconds: estimated.seconds }
      : restrictPlan(whole, estimated.seconds, rerun)
  const estimate = { seconds: own, known: Math.min(estimated.known, own.length) }
  const seconds = estimate.known === 0 ? null : estimate.seconds
  printResult(args, { ...plan, remarks, seconds }, () =>
    [...plan.entries.map(({ name }) => name), ...remarks, describePlan(plan, estimate, jobsOf(args))].join(
      '\n',
    ),
  )
}

async function writePlan(asked: Asked, expansion: Expansion): Promise<void> {
  // A plan that is written anew is run anew: nothing that an earlier one left may pass for a part of it.
  const args = { ...asked.args, restart: true }
  const { lockFolder } = await import('../../../pipeline/regress/folder-lock.ts')
  const lock = await lockFolder(asked.folder)
  const { plan, shards, startedAt, count } = await beginPlan(
    { ...asked, args },
    expansion,
    args.shards,
  ).finally(lock.release)
  const sizes = { entries: plan.entries.length, runs: plan.runs.length }
  const path = join(asked.folder, 'plan.json')
  const said = { count, shards, identity: plan.identity, startedAt, ...sizes }
  printResult(args, said, () => `${count} shards in ${pathWithin(process.cwd(), path) ?? path}`)
}
