/** `assay merge OUT SHARD…`: joins the reports of shards into one. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../checkpoint/input-error.ts'
import type { ShardReport } from '../report/merge.ts'
import type { SimResult } from '../report/result.ts'
import type { Declarations } from './declaration.ts'
import { type Arguments, defineCommand } from './define-command.ts'
import { MODEL_OPTIONS } from './options.ts'
import { finishRun, parseReportKinds, REPORT_OPTIONS } from './reports.ts'

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
  rtl: { type: 'string', describe: 'folder of the RTL that ran, which annotations name files of' },
  json: MODEL_OPTIONS.json,
} as const satisfies Declarations
type MergeArguments = Arguments<typeof PARTS & typeof OPTIONS>

export const mergeCommand = defineCommand<MergeArguments>({
  command: 'merge <out> <shards..>',
  describe: 'join the reports of shards; a shard that is missing counts as failed',
  positionals: PARTS,
  options: OPTIONS,
  handler: (args) => mergeInto(args, args.out, args.shards),
})

/** Writes `sim.json` and the reports of the whole; the exit code is that of the whole. */
export async function mergeInto(
  args: { readonly json: boolean; readonly report: string | undefined; readonly rtl?: string | undefined },
  out: string,
  paths: readonly string[],
): Promise<void> {
  await parseReportKinds(args.report)
  const { mergeShards } = await import('../report/merge.ts')
  const { writeWhole } = await import('../pipeline/files.ts')
  const { result, missing } = mergeShards(await Promise.all(paths.map(readShard)))
  for (const index of missing)
    process.stderr.write(`assay: the report of shard ${index} is missing; its layers count as failed\n`)
  await writeWhole(join(out, 'sim.json'), `${JSON.stringify(result, null, 2)}\n`)
  await finishRun(args, result, out, args.rtl)
}

async function readShard(given: string): Promise<ShardReport> {
  const { readInput } = await import('../pipeline/files.ts')
  const isFolder = await stat(given).then(
    (info) => info.isDirectory(),
    () => false,
  )
  const path = isFolder ? join(given, 'sim.json') : given
  const bytes = await readInput(path, 'Give the sim.json of each shard.')
  let result: Partial<SimResult> | null
  try {
    result = JSON.parse(new TextDecoder().decode(bytes)) as Partial<SimResult> | null
  } catch (error) {
    throw new InputError('the report is cut short or no JSON', path, 'Run the shard again.', { cause: error })
  }
  if (!Array.isArray(result?.layers) || result.run === undefined)
    throw new InputError('this is no report of `assay sim`', path)
  return { path, result: result as SimResult }
}
