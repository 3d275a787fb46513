/** What shards must agree on: the identity is worked out by hand, and a plan made by the program changes with every option. */

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { SimulationBench } from '../../src/pipeline/bench/bench.ts'
import type { Shard } from '../../src/pipeline/bench/shard.ts'
import { checkShardCount } from '../../src/pipeline/bench/shard.ts'
import { DEFAULT_NMS } from '../../src/pipeline/model/engine-choice.ts'
import { checkPlan, planPowerUps, planShards } from '../../src/pipeline/sim/shards.ts'
import { readEnvironment } from '../../src/process/environment.ts'
import { mergeShards, type ShardReport } from '../../src/result/merge.ts'
import { describePlanDifference, planIdentity } from '../../src/result/plan-identity.ts'
import { changeOptions, type OwnOptions } from '../pipeline/prepared.ts'
import { smallOptions } from '../pipeline/small-network.ts'
import { HEAD, makeLayer, makeReport, PLAN, SEEDED } from '../report/shard-reports.ts'

/** What a shard runs from one seed. */
const chooseShard = (bench: SimulationBench, shard: Shard, seed: number | null): readonly number[] =>
  planPowerUps(bench, { ...bench.plan, shard }).find((each) => each.seed === seed)?.chosen ?? []

test('the identity is the SHA-256 of what is planned, written down in order', () => {
  const text =
    `[["model","${'a'.repeat(64)}"],["image","${'c'.repeat(64)}"],["RTL","${'b'.repeat(64)}"],` +
    '["array",{"inputLanes":8,"outputLanes":8,"pixels":2,"weightBits":8,"activationBits":8,"tableBits":10}],' +
    '["mode","isolated"],["number of shards",2],["simulator","verilator"],["seed",1],["settings of q_NMS",' +
    '[["confidence",0.25],["iou",0.7],["maxDetections",300],["multiLabel",false]]],' +
    '["configuration of the module",null],["Verilator","5"],["version of assay","1"],["layers or seeds",' +
    '[["a",1,"layer",1],["head",1,"boxes",1],["a",2,"layer",2],["head",2,"boxes",2]]]]'
  const digest = (whole: string): string => createHash('sha256').update(whole).digest('hex')
  expect(planIdentity(HEAD, SEEDED)).toBe(digest(text))
  const own = text.replace('["image"', '["profile of arithmetic","tflite"],["image"')
  expect(planIdentity({ ...HEAD, profile: 'tflite' }, SEEDED)).toBe(digest(own))
})

test('the order in which settings of q_NMS are written does not count', () => {
  const { confidence, iou, maxDetections, multiLabel } = PLAN.settings.nms
  const nms = { multiLabel, iou, confidence, maxDetections }
  expect(planIdentity(HEAD, { ...PLAN, settings: { ...PLAN.settings, nms } })).toBe(planIdentity(HEAD, PLAN))
})

test('a difference is named, and nothing else', () => {
  const other = { ...HEAD, mode: 'chained' as const, run: { ...HEAD.run, imageHash: '1' } }
  expect(describePlanDifference([HEAD, PLAN], [HEAD, PLAN])).toBe('')
  expect(describePlanDifference([HEAD, PLAN], [other, { ...PLAN, count: 4 }])).toBe(
    'image, mode, number of shards',
  )
})

/** Two layers and the boxes of a program; its costs follow from the sizes alone. */
const step = (name: string, width: number) => ({
  name,
  writes: name,
  instruction: { op: 'add', inputBlocks: 1, outputBlocks: 1, outputHeight: 8, outputWidth: width },
})
const head = { name: 'head', writes: null, instruction: { op: 'detect', levels: [] } }
const roms = { engine: { pixels: 2 }, steps: [step('a', 8), step('b', 64), head] }
const options = smallOptions({ modelHash: HEAD.modelHash, nms: DEFAULT_NMS })
const bench = { ...options, roms, chosen: [0, 1, 2], record: HEAD.run } as unknown as SimulationBench
const change = (own: OwnOptions, record: object = {}): SimulationBench =>
  ({
    ...bench,
    ...changeOptions(options, own),
    record: { ...HEAD.run, ...record },
  }) as unknown as SimulationBench
const nms = (own: object) => ({ nms: { ...DEFAULT_NMS, ...own } })
const first = { index: 1, count: 2 }

