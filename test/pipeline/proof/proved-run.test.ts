/** A whole run that answers from yesterday: only where every input, option, tool and file is as it was, and all was exact. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  findProvedRun,
  keepProvedRun,
  keyRun as keyRunIn,
  type RunRequest,
} from '../../../src/pipeline/proof/proved-run.ts'
import { readEnvironment } from '../../../src/process/environment.ts'
import type { SimResult, StimulusResult } from '../../../src/result/result.ts'
import { buildModel } from '../../../src/simulate/build/build.ts'
import { type EvidenceStore, readEvidence, writeEvidence } from '../../../src/store/evidence.ts'
import { hashParts } from '../../../src/store/hash.ts'
import { hashProgram, hashQuantiser } from '../../../src/store/program-hash.ts'
import { BOXES, makeLayer, makeReport } from '../../report/shard-reports.ts'
import { makeFolder } from '../prepared.ts'
import { VERILATOR_CACHE } from '../shared-data.ts'

const store = { folder: makeFolder(), programHash: 'p' }
const keyRun = (own: EvidenceStore, request: RunRequest) => keyRunIn(own, request, readEnvironment())
const folder = makeFolder()

describe('the key of a run', () => {
  const [model, image] = [join(folder, 'model.pt'), join(folder, 'image.png')]
  writeFileSync(model, 'weights')
  writeFileSync(image, 'pixels')
  const options = { mode: 'isolated', bits: 8 }
  const request = { inputs: [model, image], sources: ['rtl/a.sv', 'rtl/b.sv'], options }

  test('is the same for the same request, in whatever order the options stand', async () => {
    const key = await keyRun(store, request)
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(await keyRun(store, { ...request, options: { bits: 8, mode: 'isolated' } })).toBe(key)
    expect(await keyRun({ ...store, folder: '/elsewhere' }, request)).toBe(key)
  })

  const other = join(folder, 'same-content.pt')
  writeFileSync(other, 'weights')
  const changed = join(folder, 'other.pt')
  writeFileSync(changed, 'weightz')
  test.each([
    { because: 'an option', own: { options: { ...options, bits: 4 } } },
    { because: 'an option more', own: { options: { ...options, seeds: '1..2' } } },
    { because: 'an option less', own: { options: { bits: 8 } } },
    { because: 'a source', own: { sources: ['rtl/a.sv', 'rtl/c.sv'] } },
    { because: 'the order of the sources', own: { sources: ['rtl/b.sv', 'rtl/a.sv'] } },
    { because: 'the content of an input', own: { inputs: [changed, image] } },
    { because: 'the name of an input', own: { inputs: [other, image] } },
    { because: 'an input more', own: { inputs: [model, image, other] } },
  ])('is another with $because', async ({ own }) => {
    expect(await keyRun(store, { ...request, ...own })).not.toBe(await keyRun(store, request))
  })

  test.each([
    ['ASSAY_SEED', '7'],
    ['ASSAY_SIMULATOR', 'icarus'],
    ['CXX', 'clang++'],
    ['VERILATOR_ROOT', '/v'],
    ['CPATH', '/i'],
  ])('is another with %s=%s', async (name, value) => {
    const key = await keyRun(store, request)
    vi.stubEnv(name, value)
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await keyRun(store, request)).not.toBe(key)
  })

  test('is another in another folder, with another version of this program, and once an input was saved', async () => {
    const key = await keyRun(store, request)
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue('/')
    const absolute = { ...request, sources: request.sources.map((path) => join('/', path)) }
    const there = await keyRun(store, absolute)
    cwd.mockRestore()
    expect(await keyRun(store, absolute)).not.toBe(there)
    expect(await keyRun({ ...store, programHash: 'q' }, request)).not.toBe(key)
    writeFileSync(image, 'pixelz')
    expect(await keyRun(store, request)).not.toBe(key)
  })
})

describe('a run that was proved', () => {
  const rtl = join(folder, 'echo.sv')
  const table = join(folder, 'table.mem')
  const picture = join(folder, 'picture.png')
  const module = (text: string): string =>
    `module echo (input logic data_i, output logic data_o);\n  assign data_o = ${text};\nendmodule\n`
  const build = { top: 'echo', sources: [rtl], cacheDir: VERILATOR_CACHE }
  const provedAt = '2026-01-01T00:00:00.000Z'
  const [a, b] = [makeLayer('a'), makeLayer('b')]
  const earlier = { key: 'e'.repeat(64), provedAt: '2025-01-01T00:00:00.000Z', before: false }
  const stimulus: StimulusResult = {
    ...{
      choice: 'corners',
      seeds: [],
      isRed: false,
      tensors: 2,
      sets: 0,
      elements: 9,
      cycles: 5,
      seconds: 1,
    },
    ...{ redTensors: 0, redSets: 0, red: [], redBoxes: [], rows: [], notExercised: [], impossible: [] },
    evidence: earlier,
  }
  const { result } = makeReport(1, [{ ...a, evidence: earlier }, b], BOXES)
  const exact: SimResult = { ...result, stimulus }

  const keep = async (key: string, own: Partial<SimResult> = {}, files = [picture]): Promise<void> => {
    const { meaning: buildKey, inputs } = await buildModel(build)
    const written = files.map((path) => ({ path, original: path }))
    const opened = [{ path: table, sha256: hashParts(['1']) }]
    const result = { ...exact, ...own }
    await keepProvedRun(store, key, {
      ...{ result, build, buildKey, inputs: [...inputs] },
      ...{ files: written, opened },
    })
  }
  const find = (key = 'run') => findProvedRun(store, key, readEnvironment())

  beforeEach(async () => {
    writeFileSync(rtl, module('data_i'))
    writeFileSync(table, '1')
    writeFileSync(picture, 'png')
    await keep('run')
  })

  test('comes back, with every part marked as proved before, and no time spent', async () => {
    const before = { key: 'run', provedAt, before: true }
    expect(await find()).toEqual({
      ...exact,
      layers: [
        { ...a, evidence: { ...earlier, before: true } },
        { ...b, evidence: before },
      ],
      boxes: { ...BOXES, evidence: before },
      stimulus: { ...stimulus, evidence: { ...earlier, before: true } },
      counts: { exact: 0, before: 3, differs: 0, failed: 0, unsteady: 0, notRun: 0 },
      totals: { ...exact.totals, buildSeconds: 0, simSeconds: 0 },
    })
    expect(await find('other')).toBeNull()
  })

  test.each([
    { because: 'other RTL', change: () => writeFileSync(rtl, module('!data_i')) },
    { because: 'a file that the RTL reads', change: () => writeFileSync(table, '0') },
    { because: 'a file that the RTL reads, gone', change: () => rmSync(table) },
    { because: 'a picture that was changed', change: () => writeFileSync(picture, 'gnp') },
    { because: 'a picture that is gone', change: () => rmSync(picture) },
  ])('does not with $because', async ({ change }) => {
    expect(await find()).not.toBeNull()
    change()
    expect(await find()).toBeNull()
  })

  test('is forgotten when the same run is red, and a red one is never believed', async () => {
    await keep('run', { verdict: 'mismatch' })
    expect(await find()).toBeNull()
    await keep('run')
    const kept = (await readEvidence(
      store,
      'run',
      v.custom<{ result: SimResult }>(() => true),
    ))!
    const value = { ...kept.value, result: { ...kept.value.result, verdict: 'mismatch' } }
    await writeEvidence(store, 'run', { ...kept, value })
    expect(await find()).toBeNull()
  })

  test('is not kept where a file that it wrote is gone already', async () => {
    await keep('lost', {}, [picture, join(folder, 'none.png')])
    expect(await find('lost')).toBeNull()
  })
})

test.each(['version', 'arch'] as const)('the hash of the program covers process.%s', (name) => {
  const program = makeFolder()
  const hash = hashProgram(program)
  const own = Object.getOwnPropertyDescriptor(process, name)!
  onTestFinished(() => void Object.defineProperty(process, name, own))
  Object.defineProperty(process, name, { ...own, value: 'other' })
  expect(hashProgram(program)).not.toBe(hash)
})

test('the hash of the program covers every module', () => {
  const program = makeFolder()
  mkdirSync(join(program, 'bench'))
  writeFileSync(join(program, 'a.js'), '1')
  writeFileSync(join(program, 'bench', 'b.js'), '1')
  const hash = hashProgram(program)
  writeFileSync(join(program, 'bench', 'b.js'), '2')
  expect(hashProgram(program)).toBe(hash)
  writeFileSync(join(program, 'a.js'), '2')
  expect(hashProgram(program)).not.toBe(hash)
})

test('the hash of the quantiser covers what a model comes from, and nothing else', () => {
  const program = makeFolder()
  const names = [
    'input',
    'checkpoint',
    'graph',
    'image',
    'golden',
    'quantise',
    'distil',
    'pipeline/model',
    'pipeline',
    'report',
  ]
  for (const name of names) {
    mkdirSync(join(program, name), { recursive: true })
    writeFileSync(join(program, name, 'a.js'), '1')
  }
  const hash = hashQuantiser(program)
  const parts = names.slice(0, 8).map((name) => join(name, 'a.js'))
  for (const [path, isPart] of [
    ...parts.map((part) => [part, true] as const),
    [join('pipeline', 'a.js'), false],
    [join('report', 'a.js'), false],
  ] as const) {
    writeFileSync(join(program, path), '2')
    expect(hashQuantiser(program) !== hash, path).toBe(isPart)
    writeFileSync(join(program, path), '1')
  }
})
