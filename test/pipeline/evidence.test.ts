/** Proofs by content: whatever went in must change the key, and nothing but a whole entry counts. */
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Codes } from '../../src/golden/types.ts'
import { DEFAULT_NMS } from '../../src/pipeline/engine-choice.ts'
import { evidenceKey, readEvidence, sweepEvidence, writeEvidence } from '../../src/pipeline/evidence.ts'
import { keyLayers } from '../../src/pipeline/layer-keys.ts'
import { hashProgram, hashQuantiser } from '../../src/pipeline/program-hash.ts'
import { silent } from '../../src/pipeline/progress.ts'
import { findProvedRun, keepProvedRun, keyRun } from '../../src/pipeline/proved-run.ts'
import { judgeChain } from '../../src/pipeline/red-chains.ts'
import { readSourceList } from '../../src/pipeline/rtl-sources.ts'
import {
  prepareSimulation,
  runSimulation,
  type SimulationBench,
  type SimulationOptions,
} from '../../src/pipeline/simulation.ts'
import { isRed, type LayerResult } from '../../src/report/result.ts'
import { ROM_NAMES, type RomName } from '../../src/rom/emit.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { hashParts } from '../../src/simulate/hash.ts'
import { makeFolder, prepareDefault } from './prepared.ts'
import { DEFAULT_IMAGE, VERILATOR_CACHE } from './shared-data.ts'

const hashText = (text: string): string => hashParts([text])
const RTL = fileURLToPath(new URL('../../rtl/', import.meta.url))
const { prepared } = await prepareDefault()
/** A small array builds in seconds. */
const engine = { ...DEFAULT_ENGINE, inputLanes: 8, outputLanes: 8, pixels: 2, tableBits: 10 }
const few = ['model.0', 'model.2.m.0', 'model.9.m@1', 'model.22.cv2.2.2']

const optionsOf = (own: Partial<SimulationOptions> = {}): SimulationOptions => {
  const folder = makeFolder()
  return {
    mode: 'isolated',
    modelName: 'shapes.pt',
    modelHash: prepared.hash,
    modelId: prepared.modelId,
    graph: prepared.integer,
    imagePath: DEFAULT_IMAGE,
    engine,
    nms: DEFAULT_NMS,
    folder,
    cacheDir: VERILATOR_CACHE,
    evidence: { folder: join(folder, 'evidence'), programHash: 'p' },
    waveform: false,
    choose: (names) => few.map((name) => names.indexOf(name)),
    ...own,
  }
}

let bench: SimulationBench
beforeAll(async () => {
  bench = await prepareSimulation(optionsOf({ choose: (names) => names.map((_, at) => at) }), silent)
})

