/** Joins the reports of shards into one. What no shard reports is red in it: a shard that died has proved nothing. */
import { InputError } from '../checkpoint/input-error.ts'
import type { Shape } from '../graph/types.ts'
import {
  type BoxesResult,
  boxesAreRed,
  isRed,
  type LayerResult,
  type NetworkNode,
  type PlannedLayer,
  type ShardRecord,
  type SimResult,
} from './result.ts'
import { joinSeeds } from './seeds.ts'

/** A report, and where it was read. */
export interface ShardReport {
  readonly path: string
  readonly result: SimResult
}

export interface Merged {
  readonly result: SimResult
  /** Indices of shards without a report. */
  readonly missing: readonly number[]
}

/** @throws InputError where a report is no shard's, two are of different inputs, or one came twice. */
export function mergeShards(reports: readonly ShardReport[]): Merged {
  const [first] = reports
  if (first === undefined) throw new InputError('there is no report to merge', 'assay merge')
  const shards = new Map<number, SimResult>()
  const common = shardOf(first)
  for (const report of reports) {
    const shard = shardOf(report)
    if (shard.inputs !== common.inputs || shard.count !== common.count)
      throw new InputError(
        `this shard was run on other inputs than ${first.path} (${describeDifference(first.result, report.result)})`,
        report.path,
        'Run all shards again on the same model, image, RTL and options.',
      )
    if (shards.has(shard.index))
      throw new InputError(`shard ${shard.index} of ${shard.count} is there twice`, report.path)
    shards.set(shard.index, report.result)
  }
  const missing = Array.from({ length: common.count }, (_, i) => i + 1).filter((index) => !shards.has(index))
  return { result: join(first.result, common, shards), missing }
}

function shardOf({ path, result }: ShardReport): ShardRecord {
  if (result.shard !== undefined) return result.shard
  throw new InputError('this is no report of a shard', path, 'Run `assay sim` with --shard i/n.')
}

function describeDifference(a: SimResult, b: SimResult): string {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['model', a.modelHash, b.modelHash],
    ['image', a.run.imageHash, b.run.imageHash],
    ['RTL', a.run.rtlHash, b.run.rtlHash],
    ['array', a.run.engine, b.run.engine],
    ['mode', a.mode, b.mode],
    ['number of shards', a.shard?.count, b.shard?.count],
    ['Verilator', a.run.verilator, b.run.verilator],
    ['version of assay', a.run.assay, b.run.assay],
  ]
  const differ = pairs.filter(([, x, y]) => JSON.stringify(x) !== JSON.stringify(y)).map(([what]) => what)
  return differ.length === 0 ? 'layers or options' : differ.join(', ')
}

function join(
  first: SimResult,
  { plan, count }: ShardRecord,
  shards: ReadonlyMap<number, SimResult>,
): SimResult {
  const why = (shard: number): string =>
    shards.has(shard)
      ? `not run: shard ${shard} of ${count} ended before it`
      : `not run: the report of shard ${shard} of ${count} is missing`
  const layers = joinLayers(first, plan, shards, why)
  const detect = plan.filter(({ kind }) => kind === 'boxes')
  const boxes = findBoxes([...new Set(detect.map(({ shard }) => shard))], shards, why)
  const parts = [...shards.values()]
  const sum = (value: (result: SimResult) => number): number =>
    parts.reduce((total, result) => total + value(result), 0)
  const total = (value: (layer: LayerResult) => number): number =>
    layers.reduce((all, layer) => all + value(layer), 0)
  const { shard: _shard, ...whole } = first
  return {
    ...whole,
    verdict: layers.some(isRed) || boxesAreRed(boxes) ? 'mismatch' : 'exact',
    layers,
    boxes,
    waveform: parts.find(({ waveform }) => waveform !== null)?.waveform ?? null,
    pictures: parts.flatMap(({ pictures }) => pictures),
    totals: {
      layers: layers.length,
      elements: total(({ elements }) => elements),
      mismatches: total(({ mismatches }) => mismatches) + (boxes?.mismatches ?? 0),
      cycles: sum(({ totals }) => totals.cycles),
      macs: total(({ macs }) => macs),
      buildSeconds: Math.max(...parts.map(({ totals }) => totals.buildSeconds)),
      simSeconds: sum(({ totals }) => totals.simSeconds),
    },
  }
}

/** A layer of the plan with what every shard says of it; where one says nothing, it is red. */
function joinLayers(
  { network }: SimResult,
  plan: readonly PlannedLayer[],
  shards: ReadonlyMap<number, SimResult>,
  why: (shard: number) => string,
): readonly LayerResult[] {
  const names = [...new Set(plan.flatMap(({ kind, name }) => (kind === 'layer' ? [name] : [])))]
  return names.map((name): LayerResult => {
    const parts: LayerResult[] = []
    for (const shard of new Set(plan.flatMap((item) => (item.name === name ? [item.shard] : [])))) {
      const layer = shards.get(shard)?.layers.find((own) => own.name === name)
      const seeds = plan.flatMap((item) =>
        item.name === name && item.shard === shard && item.seed !== undefined ? [item.seed] : [],
      )
      const ran = new Set(layer?.seeds?.run)
      if (layer === undefined || seeds.some((seed) => !ran.has(seed) && layer.error === null))
        return missingLayer(name, network, why(shard))
      parts.push(layer)
    }
    return parts.length === 1 ? parts[0]! : joinSeeds(parts)
  })
}

/** Boxes that were planned and are not there are red; of several seeds the first red ones speak. */
function findBoxes(
  planned: readonly number[],
  shards: ReadonlyMap<number, SimResult>,
  why: (shard: number) => string,
): BoxesResult | null {
  const found = planned.map((shard) => shards.get(shard)?.boxes ?? missingBoxes(why(shard)))
  return found.find(boxesAreRed) ?? found[0] ?? null
}

const missingBoxes = (error: string): BoxesResult => ({
  ...{ expected: 0, actual: 0, mismatches: 1, first: null, cycles: 0, seconds: 0, candidates: 0 },
  error,
})

function missingLayer(name: string, network: readonly NetworkNode[], error: string): LayerResult {
  // A copy has its source's name before the arrow.
  const node = network.find((candidate) => candidate.name === name.split('>')[0])
  const shape: Shape = node?.shape ?? [0, 0, 0]
  const elements = shape[0] * shape[1] * shape[2]
  return {
    name,
    op: name.includes('>') ? 'upsample' : (node?.op ?? 'unknown'),
    shape,
    elements,
    mismatches: elements,
    first: null,
    stray: 0,
    repeated: 0,
    cycles: 0,
    macs: 0,
    seconds: 0,
    error,
    kind: null,
    errorMap: null,
    histogram: null,
  }
}
