/** Several random power-ups as one result: the worst speaks, whichever came first, and every red seed is named. */
import { describe, expect, test } from 'vitest'
import { type LayerResult, type PartStatus, statusOf } from '../../src/result/result.ts'
import { joinSeeds, markSeed } from '../../src/result/seeds.ts'
import { BOXES, makeLayer } from '../report/shard-reports.ts'

const evidence = { key: 'e'.repeat(64), provedAt: '2026-01-01T00:00:00.000Z', before: true }
const exact = makeLayer('a')
const OF: Readonly<Record<PartStatus, LayerResult>> = {
  exact,
  before: { ...exact, seconds: 8, evidence },
  differs: makeLayer('a', 3),
  failed: { ...exact, error: 'hung' },
  unsteady: { ...exact, unsteady: true },
  notRun: { ...exact, error: 'the run ended', notRun: true },
}

describe('one seed', () => {
  const told = (status: 'differs' | 'failed' | 'unsteady', mismatches = 0) => ({
    faults: [{ seed: 7, status, mismatches, kind: null, message: 'what it says' }],
  })
  test.each<[PartStatus, NonNullable<LayerResult['seeds']>]>([
    ['exact', { run: [7], red: [] }],
    ['before', { run: [7], red: [] }],
    ['differs', { run: [7], red: [7], ...told('differs', 3) }],
    ['failed', { run: [7], red: [7], ...told('failed') }],
    ['unsteady', { run: [7], red: [7], ...told('unsteady') }],
    ['notRun', { run: [], red: [] }],
  ])('%s', (status, seeds) => {
    expect(markSeed(OF[status], 7, () => 'what it says')).toEqual({ ...OF[status], seeds })
  })

  test('alone is its own result', () => {
    expect(joinSeeds([OF.failed])).toBe(OF.failed)
  })

  test('none is no result', () => {
    expect(() => joinSeeds([])).toThrow('Expected at least one result to join')
  })
})

describe('the worst of two speaks, in whichever order they ran', () => {
  test.each<[PartStatus, PartStatus]>([
    ['differs', 'failed'],
    ['differs', 'exact'],
    ['failed', 'notRun'],
    ['failed', 'before'],
    ['notRun', 'unsteady'],
    ['unsteady', 'exact'],
    ['unsteady', 'before'],
  ])('%s before %s', (worse, better) => {
    expect(statusOf(joinSeeds([OF[worse], OF[better]]))).toBe(worse)
    expect(statusOf(joinSeeds([OF[better], OF[worse]]))).toBe(worse)
  })
})

describe('seeds together', () => {
  const faultOf = (seed: number) => ({
    ...{ seed, status: 'differs', mismatches: 3, kind: null, message: `of ${seed}` },
  })

  test('are named in ascending order, the red ones again; their times add up', () => {
    const runs = [10, 9, 2].map((seed) => markSeed(seed === 9 ? exact : OF.differs, seed, () => `of ${seed}`))
    expect(joinSeeds(runs)).toEqual({
      ...OF.differs,
      seconds: 1.5,
      seeds: { run: [2, 9, 10], red: [2, 10], faults: [faultOf(2), faultOf(10)] },
    })
  })

  test('tell the faults of the first hundred, each in few letters', () => {
    const runs = Array.from({ length: 120 }, (_, seed) => markSeed(OF.differs, seed, () => 'x'.repeat(900)))
    const { seeds } = joinSeeds(runs)
    expect([seeds?.red.length, seeds?.faults?.length, seeds?.faults?.[99]?.seed]).toEqual([120, 100, 99])
    expect(seeds?.faults?.[0]?.message).toHaveLength(300)
  })

  test('of two that are as bad the first speaks', () => {
    const other = makeLayer('a', 5)
    expect(joinSeeds([OF.differs, other]).mismatches).toBe(3)
    expect(joinSeeds([other, OF.differs]).mismatches).toBe(5)
  })

  test('a part without seeds adds none', () => {
    expect(joinSeeds([BOXES, markSeed(BOXES, 4, () => '')])).toEqual({
      ...BOXES,
      seconds: 0.2,
      seeds: { run: [4], red: [] },
    })
  })

  test('all proved before: so is the part, and its time is that of its proofs', () => {
    expect(joinSeeds([OF.before, OF.before])).toEqual({
      ...OF.before,
      seconds: 16,
      seeds: { run: [], red: [] },
    })
  })

  test('one proved before and one that ran: the part ran, in the time of what ran', () => {
    const ran = { ...exact, evidence: { ...evidence, before: false } }
    for (const order of [
      [OF.before, ran],
      [ran, OF.before],
    ])
      expect(joinSeeds(order)).toMatchObject({ seconds: 0.5, evidence: { ...evidence, before: false } })
  })
})