describe('the key of a layer', () => {
  const store = { folder: '', programHash: 'p' }
  const keysOf = (changed: SimulationBench, own = store) => keyLayers(own, changed, changed.chosen)
  /** Names of layers whose key is not that of the unchanged run. */
  const changedBy = (changed: SimulationBench, own = store): readonly string[] => {
    const before = keysOf(bench)
    const after = keysOf(changed, own)
    return bench.chosen.flatMap((pc, at) => (before[at] === after[at] ? [] : [bench.roms.steps[pc]!.name]))
  }
  const all = () => bench.chosen.map((pc) => bench.roms.steps[pc]!.name)
  const flip = (name: RomName, at: number): SimulationBench => {
    const bytes = bench.roms[name].bytes.slice()
    bytes[at]! ^= 1
    return { ...bench, roms: { ...bench.roms, [name]: { ...bench.roms[name], bytes } } }
  }

  test('is the same for the same inputs, and its own for every layer', () => {
    expect(changedBy({ ...bench })).toEqual([])
    expect(new Set(keysOf(bench)).size).toBe(bench.chosen.length)
  })

  test.each([
    { because: 'the RTL or a tool', change: () => ({ ...bench, buildKey: 'other' }) },
    {
      because: 'the mode',
      change: () => ({ ...bench, options: { ...bench.options, mode: 'chained' as const } }),
    },
    { because: 'a seed', change: () => ({ ...bench, simulation: { ...bench.simulation, seed: 9 } }) },
    {
      because: 'stalls',
      change: () => ({ ...bench, simulation: { ...bench.simulation, stalls: { probability: 0.1 } } }),
    },
    {
      because: 'a parameter of the engine',
      change: () => ({
        ...bench,
        roms: { ...bench.roms, engine: { ...bench.roms.engine, maxDetections: 5 } },
      }),
    },
  ])('$because changes every key', ({ change }) => {
    expect(changedBy(change())).toEqual(all())
  })

  test('another version of this program changes every key', () => {
    expect(changedBy(bench, { folder: '', programHash: 'q' })).toEqual(all())
  })

  test.each(ROM_NAMES)(
    'one bit of the %s changes every key: wrong RTL may read beyond its own words',
    (name) => {
      expect(changedBy(flip(name, 0))).toEqual(all())
      expect(changedBy(flip(name, bench.roms[name].bytes.length - 1))).toEqual(all())
    },
  )

  test('the expected boxes change the boxes alone', () => {
    const expectedBoxes = { ...bench.expectedBoxes!, candidates: bench.expectedBoxes!.candidates + 1 }
    expect(changedBy({ ...bench, expectedBoxes })).toEqual(['model.22'])
  })

  test('one golden code changes the layer that writes it and those that read it', () => {
    const codes = bench.golden.get('model.1')!.slice() as Codes
    codes[codes.length - 1]! ^= 1
    const golden = new Map(bench.golden).set('model.1', codes)
    const readers = bench.roms.steps.filter(({ reads }) => reads.includes('model.1')).map(({ name }) => name)
    expect(readers.length).toBeGreaterThan(0)
    expect(changedBy({ ...bench, golden })).toEqual(['model.1', ...readers])
  })

  test('an instruction changes its layer alone', () => {
    const steps = bench.roms.steps.map((step) =>
      step.name === 'model.3' && step.instruction.op === 'conv'
        ? { ...step, instruction: { ...step.instruction, padCode: step.instruction.padCode ^ 1 } }
        : step,
    )
    expect(changedBy({ ...bench, roms: { ...bench.roms, steps } })).toEqual(['model.3'])
  })
})

describe('an entry', () => {
  const store = { folder: makeFolder(), programHash: 'p' }
  const kept = { provedAt: '2026-01-01T00:00:00.000Z', value: { a: [1, 2, 3], text: 'ü' } }
  const keep = async (name: string) => {
    const key = evidenceKey(store, 'test', [name])
    await writeEvidence(store, key, kept)
    return { key, path: join(store.folder, `${key}.json`) }
  }

  test('comes back as it was', async () => {
    const { key } = await keep('whole')
    expect(await readEvidence(store, key)).toEqual(kept)
    expect(await readEvidence(store, key.replace(/./g, '0'))).toBeNull()
  })

  test('that was cut short anywhere is not there', async () => {
    const { key, path } = await keep('cut')
    const size = readFileSync(path).length
    for (const length of [size - 2, size >> 1, 1, 0]) {
      truncateSync(path, length)
      expect(await readEvidence(store, key)).toBeNull()
    }
  })

  test('in which any digit of its content was changed is not there', async () => {
    const { key, path } = await keep('digit')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('[1,2,3]', '[1,2,4]'))
    expect(await readEvidence(store, key)).toBeNull()
    writeFileSync(path, text.replace('2026-01-01', '2027-01-01'))
    expect(await readEvidence(store, key)).toBeNull()
  })

  test('under the name of another, or of another version, is not there', async () => {
    const [a, b] = [await keep('a'), await keep('b')]
    const text = readFileSync(a.path, 'utf8')
    writeFileSync(b.path, text)
    expect(await readEvidence(store, b.key)).toBeNull()
    writeFileSync(a.path, text.replace('"version":1', '"version":0'))
    expect(await readEvidence(store, a.key)).toBeNull()
    for (const other of ['null', '[]', '"x"', '{']) {
      writeFileSync(a.path, other)
      expect(await readEvidence(store, a.key)).toBeNull()
    }
  })

  test('that was used last outlives the others', async () => {
    const own = { folder: makeFolder(), programHash: 'p' }
    const keys: string[] = []
    for (let i = 0; i < 5; i++) {
      keys.push(evidenceKey(own, 'test', [i]))
      await writeEvidence(own, keys[i]!, kept)
      await new Promise((resolve) => setTimeout(resolve, 15))
    }
    await readEvidence(own, keys[0]!)
    await sweepEvidence(own, 2)
    expect(readdirSync(own.folder).sort()).toEqual([keys[0], keys[4]].map((key) => `${key}.json`).sort())
  })
})

