/** What a run rests on besides its layers: ROM files that are whole, golden data that was checked, what was red before. */

import { readdirSync, readFileSync, truncateSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Codes } from '../../src/golden/types.ts'
import { prepareSimulation, type SimulationBench } from '../../src/pipeline/bench/bench.ts'
import type { SimulationOptions } from '../../src/pipeline/bench/options.ts'
import { type Progress, silent } from '../../src/pipeline/files/progress.ts'
import { judgeChain } from '../../src/pipeline/proof/red-chains.ts'
import { runBench, runSimulation } from '../../src/pipeline/sim/run.ts'
import { keyStimulus } from '../../src/pipeline/stimulus/stimulus.ts'
import { isRed, type StimulusResult } from '../../src/result/result.ts'
import { type EvidenceStore, readEvidence, writeEvidence } from '../../src/store/evidence.ts'
import { hashProgram } from '../../src/store/program-hash.ts'
import { makeLayer } from '../report/shard-reports.ts'
import { changeOptions, chooseNamed, makeFolder, type OwnOptions } from './prepared.ts'
import { VERILATOR_CACHE } from './shared-data.ts'
import { smallOptions } from './small-network.ts'

const few = { choose: chooseNamed(['stem', 'cls1']) }

/** Calls back when a task of this name begins. */
const when = (name: string, act: () => void): Progress => ({
  ...silent,
  start: (what) => {
    if (what.startsWith(name)) act()
    return silent.start(what)
  },
})

describe('ROM files that were damaged after they were written', () => {
  let options: SimulationOptions
  beforeEach(async () => {
    const home = makeFolder()
    await mkdir(VERILATOR_CACHE, { recursive: true })
    await symlink(VERILATOR_CACHE, join(home, 'verilator'))
    options = smallOptions({ ...few, folder: join(home, 'run'), cacheDir: join(home, 'verilator') })
  })

  test('are refused where the model reads them: zeros in their place would be believed', async () => {
    const roms = join(options.store.cacheDir, '..', 'roms')
    const damage = () => truncateSync(join(roms, readdirSync(roms)[0]!, 'weights.mem'), 100)
    await expect(prepareSimulation(options, when('build the RTL', damage))).rejects.toThrow(/weights\.mem/)
  })

  test("do not matter in the run's own folder, where another run may write", async () => {
    const damage = () => truncateSync(join(options.output.folder, 'roms', 'weights.mem'), 100)
    const { result } = await runSimulation(options, when('build the RTL', damage))
    expect(result.verdict).toBe('exact')
  })
})

test('golden data is checked, with its boxes, before anything is built', async () => {
  let seen: readonly unknown[] = []
  const begun: string[] = []
  const refused = prepareSimulation(
    smallOptions({
      ...few,
      checkGolden: (golden, boxes) => {
        seen = [golden.get('cls1')!.length > 0, boxes!.boxes.length]
        throw new RangeError('not these')
      },
    }),
    when('build', () => begun.push('build')),
  )
  await expect(refused).rejects.toThrow('not these')
  expect([seen, begun]).toEqual([[true, expect.any(Number)], []])
})

