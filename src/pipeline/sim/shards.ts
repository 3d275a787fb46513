/** Which shard runs which layer from which seed, and what shards must agree on before they are joined. */
import { InputError } from '../../input/input-error.ts'
import { defaultSeed } from '../../process/environment.ts'
import { planIdentity } from '../../result/plan-identity.ts'
import type { ShardRecord } from '../../result/result.ts'
import { assignShards, estimateCycles, type Shard } from '../bench/schedule.ts'
import type { SimulationBench } from './simulation.ts'

const MOST_SHARDS = 10_000

/** `2/8`. @throws InputError on anything else. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text)
  const [index, count] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || index < 1 || index > count || count > MOST_SHARDS)
    throw new InputError(`expected i/n with i from 1 to n, such as 2/8, got ${text}`, '--shard')
  return { index, count }
}

/** An instruction, and the seed that it runs with; null without seeds. */
interface Item {
  readonly pc: number
  readonly seed: number | null
}

const listItems = ({ chosen, options }: SimulationBench): readonly Item[] =>
  (options.seeds ?? [null]).flatMap((seed) => chosen.map((pc) => ({ pc, seed })))

/** @throws InputError where there are more shards than things to do: a shard that runs nothing proves nothing. */
export function checkShardCount(items: number, { count }: Shard): void {
  if (count > items)
    throw new InputError(
      `${count} shards for ${items} layers and seeds: some would have nothing to run`,
      '--shard',
      `Choose at most ${items}.`,
    )
}

/**
 * The work of each shard follows from the program and the seeds alone, so that every shard makes the same plan.
 * @throws InputError as `checkShardCount` does.
 */
export function planShards(bench: SimulationBench, shard: Shard): ShardRecord {
  const { roms, options, record } = bench
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
    ...(seed === null ? {} : { seed }),
  }))
  const { confidence, iou, maxDetections, multiLabel } = options.nms
  const nms = { confidence, iou, maxDetections, multiLabel }
  const settings = { simulator: options.simulator ?? 'verilator', seed: defaultSeed(), nms }
  const { modelHash, mode } = options
  const inputs = planIdentity({ modelHash, mode, run: record }, { count, settings, plan })
  return { index, count, inputs, settings, plan }
}

/** @throws InputError where this shard is not one of the plan with this identity. */
export function checkPlan({ inputs }: ShardRecord, planned: string): void {
  if (inputs === planned) return
  throw new InputError(
    'model, image, RTL, options or versions are not those of the plan',
    '--plan-identity',
    'Plan again with `assay farm --plan`, then run all shards.',
  )
}

/** The instructions of one shard from one seed, in the order of the program. */
export function chooseShard(bench: SimulationBench, shard: Shard, seed: number | null): readonly number[] {
  const { plan } = planShards(bench, shard)
  return listItems(bench).flatMap((item, at) =>
    item.seed === seed && plan[at]!.shard === shard.index ? [item.pc] : [],
  )
}
