/** `assay regress`: a plan of many runs, on this machine or in shards on many, to one report. */
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { InputError } from '../../../input/input-error.ts'
import type { Shard } from '../../../pipeline/bench/shard.ts'
import type { SharedPlan } from '../../../pipeline/regress/shared-plan.ts'
import { estimateRuns } from '../../../regress/estimate.ts'
import type { Expansion } from '../../../regress/expand-plan.ts'
import { joinNight, NOT_BEGUN, type RunReport } from '../../../regress/join-night.ts'
import type { Night } from '../../../regress/night.ts'
import { formatCount } from '../../../report/table.ts'
import { type Call, defineCommand } from '../../options/define-command.ts'
import { EXIT } from '../../terminal/errors.ts'
import { printResult, progressFor } from '../../terminal/print.ts'
import { createNightProgress, defaultJobs, describePlan } from './night-progress.ts'
import { REGRESS_OPTIONS, REGRESS_POSITIONALS, type RegressArguments } from './options.ts'

export const regressCommand = defineCommand<RegressArguments>({
  name: 'regress',
  positionals: REGRESS_POSITIONALS,
  options: REGRESS_OPTIONS,
  examples: [
    ['$0 regress nightly.yaml', 'all entries of a plan, and one report'],
    ['$0 regress nightly.yaml --list', 'what they are, and how long they take'],
    ['$0 regress nightly.yaml --slurm -n 16', 'the same on a cluster'],
  ],
  check: ({ file, shard, join: isJoin }) => {
    if (file === undefined && shard === undefined && !isJoin)
      throw new InputError(
        'name a plan',
        'assay regress',
        'E.g. assay regress nightly.yaml; docs/regress.md shows one.',
      )
  },
  handler: runRegress,
})

async function runRegress(args: RegressArguments, call: Call): Promise<void> {
  const folder = resolve(args.folder)
  if (args.shard !== undefined) return runOneShard(args, call, folder, args.shard)
  if (args.join) return joinShards(args, call, folder)
  const { readPlan } = await import('./read-plan.ts')
  const expansion = await readPlan(args.file!)
  if (args.list) return listPlan(args, folder, expansion)
  for (const remark of expansion.remarks) progressFor(args, call.env).warn(remark)
  if (args.plan) return writePlan(args, folder, expansion)
  if (args.slurm) return runOnSlurm(args, call, folder, expansion)
  return runHere(args, call, folder, expansion)
}

const jobsOf = ({ jobs }: RegressArguments): number => jobs ?? defaultJobs()

async function listPlan(args: RegressArguments, folder: string, { plan, remarks }: Expansion): Promise<void> {
  const { readLastNight } = await import('../../../pipeline/regress/begin-night.ts')
  const estimate = estimateRuns(plan, await readLastNight(folder))
  printResult(args, { ...plan, remarks, seconds: estimate.known === 0 ? null : estimate.seconds }, () =>
    [
      ...plan.entries.map(({ name }) => name),
      ...remarks,
      `${describePlan(plan, estimate, jobsOf(args))}.`,
    ].join('\n'),
  )
}

/** Arguments of assay sim that no entry names. */
const commonOf = ({ out, cache }: RegressArguments): readonly string[] => [
  ...['--out', out],
  ...(cache ? [] : ['--no-cache']),
]

async function begin(
  args: RegressArguments,
  folder: string,
  { plan }: Expansion,
  shards: number,
): Promise<SharedPlan> {
  const { beginNight } = await import('../../../pipeline/regress/begin-night.ts')
  const { restart } = args
  const { shared, there } = await beginNight(folder, { plan, shards, common: commonOf(args), restart })
  if (there !== null && !args.quiet)
    process.stderr.write(
      `Going on with the night of ${shared.startedAt.slice(0, 16).replace('T', ' ')} UTC: ${formatCount(there)} of ${formatCount(plan.runs.length)} runs are there.\n`,
    )
  return shared
}

async function writePlan(args: RegressArguments, folder: string, expansion: Expansion): Promise<void> {
  // A plan that is written anew is run anew: nothing that an earlier one left may pass for a part of it.
  const shared = await begin({ ...args, restart: true, quiet: true }, folder, expansion, args.shards)
  const { plan, shards, startedAt, count } = shared
  const said = {
    count,
    shards,
    identity: plan.identity,
    startedAt,
    entries: plan.entries.length,
    runs: plan.runs.length,
  }
  printResult(args, said, () => `${count} shards in ${join(folder, 'plan.json')}`)
}

async function runHere(
  args: RegressArguments,
  call: Call,
  folder: string,
  expansion: Expansion,
): Promise<void> {
  const { lockFolder, readLastNight } = await import('../../../pipeline/regress/begin-night.ts')
  const lock = await lockFolder(folder)
  try {
    const last = await readLastNight(folder)
    const shared = await begin(args, folder, expansion, 1)
    const estimate = estimateRuns(shared.plan, last)
    if (!args.quiet) process.stderr.write(`${describePlan(shared.plan, estimate, jobsOf(args))}.\n`)
    const indices = shared.plan.runs.map((_, at) => at)
    const reports = await runIndices(args, call, folder, shared, indices, estimate.seconds)
    await finish(
      args,
      call,
      folder,
      shared,
      indices.map((at) => reports.get(at) ?? NOT_BEGUN),
    )
  } finally {
    await lock.release()
  }
}

