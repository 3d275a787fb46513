/** Shards that run several parts and several seeds: each result goes to its own part, and what was not run is red. */
import { describe, expect, test } from 'vitest'
import { mergeShards } from '../../src/result/merge.ts'
import type { Plan } from '../../src/result/record.ts'
import { statusOf } from '../../src/result/result.ts'
import { joinSeeds } from '../../src/result/seeds.ts'
import { BOXES, HEAD, makeLayer, makeReport, PLAN, withSeed } from '../report/shard-reports.ts'

/** Shard 1 runs two layers, shard 2 a layer and the boxes. */
const TWO: Plan = {
  ...PLAN,
  count: 2,
  plan: [
    { name: 'a', shard: 1, kind: 'layer' },
    { name: 'b', shard: 1, kind: 'layer' },
    { name: 'a>c', shard: 2, kind: 'layer' },
    { name: 'head', shard: 2, kind: 'boxes' },
  ],
}
const shard2 = makeReport(2, [makeLayer('a>c')], BOXES, TWO)
const statuses = (plan: Plan, ...reports: Parameters<typeof mergeShards>[0]) => {
  const { result } = mergeShards(reports, { path: 'manifest.json', head: HEAD, plan })
  const of = (name: string) => statusOf(result.layers.find((layer) => layer.name === name)!)
  const boxes = result.boxes === null ? null : statusOf(result.boxes)
  return { verdict: result.verdict, a: of('a'), b: of('b'), boxes }
}

describe('a shard of two layers', () => {
  test.each([
    { red: 'the first', mismatches: [2, 0], a: 'differs', b: 'exact' },
    { red: 'the second', mismatches: [0, 2], a: 'exact', b: 'differs' },
  ] as const)('$red is red, and only it', ({ mismatches, a, b }) => {
    const layers = [makeLayer('a', mismatches[0]), makeLayer('b', mismatches[1])]
    expect(statuses(TWO, makeReport(1, layers, null, TWO), shard2)).toEqual({
      ...{ verdict: 'mismatch', a, b },
      boxes: 'exact',
    })
  })

  test('that ended after the first has no second', () => {
    expect(statuses(TWO, makeReport(1, [makeLayer('a')], null, TWO), shard2)).toEqual({
      ...{ verdict: 'mismatch', a: 'exact', b: 'notRun' },
      boxes: 'exact',
    })
  })

  test('a shard may run the boxes alone, and they may be called as a layer is', () => {
    const plan: Plan = {
      ...TWO,
      plan: [
        { name: 'a', shard: 1, kind: 'layer' },
        { name: 'a', shard: 2, kind: 'boxes' },
      ],
    }
    const reports = [makeReport(1, [makeLayer('a')], null, plan), makeReport(2, [], BOXES, plan)]
    expect(mergeShards(reports).result).toMatchObject({
      verdict: 'exact',
      counts: { exact: 2 },
      boxes: BOXES,
    })
  })

  test('a layer or boxes that another shard was to run do not count', () => {
    const early = makeReport(1, [makeLayer('a'), makeLayer('b'), makeLayer('a>c')], BOXES, TWO)
    const { result } = mergeShards([early, makeReport(2, [], null, TWO)])
    expect(result.layers.map(statusOf)).toEqual(['exact', 'exact', 'notRun'])
    expect(statusOf(result.boxes!)).toBe('notRun')
  })
})

/** Shard 1 runs `a` from seeds 1 and 2, shard 2 from seed 3; `b` and the boxes have two seeds in shard 2. */
const SEEDS: Plan = {
  ...PLAN,
  count: 2,
  plan: [
    ...[1, 2].map((seed) => ({ name: 'a', shard: 1, kind: 'layer' as const, seed })),
    { name: 'a', shard: 2, kind: 'layer', seed: 3 },
    ...[4, 5].map((seed) => ({ name: 'b', shard: 2, kind: 'layer' as const, seed })),
    ...[4, 5].map((seed) => ({ name: 'head', shard: 2, kind: 'boxes' as const, seed })),
  ],
}
const a = makeLayer('a')
const b = makeLayer('b')
const from = <Part extends typeof a | typeof BOXES>(part: Part, ...seeds: readonly number[]): Part =>
  joinSeeds(seeds.map((seed) => withSeed(part, seed)))
const one = makeReport(1, [from(a, 1, 2)], null, SEEDS)
const two = makeReport(2, [from(a, 3), from(b, 4, 5)], from(BOXES, 4, 5), SEEDS)

