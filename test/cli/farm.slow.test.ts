/** `assay farm` and `assay merge` as a CI uses them: what belongs to another plan never counts. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { SimResult } from '../../src/result/result.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { runAssay } from './run-assay.ts'
import { shareModels } from './share-models.ts'

const HOME = fileURLToPath(new URL('../../', import.meta.url))
const IMAGES = join(HOME, 'golden', 'default', 'val')

const out = makeFolder()
const folder = join(out, 'farm')
const rtl = join(out, 'rtl')
const image = join(out, 'image.png')
const simArguments = [
  ...['--out', out, '--array', '8x8x2', '--calibration-images', '4', '--no-pictures'],
  ...['--layers', 'model.0,model.1', '--rtl', rtl, '--image', image],
]
const farm = (...args: string[]) => runAssay(['farm', '--quiet', '--folder', folder, ...args])
const plan = (count = 2) => farm('--plan', '-n', String(count), '--', ...simArguments)
const parts = [1, 2].map((index) => join(folder, `${index}-of-2`))
const merge = (...paths: string[]) => runAssay(['merge', '--json', join(folder, 'merged'), ...paths])

async function runAll(): Promise<void> {
  expect(await plan()).toMatchObject({ exitCode: 0, stderr: '' })
  for (const shard of ['1/2', '2/2']) expect((await farm('--shard', shard)).exitCode).toBe(0)
}

/** Changes a file for one test. */
function edit(path: string, change: (text: string) => string): void {
  const good = readFileSync(path)
  writeFileSync(path, change(good.toString('utf8')))
  onTestFinished(() => writeFileSync(path, good))
}

beforeAll(async () => {
  await shareModels(out)
  await cp(join(HOME, 'rtl'), rtl, { recursive: true })
  await cp(join(IMAGES, '000000.png'), image)
})

test('a plan, its shards, and the whole', async () => {
  await runAll()
  const { exitCode, stdout, stderr } = await merge(...parts)
  expect([exitCode, stderr]).toEqual([0, ''])
  const result = JSON.parse(stdout) as SimResult
  expect(result).toMatchObject({ verdict: 'exact', counts: { exact: 2, notRun: 0 } })
  expect(result.layers.map(({ name }) => name)).toEqual(['model.0', 'model.1'])
})

test("yesterday's shards do not count for today's RTL", async () => {
  await runAll()
  expect((await merge(...parts)).exitCode).toBe(0)
  const kept = join(out, 'yesterday')
  await cp(folder, kept, { recursive: true })
  edit(join(rtl, 'round_code.sv'), (text) => text.replace('code < 0', 'code < 3'))
  expect((await plan()).exitCode).toBe(0)
  expect(existsSync(parts[0]!) || existsSync(join(folder, 'merged', 'junit.xml'))).toBe(false)
  // As a shell hands on a pattern that matches nothing.
  const empty = await merge(join(folder, '*-of-2'))
  // No layer differed: nothing ran.
  expect(empty.exitCode).toBe(3)
  expect(JSON.parse(empty.stdout)).toMatchObject({ verdict: 'mismatch', counts: { exact: 0, notRun: 2 } })
  expect(readFileSync(join(folder, 'merged', 'junit.xml'), 'utf8')).toContain(
    'tests="2" failures="0" errors="2"',
  )
  await cp(join(kept, '1-of-2'), parts[0]!, { recursive: true })
  const old = await merge(...parts)
  expect(old.exitCode).toBe(2)
  expect(old.stderr).toMatch(/1-of-2.*belongs to another plan than .*manifest\.json \(RTL\)/)
  expect(readFileSync(join(folder, 'merged', 'junit.xml'), 'utf8')).toContain(
    'tests="1" failures="0" errors="1"',
  )
  // Yesterday's report of the first is removed by the shard that starts.
  const codes = [await farm('--shard', '1/2'), await farm('--shard', '2/2')].map(({ exitCode }) => exitCode)
  expect(codes).toContain(1)
  const today = await merge(...parts)
  expect(today.exitCode).toBe(1)
  expect(JSON.parse(today.stdout)).toMatchObject({ counts: { notRun: 0 } })
})

test('a shard whose inputs are not those of the plan is refused before it simulates', async () => {
  await runAll()
  const good = readFileSync(image)
  await cp(join(IMAGES, '000001.png'), image)
  onTestFinished(() => writeFileSync(image, good))
  const { exitCode, stderr } = await farm('--shard', '1/2')
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/are not those of the plan/)
  expect(existsSync(join(parts[0]!, 'sim.json'))).toBe(false)
  expect((await merge(...parts)).exitCode).toBe(3)
})

test.each([
  [['--bitz', '8'], /there is no option bitz\. Did you mean bits\?/],
  [['--bits', '99'], /--bits: expected 4 to 8/],
  [['--mode', 'chained'], /--shard: not honoured by a chained run/],
  [['--image'], /an option has no value/],
])('options that assay sim would refuse on a node are refused at once: %j', async (words, says) => {
  const { exitCode, stderr } = await farm('--plan', '-n', '2', '--', ...words)
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(says)])
})

test('more shards than there are layers are refused', async () => {
  const { exitCode, stderr } = await plan(3)
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/3 shards for 2 layers/)
  expect(existsSync(join(folder, 'manifest.json'))).toBe(false)
})

describe('refused', () => {
  beforeAll(runAll)

  test.each([
    ['cut short', (text: string) => text.slice(0, 100), /manifest\.json: is not JSON/],
    [
      'of another version',
      (text: string) => text.replace('"version": 2', '"version": 1'),
      /version: expected 2, got 1/,
    ],
    [
      'of another model',
      (text: string) => text.replace(/"modelHash": "../, '"modelHash": "00'),
      /\(identity\)/,
    ],
    [
      'without layers',
      (text: string) => text.replace('"plan": [', '"plan": null, "x": ['),
      /planned\.plan\.plan: expected a list, got null/,
    ],
    ['of something else', () => '{"format":"assay roms"}', /not a manifest of shards/],
    ['no object', () => 'null', /not a manifest of shards/],
  ])('a manifest %s', async (_, change, says) => {
    edit(join(folder, 'manifest.json'), change)
    const { exitCode, stderr } = await farm('--shard', '1/2')
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(says)
    expect(stderr).toContain('manifest.json')
  })

  test.each([
    ['cut short', (text: string) => text.slice(0, 200), /sim\.json: is not JSON/],
    [
      'of a wrong type',
      (text: string) => text.replace(/"mismatches": 0(?=,\s+"first")/, '"mismatches": "0"'),
      /layers\[0\]\.mismatches: expected a whole number of at least 0, got "0"/,
    ],
    [
      'green above a red layer',
      (text: string) => text.replace(/"mismatches": 0(?=,\s+"first")/, '"mismatches": 7'),
      /says exact, its 1 parts say mismatch/,
    ],
    ['a list', () => '[]', /sim\.json: expected an object, got a list of 0/],
  ])('a report %s', async (_, change, says) => {
    edit(join(parts[0]!, 'sim.json'), change)
    const { exitCode, stdout, stderr } = await merge(...parts)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(says)
  })

  test('a shard given twice, and an OUT that is a shard', async () => {
    expect((await merge(parts[0]!, parts[0]!)).stderr).toMatch(/shard 1 of 2 appears twice/)
    const { exitCode, stderr } = await runAssay(['merge', parts[0]!, ...parts])
    expect([exitCode, existsSync(join(parts[0]!, 'sim.json'))]).toEqual([2, true])
    expect(stderr).toMatch(/would replace that of a shard/)
  })
})
