/** What a farm runs: one manifest drives a Slurm array, a GitHub matrix and a Kubernetes indexed job. */
import { join } from 'node:path'
import { InputError } from '../checkpoint/input-error.ts'
import { readCached, readInput, writeWhole } from './files.ts'
import type { Shard } from './schedule.ts'

export interface ShardManifest {
  readonly format: 'assay shards'
  readonly version: 1
  readonly count: number
  /** `1/4` and so on: a matrix as it stands. */
  readonly shards: readonly string[]
  /** Arguments of `assay sim` that all shards share. */
  readonly arguments: readonly string[]
  /** Where the shards run: relative paths among the arguments begin here. */
  readonly workingFolder: string
}

export const manifestPath = (folder: string): string => join(folder, 'manifest.json')

/** Where a shard leaves its `sim.json`. */
export const shardFolder = (folder: string, { index, count }: Shard): string =>
  join(folder, `${index}-of-${count}`)

/** Options that the farm sets itself, or that make no sense in a shard. */
const OWN = /^(--shard|--result-folder|--watch|-w|--prepare|--report|--json)(=|$)/

/** @throws InputError where the arguments hold what the farm sets itself. */
export async function writeManifest(
  folder: string,
  count: number,
  args: readonly string[],
): Promise<ShardManifest> {
  const own = args.find((arg) => OWN.test(arg))
  if (own !== undefined)
    throw new InputError('the farm sets this option of `assay sim` itself', own, 'Leave it out.')
  const manifest: ShardManifest = {
    format: 'assay shards',
    version: 1,
    count,
    shards: Array.from({ length: count }, (_, i) => `${i + 1}/${count}`),
    arguments: args,
    workingFolder: process.cwd(),
  }
  await writeWhole(manifestPath(folder), `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}

export async function readManifest(folder: string): Promise<ShardManifest> {
  const path = manifestPath(folder)
  const bytes = await readInput(path, 'Write it with `assay farm --plan`.')
  const parse = (): Partial<ShardManifest> => {
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as Partial<ShardManifest>
    } catch (error) {
      throw new InputError('the manifest is not JSON', path, 'Write it again with `assay farm --plan`.', {
        cause: error,
      })
    }
  }
  const manifest = parse()
  if (manifest.format !== 'assay shards' || manifest.version !== 1 || !Array.isArray(manifest.arguments))
    throw new InputError(
      `expected assay shards version 1, got ${manifest.format} version ${manifest.version}`,
      path,
    )
  return manifest as ShardManifest
}

/** Arguments of `assay` for one shard. */
export const shardArguments = (manifest: ShardManifest, folder: string, shard: Shard): readonly string[] => [
  'sim',
  ...manifest.arguments,
  `--shard=${shard.index}/${shard.count}`,
  `--result-folder=${shardFolder(folder, shard)}`,
  '--report=json',
  '--quiet',
]

/** Indices of shards without a report. A report is written whole or not at all. */
export async function findMissing(folder: string, count: number): Promise<readonly number[]> {
  const missing: number[] = []
  for (let index = 1; index <= count; index++)
    if ((await readCached(join(shardFolder(folder, { index, count }), 'sim.json'))) === null)
      missing.push(index)
  return missing
}
