import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { buildModel, type Dut } from '../../src/simulate/index.ts'
import { makeRandom, runTwice, simulateTest } from '../../src/testing/index.ts'
import { testWith } from '../witness.ts'

const counter = { top: 'beat_counter', sources: ['test/simulate/fixtures/beat_counter.sv'] }

beforeAll(async () => {
  await Promise.all([buildModel(counter), buildModel({ ...counter, trace: true })])
})

afterEach(() => {
  vi.unstubAllEnvs()
})

const makeFolder = () => mkdtemp(join(tmpdir(), 'assay-waves-'))

async function failureOf(run: Promise<void>): Promise<Error> {
  return run.then(
    () => expect.unreachable('the body passed'),
    (error: Error) => error,
  )
}

simulateTest('a passing test runs once, and its models are closed', async ({ simulate, seed, random }) => {
  expect(seed).toBe(1)
  expect(random(10)).toBe(makeRandom(1)(10))
  const dut = await simulate(counter)
  dut.ports.in_valid_i = 1
  dut.tick(3)
  expect(dut.ports.count_o).toBe(3)
  expect(dut.seed).toBe(1)
})

test.each([{ fails: false }, { fails: true }])(
  'models are closed after a test, failed: $fails',
  async ({ fails }) => {
    const opened: Dut[] = []
    // Coverage has no use for a waveform: no second run.
    vi.stubEnv('ASSAY_COVERAGE', await makeFolder())
    const run = runTwice(
      async ({ simulate }) => {
        opened.push(await simulate(counter))
        if (fails) throw new Error('with a model open')
      },
      { waves: await makeFolder() },
    )
    const error = await run.then(
      () => null,
      (reason: Error) => reason,
    )
    expect(error?.message).toBe(fails ? 'with a model open\n  seed 1: ASSAY_SEED=1 replays it' : undefined)
    expect(opened).toHaveLength(1)
    expect(() => opened[0]!.tick()).toThrow('closed')
  },
)

test('a model has the seed of its test, or its own', async () => {
  vi.stubEnv('ASSAY_SEED', 'random')
  const seeds: number[] = []
  await runTwice(async ({ simulate, seed }) => {
    const duts = [await simulate(counter), await simulate({ ...counter, seed: 9 })]
    seeds.push(seed, ...duts.map((dut) => dut.seed))
  })
  expect(seeds).toEqual([seeds[0], seeds[0], 9])
})

