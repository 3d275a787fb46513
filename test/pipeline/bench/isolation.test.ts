/** Each layer alone: nothing that another layer did reaches it, and nothing that it does goes unseen. */

import { beforeAll, describe, expect, test } from 'vitest'
import { prepareSimulation, type SimulationBench } from '../../../src/pipeline/bench/bench.ts'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { runBench } from '../../../src/pipeline/sim/run.ts'
import { isRed, type LayerResult } from '../../../src/result/result.ts'
import { hashProgram } from '../../../src/store/program-hash.ts'
import { breakRtl } from '../broken-rtl.ts'
import { changeOptions, makeFolder, type OwnOptions } from '../prepared.ts'
import { FAULTS, type Fault, SLEEPING_FAULTS } from '../sleeping-faults.ts'
import { smallOptions } from '../small-network.ts'

/** Instruction 1 is `split`. */
const FEW = ['stem', 'split', 'pool', 'cls1']

/** With all layers chosen; `seeded` has random power-ups. */
let bench: SimulationBench
let seeded: SimulationBench
/** Names of all layers, in the order of the program. */
let writers: readonly string[]
beforeAll(async () => {
  const sources = await breakRtl(SLEEPING_FAULTS)
  bench = await prepareSimulation(smallOptions({ sources }), silent)
  seeded = await prepareSimulation(smallOptions({ sources, seeds: [1] }), silent)
  writers = bench.roms.steps.filter(({ writes }) => writes !== null).map(({ name }) => name)
})

interface Choice {
  readonly layers?: readonly string[]
  readonly own?: OwnOptions
  readonly from?: SimulationBench
  /** The fault is there from some random power-ups only. */
  readonly sometimes?: boolean
}

async function run(fault: Fault, { layers, own = {}, from = bench, sometimes }: Choice = {}) {
  const pcs = layers?.map((name) => from.roms.steps.findIndex((step) => step.name === name))
  const { plusargs } = from.simulation
  const { result } = await runBench(
    {
      ...from,
      chosen: pcs ?? from.chosen,
      ...changeOptions(from, { folder: makeFolder(), ...own }),
      simulation: {
        ...from.simulation,
        plusargs: { ...plusargs, fault: FAULTS[fault], ...(sometimes === true ? { sometimes } : {}) },
      },
    },
    silent,
  )
  return result
}
const redOf = (layers: readonly LayerResult[]) => layers.filter(isRed).map(({ name }) => name)

test('with no fault awake all is exact', async () => {
  const { verdict, layers } = await run('none', { layers: FEW })
  expect([verdict, layers.map(({ name }) => name)]).toEqual(['exact', FEW])
  for (const layer of layers) expect(layer).toMatchObject({ stray: 0, repeated: 0, lost: 0 })
})

test('what one layer leaves in a register without reset does not reach the next', async () => {
  for (const jobs of [1, 2])
    expect(redOf((await run('leftover', { layers: FEW, own: { jobs } })).layers)).toEqual([])
  const own = { jobs: 1, seeds: [1, 2] }
  const { layers } = await run('leftover', { layers: ['stem', 'split'], own, from: seeded })
  expect(layers.map(({ seeds }) => seeds)).toEqual(new Array(2).fill({ run: [1, 2], red: [] }))
  const chained = await run('leftover', { own: { mode: 'chained' } })
  expect(redOf(chained.layers)).toEqual(writers.slice(1))
  // From power-up the first of them is right: the fault is not in it.
  expect(chained.replay).toMatchObject({ layer: 'split', alone: false, result: { mismatches: 0 } })
})

