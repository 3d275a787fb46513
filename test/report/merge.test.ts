/** Shards joined: what is missing is red, what does not belong together is refused. */
import { describe, expect, test } from 'vitest'
import { mergeShards, type ShardReport } from '../../src/report/merge.ts'
import type { BoxesResult, LayerResult, SimResult } from '../../src/report/result.ts'
import { renderSimResult } from '../../src/report/terminal.ts'

const layer = (name: string, mismatches = 0): LayerResult => ({
  ...{
    name,
    op: 'conv',
    shape: [2, 3, 4] as const,
    elements: 24,
    mismatches,
    first: null,
    stray: 0,
    repeated: 0,
  },
  ...{ cycles: 100, macs: 10, seconds: 0.5, error: null, kind: null, errorMap: null, histogram: null },
})
const boxes: BoxesResult = {
  ...{
    expected: 2,
    actual: 2,
    mismatches: 0,
    first: null,
    cycles: 7,
    seconds: 0.1,
    candidates: 3,
    error: null,
  },
}
const plan = [
  { name: 'a', shard: 1, kind: 'layer' as const },
  { name: 'b', shard: 2, kind: 'layer' as const },
  { name: 'a>c', shard: 3, kind: 'layer' as const },
  { name: 'head', shard: 2, kind: 'boxes' as const },
]
const report = (index: number, own: Partial<SimResult> = {}, inputs = 'same'): ShardReport => ({
  path: `shard-${index}`,
  result: {
    ...{ model: 'm.pt', modelHash: 'h', weightBits: 8, activationBits: 8, mode: 'isolated', image: 'i.png' },
    ...{ verdict: 'exact', replay: null, waveform: null, pictures: [], boxes: null, layers: [] },
    network: ['a', 'b'].map((name) => ({ name, op: 'conv', shape: [2, 3, 4] as const, inputs: [] })),
    run: {
      ...{
        assay: '1',
        node: '20',
        platform: 'linux',
        verilator: '5',
        compiler: 'g',
        rtlHash: 'r',
        imageHash: 'i',
      },
      engine: { inputLanes: 8, outputLanes: 8, pixels: 2, weightBits: 8, activationBits: 8, tableBits: 10 },
      startedAt: '2026-01-01T00:00:00.000Z',
    },
    shard: { index, count: 3, inputs, plan },
    totals: {
      layers: 1,
      elements: 24,
      mismatches: 0,
      cycles: 100,
      macs: 10,
      buildSeconds: index,
      simSeconds: 0.5,
    },
    ...own,
  } as SimResult,
})
const one = report(1, { layers: [layer('a')] })
const two = report(2, { layers: [layer('b')], boxes })
const three = report(3, { layers: [layer('a>c')] })

