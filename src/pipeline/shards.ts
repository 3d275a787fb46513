/** Which shard runs which layer, and what shards must agree on before they are joined. */
import { InputError } from '../checkpoint/input-error.ts'
import type { ShardRecord } from '../report/result.ts'
import { sha256 } from './files.ts'
import { assignShards, estimateCycles, type Shard } from './schedule.ts'
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

/** The instructions of each shard follow from the program alone, so that every shard makes the same plan. */
export function planShards(bench: SimulationBench, { index, count }: Shard): ShardRecord {
  const { roms, chosen, options, record } = bench
  const shards = assignShards(
    chosen.map((pc) => estimateCycles(roms.steps[pc]!, roms)),
    count,
  )
  const plan = chosen.map((pc, at) => ({
    name: roms.steps[pc]!.name,
    shard: shards[at]!,
    kind: roms.steps[pc]!.writes === null ? ('boxes' as const) : ('layer' as const),
  }))
  const { assay, verilator, rtlHash, imageHash, engine } = record
  const common = [assay, verilator, rtlHash, imageHash, engine]
  const inputs = sha256(JSON.stringify([common, options.modelHash, options.mode, options.nms, plan]))
  return { index, count, inputs, plan }
}

/** Instructions of one shard, in the order of the program. */
export function chooseShard(bench: SimulationBench, shard: Shard): readonly number[] {
  const { plan } = planShards(bench, shard)
  return bench.chosen.filter((_, at) => plan[at]!.shard === shard.index)
}
