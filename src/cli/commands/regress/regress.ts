/** `assay regress`: a plan of many runs, on this machine or in shards on many, to one report. */
import { join } from 'node:path'
import { InputError } from '../../../input/input-error.ts'
import { pathWithin } from '../../../input/path-within.ts'
import { refuseOtherPlan } from '../../../regress/compare.ts'
import { EXAMPLE_PLAN } from '../../../regress/example-plan.ts'
import type { Expansion } from '../../../regress/expand-plan.ts'
import { chooseRerun, explainRerun, restrictPlan } from '../../../regress/rerun.ts'
import { type Call, defineCommand } from '../../options/define-command.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
import { guessFolder, reportFailure } from './failed-night.ts'
import { type Asked, beginPlan, historyOf, jobsOf, runHere } from './night.ts'
import { chooseFolder } from './night-folder.ts'
import { describePart } from './night-progress.ts'
import { REGRESS_OPTIONS, REGRESS_POSITIONALS, type RegressArguments } from './options.ts'

export const regressCommand = defineCommand<RegressArguments>({
  name: 'regress',
  positionals: REGRESS_POSITIONALS,
  options: REGRESS_OPTIONS,
  examples: [
    ['$0 regress --example > night.yaml', 'a plan to begin with'],
    ['$0 regress night.yaml', 'all entries of a plan, and one report'],
    ['$0 regress night.yaml --list', 'what they are, and how long they take'],
    ['$0 regress night.yaml --rerun-failed', 'only what was red, after a repair'],
    ['$0 regress night.yaml --slurm -n 16', 'the same on a cluster'],
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
  const { list, shard } = args
  let folder = guessFolder(args)
  try {
    folder = await chooseFolder(args)
    await runAsked(args, call, folder)
  } catch (error) {
    // A list runs nothing, and a shard is a part whose reports the others make.
    if (folder !== null && !list && shard === undefined) await reportFailure(error, folder, args, call.env)
    throw error
  }
}

async function runAsked(args: RegressArguments, call: Call, folder: string): Promise<void> {
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
  if (!args.cache && expansion.plan.runs.some(({ words }) => words.includes('--cache')))
    throw new InputError('the plan says cache: true', '--no-cache', 'Leave one of them out.')
  if (args.list) return listPlan(asked, expansion)
  // A night of hours that cannot be compared is not begun.
  if (against !== null && against !== 'last') refuseOtherPlan(expansion.plan.entries, against)
  for (const remark of expansion.remarks) progressFor(args, call.env).warn(remark)
  if (args.plan) return writePlan(asked, expansion)
  const compared = await dropMissing(asked, expansion)
  return args.slurm ? runOnSlurm(compared, expansion) : runHere(compared, expansion)
}

/** Says before hours of work that there is nothing to compare with. */
async function dropMissing(asked: Asked, { plan }: Expansion): Promise<Asked> {
  if (asked.against !== 'last') return asked
  const { hasNight } = await import('../../../pipeline/regress/history.ts')
  const history = historyOf(asked)
  if (await hasNight(history, plan)) return asked
  const said = `No night of ${plan.name} is in ${pathWithin(process.cwd(), history) ?? history} yet: this one is compared with none.`
  progressFor(asked.args, asked.call.env).warn(said)
  return { ...asked, against: null }
}

async function listPlan(asked: Asked, { plan: whole, remarks }: Expansion): Promise<void> {
  const { args, folder } = asked
  const { estimateNight, findNightBefore } = await import('../../../pipeline/regress/begin-night.ts')
  const estimated = await estimateNight(folder, historyOf(asked), whole)
  const last = args.rerunFailed ? await findNightBefore(folder, whole) : null
  const { plan, seconds: own } =
    last === null
      ? { plan: whole, seconds: estimated.seconds }
      : restrictPlan(whole, estimated.seconds, chooseRerun(whole, last))
  const why = last === null ? null : explainRerun(plan, last)
  const entries = why === null ? plan.entries : plan.entries.map((entry, at) => ({ ...entry, why: why[at]! }))
  const estimate = { seconds: own, known: Math.min(estimated.known, own.length) }
  const seconds = estimate.known === 0 ? null : estimate.seconds
  printResult(args, { ...plan, entries, remarks, seconds }, () =>
    [
      ...plan.entries.map(({ name }, at) => (why === null ? name : `${name}: ${why[at]!}`)),
      ...remarks,
      describePart(plan, estimate, jobsOf(args)),
    ].join('\n'),
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