describe('what was red before on the same inputs', () => {
  let bench: SimulationBench
  let store: EvidenceStore
  beforeAll(async () => {
    // With the tallies of its image, which a run that has stimulus needs.
    bench = await prepareSimulation(smallOptions({ ...few, stimulus: 'corners' }), silent)
  })
  beforeEach(() => {
    store = { folder: join(makeFolder(), 'evidence'), programHash: hashProgram() }
  })
  const withOptions = (own: OwnOptions): SimulationBench => ({
    ...bench,
    ...changeOptions(bench, { evidence: store, stimulus: undefined, ...own }),
  })

  test('is red in a chained run, although it is exact', async () => {
    const own = withOptions({ mode: 'chained' })
    const exact = (await runBench(own, silent)).result
    expect([exact.verdict, exact.layers.length]).toEqual(['exact', bench.roms.steps.length - 1])
    const layers = exact.layers.map((layer) => (layer.name === 'pool' ? { ...layer, mismatches: 1 } : layer))
    await judgeChain(own, { layers, boxes: null, cycles: 1, seconds: 1 }, [])
    const again = (await runBench(own, silent)).result
    expect(again.verdict).toBe('mismatch')
    expect(again.layers.filter(isRed).map(({ name, unsteady }) => [name, unsteady])).toEqual([['pool', true]])
  })

  interface KeptStimulus {
    readonly result: StimulusResult
    readonly opened: readonly unknown[]
  }
  const provedAt = '2025-01-01T00:00:00.000Z'
  const keepRed = async (own: SimulationBench): Promise<void> => {
    const result: StimulusResult = {
      ...{
        choice: 'corners',
        seeds: [],
        isRed: true,
        tensors: 1,
        sets: 0,
        elements: 9,
        cycles: 5,
        seconds: 1,
      },
      ...{ redTensors: 1, redSets: 0, red: [makeLayer('stem [corners]', 1)], redBoxes: [] },
      ...{ rows: [], notExercised: [], impossible: [] },
    }
    const value = { result, opened: [] }
    await writeEvidence(store, keyStimulus(own, 'corners', store), { provedAt, value })
  }

  test('is red on generated stimulus, and with it the run, although all is exact', async () => {
    const own = withOptions({ stimulus: 'corners' })
    await keepRed(own)
    for (let run = 0; run < 2; run++) {
      const { verdict, layers, stimulus } = (await runBench(own, silent)).result
      expect([verdict, layers.some(isRed)]).toEqual(['mismatch', false])
      expect(stimulus).toMatchObject({ isRed: true, unsteady: true, redTensors: 0 })
      expect(stimulus!.evidence).toBeUndefined()
    }
  })

  test('generated stimulus that was exact is not run again, but with --no-cache, and its proof names itself', async () => {
    const own = withOptions({ stimulus: 'corners' })
    const key = keyStimulus(own, 'corners', store)
    let ran = 0
    const progress = when('simulate generated stimulus', () => ran++)
    const first = (await runBench(own, progress)).result
    expect(first.stimulus!.evidence).toEqual({ key, provedAt: bench.record.startedAt, before: false })
    expect(first.stimulus!.tensors).toBeGreaterThan(1)
    const second = (await runBench(own, progress)).result
    expect(second.stimulus).toEqual({
      ...first.stimulus,
      evidence: { ...first.stimulus!.evidence, before: true },
    })
    expect(ran).toBe(1)
    const all = withOptions({ stimulus: 'corners', reuse: false })
    expect((await runBench(all, progress)).result.stimulus!.evidence!.before).toBe(false)
    expect(ran).toBe(2)
    // A file that the RTL read and that has changed since.
    const kept = (await readEvidence(
      store,
      key,
      v.custom<KeptStimulus>(() => true),
    ))!
    const opened = [{ path: join(store.folder, 'none.mem'), sha256: '0'.repeat(64) }]
    await writeEvidence(store, key, { ...kept, value: { ...kept.value, opened } })
    await runBench(own, progress)
    expect(ran).toBe(3)
  })

  test('another image runs no stimulus again, but what it exercises itself counts', async () => {
    const options = (codes: Codes): SimulationOptions => {
      const image = { path: 'other.png', bytes: Uint8Array.of(codes[0]!), letterboxed: null, codes }
      return smallOptions({ ...few, image, stimulus: 'random', evidence: store })
    }
    const exercise = async (codes: Codes): Promise<StimulusResult> =>
      (await runSimulation(options(codes), silent)).result.stimulus!
    const { length } = bench.image.codes
    const first = await exercise(new Uint8Array(length).fill(255))
    const second = await exercise(new Uint8Array(length).map((_, i) => (i * 89) % 256))
    expect([first.evidence!.before, second.evidence!.before]).toEqual([false, true])
    expect(second.tensors).toBe(first.tensors)
    const alone = { ...options(new Uint8Array(length).map((_, i) => (i * 89) % 256)) }
    const fresh = await runSimulation({ ...alone, store: { cacheDir: alone.store.cacheDir } }, silent)
    expect(second.rows).toEqual(fresh.result.stimulus!.rows)
    expect(second.rows).not.toEqual(first.rows)
  })

  test('a result is written as it is, stimulus and verdict with it', async () => {
    const own = withOptions({ stimulus: 'image', folder: makeFolder(), resultFolder: makeFolder() })
    const { result } = await runBench(own, silent)
    const { resultFolder } = own.output
    expect(JSON.parse(readFileSync(join(resultFolder!, 'sim.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(result)),
    )
    expect(result).toMatchObject({
      verdict: 'exact',
      mode: 'isolated',
      image: 'small.png',
      stimulus: { choice: 'image' },
    })
  })
})
