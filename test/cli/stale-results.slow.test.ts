/** Nothing of an earlier run is taken for this one's: reports of one that dies, ROM files of another model. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { XMLParser } from 'fast-xml-parser'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { SimResult } from '../../src/result/result.ts'
import { repositoryPath } from '../checkpoint/shared-data.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { assayMain, runAssay } from './run-assay.ts'
import { shareModels } from './share-models.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const common = ['--array', '8x8x2', '--calibration-images', '4', '--quiet']
const REPORTS = ['sim.json', 'report.json', 'report.html', 'junit.xml']

const out = makeFolder()
const run = join(out, 'shapes-w8a8')
const rtl = join(makeFolder(), 'rtl')
const sim = (...args: string[]) =>
  runAssay([
    'sim',
    '--out',
    out,
    // A module of one's own has no array.
    ...common.slice(args.includes('--config') ? 2 : 0),
    ...(args.includes('--layers') ? [] : ['--layers', 'model.0']),
    ...args,
  ])
const present = (folder = run) => REPORTS.filter((name) => existsSync(join(folder, name)))

/** The suites of a JUnit file. */
const readJunit = (folder = run) =>
  new XMLParser({ ignoreAttributes: false }).parse(readFileSync(join(folder, 'junit.xml'), 'utf8')).testsuites

beforeAll(async () => {
  await shareModels(out)
  await cp(join(HOME, 'rtl'), rtl, { recursive: true })
})

describe('a run that dies', () => {
  const makeGreen = async (): Promise<void> => {
    const { exitCode } = await sim('--rtl', rtl, '--report', 'json,junit,html')
    expect(exitCode).toBe(0)
    expect(present()).toEqual(REPORTS)
  }

  test('by a syntax error in the RTL: nothing of the green run is left, JUnit and GitHub say why', async () => {
    await makeGreen()
    const file = join(rtl, 'requantise.sv')
    const good = readFileSync(file, 'utf8')
    writeFileSync(file, good.replace('endmodule', 'endmodul'))
    onTestFinished(() => writeFileSync(file, good))
    const summary = join(out, 'summary.md')
    const { exitCode, stdout, stderr } = await runAssay(
      ['sim', '--out', out, ...common, '--layers', 'model.0', '--rtl', rtl, '--report', 'junit,github'],
      { env: { GITHUB_STEP_SUMMARY: summary } },
    )
    expect(exitCode).toBe(3)
    expect(stdout).toBe('')
    expect(present()).toEqual(['junit.xml'])
    const junit = readJunit()
    expect(junit).toMatchObject({ '@_tests': '1', '@_failures': '0', '@_errors': '1' })
    expect(junit.testsuite.testcase.error['#text']).toContain('requantise.sv')
    expect(stderr).toMatch(/^::error title=assay sim did not finish::/m)
    expect(readFileSync(summary, 'utf8')).toMatch(/^## ❌ assay sim did not finish/)
  })

  test.each([
    { because: 'a model that is not there', args: ['--model', 'no/shapes.pt', '--image', 'no.png'] },
    { because: 'an image that is none', args: ['--image', join(HOME, 'package.json')] },
    { because: 'a layer that is not there', args: ['--layers', 'model.99'] },
  ])('by $because', async ({ args }) => {
    await makeGreen()
    const { exitCode } = await sim(...args)
    expect(exitCode).toBe(2)
    expect(present()).toEqual(['junit.xml'])
    expect(readJunit()).toMatchObject({ '@_tests': '1', '@_errors': '1' })
  })

  test("of somebody else's module", async () => {
    await makeGreen()
    const config = join(out, 'own.config.mjs')
    const own = `${run}-own`
    const leave = (): void => {
      mkdirSync(own, { recursive: true })
      for (const name of REPORTS) writeFileSync(join(own, name), '{"verdict":"exact"}')
    }
    leave()
    expect((await sim('--config', config)).exitCode).toBe(2)
    expect(present(own)).toEqual(['junit.xml'])
    leave()
    writeFileSync(join(out, 'own.sv'), 'module own(input logic clk_i); endmodul')
    writeFileSync(
      config,
      `export default { top: 'own', sources: ['own.sv'], layers: () => true,
        inputs: [{ tensor: 'input', stream: 's', order: 'y x i' }],
        output: { tensor: 'output', stream: 'm', order: 'y x o' } }`,
    )
    expect((await sim('--config', config)).exitCode).toBe(3)
    expect(present(own)).toEqual(['junit.xml'])
    expect(readJunit(own).testsuite.testcase.error['#text']).toContain('own.sv')
    // It has a folder of its own, unless another one is named.
    expect(present()).toEqual(REPORTS)
    const named = join(out, 'named')
    expect((await sim('--config', config, '--result-folder', named)).exitCode).toBe(3)
    expect(present(named)).toEqual(['junit.xml'])
  })

  test('in --watch', async () => {
    await makeGreen()
    const child = spawn(process.execPath, [
      assayMain,
      'sim',
      '--watch',
      '--out',
      out,
      ...common,
      '--rtl',
      out,
    ])
    onTestFinished(() => void child.kill('SIGKILL'))
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('Watching')) resolve()
      })
    })
    expect(present()).toEqual(['junit.xml'])
    expect(readJunit()).toMatchObject({ '@_errors': '1' })
  })

  test('by a signal that nobody can catch', async () => {
    await makeGreen()
    const child = spawn(process.execPath, [
      assayMain,
      'sim',
      '--out',
      out,
      ...common.slice(0, 4),
      '--no-cache',
    ])
    onTestFinished(() => void child.kill('SIGKILL'))
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('ROMs')) resolve()
      })
    })
    child.kill('SIGKILL')
    await new Promise((done) => child.on('exit', done))
    expect(present()).toEqual([])
  })

  test('a report that is not asked for this time does not stay', async () => {
    await makeGreen()
    expect((await sim('--rtl', rtl, '--report', 'json')).exitCode).toBe(0)
    expect(present()).toEqual(['sim.json', 'report.json'])
  })

  test('a page that was there is made again where nothing says which reports to write', async () => {
    await makeGreen()
    const page = join(run, 'report.html')
    writeFileSync(page, 'of the run before')
    expect((await sim('--rtl', rtl)).exitCode).toBe(0)
    expect(present()).toEqual(REPORTS)
    expect(readFileSync(page, 'utf8')).toContain('shapes.pt')
    rmSync(page)
    expect((await sim('--rtl', rtl)).exitCode).toBe(0)
    expect(present()).toEqual(REPORTS.filter((name) => name !== 'report.html'))
  })
})

