/** A run in parts: every part has the same plan, parts of other plans are refused, and what is red in one is red in the whole. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { PROFILES } from '../../../src/arithmetic/built-in.ts'
import { mergeInto } from '../../../src/cli/commands/merge.ts'
import { describeHead, prepareSimulation, type SimulationBench } from '../../../src/pipeline/bench/bench.ts'
import type { Plan } from '../../../src/pipeline/bench/options.ts'
import { recordSimulation } from '../../../src/pipeline/bench/record.ts'
import type { Shard } from '../../../src/pipeline/bench/shard.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { runBench } from '../../../src/pipeline/sim/run.ts'
import { planPowerUps, planShards } from '../../../src/pipeline/sim/shards.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import { mergeShards, type ShardReport } from '../../../src/result/merge.ts'
import { isRed, type SimResult } from '../../../src/result/result.ts'
import { makeReport } from '../../report/shard-reports.ts'
import { breakRtl } from '../broken-rtl.ts'
import { changeOptions, chooseNamed, makeFolder, type OwnOptions } from '../prepared.ts'
import { FAULTS, type Fault, SLEEPING_FAULTS } from '../sleeping-faults.ts'
import { makeBench, smallOptions } from '../small-network.ts'

/** What a shard runs from one seed. */
const chooseShard = (bench: SimulationBench, shard: Shard, seed: number | null): readonly number[] =>
  planPowerUps(bench, { ...bench.plan, shard }).find((each) => each.seed === seed)?.chosen ?? []

const few = ['stem', 'split', 'pool', 'detect']
const choose = chooseNamed(few)

describe('the plan', () => {
  test('names every layer and seed with its shard, the longest first', () => {
    const bench = makeBench({ choose, seeds: [4, 9] })
    const { plan, index, count, settings } = planShards(bench, { index: 2, count: 2 })
    expect([index, count]).toEqual([2, 2])
    expect(settings).toEqual({
      simulator: 'verilator',
      seed: 1,
      nms: { confidence: 0.25, iou: 0.7, maxDetections: 300, multiLabel: false },
    })
    // DETECT is the longest by far: one a shard. Of the others, stem, split and pool, each pair takes a shard each.
    expect(plan).toEqual([
      { name: 'stem', shard: 1, kind: 'layer', seed: 4 },
      { name: 'split', shard: 1, kind: 'layer', seed: 4 },
      { name: 'pool', shard: 1, kind: 'layer', seed: 4 },
      { name: 'detect', shard: 1, kind: 'boxes', seed: 4 },
      { name: 'stem', shard: 2, kind: 'layer', seed: 9 },
      { name: 'split', shard: 2, kind: 'layer', seed: 9 },
      { name: 'pool', shard: 2, kind: 'layer', seed: 9 },
      { name: 'detect', shard: 2, kind: 'boxes', seed: 9 },
    ])
    expect(chooseShard(bench, { index: 1, count: 2 }, 4)).toEqual(bench.chosen)
    expect(chooseShard(bench, { index: 1, count: 2 }, 9)).toEqual([])
  })
})

