/** `assay sim --module` runs the layers that the configuration claims: each from its golden input, or all in one run. */
import { join } from 'node:path'
import type { LayerInfo } from '../../operator/types.ts'
import { formatCount } from '../../report/table.ts'
import { conclude } from '../../result/conclusion.ts'
import type { Planned } from '../../result/merge.ts'
import { joinWarnings } from '../../result/problem.ts'
import type { RunHead, ShardRecord } from '../../result/record.ts'
import type { SimResult } from '../../result/result.ts'
import { removePath } from '../../store/files.ts'
import type { Progress } from '../files/progress.ts'
import { decorate, writeResult } from '../report/decoration.ts'
import { checkPlan } from '../sim/shards.ts'
import { buildLayers } from './builds.ts'
import { buildChain, type OwnChain, runOwnChain } from './chain.ts'
import { runLayers } from './layers.ts'
import type { BuiltLayer } from './open.ts'
import { type PowerUps, planOwn, recordShard } from './plan.ts'
import { describeHead, type OperatorSimulationOptions, type OwnRun, prepareRun } from './prepare.ts'
import { traceOperator } from './waveform.ts'

/** What a run came to. */
interface Ran extends OwnChain {
  readonly head: RunHead
  readonly record: ShardRecord | null
  /** Wall time of all builds. */
  readonly buildSeconds: number
  readonly built: readonly BuiltLayer[]
}

/** @throws InputError if the configuration claims no layer of the network. */
export async function runOperatorSimulation(
  options: OperatorSimulationOptions,
  progress: Progress,
): Promise<SimResult> {
  const { folder, resultFolder = folder, simulator = 'verilator' } = options
  const own = await prepareRun(options, progress)
  const {
    head,
    record,
    results,
    replay,
    red,
    hidden,
    remarks: said,
    built,
    buildSeconds,
  } = own.isChained ? await runChained(options, own, progress) : await runIsolated(options, own, progress)
  const isTraced = simulator !== 'icarus' && options.waveform !== false
  const waveform = await decorate('waveform', progress, async () =>
    red !== null && isTraced ? traceOperator(red, folder, progress) : null,
  )
  const watched = results.flatMap((layer) => layer.watched ?? [])
  const remarks = [
    ...(watched.length === 0 || results.some(({ error }) => error !== null)
      ? []
      : [describeWatched(watched, options.loaded.config.program !== undefined)]),
    ...(hidden.length === 0 ? [] : [describeHidden(hidden)]),
    ...said,
    ...waveform.remarks,
  ]
  const result: SimResult = {
    ...head,
    ...conclude({ layers: results, boxes: null }, buildSeconds),
    layers: results,
    boxes: null,
    replay,
    waveform: waveform.made,
    pictures: [],
    remarks: remarks.length === 0 ? undefined : remarks,
    warnings: joinWarnings(built.map((each) => each.built.warnings)),
    shard: record ?? undefined,
  }
  await writeResult(join(resultFolder, 'sim.json'), result, progress)
  return result
}

/** Each layer from its golden input, and of all that a shard's. */
async function runIsolated(
  options: OperatorSimulationOptions,
  own: OwnRun,
  progress: Progress,
): Promise<Ran> {
  const { builds, head, powerUps, record } = await buildIsolated(options, own, progress)
  if (record !== null && options.identity !== undefined) checkPlan(record, options.identity)
  if (record === null) await removePath(join(options.folder, 'waves'))
  const { golden, at, startedAt } = own
  const plan = { powerUps, golden, at, startedAt: startedAt.toISOString() }
  const { results, red } = await runLayers(options, builds, plan, progress)
  const { built, seconds: buildSeconds } = builds
  return { head, record, results, red, replay: null, hidden: [], remarks: [], built, buildSeconds }
}

/** All layers in one run. */
async function runChained(options: OperatorSimulationOptions, own: OwnRun, progress: Progress): Promise<Ran> {
  const { loaded, evidence } = options
  const { layers, golden, at } = own
  const built = await buildChain(loaded, layers, at, progress)
  await removePath(join(options.folder, 'waves'))
  const plan = { loaded, golden, at, evidence, startedAt: own.startedAt.toISOString() }
  const chain = await runOwnChain(built, layers, plan, progress)
  const head = await describeHead(options, own, built.built.inputs)
  return { ...chain, head, record: null, built: [built], buildSeconds: built.buildSeconds }
}

/** `--prepare`: builds every model. @returns their keys, how many layers they are for, and what all shards will run; null without shards */
export async function prepareOperatorSimulation(
  options: OperatorSimulationOptions,
  progress: Progress,
): Promise<{
  readonly models: readonly string[]
  readonly layers: number
  readonly planned: Planned | null
}> {
  const own = await prepareRun(options, progress)
  if (own.isChained) {
    const { built } = await buildChain(options.loaded, own.layers, own.at, progress)
    return { models: [built.key], layers: own.layers.length, planned: null }
  }
  const { builds, head, record } = await buildIsolated(options, own, progress, true)
  const models = [...new Set(builds.built.map(({ built }) => built.key))]
  const layers = builds.built.length
  if (record === null) return { models, layers, planned: null }
  const { count, settings, plan } = record
  return { models, layers, planned: { head, plan: { count, settings, plan } } }
}

/** @param isWhole build what every shard needs */
async function buildIsolated(
  options: OperatorSimulationOptions,
  own: OwnRun,
  progress: Progress,
  isWhole = false,
) {
  const { loaded, shard, seeds } = options
  const { layers, at } = own
  const plan = shard === undefined ? null : planOwn(loaded, layers, seeds, shard)
  const powerUps: PowerUps = plan?.powerUps ?? new Map(layers.map((layer) => [layer, seeds ?? [null]]))
  const wanted = isWhole ? layers : [...powerUps.keys()]
  const builds = await buildLayers(loaded, wanted, layers, at, options.jobs, progress)
  const head = await describeHead(options, own, builds.inputs)
  const record = plan === null ? null : recordShard(plan, head, at)
  return { builds, head, powerUps, record }
}

/** Says how long the run waited for a surplus beat. */
function describeWatched(watched: readonly number[], isProgrammed: boolean): string {
  const [least, most] = [Math.min(...watched), Math.max(...watched)].map(formatCount)
  const cycles = least === most ? least : `${least} to ${most}`
  if (isProgrammed)
    return `When its program was done the module was watched for ${cycles} more cycles: it wrote nothing more.`
  return `After its last beat the module was watched for ${cycles} more cycles, longer than it was ever silent in the layer.`
}

function describeHidden(hidden: readonly LayerInfo[]): string {
  const [first] = hidden
  const others = hidden.length === 1 ? '' : ` and ${formatCount(hidden.length - 1)} more`
  return `Not compared: ${first!.name}${others}, whose place in memory a later layer takes.`
}
