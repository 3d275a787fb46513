/** This file shares out the layers of the user's module among shards, each from its seeds. */
import type { LayerInfo } from '../../operator/types.ts'
import type { RunHead, ShardRecord } from '../../result/record.ts'
import { sha256 } from '../../store/hash.ts'
import { assignShards, checkShardCount, type Shard } from '../bench/shard.ts'
import { DEFAULT_NMS } from '../model/engine-choice.ts'
import { describeSettings, planItems, type ShardItem } from '../sim/shards.ts'
import { type LoadedConfig, settleLayer } from './config.ts'
import { describeValue } from './key.ts'
import type { OwnBench } from './open.ts'
import { isLayerError } from './result.ts'

/** Seeds from which each layer runs, in the order of the network; null for a run without seeds. */
export type PowerUps = ReadonlyMap<LayerInfo, readonly (number | null)[]>

/** What all shards run together. */
export interface OwnPlan {
  readonly shard: Shard
  readonly items: readonly ShardItem[]
  /** What this shard runs. */
  readonly powerUps: PowerUps
  /** SHA-256 of the configuration as it is for each layer. */
  readonly module: string
}

/** @throws InputError if there are more shards than layers and seeds. */
export function planOwn(
  loaded: LoadedConfig,
  layers: readonly LayerInfo[],
  seeds: readonly number[] | undefined,
  shard: Shard,
): OwnPlan {
  const all = (seeds ?? [null]).flatMap((seed) => layers.map((layer) => ({ layer, seed })))
  checkShardCount(all.length, shard)
  const items = all.map(({ layer, seed }) => {
    const { name, macs, node } = layer
    return { name, kind: 'layer' as const, seed, cost: macs + node.shape[0] * node.shape[1] * node.shape[2] }
  })
  const shards = assignShards(
    items.map(({ cost }) => cost),
    shard.count,
  )
  const own = all.filter((_, index) => shards[index] === shard.index)
  const powerUps = new Map(
    layers.flatMap((layer) => {
      const from = own.flatMap((each) => (each.layer === layer ? [each.seed] : []))
      return from.length === 0 ? [] : [[layer, from] as const]
    }),
  )
  const configs = layers.map((layer) => describeConfig(loaded, layer))
  return { shard, items, powerUps, module: sha256(JSON.stringify(configs, describeValue)) }
}

/** A layer that the configuration does not fit fails alone, in whichever shard. */
function describeConfig(loaded: LoadedConfig, layer: LayerInfo): unknown {
  try {
    return settleLayer(loaded, layer).config
  } catch (error) {
    if (!isLayerError(error)) throw error
    return error.message
  }
}

/** The record of a shard, which names the whole plan. */
export function recordShard(
  { shard, items, module }: OwnPlan,
  head: RunHead,
  { simulator, environment }: Pick<OwnBench, 'simulator' | 'environment'>,
): ShardRecord {
  const settings = { ...describeSettings(simulator, environment, DEFAULT_NMS), module }
  return planItems(items, shard, settings, head)
}