describe('a plan made by the program', () => {
  test('says who runs what, and how', () => {
    const plan = [
      { name: 'a', shard: 2, kind: 'layer' },
      { name: 'b', shard: 2, kind: 'layer' },
      { name: 'head', shard: 1, kind: 'boxes' },
    ] as const
    const settings = { simulator: 'verilator', seed: 1, nms: DEFAULT_NMS } as const
    const { inputs, ...rest } = planShards(bench, first)
    expect(rest).toEqual({ ...first, settings, plan })
    expect(inputs).toBe(planIdentity(HEAD, { count: 2, settings, plan }))
    expect([1, 2].map((index) => chooseShard(bench, { index, count: 2 }, null))).toEqual([[2], [0, 1]])
  })

  test('has an entry a layer and seed, and each shard runs its own', () => {
    const seeded = change({ seeds: [5, 9] })
    expect(planShards(seeded, { index: 1, count: 6 }).plan).toEqual([
      { name: 'a', shard: 5, kind: 'layer', seed: 5 },
      { name: 'b', shard: 3, kind: 'layer', seed: 5 },
      { name: 'head', shard: 1, kind: 'boxes', seed: 5 },
      { name: 'a', shard: 6, kind: 'layer', seed: 9 },
      { name: 'b', shard: 4, kind: 'layer', seed: 9 },
      { name: 'head', shard: 2, kind: 'boxes', seed: 9 },
    ])
    const run = (index: number, seed: number) => chooseShard(seeded, { index, count: 6 }, seed)
    expect([run(3, 5), run(3, 9), run(4, 9), run(4, 5)]).toEqual([[1], [], [1], []])
  })

  const others: readonly (readonly [string, SimulationBench])[] = [
    ['model', change({ modelHash: 'd'.repeat(64) })],
    ['image', change({}, { imageHash: 'd'.repeat(64) })],
    ['RTL', change({}, { rtlHash: 'd'.repeat(64) })],
    ['array', change({}, { engine: { ...HEAD.run.engine, outputLanes: 4 } })],
    ['mode', change({ mode: 'chained' })],
    ['simulator', change({ simulator: 'icarus' })],
    ['settings of q_NMS', change(nms({ confidence: 0.3 }))],
    ['settings of q_NMS', change(nms({ iou: 0.6 }))],
    ['settings of q_NMS', change(nms({ maxDetections: 100 }))],
    ['settings of q_NMS', change(nms({ multiLabel: !DEFAULT_NMS.multiLabel }))],
    ['Verilator', change({}, { verilator: '6' })],
    ['version of assay', change({}, { assay: '2' })],
    ['layers or seeds', change({ seeds: [1] })],
    ['layers or seeds', { ...bench, chosen: [0, 2] }],
  ]

  test.each(others)('of another %s is refused beside this one, and by the plan', (what, other) => {
    const report = (made: SimulationBench, index: number): ShardReport => {
      const shard = planShards(made, { index, count: 2 })
      const { model, plan } = made
      const { path, result } = makeReport(index, [makeLayer('a')])
      return { path, result: { ...result, modelHash: model.hash, mode: plan.mode, run: made.record, shard } }
    }
    expect(() => mergeShards([report(bench, 1), report(other, 2)])).toThrow(
      `shard-2: this shard belongs to another plan than shard-1 (${what})`,
    )
    const planned = planShards(bench, first).inputs
    expect(() => checkPlan(planShards(bench, first), planned)).not.toThrow()
    expect(() => checkPlan(planShards(other, first), planned)).toThrow('not those of the plan')
  })

  test('of another seed of what has no reset value is another plan', () => {
    const planned = planShards(bench, first)
    const environment = readEnvironment({ ASSAY_SEED: '7' })
    const { settings, inputs } = planShards(change({ environment }), first)
    expect([planned.settings.seed, settings.seed]).toEqual([1, 7])
    expect(inputs).not.toBe(planned.inputs)
  })

  test('of more shards than there is work is refused, as many are not', () => {
    expect(() => checkShardCount(3, { index: 1, count: 3 })).not.toThrow()
    expect(() => planShards(bench, { index: 1, count: 4 })).toThrow(/4 shards for 3 layers and seeds/)
  })
})