describe('nothing that a layer writes goes unseen', () => {
  test('a word that never reaches the feature memory', async () => {
    const { layers, verdict } = await run('lost', { layers: ['stem', 'shortcut'] })
    expect(verdict).toBe('mismatch')
    // Words of 8x8 pixels, of 9 channels in two blocks and of 7 in one; one bank of four.
    expect(layers.map(({ mismatches, lost }) => [mismatches, lost])).toEqual([
      [0, (2 * 64) / 4],
      [0, 64 / 4],
    ])
  })

  test.each([
    { what: 'outside its tensor', fault: 'stray' as const, stray: 1, repeated: 0 },
    { what: 'twice', fault: 'twice' as const, stray: 0, repeated: 1 },
  ])('a word that it writes $what, although every element is right', async ({ fault, stray, repeated }) => {
    const { layers, verdict } = await run(fault, { layers: ['stem', 'pool'] })
    expect([verdict, layers.length]).toEqual(['mismatch', 2])
    for (const layer of layers) expect(layer).toMatchObject({ mismatches: 0, lost: 0, stray, repeated })
    const chained = await run(fault, { own: { mode: 'chained' } })
    expect(chained.verdict).toBe('mismatch')
    expect(chained.layers[0]).toMatchObject({ name: 'stem', mismatches: 0, stray, repeated })
    expect(chained.totals.mismatches).toBe(0)
  })

  test.each(['late19', 'late150'] as const)('a word after done_o: %s', async (fault) => {
    const { layers } = await run(fault, { layers: ['stem'] })
    expect(layers[0]!.stray).toBeGreaterThan(0)
  })

  test('a word of an instruction that is not run', async () => {
    const alone = await run('foreign', { layers: ['split', 'detect'] })
    expect(alone.verdict).toBe('mismatch')
    expect(alone.layers.map(({ stray }) => stray)).toEqual([1])
    expect(alone.boxes!.error).toBe('DETECT wrote 1 words into the feature memory')
    const { layers, verdict } = await run('foreign', { own: { mode: 'chained' } })
    expect([verdict, layers.at(-1)!.stray]).toEqual(['mismatch', 1])
  })
})

test.each(['isolated', 'chained'] as const)(
  'a box too many is red, though all the others are right (%s)',
  async (mode) => {
    const layers = mode === 'chained' ? {} : { layers: ['detect'] }
    const { verdict, boxes, layers: ran } = await run('surplus', { ...layers, own: { mode } })
    const expected = bench.expectedBoxes!.boxes.length
    expect([verdict, redOf(ran)]).toEqual(['mismatch', []])
    expect(boxes).toMatchObject({
      ...{ expected, actual: expected + 1, mismatches: 1, error: null },
      first: { field: 'count', expected, actual: expected + 1 },
    })
  },
)

test('what one stimulus leaves in a register without reset does not reach the next', async () => {
  const { stimulus } = await run('leftover', { layers: ['pool', 'shortcut'], own: { stimulus: 'corners' } })
  // Those that run twice from one power-up, and no others.
  expect(stimulus!.red.map(({ name }) => name).toSorted()).toEqual([
    ...['pool [again]', 'pool [reset 1]', 'pool [reset 2]'],
    ...['shortcut [again]', 'shortcut [reset 1]', 'shortcut [reset 2]'],
  ])
})

test('a word that a stimulus writes after a reset makes it red', async () => {
  const { stimulus } = await run('afterReset', { layers: ['pool'], own: { stimulus: 'corners' } })
  expect(stimulus!.red.map(({ name, mismatches, stray }) => [name, mismatches, stray])).toEqual([
    ['pool [reset 1]', 0, 1],
    ['pool [reset 2]', 0, 1],
  ])
})

test.each([
  {
    what: 'sets of logits',
    fault: 'surplus' as const,
    layers: ['detect'],
    none: 'redTensors' as const,
    some: 'redSets' as const,
  },
  {
    what: 'tensors',
    fault: 'stray' as const,
    layers: ['pool'],
    none: 'redSets' as const,
    some: 'redTensors' as const,
  },
])('generated $what that are red make the stimulus red', async ({ fault, layers, none, some }) => {
  const { stimulus } = await run(fault, { layers, own: { stimulus: 'corners' } })
  expect(stimulus).toMatchObject({ isRed: true, [none]: 0, [some]: expect.any(Number) })
  expect(stimulus![some]).toBeGreaterThan(0)
})

describe('a layer that does not end', () => {
  test('is red, and the others are reported as they are', async () => {
    const chain = await run('stuck', { own: { mode: 'chained' } })
    expect(chain.layers.map(({ name }) => name)).toEqual(writers)
    expect(chain.layers[0]).toMatchObject({ mismatches: 0, error: null })
    expect(chain.layers[1]!.error).toMatch(/no stream moved a beat/)
    expect(chain.layers.slice(2).every(({ notRun }) => notRun === true)).toBe(true)
    expect(chain.boxes).toMatchObject({
      notRun: true,
      error: expect.stringMatching(/^not run: the chain stopped before it/),
    })
    const { layers } = await run('stuck', { layers: FEW, own: { jobs: 1 } })
    expect(layers.map(({ name }) => name)).toEqual(FEW)
    expect(redOf(layers)).toEqual(['split'])
    expect(layers[1]!.error).toMatch(/expected done_o within \d+ cycles.*\(at instruction 1, split\)/s)
  })

  test.each([
    { fault: 'fatal' as const, says: /broke down/ },
    { fault: 'crash' as const, says: /SIGKILL/ },
  ])(
    'by $fault: it is red, none is missing, and the rest goes on in a new child',
    async ({ fault, says }) => {
      const { layers, counts, verdict } = await run(fault, { layers: FEW, own: { jobs: 1 } })
      expect(layers.map(({ name }) => name)).toEqual(FEW)
      expect([verdict, counts.exact, counts.failed, counts.notRun]).toEqual(['mismatch', 3, 1, 0])
      expect(redOf(layers)).toEqual(['split'])
      expect(layers[1]!.error).toMatch(says)
    },
  )

  test('RTL that does not power up is red once, and every other layer says why it was not run', async () => {
    const { layers, boxes } = await run('powerless', { own: { jobs: 1 } })
    expect(redOf(layers)).toEqual(writers)
    // DETECT, the longest, was tried.
    expect(boxes!.error).toMatch(/^(?!not run).*no power/s)
    expect(layers.filter(({ notRun }) => notRun === true)).toHaveLength(writers.length)
    expect(layers[3]!.error).toMatch(/^not run: the RTL does not power up .*no power/s)
  })
})

