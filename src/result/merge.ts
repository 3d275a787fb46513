/** This file joins the reports of shards into one. Layers that no shard reports are red, because a shard that died proves nothing. */
import type { Shape } from '../graph/types.ts'
import { InputError } from '../input/input-error.ts'
import { type Checked, openObject } from '../input/schema.ts'
import { checkClaims } from './claims.ts'
import { conclude } from './conclusion.ts'
import { settleCauses } from './joint-causes.ts'
import { describePlanDifference, planIdentity } from './plan-identity.ts'
import { joinWarnings } from './problem.ts'
import { headSchema, type Plan, planSchema, type RunHead, type ShardRecord } from './record.ts'
import type { BoxesResult, LayerResult, SimResult } from './result.ts'
import { joinSeeds } from './seeds.ts'

/** A report, and the path that it was read from. */
export interface ShardReport {
  readonly path: string
  readonly result: SimResult
}

/** What all shards of a run share, as `assay sim --prepare` prints it and the manifest of a farm keeps it. */
export const plannedSchema = openObject({ head: headSchema, plan: planSchema })

export type Planned = Checked<typeof plannedSchema>

/** The planned run, from the manifest at `path`. */
export interface PlannedRun extends Planned {
  readonly path: string
}

export interface Merged {
  readonly result: SimResult
  /** Indices of shards without a report. */
  readonly missing: readonly number[]
}

/**
 * @param planned the plan that all shards must belong to; without it, the plan of the first report.
 * @throws InputError if a report is not of a shard, belongs to another plan, contradicts itself, or appears twice.
 */
export function mergeShards(reports: readonly ShardReport[], planned: PlannedRun | null = null): Merged {
  const shards = new Map<number, SimResult>()
  const common = planned ?? planOf(reports)
  const identity = planIdentity(common.head, common.plan)
  for (const report of reports) {
    const shard = shardOf(report)
    if (shard.inputs !== identity)
      throw new InputError(
        `this shard belongs to another plan than ${common.path} (${describePlanDifference([common.head, common.plan], [report.result, shard])})`,
        report.path,
        'Run all shards again on the same model, image, RTL and options.',
      )
    if (shards.has(shard.index))
      throw new InputError(`shard ${shard.index} of ${shard.count} appears twice`, report.path)
    checkClaims(report.result, report.path)
    shards.set(shard.index, report.result)
  }
  const { count } = common.plan
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !shards.has(index))
  return { result: join(common.head, common.plan, shards), missing }
}

function planOf([first]: readonly ShardReport[]): PlannedRun {
  if (first === undefined) throw new InputError('there is no report to merge', 'assay merge')
  return { path: first.path, head: first.result, plan: shardOf(first) }
}

function shardOf({ path, result }: ShardReport): ShardRecord {
  const { shard } = result
  if (shard === undefined)
    throw new InputError('this is not the report of a shard', path, 'Run `assay sim` with --shard i/n.')
  if (shard.index > shard.count)
    throw new InputError(`expected a shard from 1 to ${shard.count}, got ${shard.index}`, path)
  if (shard.inputs !== planIdentity(result, shard))
    throw new InputError(
      'the report does not belong to the plan that it names (shard.inputs)',
      path,
      'Something changed it: run the shard again.',
    )
  return shard
}

function join(head: RunHead, plan: Plan, shards: ReadonlyMap<number, SimResult>): SimResult {
  const names = [...new Set(plan.plan.flatMap(({ kind, name }) => (kind === 'layer' ? [name] : [])))]
  const layers = settleCauses(
    names.map((name) =>
      joinPart(
        plan,
        shards,
        (item) => item.kind === 'layer' && item.name === name,
        (shard) => shard.layers.find((layer) => layer.name === name),
        (error) => missingLayer(name, head.network, error),
      ),
    ),
  )
  const boxes = plan.plan.some(({ kind }) => kind === 'boxes')
    ? joinPart(
        plan,
        shards,
        ({ kind }) => kind === 'boxes',
        ({ boxes }) => boxes ?? undefined,
        missingBoxes,
      )
    : null
  const parts = [...shards.values()]
  const { model, modelHash, modelFileHash, weightBits, activationBits, profile, mode, image, network, run } =
    head
  const buildSeconds = Math.max(0, ...parts.map(({ totals }) => totals.buildSeconds))
  return {
    ...{ model, modelHash, modelFileHash, weightBits, activationBits, profile, mode, image },
    ...conclude({ layers, boxes }, buildSeconds),
    layers,
    boxes,
    replay: null,
    waveform: parts.find(({ waveform }) => waveform !== null)?.waveform ?? null,
    pictures: [...new Set(parts.flatMap(({ pictures }) => pictures))],
    network,
    run,
    warnings: joinWarnings(parts.map(({ warnings }) => warnings)),
  }
}

/** Joins what all shards report of one part of the plan. A part that a shard does not report is red. */
function joinPart<Part extends LayerResult | BoxesResult>(
  { plan, count }: Plan,
  shards: ReadonlyMap<number, SimResult>,
  isPlanned: (item: Plan['plan'][number]) => boolean,
  find: (shard: SimResult) => Part | undefined,
  missing: (error: string) => Part,
): Part {
  const items = plan.filter(isPlanned)
  const found = [...new Set(items.map(({ shard }) => shard))].flatMap((index): Part[] => {
    const shard = shards.get(index)
    if (shard === undefined) return [missing(`not run: the report of shard ${index} of ${count} is missing`)]
    const part = find(shard)
    const late = missing(`not run: shard ${index} of ${count} ended before it`)
    if (part === undefined) return [late]
    const seeds = items.flatMap((item) =>
      item.shard === index && item.seed !== undefined ? [item.seed] : [],
    )
    if (seeds.length === 0) return [part]
    // A seed that was not planned does not count. A planned seed that did not run counts as a missing part.
    const only = (list: readonly number[] | undefined): readonly number[] =>
      seeds.filter((seed) => list?.includes(seed))
    const faults = part.seeds?.faults?.filter(({ seed }) => seeds.includes(seed))
    const own = { ...part, seeds: { run: only(part.seeds?.run), red: only(part.seeds?.red), faults } }
    return own.seeds.run.length === seeds.length ? [own] : [own, late]
  })
  return joinSeeds(found)
}

const NOT_RUN = { cycles: 0, seconds: 0, first: null, notRun: true } as const

const missingBoxes = (error: string): BoxesResult => ({
  ...{ expected: 0, actual: 0, mismatches: 1, candidates: 0 },
  ...NOT_RUN,
  error,
})

const sizeOf = ([channels, height, width]: Shape): number => channels * height * width

function missingLayer(name: string, network: RunHead['network'], error: string): LayerResult {
  // The name of a copy has its source's name before the arrow.
  const node = network.find((candidate) => candidate.name === name.split('>')[0])
  const shape = node?.shape ?? ([1, 1, 1] as const)
  const elements = sizeOf(shape)
  return {
    name,
    op: name.includes('>') ? 'upsample' : (node?.op ?? 'unknown'),
    shape,
    elements,
    mismatches: elements,
    ...{ stray: 0, repeated: 0, macs: 0, kind: null, errorMap: null, histogram: null },
    ...NOT_RUN,
    error,
  }
}