describe('a failing test', () => {
  testWith(
    'zlib.h',
    'is run again, with a waveform of the cycles before its failure and of no others',
    async () => {
      const waves = await makeFolder()
      const counts: number[] = []
      const run = runTwice(
        async ({ simulate }) => {
          await using dut = await simulate(counter)
          dut.ports.in_valid_i = 1
          dut.tick(500)
          counts.push(dut.ports.count_o!)
          expect(dut.ports.count_o).toBe(7)
        },
        { waves, cyclesBefore: 50 },
      )
      const { message } = await failureOf(run)
      expect(counts).toEqual([244, 244])
      expect(message).toMatch(/^expected 244 to be 7/)
      expect(message).toContain('\n  seed 1: ASSAY_SEED=1 replays it')
      expect(message).toMatch(
        /\n {2}waveform of beat_counter, cycles 452 to 502: \S+\.fst\n {4}look at 1004 ps, a cycle has 2 ps: gtkwave \S+\.gtkw$/,
      )
      // The same names in every process: nothing piles up.
      const written = await readdir(waves)
      const name = /^[\w-]*-its-failure-and-of-no-others-0-beat_counter\.(fst|gtkw)$/
      expect(written.map((one) => name.exec(one)?.[1]).toSorted()).toEqual(['fst', 'gtkw'])
      expect(written.join()).not.toContain(String(process.pid))
      const file = written.find((name) => name.endsWith('.fst'))
      const saved = await readFile(join(waves, written.find((name) => name.endsWith('.gtkw'))!), 'utf8')
      expect(saved).toContain(`[dumpfile] "${file}"`)
      expect(saved).toContain('*-4.0 1004 1004 ')
      expect(saved).toContain('TOP.in_valid_i')
      const header = await readFile(join(waves, file!))
      expect(Number(header.readBigUInt64BE(9))).toBe(2 * 452)
      expect(Number(header.readBigUInt64BE(17))).toBe(2 * 502 - 1)
    },
  )

  testWith('zlib.h', 'that fails in the RTL keeps the error with file and line', async () => {
    const waves = await makeFolder()
    const run = runTwice(
      async ({ simulate }) => {
        const dut = await simulate({ top: 'trouble', sources: ['test/simulate/fixtures/trouble.sv'] })
        dut.tick(5)
        dut.ports.how_i = 1
        dut.tick(10)
      },
      { waves },
    )
    const error = await failureOf(run)
    expect(error).toMatchObject({ name: 'SimulationError', kind: 'assertion', cycle: 5 })
    expect(error.message).toMatch(/^test\/simulate\/fixtures\/trouble\.sv:\d+: .*the number was 1/)
    expect(error.message).toMatch(/waveform of trouble, cycles 0 to 5: /)
  })

  testWith(
    'zlib.h',
    'has the seed of ASSAY_SEED, and says when the second run went another way',
    async () => {
      vi.stubEnv('ASSAY_SEED', '4711')
      const waves = await makeFolder()
      let runs = 0
      const run = runTwice(
        async ({ simulate, seed, random }) => {
          const dut = await simulate(counter)
          expect([dut.seed, seed, random(1000)]).toEqual([4711, 4711, makeRandom(4711)(1000)])
          if (runs++ === 0) throw new Error('once only')
        },
        { waves },
      )
      const { message } = await failureOf(run)
      expect(message).toContain('seed 4711: ASSAY_SEED=4711 replays it')
      expect(message).toContain('depends on more than its seed')
    },
  )

  test.each([
    ['cannot be built', 'verilator failed', async (folder: string) => join(folder, 'waves'), 'broken.sv'],
    ['cannot be written', 'ENOTDIR', async (folder: string) => join(folder, 'top.sv', 'waves'), null],
  ])('whose waveform %s says so, and announces none', async (_, why, wavesIn, breaks) => {
    const folder = await makeFolder()
    const [source, other] = ['top.sv', 'broken.sv'].map((name) => join(folder, name))
    await writeFile(
      source!,
      'module top (input logic clk_i, output logic q_o); assign q_o = clk_i; endmodule\n',
    )
    await writeFile(other!, 'module top (input logic clk_i, output logic q_o); nonsense endmodule\n')
    let runs = 0
    const run = runTwice(
      async ({ simulate }) => {
        const sources = [breaks !== null && runs++ > 0 ? other! : source!]
        const dut = await simulate({ top: 'top', sources })
        dut.tick()
        throw new Error('red')
      },
      { waves: await wavesIn(folder) },
    )
    const { message } = await failureOf(run)
    expect(message).toMatch(/^red\n/)
    expect(message).toMatch(new RegExp(`\n {2}no waveform of top, cycles 0 to 1: \\S+, for .*${why}`))
  })

  test('that does not compile is not run again', async () => {
    const folder = await makeFolder()
    await writeFile(join(folder, 'top.sv'), 'module top; nonsense endmodule\n')
    let runs = 0
    const run = runTwice(async ({ simulate }) => {
      runs++
      await simulate({ top: 'top', sources: [join(folder, 'top.sv')] })
    })
    expect((await failureOf(run)).message).not.toContain('waveform')
    expect(runs).toBe(1)
  })

  test('without a model has nothing to trace, and is not run again', async () => {
    const waves = join(await makeFolder(), 'none')
    let runs = 0
    const run = runTwice(
      () => {
        runs++
        throw new Error('plain')
      },
      { waves },
    )
    expect((await failureOf(run)).message).toBe('plain\n  seed 1: ASSAY_SEED=1 replays it')
    expect(runs).toBe(1)
    expect(existsSync(waves)).toBe(false)
  })
})

test('a seed that is none is refused', async () => {
  vi.stubEnv('ASSAY_SEED', 'seven')
  await expect(runTwice(() => undefined)).rejects.toThrow(
    /whole number below 2\^31, or random, in ASSAY_SEED, got seven/,
  )
})

test('random numbers are those of their seed, and spread', () => {
  const [one, same, other] = [1, 1, 2].map((seed) => {
    const random = makeRandom(seed)
    return Array.from({ length: 4000 }, () => random(8))
  })
  expect(one).toEqual(same)
  expect(one).not.toEqual(other)
  for (let value = 0; value < 8; value++) {
    const count = one!.filter((item) => item === value).length
    expect(count).toBeGreaterThan(400)
    expect(count).toBeLessThan(600)
  }
})
