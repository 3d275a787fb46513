/** Shards joined: what is missing is red, what does not belong together or contradicts itself is refused. */
import { describe, expect, test } from 'vitest'
import { renderSimResult } from '../../src/report/terminal.ts'
import { mergeShards, type ShardReport } from '../../src/result/merge.ts'
import type { RunHead } from '../../src/result/record.ts'
import type { SimResult } from '../../src/result/result.ts'
import { BOXES, HEAD, makeLayer, makeReport, PLAN, SEEDED, withSeed } from '../report/shard-reports.ts'

const one = makeReport(1, [makeLayer('a')])
const two = makeReport(2, [makeLayer('b')], BOXES)
const three = makeReport(3, [makeLayer('a>c')])
const say = (result: SimResult): string => renderSimResult(result, (_, line) => line)

describe('merge', () => {
  test('all shards, in any order, are the whole run', () => {
    const { result, missing } = mergeShards([three, one, two])
    expect(missing).toEqual([])
    expect(result).toMatchObject({ verdict: 'exact', boxes: { expected: 2 }, counts: { exact: 4 } })
    expect(result.shard).toBeUndefined()
    expect(result.layers.map(({ name }) => name)).toEqual(['a', 'b', 'a>c'])
    expect(result.totals).toEqual({
      ...{ layers: 3, elements: 72, mismatches: 0, cycles: 307, macs: 30, buildSeconds: 3, simSeconds: 1.6 },
    })
  })

  test('a red layer stays red', () => {
    expect(mergeShards([one, two, makeReport(3, [makeLayer('a>c', 2)])]).result.verdict).toBe('mismatch')
  })

  test('a missing shard is never a pass: its layers and the boxes are red, and named', () => {
    const { result, missing } = mergeShards([one, three])
    expect(missing).toEqual([2])
    expect(result).toMatchObject({ verdict: 'mismatch', counts: { exact: 2, notRun: 2 } })
    expect(result.layers[1]).toMatchObject({ name: 'b', mismatches: 24, shape: [2, 3, 4] })
    expect(result.layers[1]!.error).toBe('not run: the report of shard 2 of 3 is missing')
    expect(result.boxes!.error).toMatch(/shard 2 of 3 is missing/)
    const text = say(result)
    expect(text).toMatch(/NOT RUN/)
    expect(text).not.toMatch(/DIFFERS|FAILED/)
    expect(text).toMatch(/^Not proved: 1 of 3 layers did not run, the boxes did not run, first b;/m)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('of a plan that nobody ran, everything is red', () => {
    const { result, missing } = mergeShards([], { path: 'manifest.json', head: HEAD, plan: PLAN })
    expect(missing).toEqual([1, 2, 3])
    expect(result).toMatchObject({ verdict: 'mismatch', model: 'm.pt', counts: { exact: 0, notRun: 4 } })
  })

  test('a shard that ended early lacks its layers', () => {
    const { result } = mergeShards([one, two, makeReport(3, [])])
    expect(result.verdict).toBe('mismatch')
    expect(result.layers[2]).toMatchObject({ name: 'a>c', op: 'upsample', elements: 24, notRun: true })
    expect(result.layers[2]!.error).toBe('not run: shard 3 of 3 ended before it')
  })

  test('a layer in the wrong shard counts for nothing', () => {
    const wrong = makeReport(2, [makeLayer('a>c'), makeLayer('b')], BOXES)
    expect(mergeShards([one, wrong]).result.verdict).toBe('mismatch')
  })
})

describe('seeds', () => {
  const ran = (seed: number, mismatches = 0, boxes = BOXES): ShardReport =>
    makeReport(seed, [withSeed(makeLayer('a', mismatches), seed)], withSeed(boxes, seed), SEEDED)

  test('of several shards are one layer, which counts once', () => {
    const { result } = mergeShards([ran(2), ran(1)])
    expect(result).toMatchObject({
      verdict: 'exact',
      counts: { exact: 2 },
      boxes: { seeds: { run: [1, 2] } },
    })
    expect(result.layers).toMatchObject([{ name: 'a', seconds: 1, seeds: { run: [1, 2], red: [] } }])
    expect(result.totals.cycles).toBe(107)
    expect(say(result).replaceAll('\n', ' ')).toMatch(/^.*Proved: .*from 2 random power-ups\./)
  })

  test.each([
    { because: 'a layer', red: ran(2, 3), says: 'a: red from 1 of 2 random power-ups, seed 2' },
    { because: 'the boxes', red: ran(2, 0, { ...BOXES, mismatches: 1 }), says: 'but the boxes differ' },
  ])('red from one is red: $because', ({ red, says }) => {
    const { result } = mergeShards([ran(1), red])
    expect(result.verdict).toBe('mismatch')
    expect(say(result).replaceAll('\n', ' ')).toContain(says)
  })

  test.each([
    { because: 'another seed', layer: withSeed(makeLayer('a'), 7), boxes: withSeed(BOXES, 2) },
    { because: 'no seed', layer: makeLayer('a'), boxes: withSeed(BOXES, 2) },
    { because: "the boxes' seed is another", layer: withSeed(makeLayer('a'), 2), boxes: withSeed(BOXES, 1) },
    { because: 'the boxes have none', layer: withSeed(makeLayer('a'), 2), boxes: BOXES },
  ])('one that was planned and not run is never a pass: $because', ({ layer, boxes }) => {
    const { result } = mergeShards([ran(1), makeReport(2, [layer], boxes, SEEDED)])
    expect(result).toMatchObject({ verdict: 'mismatch', counts: { exact: 1, notRun: 1 } })
    expect(say(result)).toContain('shard 2 of 2 ended before it')
  })

  test('a difference is shown before a shard that is missing', () => {
    const { result } = mergeShards([ran(1, 3)])
    expect(result.layers).toMatchObject([{ mismatches: 3, error: null, seeds: { run: [1], red: [1] } }])
  })
})

describe('another plan', () => {
  const run = (own: Partial<RunHead['run']>): RunHead => ({ ...HEAD, run: { ...HEAD.run, ...own } })
  const { settings } = PLAN
  test.each([
    { because: 'image', head: run({ imageHash: 'd'.repeat(64) }), plan: PLAN },
    { because: 'RTL', head: run({ rtlHash: 'd'.repeat(64) }), plan: PLAN },
    { because: 'Verilator', head: run({ verilator: '6' }), plan: PLAN },
    { because: 'version of assay', head: run({ assay: '2' }), plan: PLAN },
    { because: 'array', head: run({ engine: { ...HEAD.run.engine, pixels: 4 } }), plan: PLAN },
    { because: 'model', head: { ...HEAD, modelHash: 'd'.repeat(64) }, plan: PLAN },
    { because: 'profile of arithmetic', head: { ...HEAD, profile: 'tflite' }, plan: PLAN },
    { because: 'mode', head: { ...HEAD, mode: 'chained' as const }, plan: PLAN },
    { because: 'number of shards', head: HEAD, plan: { ...PLAN, count: 4 } },
    { because: 'layers or seeds', head: HEAD, plan: { ...PLAN, plan: PLAN.plan.slice(1) } },
    { because: 'layers or seeds', head: HEAD, plan: { ...PLAN, plan: SEEDED.plan } },
    {
      because: 'simulator',
      head: HEAD,
      plan: { ...PLAN, settings: { ...settings, simulator: 'icarus' as const } },
    },
    { because: 'seed', head: HEAD, plan: { ...PLAN, settings: { ...settings, seed: 2 } } },
    {
      because: 'settings of q_NMS',
      head: HEAD,
      plan: { ...PLAN, settings: { ...settings, nms: { ...settings.nms, iou: 0.6 } } },
    },
  ])('$because: refused beside another shard, and by the manifest', ({ because, head, plan }) => {
    const other = makeReport(2, [makeLayer('b')], BOXES, plan, head)
    const says = `shard-2: this shard belongs to another plan than shard-1 (${because})`
    expect(() => mergeShards([one, other])).toThrow(says)
    const planned = { path: 'manifest.json', head: HEAD, plan: PLAN }
    expect(() => mergeShards([other], planned)).toThrow(`than manifest.json (${because})`)
  })
})

describe('a report that cannot be', () => {
  const change = ({ path, result }: ShardReport, own: Partial<SimResult>): ShardReport => ({
    path,
    result: { ...result, ...own },
  })
  const [layer] = one.result.layers
  test.each([
    { because: 'of no shard', own: { shard: undefined as never }, says: 'this is not the report of a shard' },
    {
      because: 'of another model than its plan',
      own: { modelHash: 'd'.repeat(64) },
      says: 'does not belong to the plan',
    },
    {
      because: 'with a plan that was changed',
      own: { shard: { ...one.result.shard!, plan: PLAN.plan.slice(0, 1) } },
      says: 'does not belong to the plan',
    },
    {
      because: 'of a shard beyond the last',
      own: { shard: { ...one.result.shard!, index: 4 } },
      says: 'expected a shard from 1 to 3, got 4',
    },
    {
      because: 'exact, with a red layer',
      own: { layers: [makeLayer('a', 2)] },
      says: 'the report says exact, its 1 parts say mismatch',
    },
    { because: 'exact, with nothing in it', own: { layers: [] }, says: 'its 0 parts say mismatch' },
    {
      because: 'with counts of others',
      own: { counts: { ...one.result.counts, exact: 2 } },
      says: 'the report says 2 for exact, its parts say 1',
    },
    {
      because: 'with totals of others',
      own: { totals: { ...one.result.totals, cycles: 1 } },
      says: 'the report says 1 for cycles, its parts say 100',
    },
    {
      because: 'with a layer twice',
      own: makeReport(1, [layer!, layer!]).result,
      says: 'layer a appears twice',
    },
    {
      because: 'of fewer elements than there are',
      own: makeReport(1, [{ ...layer!, elements: 1 }]).result,
      says: '1 elements of a were compared, it has 24',
    },
    {
      because: 'of another shape than the network has',
      own: makeReport(1, [{ ...layer!, shape: [1, 1, 1], elements: 1 }]).result,
      says: '1 elements of a were compared, it has 24',
    },
    {
      because: 'of boxes that are red from a seed, and exact',
      own: makeReport(1, [layer!], { ...BOXES, seeds: { run: [1], red: [1] } }).result,
      says: 'a part has a red seed but is not red',
    },
    {
      because: 'red from a seed, and exact',
      own: { layers: [{ ...layer!, seeds: { run: [1], red: [1] } }] },
      says: 'a part has a red seed but is not red',
    },
    {
      because: 'red from a seed that it did not run from',
      own: { layers: [{ ...layer!, seeds: { run: [1], red: [2] } }] },
      says: 'red from a seed that it did not run from',
    },
  ])('$because', ({ own, says }) => {
    expect(() => mergeShards([change(one, own)])).toThrow(says)
  })

  test.each([
    { because: 'one twice', reports: [one, two, one], says: /shard 1 of 3 appears twice/ },
    { because: 'nothing', reports: [], says: /no report/ },
  ])('$because is refused', ({ reports, says }) => {
    expect(() => mergeShards(reports)).toThrow(says)
  })
})
