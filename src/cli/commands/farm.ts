/** `assay farm`: the layers of one run on many machines. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { parseShard, type Shard } from '../../pipeline/bench/shard.ts'
import type { ShardManifest } from '../../pipeline/farm/manifest.ts'
import type { Progress } from '../../pipeline/files/progress.ts'
import { setExitCode } from '../../process/exit.ts'
import type { Planned } from '../../result/merge.ts'
import type { Arguments, Declarations } from '../options/declaration.ts'
import { type Call, defineCommand } from '../options/define-command.ts'
import { wordsPassedOn } from '../options/read-arguments.ts'
import { ARRAY_RUN_OPTIONS, REPORT_OPTIONS } from '../options/shared.ts'
import { EXIT } from '../terminal/errors.ts'
import { printResult, progressFor } from '../terminal/print.ts'
import { mergeInto } from './merge.ts'

const FARM_OPTIONS = {
  plan: {
    type: 'boolean',
    default: false,
    describe: 'only prepare and write the manifest, for another scheduler',
  },
  shard: { type: 'string', parse: parseShard, describe: 'i/n: run this shard of the manifest in the folder' },
  ...ARRAY_RUN_OPTIONS,
  folder: {
    type: 'string',
    writes: 'folder',
    default: 'build/farm',
    describe: 'folder of the manifest and the reports, which every machine must see',
  },
  ...REPORT_OPTIONS,
  json: { type: 'boolean', default: false, describe: 'one JSON object on stdout and nothing else' },
  quiet: { alias: 'q', type: 'boolean', default: false, describe: 'no progress on stderr' },
} as const satisfies Declarations

const PASSED = {
  arguments: { type: 'string', array: true, describe: 'options of assay sim, after --' },
} as const satisfies Declarations
type FarmArguments = Arguments<typeof PASSED & typeof FARM_OPTIONS>

export const farmCommand = defineCommand<FarmArguments>({
  name: 'farm',
  positionals: PASSED,
  options: FARM_OPTIONS,
  passesOn: true,
  examples: [
    ['$0 farm --slurm -n 8 -- -m yolov8n.pt -i street.jpg', 'a Slurm job array of 8'],
    ['$0 farm --plan -n 8 -- -m yolov8n.pt -i street.jpg', 'the manifest, for CI or Kubernetes'],
    ['$0 farm --shard 3/8', 'one shard of it, on any machine'],
  ],
  handler: runFarm,
})

async function runFarm(args: FarmArguments, call: Call): Promise<void> {
  if (args.shard !== undefined) return runShard(args, args.shard, call)
  if (!args.slurm && !args.plan)
    throw new InputError('say how to run the shards', 'assay farm', 'Choose --slurm, --plan or --shard i/n.')
  const { checkArguments, removePlan, writeManifest } = await import('../../pipeline/farm/manifest.ts')
  const folder = resolve(args.folder)
  const simArguments = listSimArguments(args, call)
  checkArguments(simArguments)
  await checkSimArguments(simArguments)
  // An earlier report must not stand for a shard that dies now.
  await removePlan(folder)
  const planned = await prepareOnce(simArguments, args.shards, call, progressFor(args, call.env))
  const manifest = await writeManifest(folder, simArguments, planned)
  if (args.slurm) return farmOut(args, call, folder, manifest)
  printResult(args, manifest, () => `${manifest.count} shards in ${join(folder, 'manifest.json')}`)
}

/** What stands after `--`, letter by letter: the parser would make numbers of some. */
function listSimArguments({ arguments: stray = [] }: FarmArguments, { words }: Call): readonly string[] {
  if (words.includes('--')) return wordsPassedOn(words)
  if (stray.length > 0)
    throw new InputError(
      `${stray.join(' ')} is not an option of the farm`,
      'assay farm',
      'Put the options of assay sim after --.',
    )
  return []
}