describe('a run on evidence', () => {
  test('runs nothing when nothing changed, all with --no-cache, and what was damaged again', async () => {
    const options = optionsOf()
    const first = (await runSimulation(options, silent)).result
    expect(first.layers.map(({ evidence }) => evidence?.before)).toEqual([false, false, false, false])
    const second = (await runSimulation(options, silent)).result
    expect(second.verdict).toBe('exact')
    expect(second.layers.map(({ evidence }) => evidence?.before)).toEqual([true, true, true, true])
    expect(second.layers.map(({ evidence: _, ...rest }) => rest)).toEqual(
      first.layers.map(({ evidence: _, ...rest }) => rest),
    )
    expect(second.totals.simSeconds).toBe(0)
    const { key } = second.layers[1]!.evidence!
    truncateSync(join(options.evidence!.folder, `${key}.json`), 100)
    const third = (await runSimulation(options, silent)).result
    expect(third.layers.map(({ evidence }) => evidence?.before)).toEqual([true, false, true, true])
    const all = (await runSimulation({ ...options, reuse: false }, silent)).result
    expect(all.layers.map(({ evidence }) => evidence?.before)).toEqual([false, false, false, false])
  })

  test('never takes a red layer from evidence, runs it first next time, and shows that the rest were proved', async () => {
    const folder = makeFolder()
    await cp(RTL, folder, { recursive: true })
    const file = join(folder, 'code_array.sv')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('+:A] > a_q', '+:A] < a_q'))
    const sources = await readSourceList(join(folder, 'rtl.f'))
    const options = optionsOf({ sources, jobs: 1 })
    for (const before of [false, true]) {
      const { result } = await runSimulation(options, silent)
      expect(result.layers.map(isRed)).toEqual([false, false, true, false])
      expect(result.layers[2]!.evidence).toBeUndefined()
      expect(result.layers[0]!.evidence?.before).toBe(before)
    }
    const failed = JSON.parse(readFileSync(join(options.evidence!.folder, 'red-last.json'), 'utf8'))
    expect(failed).toEqual(['model.9.m@1'])
  })

  test('a layer that was red with the same inputs stays red, and is called unsteady', async () => {
    const options = optionsOf({ choose: (names) => [names.indexOf('model.22.cv2.2.2')] })
    const changed = await prepareSimulation(options, silent)
    const [key] = keyLayers(options.evidence!, changed, changed.chosen)
    const red = {
      provedAt: '2026-01-01T00:00:00.000Z',
      value: { kind: 'red', why: 'it differed', opened: [] },
    }
    await writeEvidence(options.evidence!, key!, red)
    for (const reuse of [true, false, true]) {
      const warnings: string[] = []
      const progress = { ...silent, warn: (text: string) => warnings.push(text) }
      const { result } = await runSimulation({ ...options, reuse }, progress)
      expect(result.verdict).toBe('mismatch')
      expect(result.layers[0]).toMatchObject({ mismatches: 0, unsteady: true })
      expect(result.layers[0]!.evidence).toBeUndefined()
      expect(warnings.join()).toMatch(/model\.22\.cv2\.2\.2 is exact now and was red before/)
    }
  })

  test('a layer that was red with another content of a file that the RTL reads is not unsteady with this one', async () => {
    const folder = makeFolder()
    await cp(RTL, folder, { recursive: true })
    const table = join(folder, 'half.mem')
    const file = join(folder, 'requantise.sv')
    const text = await readFile(file, 'utf8')
    const reads = `logic [0:0] rounds[1];\n  initial $readmemh("${table}", rounds);\n  logic valid_q;`
    const changed = text
      .replace('logic valid_q;', reads)
      .replace("((49'd1 << param[53:48]) >> 1)", "((49'(rounds[0]) << param[53:48]) >> 1)")
    expect(changed).toContain("49'(rounds[0])")
    await writeFile(file, changed)
    const sources = await readSourceList(join(folder, 'rtl.f'))
    const choose = (names: readonly string[]) => [names.indexOf('model.22.cv2.2.2')]
    const options = optionsOf({ sources, choose, stimulus: 'corners', waveform: false })
    for (const mode of ['isolated', 'chained'] as const)
      for (const [content, verdict] of [
        ['0', 'mismatch'],
        ['1', 'exact'],
        ['0', 'mismatch'],
      ] as const) {
        await writeFile(table, `${content}\n`)
        const { result } = await runSimulation({ ...options, mode }, silent)
        expect([mode, content, result.verdict]).toEqual([mode, content, verdict])
        expect(result.layers.some(({ unsteady }) => unsteady)).toBe(false)
      }
  }, 180_000)

  test('a chained run that was red stays red where it was, and other inputs know nothing of it', async () => {
    const own = { ...bench, options: optionsOf({ mode: 'chained' }) }
    const result = (name: string, mismatches: number) =>
      ({ name, mismatches, stray: 0, repeated: 0, error: null }) as unknown as LayerResult
    const run = (mismatches: number) => ({
      layers: [result('model.0', 0), result('model.1', mismatches)],
      boxes: null,
      cycles: 1,
      seconds: 1,
    })
    expect(await judgeChain(own, run(0), [])).toEqual(run(0))
    expect(await judgeChain(own, run(3), [])).toEqual(run(3))
    const again = await judgeChain(own, run(0), [])
    expect(again.layers.map(({ unsteady }) => unsteady)).toEqual([undefined, true])
    expect(await judgeChain({ ...own, buildKey: 'other RTL' }, run(0), [])).toEqual(run(0))
  })

  test('a proof rests on the files that the model read by itself', async () => {
    const options = optionsOf({ choose: (names) => [names.indexOf('model.22.cv2.2.2')] })
    const changed = await prepareSimulation(options, silent)
    const [key] = keyLayers(options.evidence!, changed, changed.chosen)
    const first = (await runSimulation(options, silent)).result
    expect(first.layers[0]!.evidence!.key).toBe(key)
    const own = join(options.folder, 'half.mem')
    writeFileSync(own, '1')
    const kept = (await readEvidence<{ opened: unknown }>(options.evidence!, key!))!
    expect(kept.value.opened).toEqual([])
    const value = { ...kept.value, opened: [{ path: own, sha256: hashText('1') }] }
    await writeEvidence(options.evidence!, key!, { ...kept, value })
    const beforeOf = async () => (await runSimulation(options, silent)).result.layers[0]!.evidence!.before
    expect(await beforeOf()).toBe(true)
    writeFileSync(own, '0')
    expect(await beforeOf()).toBe(false)
  })
})

