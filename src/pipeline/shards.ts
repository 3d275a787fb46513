/** Which shard runs which layer from which seed, and what shards must agree on before they are joined. */
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

/** An instruction, and the seed that it runs with; null without seeds. */
interface Item {
  readonly pc: number
  readonly seed: number | null
}

const listItems = ({ chosen, options }: SimulationBench): readonly Item[] =>
  (options.seeds ?? [null]).flatMap((seed) => chosen.map((pc) => ({ pc, seed })))

/** The work of each shard follows from the program and the seeds alone, so that every shard makes the same plan. */
export function planShards(bench: SimulationBench, { index, count }: Shard): ShardRecord {
  const { roms, options, record } = bench
  const items = listItems(bench)
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
  const { assay, verilator, rtlHash, imageHash, engine } = record
  const common = [assay, verilator, rtlHash, imageHash, engine]
  const inputs = sha256(JSON.stringify([common, options.modelHash, options.mode, options.nms, plan]))
  return { index, count, inputs, plan }
}

/** The instructions of one shard from one seed, in the order of the program. */
export function chooseShard(bench: SimulationBench, shard: Shard, seed: number | null): readonly number[] {
  const { plan } = planShards(bench, shard)
  return listItems(bench).flatMap((item, at) =>
    item.seed === seed && plan[at]!.shard === shard.index ? [item.pc] : [],
  )
}
