import { describe, expect, test } from 'vitest'
import type { SimulationBench } from '../../../src/pipeline/bench/bench.ts'
import { estimateCycles, orderLayers } from '../../../src/pipeline/bench/schedule.ts'
import type { Shard } from '../../../src/pipeline/bench/shard.ts'
import { assignShards, parseShard } from '../../../src/pipeline/bench/shard.ts'
import { chooseNms } from '../../../src/pipeline/model/engine-choice.ts'
import { parseSeeds } from '../../../src/pipeline/sim/seeds.ts'
import { planPowerUps, planShards } from '../../../src/pipeline/sim/shards.ts'
import { emitRoms } from '../../../src/rom/emit.ts'
import { DEFAULT_ENGINE } from '../../../src/rom/parameters.ts'
import { prepareDefault } from '../prepared.ts'
import { smallOptions } from '../small-network.ts'

/** What a shard runs from one seed. */
const chooseShard = (bench: SimulationBench, shard: Shard, seed: number | null): readonly number[] =>
  planPowerUps(bench, { ...bench.plan, shard }).find((each) => each.seed === seed)?.chosen ?? []

const { prepared } = await prepareDefault()
const engine = { ...DEFAULT_ENGINE, tableBits: 10 }
const roms = emitRoms(prepared.integer, engine, 1, chooseNms(prepared.integer, engine))
const all = roms.steps.map((_, pc) => pc)

describe('the order', () => {
  test('failed layers first, then the slowest; every layer once', () => {
    const order = orderLayers(all, roms, new Set(['model.9.m@1', 'model.22']))
    expect([...order].sort((a, b) => a - b)).toEqual(all)
    expect(
      order
        .slice(0, 2)
        .map((pc) => roms.steps[pc]!.name)
        .sort(),
    ).toEqual(['model.22', 'model.9.m@1'])
    const rest = order.slice(2).map((pc) => estimateCycles(roms.steps[pc]!, roms))
    expect(rest).toEqual([...rest].sort((a, b) => b - a))
  })
})

describe('shards', () => {
  test.each([1, 2, 3, 7, 200])(
    '%i of them take every layer exactly once, and the same ones again',
    (count) => {
      const costs = all.map((pc) => estimateCycles(roms.steps[pc]!, roms))
      const shards = assignShards(costs, count)
      expect(shards).toHaveLength(costs.length)
      expect(shards.every((shard) => shard >= 1 && shard <= count)).toBe(true)
      expect(assignShards(costs, count)).toEqual(shards)
    },
  )

  test('are about as long as each other', () => {
    const costs = [100, 1, 1, 1, 50, 50, 1]
    const loads = [0, 0]
    for (const [item, shard] of assignShards(costs, 2).entries()) loads[shard - 1]! += costs[item]!
    expect(Math.abs(loads[0]! - loads[1]!)).toBeLessThanOrEqual(2)
  })

  test.each([1, 3, 8])('%i of them take every layer from every seed exactly once', (count) => {
    const engine = { inputLanes: 16 }
    const record = { assay: '1', verilator: '5', rtlHash: 'r', imageHash: 'i', engine }
    const seeds = [3, 5, 9]
    const options = smallOptions({ seeds })
    const bench = { ...options, roms, chosen: all, record } as unknown as SimulationBench
    const done = Array.from({ length: count }, (_, i) => ({ index: i + 1, count })).flatMap((shard) =>
      seeds.flatMap((seed) => chooseShard(bench, shard, seed).map((pc) => `${pc} ${seed}`)),
    )
    expect(done.toSorted()).toEqual(all.flatMap((pc) => seeds.map((seed) => `${pc} ${seed}`)).sort())
    const [first, last] = [1, count].map((index) => planShards(bench, { index, count }))
    expect([first!.plan, first!.inputs]).toEqual([last!.plan, last!.inputs])
    const other = { ...bench, plan: smallOptions({ seeds: [3, 5, 8] }).plan }
    expect(planShards(other, { index: 1, count }).inputs).not.toBe(first!.inputs)
  })

  test.each(['', '0/2', '3/2', '1', 'a/b', '1/2/3', '-1/2', '1/100000'])('"%s" is none', (text) => {
    expect(() => parseShard(text)).toThrow(/--shard/)
  })
})

describe('seeds', () => {
  test.each([
    ['1..4', [1, 2, 3, 4]],
    ['7', [7]],
    ['9,1,5,1', [1, 5, 9]],
    ['4,1..3,2..4,9', [1, 2, 3, 4, 9]],
    ['5..5', [5]],
    ['0,2147483647', [0, 2147483647]],
  ])('%s', (text, seeds) => {
    expect(parseSeeds(text)).toEqual(seeds)
  })

  test.each([
    '',
    '4..1',
    'a',
    '1..',
    '-1',
    '0..10000',
    '1,2147483648',
    '1.5',
    '1,',
    ',1',
    '1..2..3',
    '1, 2',
    '0..9999,10000',
  ])('"%s" are none', (text) => {
    expect(() => parseSeeds(text)).toThrow(/--seeds: expected seeds such as 1\.\.4/)
  })
})
