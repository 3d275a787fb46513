/** A shard is one part of a run that is split into many, such as `2/8`. */
import { InputError } from '../../input/input-error.ts'

const MOST_SHARDS = 10_000

/** Parses a shard such as `2/8`. @throws InputError on anything else. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text)
  const [index, count] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || index < 1 || index > count || count > MOST_SHARDS)
    throw new InputError(`expected i/n with i from 1 to n, such as 2/8, got ${text}`, '--shard')
  return { index, count }
}

/** @throws InputError if there are more shards than items, because a shard that runs nothing proves nothing. */
export function checkShardCount(items: number, { count }: Shard): void {
  if (count > items)
    throw new InputError(
      `${count} shards for ${items} layers and seeds: some would have nothing to run`,
      '--shard',
      `Choose at most ${items}.`,
    )
}

/** One of `count` shards; the first has index 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/**
 * Returns the shard of each item, by index. The largest item left goes to the shard with the least work, the first of several. The same
 * costs always give the same shards.
 */
export function assignShards(costs: readonly number[], count: number): readonly number[] {
  const loads = new Array<number>(count).fill(0)
  const shards = new Array<number>(costs.length).fill(0)
  const order = costs.map((_, index) => index).sort((a, b) => costs[b]! - costs[a]! || a - b)
  for (const item of order) {
    const least = loads.indexOf(Math.min(...loads))
    shards[item] = least + 1
    loads[least]! += costs[item]! + 1
  }
  return shards
}
