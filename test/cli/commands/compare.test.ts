/** `assay compare` from the command line: exit codes, reports, and where they go. */
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeFolder } from '../../pipeline/prepared.ts'
import { runAssay } from '../run-assay.ts'
import { shareModels } from '../share-models.ts'

const folder = makeFolder()
const out = join(folder, 'out')
const set = join(folder, 'set')
const golden = join(out, 'shapes-w8a8', 'golden')
const made = ['--out', out, '--calibration-images', '4', '--quiet']
const compare = (dump: string, ...args: string[]) =>
  runAssay(['compare', '--dump', dump, '--out', out, '--quiet', ...args])

beforeAll(async () => {
  await shareModels(out)
  expect((await runAssay(['golden', ...made])).exitCode).toBe(0)
  expect((await runAssay(['golden', '--freeze', set, '--layers', 'model.0', ...made])).exitCode).toBe(0)
})

describe('assay compare', () => {
  test('golden data of the same model and image: exact, without a simulator, in a folder of its own', async () => {
    const { exitCode, stdout, stderr } = await compare(golden, '--format', 'npy', '--calibration-images', '4')
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/96 layers of a dump, compared in/)
    expect(stdout).toMatch(
      /^Proved: on this image the dump holds all 890,100 output elements of 96 layers of\n/m,
    )
    expect(readdirSync(join(out, 'shapes-w8a8-dump')).sort()).toEqual([
      'junit.xml',
      'report.json',
      'sim.json',
    ])
  })

  test('a frozen set: the codes that it lacks are computed, and a fault is red', async () => {
    const bytes = readFileSync(join(golden, 'model.1.npy'))
    bytes[bytes.length - 1]! ^= 3
    const file = join(folder, 'model.1.npy')
    writeFileSync(file, bytes)
    const { exitCode, stdout } = await compare(file, '--against', set, '--json', '--report', 'json,html')
    expect(exitCode).toBe(1)
    const result = JSON.parse(stdout) as { layers: object[]; reproduce: { line: string }; verdict: string }
    expect(result).toMatchObject({ verdict: 'mismatch', layers: [{ name: 'model.1', mismatches: 1 }] })
    expect(result.reproduce.line).toMatch(/npx --no-install assay compare .*--dump .*--layers model\.1$/)
    expect(readdirSync(join(out, 'shapes-w8a8-frozen-dump'))).toContain('report.html')
    const again = await runAssay(['report', '--run', join(out, 'shapes-w8a8-frozen-dump'), '--quiet'])
    expect([again.exitCode, again.stderr]).toEqual([0, ''])
  })

  test('text of the golden ROMs, in an order that is stated', async () => {
    const { exitCode, stdout } = await compare(
      join(golden, 'model.0.mem'),
      ...['--against', set, '--order', 'o y x', '--result-folder', join(folder, 'own')],
    )
    expect([exitCode, stdout]).toEqual([0, expect.not.stringContaining('nferred')])
    expect(readdirSync(join(folder, 'own'))).toContain('sim.json')
  })

  test('chosen tensors, and one of another name', async () => {
    const some = await compare(
      golden,
      '--format',
      'npy',
      '--against',
      set,
      '--layers',
      'model.0..model.2',
      '--json',
    )
    const { layers } = JSON.parse(some.stdout) as { layers: { name: string }[] }
    expect(layers.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['model.0', 'model.1', 'model.2.cv1']),
    )
    expect(layers.length).toBeLessThan(12)
    const file = join(folder, 'stem.npy')
    renameSync(join(golden, 'model.0.npy'), file)
    const named = await compare(file, '--tensor', 'model.0', '--against', set)
    renameSync(file, join(golden, 'model.0.npy'))
    expect([named.exitCode, named.stderr]).toEqual([0, ''])
  })

  test.each([
    { args: [], says: '--dump: no dump was given' },
    { args: ['--dump', 'none.npy', '--against', 'SET'], says: 'none.npy: no such file' },
    {
      args: ['--dump', 'GOLDEN', '--against', 'SET', '--bits', '8'],
      says: '--bits: not honoured by a comparison with a frozen set',
    },
    { args: ['--dump', 'GOLDEN', '--against', 'none'], says: 'none/frozen.json: no such file' },
    {
      args: ['--dump', 'GOLDEN', '--against', 'SET'],
      says: 'both hold images. Choose one kind with --format',
    },
    {
      args: ['--dump', 'GOLDEN', '--against', 'SET', '--lanes', '0'],
      says: '--lanes: expected a whole number from 1 to 4096',
    },
  ])('refuses: $says', async ({ args, says }) => {
    const own = args.map((word) => (word === 'SET' ? set : word === 'GOLDEN' ? golden : word))
    const { exitCode, stderr } = await runAssay(['compare', ...own, '--out', out, '--quiet'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain(says)
  })
})