describe('random power-ups', () => {
  const withSeeds = (seeds: readonly number[], own: OwnOptions = {}, more = ['cls1']) =>
    run('loose', { layers: more, own: { ...own, seeds }, from: seeded })
  /** A seed from which the register has the right value, and one from which it has the wrong one. */
  let good: number
  let bad: number
  beforeAll(async () => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
    const { red, run: ran } = (await withSeeds(seeds)).layers[0]!.seeds!
    expect(ran).toEqual(seeds)
    bad = red[0]!
    good = seeds.find((seed) => !red.includes(seed))!
    expect([good, bad]).toEqual([expect.any(Number), expect.any(Number)])
  })

  test('a run is red where one of them is, whichever comes first', async () => {
    for (const seeds of [
      [good, bad],
      [bad, good],
    ]) {
      const { verdict, layers, counts } = await withSeeds(seeds)
      expect([verdict, counts.differs]).toEqual(['mismatch', 1])
      const run = [good, bad].toSorted((a, b) => a - b)
      const faults = [expect.objectContaining({ seed: bad, status: 'differs' })]
      expect(layers[0]!.seeds).toEqual({ run, red: [bad], faults })
    }
  })

  test('so are the boxes', async () => {
    const { verdict, layers, boxes } = await withSeeds([good, bad], {}, ['detect'])
    expect([verdict, layers]).toEqual(['mismatch', []])
    const { length } = seeded.expectedBoxes!.boxes
    expect(length).toBeGreaterThan(0)
    expect(boxes).toMatchObject({
      expected: length,
      actual: length,
      mismatches: length,
      seeds: { red: [bad] },
    })
  })

  test.each(['loose', 'lost', 'stray', 'twice', 'late19', 'late150', 'foreign', 'stuck'] as const)(
    'a fault of one of them is found beside others as it is alone: %s',
    async (fault) => {
      const layers = ['split', 'shortcut', 'detect']
      const from = (seeds: readonly number[]) =>
        run(fault, { layers, own: { jobs: 1, seeds }, from: seeded, sometimes: true })
      const plain = ({ seconds: _, seeds: __, ...rest }: LayerResult) => rest
      const alone = await from([bad])
      expect(alone.verdict).toBe('mismatch')
      // From the second seed on a step is compared with what it was before.
      const { layers: beside, boxes } = await from([good, bad])
      expect(beside.map(plain)).toEqual(alone.layers.map(plain))
      expect(boxes!.error).toBe(alone.boxes!.error)
      const redFrom = (seeds: readonly number[], own: readonly LayerResult[]) =>
        expect(own.map((layer) => layer.seeds)).toEqual(
          alone.layers.map((layer) => ({ ...layer.seeds, run: seeds })),
        )
      redFrom(
        [good, bad].toSorted((a, b) => a - b),
        beside,
      )
      expect((await from([good])).verdict).toBe('exact')
    },
  )

  test('one that was proved says nothing of another', async () => {
    const evidence = { folder: makeFolder(), programHash: hashProgram() }
    const first = await withSeeds([good], { evidence })
    expect(first.layers.map((layer) => layer.evidence!.before)).toEqual([false])
    const { verdict, layers } = await withSeeds([good, bad], { evidence })
    expect([verdict, layers[0]!.seeds!.red]).toEqual(['mismatch', [bad]])
    const again = await withSeeds([good], { evidence })
    expect([again.verdict, again.counts.before]).toEqual(['exact', 1])
  })
})