/** What a node would refuse is refused here, by the declarations of `assay sim`. @throws InputError */
async function checkSimArguments(words: readonly string[]): Promise<void> {
  const { OPTIONS } = await import('./sim/options.ts')
  const { chooseQuantisation } = await import('../model/quantisation.ts')
  const { parseOptions } = await import('../options/parse-options.ts')
  const { readArguments } = await import('../options/read-arguments.ts')
  const all = ['sim', ...words]
  const parsed = parseOptions(OPTIONS, all)
  if (parsed === null) throw new InputError('an option has no value', words.join(' '), 'Give it one.')
  const args = readArguments('sim', OPTIONS, parsed, [...all, '--shard=1/1'])
  if (args.frozen === undefined) chooseQuantisation(args)
}

/** The exit code of the shard is that of its layers; it leaves a report in either case. */
async function runShard(args: FarmArguments, shard: Shard, call: Call): Promise<void> {
  const { readManifest, shardArguments, shardFolder } = await import('../../pipeline/farm/manifest.ts')
  const { removePath } = await import('../../store/files.ts')
  const folder = resolve(args.folder)
  const manifest = await readManifest(folder)
  if (shard.count !== manifest.count)
    throw new InputError(`the manifest has ${manifest.count} shards, not ${shard.count}`, '--shard')
  // This also applies if the run dies before it knows its folder.
  await removePath(shardFolder(folder, shard))
  await runSelf(call, shardArguments(manifest, folder, shard), manifest)
}

/** Runs this program with other arguments, in the folder in which the manifest was made if it exists. */
async function runSelf(
  { program }: Call,
  args: readonly string[],
  { workingFolder }: ShardManifest,
): Promise<void> {
  const { execa } = await import('execa')
  const { exitCode } = await execa(process.execPath, [program, ...args], {
    cwd: existsSync(workingFolder) ? workingFolder : process.cwd(),
    reject: false,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  setExitCode(exitCode ?? EXIT.tool)
}

async function farmOut(
  args: FarmArguments,
  { program, env }: Call,
  folder: string,
  manifest: ShardManifest,
): Promise<void> {
  const { findMissing, shardFolder } = await import('../../pipeline/farm/manifest.ts')
  const { runArray } = await import('../../pipeline/farm/array.ts')
  const { count, workingFolder } = manifest
  const indices = Array.from({ length: count }, (_, i) => i + 1)
  const missing = await runArray(
    {
      ...{ folder, count, workingFolder, attempts: args.attempts, options: args.sbatch },
      words: [process.execPath, program, 'farm', '--folder', folder, '--shard'],
      findMissing: () => findMissing(folder, count),
    },
    progressFor(args, env),
  )
  const there = indices.filter((index) => !missing.includes(index))
  if (there.length === 0)
    throw Object.assign(new Error(`no shard left a report; ${join(folder, 'shard-1.log')} tells why.`), {
      exitCode: EXIT.tool,
    })
  await mergeInto(
    args,
    env,
    join(folder, 'merged'),
    there.map((index) => shardFolder(folder, { index, count })),
  )
}

/** Quantises and builds, so that shards find both in a folder that they share. @returns what they will run. */
async function prepareOnce(
  simArguments: readonly string[],
  shards: number,
  { program }: Call,
  progress: Progress,
): Promise<Planned> {
  const { execa } = await import('execa')
  const { checkJson, openObject } = await import('../../input/schema.ts')
  const { plannedSchema } = await import('../../result/merge.ts')
  const task = progress.start('quantise, build and plan')
  const args = ['sim', ...simArguments, '--prepare', `--shard=1/${shards}`, '--quiet', '--json']
  const { failed, stdout, stderr, exitCode } = await execa(process.execPath, [program, ...args], {
    reject: false,
    stdin: 'ignore',
  })
  if (failed)
    throw Object.assign(new Error(stderr.replace(/^assay: /, '')), { exitCode: exitCode ?? EXIT.tool })
  task.done()
  return checkJson(openObject({ planned: plannedSchema }), stdout, 'assay sim --prepare', '').planned
}