describe('a whole run', () => {
  const store = { folder: makeFolder(), programHash: 'p' }
  const folder = makeFolder()
  const input = join(folder, 'model.pt')
  const request = { inputs: [input], sources: ['rtl/a.sv'], options: { mode: 'isolated', bits: 8 } }

  test('any input, option, source, program or seed makes another key', async () => {
    writeFileSync(input, 'weights')
    const key = await keyRun(store, request)
    expect(await keyRun(store, { ...request, options: { bits: 8, mode: 'isolated' } })).toBe(key)
    const others = [
      await keyRun(store, { ...request, options: { ...request.options, bits: 4 } }),
      await keyRun(store, { ...request, sources: ['rtl/b.sv'] }),
      await keyRun({ ...store, programHash: 'q' }, request),
    ]
    const variables = {
      ASSAY_SEED: '7',
      ASSAY_SIMULATOR: 'icarus',
      CXX: 'clang++',
      VERILATOR_ROOT: '/v',
      CPATH: '/i',
    }
    for (const [name, value] of Object.entries(variables)) {
      vi.stubEnv(name, value)
      others.push(await keyRun(store, request))
      vi.unstubAllEnvs()
    }
    expect(await keyRun(store, request)).toBe(key)
    writeFileSync(input, 'weightz')
    others.push(await keyRun(store, request))
    expect(new Set([key, ...others]).size).toBe(10)
  })

  test('is found again, but not with other RTL, a lost file, or a red layer', async () => {
    const rtl = makeFolder()
    await cp(RTL, rtl, { recursive: true })
    const sources = await readSourceList(join(rtl, 'rtl.f'))
    const { bench: own, result } = await runSimulation(optionsOf({ sources }), silent)
    const picture = join(folder, 'picture.png')
    writeFileSync(picture, 'png')
    const table = join(folder, 'table.mem')
    writeFileSync(table, '1')
    const keep = (key: string, kept = result) =>
      keepProvedRun(
        store,
        key,
        kept,
        own.simulation,
        own.buildKey,
        [{ path: picture, original: picture }],
        [{ path: table, sha256: hashText('1') }],
      )
    await keep('a')
    const found = await findProvedRun(store, 'a')
    expect(found!.layers.map(({ name }) => name)).toEqual(few)
    expect(found!.layers.every(({ evidence }) => evidence?.before === true)).toBe(true)
    writeFileSync(table, '0')
    expect(await findProvedRun(store, 'a')).toBeNull()
    writeFileSync(table, '1')
    await keep('red')
    expect(await findProvedRun(store, 'red')).not.toBeNull()
    await keep('red', { ...result, verdict: 'mismatch' })
    expect(await findProvedRun(store, 'red')).toBeNull()
    writeFileSync(picture, 'gnp')
    expect(await findProvedRun(store, 'a')).toBeNull()
    writeFileSync(picture, 'png')
    const file = join(rtl, 'requantise.sv')
    await writeFile(file, `${await readFile(file, 'utf8')}\n// changed\n`)
    expect(await findProvedRun(store, 'a')).toBeNull()
  })
})