describe('a shard of several seeds', () => {
  test('all that were planned: exact, and each is named', () => {
    const { result } = mergeShards([one, two])
    expect(result.verdict).toBe('exact')
    expect(result.layers.map(({ seeds }) => seeds)).toEqual([
      { run: [1, 2, 3], red: [] },
      { run: [4, 5], red: [] },
    ])
    expect(result.boxes!.seeds).toEqual({ run: [4, 5], red: [] })
  })

  test.each([
    { ran: 'one of two', report: makeReport(1, [from(a, 1)], null, SEEDS) },
    { ran: 'one of two, and one of another shard', report: makeReport(1, [from(a, 1, 3)], null, SEEDS) },
    { ran: 'one that nobody planned', report: makeReport(1, [from(a, 7, 8)], null, SEEDS) },
    { ran: 'none that it names', report: makeReport(1, [a], null, SEEDS) },
  ])('$ran: the layer is red', ({ report }) => {
    expect(statuses(SEEDS, report, two)).toEqual({
      ...{ verdict: 'mismatch', a: 'notRun', b: 'exact' },
      boxes: 'exact',
    })
  })

  test('a seed that was not planned is not named', () => {
    const { result } = mergeShards([makeReport(1, [from(a, 1, 2, 9)], null, SEEDS), two])
    expect(result).toMatchObject({ verdict: 'exact', layers: [{ seeds: { run: [1, 2, 3] } }, {}] })
  })

  test('a seed of the boxes that was not run is red', () => {
    const report = makeReport(2, [from(a, 3), from(b, 4, 5)], from(BOXES, 4), SEEDS)
    expect(statuses(SEEDS, one, report)).toEqual({
      ...{ verdict: 'mismatch', a: 'exact', b: 'exact' },
      boxes: 'notRun',
    })
  })

  test('red from one of two: the layer is red, and the seed is named', () => {
    const red = joinSeeds([withSeed(a, 1), withSeed(makeLayer('a', 3), 2)])
    const { result } = mergeShards([makeReport(1, [red], null, SEEDS), two])
    expect(result).toMatchObject({
      verdict: 'mismatch',
      layers: [{ mismatches: 3, seeds: { run: [1, 2, 3], red: [2] } }, { seeds: { red: [] } }],
    })
  })
})

describe('what no shard reports', () => {
  const error = 'not run: the report of shard 1 of 2 is missing'
  const merge = () => mergeShards([], { path: 'manifest.json', head: HEAD, plan: TWO })

  test('a layer: all of its elements are wrong, and nothing is claimed of it', () => {
    const { result, missing } = merge()
    expect(missing).toEqual([1, 2])
    const blank = {
      ...{ shape: [2, 3, 4], elements: 24, mismatches: 24, first: null, stray: 0, repeated: 0 },
      ...{ cycles: 0, macs: 0, seconds: 0, kind: null, errorMap: null, histogram: null, notRun: true },
    }
    expect(result.layers[0]).toEqual({ ...blank, name: 'a', op: 'conv', error })
    expect(result.layers[2]).toEqual({
      ...{ ...blank, name: 'a>c', op: 'upsample' },
      error: error.replace('shard 1', 'shard 2'),
    })
  })

  test('the boxes: one difference, and no box', () => {
    expect(merge().result.boxes).toEqual({
      ...{ expected: 0, actual: 0, mismatches: 1, first: null, candidates: 0, cycles: 0, seconds: 0 },
      ...{ notRun: true, error: error.replace('shard 1', 'shard 2') },
    })
  })

  test('a copy has the shape of what is before the arrow', () => {
    const head = { ...HEAD, network: [{ name: 'node', op: 'conv', shape: [5, 6, 7] as const, inputs: [] }] }
    const plan: Plan = { ...TWO, plan: [{ name: 'node>copy', shard: 1, kind: 'layer' }] }
    const { layers } = mergeShards([], { path: 'm', head, plan }).result
    expect(layers).toMatchObject([{ op: 'upsample', shape: [5, 6, 7], elements: 210 }])
  })

  test('a layer that the network does not have counts as one element', () => {
    const plan: Plan = { ...TWO, plan: [{ name: 'x', shard: 1, kind: 'layer' }] }
    const { layers, boxes } = mergeShards([], { path: 'm', head: HEAD, plan }).result
    expect(layers).toMatchObject([{ name: 'x', op: 'unknown', shape: [1, 1, 1], elements: 1, mismatches: 1 }])
    expect(boxes).toBeNull()
  })
})

test('what belongs to the whole comes from where it is: head, pictures, waveform and the longest build', () => {
  const wave = { layer: 'b', file: 'w.fst', save: 'w.gtkw', fromCycle: 1, cycle: 2, toCycle: 3 }
  const first = makeReport(1, [a, b], null, TWO)
  const reports = [
    { path: first.path, result: { ...first.result, pictures: ['x.png', 'y.png'] } },
    { path: shard2.path, result: { ...shard2.result, pictures: ['y.png', 'z.png'], waveform: wave } },
  ]
  expect(mergeShards(reports).result).toEqual({
    ...HEAD,
    ...{ verdict: 'exact', layers: [a, b, makeLayer('a>c')], boxes: BOXES, replay: null },
    counts: { exact: 4, before: 0, differs: 0, failed: 0, unsteady: 0, notRun: 0 },
    ...{ waveform: wave, pictures: ['x.png', 'y.png', 'z.png'] },
    totals: {
      ...{ layers: 3, elements: 72, mismatches: 0, cycles: 307, macs: 30 },
      ...{ buildSeconds: 2, simSeconds: 1.6 },
    },
  })
})
