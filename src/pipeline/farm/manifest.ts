/** The manifest says what a farm runs; it drives a Slurm array, a GitHub matrix or a Kubernetes indexed job. */
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { InputError } from '../../input/input-error.ts'
import { readWholeText } from '../../input/read-file.ts'
import { type Checked, check, described, openObject, sha256Text, whole } from '../../input/schema.ts'
import { parseStrictJson } from '../../input/strict-json.ts'
import { type Planned, type PlannedRun, plannedSchema } from '../../result/merge.ts'
import { planIdentity } from '../../result/plan-identity.ts'
import { readCached, removePath, writeWhole } from '../../store/files.ts'
import type { Shard } from '../bench/shard.ts'
import { removeResults } from '../report/files.ts'

const formatSchema = openObject({ format: v.literal('assay shards') })
const manifestSchema = openObject({
  ...formatSchema.entries,
  version: v.literal(2),
  identity: described(sha256Text, 'SHA-256 of the plan. A shard or a report of another plan is refused.'),
  count: whole(1),
  shards: described(v.array(v.string()), '1/4 and so on, in the form that a GitHub matrix takes.'),
  arguments: described(v.array(v.string()), 'Arguments of `assay sim` that all shards share.'),
  workingFolder: described(v.string(), 'Folder in which the shards run, where relative paths begin.'),
  planned: described(plannedSchema, 'What all shards share, and which of them runs what.'),
})
export type ShardManifest = Checked<typeof manifestSchema>

export const manifestPath = (folder: string): string => join(folder, 'manifest.json')

/** The folder in which a shard leaves its `sim.json`. */
export const shardFolder = (folder: string, { index, count }: Shard): string =>
  join(folder, `${index}-of-${count}`)

/** Options that the farm sets itself or that make no sense in a shard. */
const OWN = /^(--shard|--plan-identity|--result-folder|--watch|-w|--prepare|--report|--json)(=|$)/

/** @throws InputError if the arguments contain an option that the farm sets itself. */
export function checkArguments(args: readonly string[]): void {
  const own = args.find((arg) => OWN.test(arg))
  if (own !== undefined)
    throw new InputError('the farm sets this option of `assay sim` itself', own, 'Leave it out.')
}

/** Removes the previous plan and everything that its shards left, so that nothing of it can pass for a part of the next plan. */
export async function removePlan(folder: string): Promise<void> {
  await removePath(manifestPath(folder))
  const names = await readdir(folder).catch(() => [])
  const old = names.filter((name) => /^\d+-of-\d+$|^shard-\d+\.log$/.test(name))
  await Promise.all(old.map((name) => removePath(join(folder, name))))
  await removeResults(join(folder, 'merged'))
}

/** @param planned what `assay sim --prepare --shard` reports for the arguments. */
export async function writeManifest(
  folder: string,
  args: readonly string[],
  planned: Planned,
): Promise<ShardManifest> {
  const { count } = planned.plan
  const manifest: ShardManifest = {
    format: 'assay shards',
    version: 2,
    identity: planIdentity(planned.head, planned.plan),
    count,
    shards: Array.from({ length: count }, (_, i) => `${i + 1}/${count}`),
    arguments: args,
    workingFolder: process.cwd(),
    planned,
  }
  await writeWhole(manifestPath(folder), `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}

export async function readManifest(folder: string): Promise<ShardManifest> {
  const path = manifestPath(folder)
  const manifest = parseManifest(await readWholeText(path, ADVICE), path)
  if (manifest === null) throw new InputError('this is not a manifest of shards', path, ADVICE)
  return manifest
}

/** Finds the manifest beside the folders of the reports; null if there is none. @throws InputError if there are two. */
export async function findManifest(reports: readonly string[]): Promise<PlannedRun | null> {
  const folders = [...new Set(reports.flatMap((path) => [dirname(path), dirname(dirname(path))]))]
  const found: PlannedRun[] = []
  for (const path of folders.map(manifestPath)) {
    const bytes = await readCached(path)
    const manifest = bytes === null ? null : parseManifest(Buffer.from(bytes).toString('utf8'), path)
    if (manifest !== null) found.push({ path, ...manifest.planned })
  }
  if (found.length > 1)
    throw new InputError(`there is another manifest, ${found[1]!.path}`, found[0]!.path, 'Merge one plan.')
  return found[0] ?? null
}

const ADVICE = 'Write it with `assay farm --plan`.'

/** Parses a manifest of shards; null for a manifest of something else, such as ROMs. */
function parseManifest(text: string, path: string): ShardManifest | null {
  const value = parseStrictJson(text, path, ADVICE)
  if (!v.is(formatSchema, value)) return null
  const manifest = check(manifestSchema, value, path, ADVICE)
  const { head, plan } = manifest.planned
  if (planIdentity(head, plan) !== manifest.identity)
    throw new InputError('the manifest does not belong to the plan that it names (identity)', path, ADVICE)
  return { ...manifest, count: plan.count }
}

/** The arguments of `assay` for one shard. */
export const shardArguments = (manifest: ShardManifest, folder: string, shard: Shard): readonly string[] => [
  'sim',
  ...manifest.arguments,
  `--shard=${shard.index}/${shard.count}`,
  `--plan-identity=${manifest.identity}`,
  `--result-folder=${shardFolder(folder, shard)}`,
  '--report=json',
  '--quiet',
]

/** Finds the indices of shards without a report. A report is written whole or not at all. */
export async function findMissing(folder: string, count: number): Promise<readonly number[]> {
  const missing: number[] = []
  for (let index = 1; index <= count; index++)
    if ((await readCached(join(shardFolder(folder, { index, count }), 'sim.json'))) === null)
      missing.push(index)
  return missing
}
