/** This file plans which shard runs which layer from which seed, and records what shards must agree on before they are joined. */
import { profileName } from '../../golden/code-range.ts'
import { InputError } from '../../input/input-error.ts'
import { defaultSeed, type Environment } from '../../process/environment.ts'
import { type PlanHead, planIdentity } from '../../result/plan-identity.ts'
import type { ShardRecord } from '../../result/record.ts'
import type { SimulationBench } from '../bench/bench.ts'
import type { Simulator } from '../bench/icarus-budget.ts'
import { estimateCycles } from '../bench/schedule.ts'
import { assignShards, checkShardCount, type Shard } from '../bench/shard.ts'
import type { NmsChoice } from '../model/engine-choice.ts'
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

/** What a shard may get: a layer or the boxes, from one seed or from none. */
export interface ShardItem {
  readonly name: string
  readonly kind: 'layer' | 'boxes'
  readonly seed: number | null
  /** Compared with the others'. */
  readonly cost: number
}

/**
 * Plans the work of each shard from the items alone, so that every shard makes the same plan.
 * @throws InputError if there are more shards than items.
 */
export function planItems(
  items: readonly ShardItem[],
  { index, count }: Shard,
  settings: ShardRecord['settings'],
  head: PlanHead,
): ShardRecord {
  checkShardCount(items.length, { index, count })
  const shards = assignShards(
    items.map(({ cost }) => cost),
    count,
  )
  const plan = items.map(({ name, kind, seed }, at) => ({
    name,
    shard: shards[at]!,
    kind,
    seed: seed ?? undefined,
  }))
  const inputs = planIdentity(head, { count, settings, plan })
  return { index, count, inputs, settings, plan }
}

/** Plans the shards of a run of the detector. @throws InputError if there are more shards than layers and seeds. */
export function planShards(bench: Planned, shard: Shard): ShardRecord {
  const { roms, model, rtl, environment, record } = bench
  const items = listItems(bench).map(({ pc, seed }) => {
    const step = roms.steps[pc]!
    const kind = step.writes === null ? ('boxes' as const) : ('layer' as const)
    return { name: step.name, kind, seed, cost: estimateCycles(step, roms) }
  })
  const settings = describeSettings(rtl.simulator, environment, rtl.nms)
  return planItems(items, shard, settings, {
    modelHash: model.hash,
    profile: profileName(model.graph),
    mode: bench.plan.mode,
    run: record,
  })
}

/** Options that decide what a shard finds. */
export const describeSettings = (
  simulator: Simulator = 'verilator',
  environment: Environment,
  { confidence, iou, maxDetections, multiLabel }: NmsChoice,
): ShardRecord['settings'] => ({
  simulator,
  seed: defaultSeed(environment),
  nms: { confidence, iou, maxDetections, multiLabel },
})

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
