import { describe, expect, test } from 'vitest'
import { chooseNms } from '../../src/pipeline/engine-choice.ts'
import { assignShards, estimateCycles, orderLayers } from '../../src/pipeline/schedule.ts'
import { parseShard } from '../../src/pipeline/shards.ts'
import { emitRoms } from '../../src/rom/emit.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { prepareDefault } from './prepared.ts'

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

  test.each(['', '0/2', '3/2', '1', 'a/b', '1/2/3', '-1/2', '1/100000'])('"%s" is none', (text) => {
    expect(() => parseShard(text)).toThrow(/--shard/)
  })
})