async function runIndices(
  args: RegressArguments,
  call: Call,
  folder: string,
  shared: SharedPlan,
  indices: readonly number[],
  seconds: readonly number[],
): Promise<ReadonlyMap<number, RunReport>> {
  const { runShard } = await import('../../../pipeline/regress/run-shard.ts')
  const { makeRuns } = await import('./sim-runs.ts')
  const progress = createNightProgress(progressFor(args, call.env), shared.plan, indices, seconds)
  const stop = (): void => {
    if (!args.quiet) process.stderr.write('\nStopped: the same command goes on from here.\n')
  }
  process.prependOnceListener('SIGINT', stop)
  try {
    return await runShard({
      ...{ folder, shared, indices, jobs: jobsOf(args), cwd: process.cwd() },
      runs: await makeRuns(folder, shared.common, call),
      ...{ onEnd: progress.onEnd, onProgress: progress.onProgress },
    })
  } finally {
    process.off('SIGINT', stop)
    progress.done()
  }
}

/** The exit code is that of the shard's entries. */
async function runOneShard(args: RegressArguments, call: Call, folder: string, shard: Shard): Promise<void> {
  const { readSharedPlan, runsOfShard } = await import('../../../pipeline/regress/shared-plan.ts')
  const shared = await readSharedPlan(folder)
  const indices = runsOfShard(shared, shard)
  if (existsSync(shared.workingFolder)) process.chdir(shared.workingFolder)
  const seconds = shared.plan.runs.map(() => 1)
  const reports = await runIndices(args, call, folder, shared, indices, seconds)
  const night = await toNight(
    call,
    shared,
    shared.plan.runs.map((_, at) => reports.get(at) ?? NOT_BEGUN),
  )
  const own = new Set(indices)
  const entries = night.entries.filter(({ run }) => own.has(run))
  const { concludeNight } = await import('../../../regress/join-night.ts')
  const { isRedEntry } = await import('../../../regress/night.ts')
  const verdict = concludeNight(
    entries,
    shared.plan.runs.map((_, at) => reports.get(at) ?? NOT_BEGUN),
  )
  const red = entries.filter(isRedEntry).length
  const said = { shard: `${shard.index}/${shard.count}`, verdict, entries: entries.length, red }
  printResult(args, said, () => `Shard ${said.shard}: ${entries.length} entries, ${red} red.`)
  process.exitCode = codeOf(verdict)
}

async function joinShards(args: RegressArguments, call: Call, folder: string): Promise<void> {
  const { nightOf, readSharedPlan } = await import('../../../pipeline/regress/shared-plan.ts')
  const { readRecords } = await import('../../../pipeline/regress/run-record.ts')
  const shared = await readSharedPlan(folder)
  const records = await readRecords(
    folder,
    shared.plan.runs.map(({ id }) => id),
    nightOf(shared),
  )
  await finish(
    args,
    call,
    folder,
    shared,
    records.map((record) => record ?? NOT_BEGUN),
  )
}

async function runOnSlurm(
  args: RegressArguments,
  call: Call,
  folder: string,
  expansion: Expansion,
): Promise<void> {
  const { findMissingShards, lockFolder } = await import('../../../pipeline/regress/begin-night.ts')
  const { isMissing } = await import('../../../pipeline/regress/run-record.ts')
  const { runArray } = await import('../../../pipeline/farm/array.ts')
  const lock = await lockFolder(folder)
  try {
    const shared = await begin(args, folder, expansion, Math.min(args.shards, expansion.plan.runs.length))
    const { count, workingFolder } = shared
    await runArray(
      {
        ...{ folder, count, workingFolder, attempts: args.attempts, options: args.sbatch },
        words: [process.execPath, call.program, 'regress', '--folder', folder, '--quiet', '--shard'],
        findMissing: () => findMissingShards(folder, shared, isMissing),
      },
      progressFor(args, call.env),
    )
    await joinShards(args, call, folder)
  } finally {
    await lock.release()
  }
}

async function toNight({ words }: Call, shared: SharedPlan, reports: readonly RunReport[]): Promise<Night> {
  const { readOwnVersion } = await import('../../../store/own-version.ts')
  return joinNight(shared.plan, reports, {
    ...{ assay: await readOwnVersion(), node: process.version, startedAt: shared.startedAt },
    origin: { commit: null, dirty: null, command: words, host: hostname() },
    folder: process.cwd(),
    elapsedSeconds: process.uptime(),
  })
}

async function finish(
  args: RegressArguments,
  call: Call,
  folder: string,
  shared: SharedPlan,
  reports: readonly RunReport[],
): Promise<void> {
  const { finishNight } = await import('../../../pipeline/regress/finish-night.ts')
  const { writeSharedPlan } = await import('../../../pipeline/regress/shared-plan.ts')
  const night = await toNight(call, shared, reports)
  const { text, isRed, files } = await finishNight(night, folder, {
    ...{ kinds: args.report ?? null, against: args.against ?? null, env: call.env },
    maxCyclesGrowth: args.maxCyclesGrowth ?? null,
  })
  await writeSharedPlan(folder, { ...shared, finishedAt: new Date().toISOString() })
  printResult(args, night, () => [text, ...files.map((file) => `Report: ${file}`)].join('\n'))
  process.exitCode = night.verdict === 'exact' && isRed ? EXIT.mismatch : codeOf(night.verdict)
}

const codeOf = (verdict: Night['verdict']): number =>
  ({ exact: EXIT.done, mismatch: EXIT.mismatch, broken: EXIT.tool })[verdict]