describe('another plan', () => {
  const folder = makeFolder()
  const [rtl, otherRtl] = ['a.sv', 'b.sv'].map((name) => join(folder, name))
  writeFileSync(rtl!, 'module a; endmodule')
  writeFileSync(otherRtl!, 'module b; endmodule')
  /** As a run makes it, of files that are there. */
  const record = (own: { source?: string; image?: number; pixels?: number; assay?: string } = {}) => {
    const engine = { ...smallOptions().rtl.engine, pixels: own.pixels ?? 2 }
    const sources = [own.source ?? rtl!]
    const image = Uint8Array.of(own.image ?? 1)
    const startedAt = new Date(0)
    return recordSimulation(readEnvironment(), { sources, inputs: [], image, engine, startedAt })
  }
  const makeOwn = async (own: OwnOptions = {}, of: Parameters<typeof record>[0] = {}) => ({
    ...makeBench({ choose, ...own }),
    record: await record(of),
  })
  /** What a shard of this bench leaves behind. */
  const reportOf = (bench: SimulationBench, index: number, count = 2): ShardReport => {
    const { result } = makeReport(index, [])
    const shard = planShards(bench, { index, count })
    return { path: `shard-${index}`, result: { ...result, ...describeHead(bench), shard } }
  }

  test('that differs in its arithmetic alone is not joined, and the head of each names it', async () => {
    const ours = await makeOwn()
    const named = (name: string): SimulationBench => {
      const graph = { ...ours.graph, profile: PROFILES.find((profile) => profile.name === name)! }
      return { ...ours, graph, model: { ...ours.model, graph } }
    }
    const [tflite, nvdla] = [named('tflite'), named('nvdla')]
    expect([ours, tflite, nvdla].map((bench) => describeHead(bench).profile)).toEqual([
      ...[undefined, 'tflite', 'nvdla'],
    ])
    const says = 'another plan than shard-1 (profile of arithmetic)'
    expect(() => mergeShards([reportOf(tflite, 1), reportOf(nvdla, 2)])).toThrow(says)
    expect(() => mergeShards([reportOf(ours, 1), reportOf(nvdla, 2)])).toThrow(says)
    expect(() => mergeShards([reportOf(nvdla, 1), reportOf(nvdla, 2)])).not.toThrow()
  })

  const nms = smallOptions().rtl.nms

  test.each<{
    because: string
    own?: OwnOptions
    of?: Parameters<typeof record>[0]
    count?: number
  }>([
    { because: 'model', own: { modelHash: 'e'.repeat(64) } },
    { because: 'image', of: { image: 2 } },
    { because: 'RTL', of: { source: otherRtl! } },
    { because: 'array', of: { pixels: 4 } },
    { because: 'mode', own: { mode: 'chained' } },
    { because: 'simulator', own: { simulator: 'icarus' } },
    { because: 'settings of q_NMS', own: { nms: { ...nms, confidence: 0.3 } } },
    { because: 'settings of q_NMS', own: { nms: { ...nms, iou: 0.6 } } },
    { because: 'settings of q_NMS', own: { nms: { ...nms, multiLabel: true } } },
    { because: 'settings of q_NMS', own: { nms: { ...nms, maxDetections: 10 } } },
    { because: 'layers or seeds', own: { seeds: [1] } },
    { because: 'layers or seeds', own: { choose: chooseNamed(few.slice(1)) } },
    { because: 'number of shards, layers or seeds', count: 3 },
  ])('$because: its shards are not joined with ours', async ({ because, own, of, count }) => {
    const ours = reportOf(await makeOwn(), 1)
    expect(mergeShards([ours, reportOf(await makeOwn(), 2)]).missing).toEqual([])
    const theirs = reportOf(await makeOwn(own, of), 2, count)
    expect(() => mergeShards([ours, theirs])).toThrow(`another plan than shard-1 (${because})`)
  })

  test('seed of the environment: its shards are not joined with ours', async () => {
    const ours = reportOf(await makeOwn(), 1)
    vi.stubEnv('ASSAY_SEED', '7')
    onTestFinished(() => void vi.unstubAllEnvs())
    const theirs = reportOf(await makeOwn(), 2)
    expect(() => mergeShards([ours, theirs])).toThrow('another plan than shard-1 (seed)')
  })
})