describe('merge', () => {
  test('all shards, in any order, are the whole run', () => {
    const { result, missing } = mergeShards([three, one, two])
    expect(missing).toEqual([])
    expect(result).toMatchObject({ verdict: 'exact', boxes: { expected: 2 } })
    expect(result.shard).toBeUndefined()
    expect(result.layers.map(({ name }) => name)).toEqual(['a', 'b', 'a>c'])
    expect(result.totals).toEqual({
      ...{ layers: 3, elements: 72, mismatches: 0, cycles: 300, macs: 30, buildSeconds: 3, simSeconds: 1.5 },
    })
  })

  test('a red layer stays red', () => {
    expect(mergeShards([one, two, report(3, { layers: [layer('a>c', 2)] })]).result.verdict).toBe('mismatch')
  })

  test('a missing shard is never a pass: its layers and the boxes are red, and named', () => {
    const { result, missing } = mergeShards([one, three])
    expect(missing).toEqual([2])
    expect(result.verdict).toBe('mismatch')
    expect(result.layers[1]).toMatchObject({ name: 'b', mismatches: 24, shape: [2, 3, 4] })
    expect(result.layers[1]!.error).toBe('not run: the report of shard 2 of 3 is missing')
    expect(result.boxes!.error).toMatch(/shard 2 of 3 is missing/)
    const text = renderSimResult(result, (_, line) => line)
    expect(text).toMatch(/FAILED/)
    expect(text).not.toMatch(/DIFFERS/)
    expect(text).toMatch(/^Not proved: 1 of 3 layers have no result/m)
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('a shard that ended early lacks its layers', () => {
    const { result } = mergeShards([one, two, report(3)])
    expect(result.layers[2]).toMatchObject({ name: 'a>c', op: 'upsample' })
    expect(result.layers[2]!.error).toBe('not run: shard 3 of 3 ended before it')
  })

  test('seeds of one layer in several shards become one result, and a seed that nobody ran is red', () => {
    const seeded = [
      { name: 'a', shard: 1, kind: 'layer' as const, seed: 1 },
      { name: 'a', shard: 2, kind: 'layer' as const, seed: 2 },
      { name: 'head', shard: 1, kind: 'boxes' as const, seed: 1 },
      { name: 'head', shard: 2, kind: 'boxes' as const, seed: 2 },
    ]
    const part = (index: number, own: Partial<SimResult>): ShardReport =>
      report(index, { boxes, ...own, shard: { index, count: 2, inputs: 'same', plan: seeded } })
    const ran = (seed: number, mismatches = 0): LayerResult => ({
      ...layer('a', mismatches),
      seeds: { run: [seed], red: mismatches > 0 ? [seed] : [] },
    })
    const green = part(1, { layers: [ran(1)] })
    const whole = mergeShards([part(2, { layers: [ran(2)] }), green]).result
    expect(whole).toMatchObject({ verdict: 'exact', boxes: { expected: 2, error: null } })
    expect(whole.layers).toMatchObject([
      { name: 'a', mismatches: 0, seconds: 1, seeds: { run: [1, 2], red: [] } },
    ])
    expect(renderSimResult(whole, (_, line) => line).replaceAll('\n', ' ')).toMatch(
      /^.*Proved: .*from 2 random power-ups\./,
    )
    const red = mergeShards([green, part(2, { layers: [ran(2, 3)] })]).result
    expect(red.layers).toMatchObject([{ mismatches: 3, seeds: { run: [1, 2], red: [2] } }])
    expect(renderSimResult(red, (_, line) => line).replaceAll('\n', ' ')).toContain(
      'red from 1 of 2 random power-ups, seeds 2',
    )
    for (const other of [part(2, { layers: [ran(7)] }), part(2, { layers: [] })]) {
      const { layers, verdict } = mergeShards([green, other]).result
      expect([verdict, layers[0]!.error]).toEqual(['mismatch', 'not run: shard 2 of 2 ended before it'])
    }
    const lost = mergeShards([green])
    expect(lost.missing).toEqual([2])
    expect(lost.result.boxes!.error).toMatch(/shard 2 of 2 is missing/)
  })

  test('a layer in the wrong shard counts for nothing', () => {
    const { result } = mergeShards([one, report(2, { layers: [layer('a>c'), layer('b')], boxes }), report(3)])
    expect(result.verdict).toBe('mismatch')
  })

  test.each([
    {
      because: 'another image',
      reports: [one, report(2, { run: { ...two.result.run, imageHash: 'x' } }, 'x')],
      says: /shard-2: .*\(image\)/,
    },
    { because: 'another model', reports: [one, report(2, { modelHash: 'x' }, 'x')], says: /\(model\)/ },
    { because: 'other layers', reports: [one, report(2, {}, 'x')], says: /\(layers or options\)/ },
    { because: 'one twice', reports: [one, two, one], says: /shard 1 of 3 is there twice/ },
    {
      because: 'no shard',
      reports: [{ path: 'p', result: (({ shard: _, ...rest }) => rest)(one.result) }],
      says: /p: this is no report of a shard/,
    },
    { because: 'nothing', reports: [], says: /no report/ },
  ])('refuses $because', ({ reports, says }) => {
    expect(() => mergeShards(reports)).toThrow(says)
  })
})
