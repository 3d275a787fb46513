/** The user's module from random power-ups, in shards, and on frozen golden data. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Progress, silent } from '../../../src/pipeline/files/progress.ts'
import type { LoadedConfig } from '../../../src/pipeline/own-rtl/config.ts'
import type { OperatorSimulationOptions } from '../../../src/pipeline/own-rtl/prepare.ts'
import { prepareOperatorSimulation, runOperatorSimulation } from '../../../src/pipeline/own-rtl/simulation.ts'
import { mergeShards } from '../../../src/result/merge.ts'
import { planIdentity } from '../../../src/result/plan-identity.ts'
import type { SimResult } from '../../../src/result/result.ts'
import { chooseNamed, makeFolder, prepareDefault } from '../prepared.ts'
import { DEFAULT_IMAGE } from '../shared-data.ts'
import { ownOptions, UPSAMPLER } from './upsampler.ts'

const { prepared } = await prepareDefault()
const names = ['model.10', 'model.13']
const seeds = [1, 2, 3, 4, 5, 6]

/** The upsampler with a register that nothing sets: what it holds decides whether the output is right. */
async function makeLoose(): Promise<LoadedConfig> {
  const folder = makeFolder()
  const text = await readFile(join(UPSAMPLER.folder, 'served_upsample.sv'), 'utf8')
  const loose = "logic loose_q;\n  assign write_data_o = read_data_i ^ 8'(loose_q);"
  await writeFile(
    join(folder, 'served_upsample.sv'),
    text.replace('assign write_data_o = read_data_i;', loose),
  )
  return { ...UPSAMPLER, folder }
}

const optionsOf = (loaded: LoadedConfig, own: Partial<OperatorSimulationOptions> = {}) =>
  ownOptions({ prepared }, loaded, { choose: chooseNamed(names), ...own })
const run = (...[loaded, own]: Parameters<typeof optionsOf>): Promise<SimResult> =>
  runOperatorSimulation(optionsOf(loaded, own), silent)

describe('random power-ups', () => {
  test('are those of a process of its own, one a seed; a red one is told with its seed', async () => {
    const loose = await makeLoose()
    const together = await run(loose, { seeds })
    const alone: SimResult[] = []
    for (const seed of seeds) alone.push(await run(loose, { seeds: [seed] }))
    for (const [index, { seeds: found }] of together.layers.entries()) {
      const red = alone.flatMap(({ layers }) => layers[index]!.seeds!.red)
      expect(found).toMatchObject({ run: seeds, red })
      expect([red.length > 0, red.length < seeds.length]).toEqual([true, true])
      expect(found!.faults!.map(({ seed }) => seed)).toEqual(red)
      expect(found!.faults![0]).toMatchObject({
        status: 'differs',
        message: expect.stringContaining(names[index]!),
      })
    }
    expect(together.verdict).toBe('mismatch')
  })

  test('are kept one by one: more of them run no seed again', async () => {
    const store = { folder: join(makeFolder(), 'evidence'), programHash: 'p' }
    const folder = makeFolder()
    const said: string[] = []
    const progress: Progress = {
      ...silent,
      start: () => ({ update: () => {}, done: (text) => void said.push(text ?? '') }),
    }
    const keep = (own: readonly number[]) =>
      runOperatorSimulation(optionsOf(UPSAMPLER, { seeds: own, evidence: store, folder, jobs: 1 }), progress)
    await keep([1, 2])
    const more = await keep([1, 2, 3])
    const again = await keep([1, 2, 3])
    expect(said.filter((text) => / run/.test(text))).toEqual(['4 run', '2 run', '0 run, 2 proved before'])
    expect(more.counts).toMatchObject({ exact: 2, before: 0 })
    expect(again.counts).toMatchObject({ exact: 0, before: 2 })
    expect(again.layers[0]!.seeds).toEqual({ run: [1, 2, 3], red: [] })
  })
})

describe('shards', () => {
  test('are together the whole run, from every seed', async () => {
    const whole = await run(UPSAMPLER, { seeds: [1, 2] })
    const parts = await Promise.all(
      [1, 2].map((index) => run(UPSAMPLER, { seeds: [1, 2], shard: { index, count: 2 } })),
    )
    const reports = parts.map((result, index) => ({ path: `${index}`, result }))
    const { result, missing } = mergeShards(reports)
    expect(missing).toEqual([])
    const told = ({ layers }: SimResult) =>
      layers.map(({ name, mismatches, seeds: from }) => [name, mismatches, from])
    expect(told(result)).toEqual(told(whole))
    expect(result.verdict).toBe('exact')
    const one = mergeShards([reports[1]!])
    expect([one.missing, one.result.verdict]).toEqual([[1], 'mismatch'])
  })

  test('belong to the plan that was prepared, with this configuration and no other', async () => {
    const own = { shard: { index: 2, count: 2 } }
    const { planned, layers } = await prepareOperatorSimulation(optionsOf(UPSAMPLER, own), silent)
    expect([layers, planned!.plan.plan.map(({ name }) => name)]).toEqual([2, names])
    const identity = planIdentity(planned!.head, planned!.plan)
    expect((await run(UPSAMPLER, { ...own, identity })).shard).toMatchObject({ index: 2, inputs: identity })
    const other = { ...UPSAMPLER, config: { ...UPSAMPLER.config, stalls: { probability: 0.1 } } }
    await expect(run(other, { ...own, identity })).rejects.toThrow(/are not those of the plan/)
    const plain = await prepareOperatorSimulation(optionsOf(UPSAMPLER), silent)
    expect(plain.planned).toBeNull()
    await expect(run(UPSAMPLER, { shard: { index: 1, count: 3 } })).rejects.toThrow(/3 shards for 2 layers/)
  })
})

test('golden data that are not those of the frozen set end the run', async () => {
  const seen: unknown[] = []
  const checkGolden: OperatorSimulationOptions['input']['checkGolden'] = (golden, boxes) => {
    seen.push(golden.has('model.10'), (boxes?.boxes.length ?? 0) > 0)
    throw new Error('another golden')
  }
  await expect(run(UPSAMPLER, { input: { imagePath: DEFAULT_IMAGE, checkGolden } })).rejects.toThrow(
    'another golden',
  )
  expect(seen).toEqual([true, true])
})