describe('parts of a run', () => {
  let bench: SimulationBench
  beforeAll(async () => {
    bench = await prepareSimulation(
      smallOptions({ choose, sources: await breakRtl(SLEEPING_FAULTS) }),
      silent,
    )
  })
  afterEach(() => {
    process.exitCode = undefined
    vi.restoreAllMocks()
  })

  const runPart = async (fault: Fault, own: OwnOptions): Promise<SimResult> => {
    const plusargs = { ...bench.simulation.plusargs, fault: FAULTS[fault] }
    const simulation = { ...bench.simulation, plusargs }
    return (await runBench({ ...bench, simulation, ...changeOptions(bench, own) }, silent)).result
  }
  /** Runs both halves, and joins them as `assay merge` does. @returns the exit code and what it prints. */
  const runHalves = async (fault: Fault, indices = [1, 2]) => {
    const out = makeFolder()
    const folders = [1, 2].map((index) => join(out, `${index}-of-2`))
    const parts: SimResult[] = []
    for (const index of indices)
      parts.push(await runPart(fault, { shard: { index, count: 2 }, resultFolder: folders[index - 1]! }))
    const lines: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
    const there = folders.filter((folder) => existsSync(folder))
    await mergeInto({ json: true, report: ['json'] }, {}, join(out, 'merged'), there)
    const printed = JSON.parse(lines.join('')) as SimResult
    expect(JSON.parse(readFileSync(join(out, 'merged', 'sim.json'), 'utf8'))).toEqual(printed)
    return { exitCode: process.exitCode, result: printed, parts }
  }

  test('all exact, they are the whole run', async () => {
    const whole = await runPart('none', {})
    const { exitCode, result, parts } = await runHalves('none')
    // DETECT, the longest, is alone.
    const layersOf = ({ layers }: SimResult) => layers.map(({ name }) => name)
    expect(parts.map((part) => [layersOf(part), part.boxes === null])).toEqual([
      [[], false],
      [['stem', 'split', 'pool'], true],
    ])
    expect([exitCode, result.verdict]).toEqual([0, 'exact'])
    const timeless = ({ seconds: _, ...part }: SimResult['layers'][number]) => part
    expect(result.layers.map(timeless)).toEqual(whole.layers.map(timeless))
    expect([result.counts, result.boxes!.mismatches]).toEqual([whole.counts, 0])
    expect(result.shard).toBeUndefined()
  })

  test('with a red layer in one of them the whole is red, there', async () => {
    // Instruction 1 ends the simulation.
    const { exitCode, result } = await runHalves('fatal')
    expect([exitCode, result.verdict]).toEqual([1, 'mismatch'])
    expect(result.layers.map((layer) => [layer.name, isRed(layer)])).toEqual([
      ['stem', false],
      ['split', true],
      ['pool', false],
    ])
    expect(result.counts).toMatchObject({ exact: 3, failed: 1, notRun: 0 })
  })

  test('without one of them the whole is red, and says what is missing', async () => {
    const say = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const { exitCode, result } = await runHalves('none', [1])
    expect(say.mock.calls.flat()).toEqual([
      'assay: the report of shard 2 is missing; its layers count as not run\n',
    ])
    const { plan } = planShards(bench, { index: 1, count: 2 })
    expect(exitCode).toBe(3)
    const missing = plan.filter(({ shard }) => shard === 2).length
    expect(missing).toBeGreaterThan(0)
    expect(result.counts).toMatchObject({ exact: few.length - missing, notRun: missing })
  })

  test('of another plan than was asked for, nothing is simulated', async () => {
    const shard = { index: 1, count: 2 }
    const { inputs } = planShards(bench, shard)
    const refused = runPart('none', { shard, identity: inputs.replace(/./g, '0') })
    await expect(refused).rejects.toThrow(/--plan-identity: .*are not those of the plan/)
    expect((await runPart('none', { shard, identity: inputs })).shard).toMatchObject({ index: 1, inputs })
  })

  test('more of them than there is to do are refused before anything is computed', async () => {
    const started: string[] = []
    const progress = {
      ...silent,
      start: (what: string) => {
        started.push(what)
        return silent.start(what)
      },
    }
    const options = smallOptions({ choose, shard: { index: 1, count: 5 } })
    await expect(prepareSimulation(options, progress)).rejects.toThrow('5 shards for 4 layers and seeds')
    const seeded = changeOptions(options, { seeds: [1, 2], shard: { index: 1, count: 9 } })
    await expect(prepareSimulation(seeded, progress)).rejects.toThrow('9 shards for 8 layers and seeds')
    expect(started).toEqual([])
    expect(() => planShards(makeBench({ choose, seeds: [1, 2] }), { index: 9, count: 9 })).toThrow(
      '9 shards for 8',
    )
  })
})

test('a chained plan takes neither seeds nor shards: the type refuses them', () => {
  const seeds = { mode: 'chained', seeds: [1] } as const
  const shard = { mode: 'chained', shard: { index: 1, count: 2 } } as const
  // @ts-expect-error A chain has one power-up.
  const plans: Plan[] = [seeds]
  // @ts-expect-error A chain has no gaps.
  plans.push(shard)
  expect(plans.map(({ mode }) => mode)).toEqual(['chained', 'chained'])
})