describe('files of a proved run', () => {
  const roms = join(run, 'roms')
  const before = async (...args: string[]): Promise<boolean | undefined> => {
    const { exitCode, stdout } = await sim('--json', '--no-pictures', ...args)
    expect(exitCode).toBe(0)
    return (JSON.parse(stdout) as SimResult).layers[0]!.evidence!.before
  }
  const idOf = (): string => JSON.parse(readFileSync(join(roms, 'manifest.json'), 'utf8')).modelId

  test('cut, changed or removed, they are written again', async () => {
    await before()
    const whole = readFileSync(join(roms, 'weights.mem'))
    const damage: readonly (() => void)[] = [
      () => truncateSync(join(roms, 'weights.mem'), 100),
      () => writeFileSync(join(roms, 'weights.mem'), Buffer.alloc(whole.length, '0')),
      () => rmSync(roms, { recursive: true }),
    ]
    for (const harm of damage) {
      harm()
      await before()
      expect(readFileSync(join(roms, 'weights.mem')).equals(whole)).toBe(true)
    }
    for (const name of ['program.txt', 'manifest.json']) {
      rmSync(join(roms, name))
      await before()
      expect(existsSync(join(roms, name))).toBe(true)
    }
  })

  test('of another model, they are written again', async () => {
    await before()
    const own = idOf()
    // Other ranges in the same folder.
    await before('--calibration', repositoryPath('golden/default/val'))
    expect(idOf()).not.toBe(own)
    expect(await before()).toBe(true)
    expect(idOf()).toBe(own)
  })
})

test('exact seeds are green in every report, and as many shards say the same', async () => {
  const seeds = ['--seeds', '1..2', '--layers', 'model.0,model.1', '--no-pictures']
  const whole = await sim(...seeds, '--json')
  expect(whole.exitCode).toBe(0)
  expect(readJunit()).toMatchObject({ '@_tests': '2', '@_failures': '0', '@_errors': '0' })
  const folders = [1, 2, 3].map((index) => join(out, 'parts', `${index}-of-3`))
  for (const [index, folder] of folders.entries()) {
    mkdirSync(folder, { recursive: true })
    const shard = ['--shard', `${index + 1}/3`, '--result-folder', folder]
    expect((await sim(...seeds, ...shard)).exitCode).toBe(0)
  }
  const merged = join(out, 'merged')
  const { exitCode, stdout } = await runAssay(['merge', merged, ...folders, '--json'])
  expect(exitCode).toBe(0)
  expect(readJunit(merged)).toMatchObject({ '@_tests': '2', '@_failures': '0', '@_errors': '0' })
  const [a, b] = [whole.stdout, stdout].map((text) => JSON.parse(text) as SimResult)
  const { layers, elements, cycles, macs } = a!.totals
  expect(b!.totals).toMatchObject({ layers, elements, cycles, macs })
})

test('more shards than layers are refused: what runs nothing proves nothing', async () => {
  const { exitCode, stdout, stderr } = await sim('--shard', '2/2')
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/--shard: 2 shards for 1 layers and seeds/)
  // Before anything is computed or built.
  expect(stderr).not.toContain('golden data')
  expect(stdout).not.toContain('Proved')
})
