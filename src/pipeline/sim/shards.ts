/** This file plans which shard runs which layer from which seed, and records what shards must agree on before they are joined. */
import { InputError } from '../../input/input-error.ts'
import { defaultSeed } from '../../process/environment.ts'
import { planIdentity } from '../../result/plan-identity.ts'
import type { ShardRecord } from '../../result/record.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { estimateCycles } from '../bench/schedule.ts'
import { assignShards, checkShardCount, type Shard } from '../bench/shard.ts'
import type { PowerUpPlan } from '../proof/changed-layers.ts'

type Planned = Pick<SimulationBench, 'roms' | 'chosen' | 'record' | 'model' | 'rtl' | 'plan' | 'environment'>

/** An instruction, and the seed that it runs with; null without seeds. */
interface Item {
  readonly pc: number
  readonly seed: number | null
}

function listItems({ chosen, plan }: Planned): readonly Item[] {
  const seeds = plan.mode === 'isolated' ? plan.seeds : undefined
  return (seeds ?? [null]).flatMap((seed) => chosen.map((pc) => ({ pc, seed })))
}

/**
 * Plans the work of each shard from the program and the seeds alone, so that every shard makes the same plan.
 * @throws InputError if there are more shards than layers and seeds.
 */
export function planShards(bench: Planned, shard: Shard): ShardRecord {
  const { roms, model, rtl, environment, record } = bench
  const { index, count } = shard
  const items = listItems(bench)
  checkShardCount(items.length, shard)
  const shards = assignShards(
    items.map(({ pc }) => estimateCycles(roms.steps[pc]!, roms)),
    count,
  )
  const plan = items.map(({ pc, seed }, at) => ({
    name: roms.steps[pc]!.name,
    shard: shards[at]!,
    kind: roms.steps[pc]!.writes === null ? ('boxes' as const) : ('layer' as const),
    seed: seed ?? undefined,
  }))
  const { confidence, iou, maxDetections, multiLabel } = rtl.nms
  const nms = { confidence, iou, maxDetections, multiLabel }
  const settings = {
    simulator: rtl.simulator ?? 'verilator',
    seed: defaultSeed(environment),
    nms,
  }
  const head = { modelHash: model.hash, mode: bench.plan.mode, run: record }
  const inputs = planIdentity(head, { count, settings, plan })
  return { index, count, inputs, settings, plan }
}

/** @throws InputError if this shard does not belong to the plan with this identity. */
export function checkPlan({ inputs }: ShardRecord, planned: string): void {
  if (inputs === planned) return
  throw new InputError(
    'model, image, RTL, options or versions are not those of the plan',
    '--plan-identity',
    'Plan again with `assay farm --plan`, then run all shards.',
  )
}

/** What a run simulates, from one power-up after another: the layers of its shard, or all that were chosen. */
export function planPowerUps(
  bench: Planned,
  { shard, seeds = [null] as const }: Choice,
): readonly PowerUpPlan[] {
  if (shard === undefined) return seeds.map((seed) => ({ seed, chosen: bench.chosen }))
  const { plan } = planShards(bench, shard)
  const own = new Map<number | null, number[]>()
  for (const [at, { pc, seed }] of listItems(bench).entries())
    if (plan[at]!.shard === shard.index) own.set(seed, [...(own.get(seed) ?? []), pc])
  return [...own].map(([seed, chosen]) => ({ seed, chosen }))
}

type Choice = { readonly shard?: Shard | undefined; readonly seeds?: readonly (number | null)[] | undefined }