test('the hash of the program covers every module', () => {
  const folder = makeFolder()
  mkdirSync(join(folder, 'bench'))
  writeFileSync(join(folder, 'a.js'), '1')
  writeFileSync(join(folder, 'bench', 'b.js'), '1')
  const hash = hashProgram(folder)
  writeFileSync(join(folder, 'bench', 'b.js'), '2')
  expect(hashProgram(folder)).toBe(hash)
  writeFileSync(join(folder, 'a.js'), '2')
  expect(hashProgram(folder)).not.toBe(hash)
})

test('the hash of the quantiser covers what a model comes from, and nothing else', () => {
  const folder = makeFolder()
  const names = ['checkpoint', 'graph', 'image', 'golden', 'quantise', 'pipeline', 'report']
  for (const name of names) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'a.js'), '1')
  }
  writeFileSync(join(folder, 'pipeline', 'quantise-model.js'), '1')
  const hash = hashQuantiser(folder)
  for (const [path, isPart] of [
    ...names.slice(0, 5).map((name) => [join(name, 'a.js'), true] as const),
    [join('pipeline', 'quantise-model.js'), true],
    [join('pipeline', 'a.js'), false],
    [join('report', 'a.js'), false],
  ] as const) {
    writeFileSync(join(folder, path), '2')
    expect(hashQuantiser(folder) !== hash, path).toBe(isPart)
    writeFileSync(join(folder, path), '1')
  }
})
