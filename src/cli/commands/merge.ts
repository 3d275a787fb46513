/** `assay merge OUT SHARD…`: joins the reports of shards into one. */
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import type { ShardReport } from '../../result/merge.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { defineCommand } from '../options/define-command.ts'
import { MODEL_OPTIONS, REPORT_OPTIONS } from '../options/shared.ts'
import { type ReportArguments, runReported } from '../terminal/reports.ts'

const PARTS = {
  out: { type: 'string', writes: 'folder', demandOption: true, describe: 'folder for the joined report' },
  shards: {
    type: 'string',
    array: true,
    demandOption: true,
    describe: 'sim.json of each shard, or the folder that holds it',
  },
} as const satisfies Declarations
const OPTIONS = {
  ...REPORT_OPTIONS,
  json: MODEL_OPTIONS.json,
} as const satisfies Declarations
type MergeArguments = Arguments<typeof PARTS & typeof OPTIONS>

export const mergeCommand = defineCommand<MergeArguments>({
  name: 'merge',
  positionals: PARTS,
  options: OPTIONS,
  handler: (args, { env }) => mergeInto(args, env, args.out, args.shards),
})

/** Writes `sim.json` and the reports of the whole; the exit code is that of the whole. */
export async function mergeInto(
  args: ReportArguments,
  env: NodeJS.ProcessEnv,
  out: string,
  paths: readonly string[],
): Promise<void> {
  const { mergeShards } = await import('../../result/merge.ts')
  const { findManifest } = await import('../../pipeline/farm/manifest.ts')
  const { writeWhole } = await import('../../store/files.ts')
  const shards = await Promise.all(paths.map(findReport))
  const into = resolve(out, 'sim.json')
  if (shards.some((path) => resolve(path) === into))
    throw new InputError('the joined report would replace that of a shard', out, 'Choose another folder.')
  await runReported(args, env, { command: 'merge', folder: out }, async () => {
    const planned = await findManifest(shards)
    // Parts of a plan that nobody has run are red; without a plan there are none.
    const there = planned === null ? shards : shards.filter((path) => existsSync(path))
    const { result, missing } = mergeShards(await Promise.all(there.map(readShard)), planned)
    for (const index of missing)
      process.stderr.write(`assay: the report of shard ${index} is missing; its layers count as not run\n`)
    await writeWhole(join(out, 'sim.json'), `${JSON.stringify(result, null, 2)}\n`)
    return result
  })
}

async function findReport(given: string): Promise<string> {
  const isFile = await stat(given).then(
    (info) => !info.isDirectory(),
    // A folder that no shard has made yet, or a pattern that found none.
    () => given.endsWith('.json'),
  )
  return isFile ? given : join(given, 'sim.json')
}

async function readShard(path: string): Promise<ShardReport> {
  const { readWholeText } = await import('../../input/read-file.ts')
  const { parseResult } = await import('../../result/report-file.ts')
  return { path, result: parseResult(await readWholeText(path, 'Give the sim.json of each shard.'), path) }
}
