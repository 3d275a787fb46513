/** What a fresh clone has of a run, as git says it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { findUntracked, installsAssay } from '../../src/pipeline/files/clone.ts'
import { readOrigin } from '../../src/pipeline/files/origin.ts'
import { git } from './git.ts'
import { makeFolder } from './prepared.ts'

const root = makeFolder()
const hw = join(root, 'hw')
const write = (path: string, text = 'x'): void => {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
}

beforeAll(async () => {
  for (const path of ['hw/rtl/a.sv', 'hw/conv/assay.config.ts', 'hw/known.png', 'hw/[a].png']) write(path)
  write('.gitignore', '*.secret.png\nobj_dir\n')
  await git(root, 'init', '--quiet')
  await git(root, 'add', '.')
  await git(root, 'commit', '--quiet', '--message', 'first')
  for (const path of ['hw/rtl/sub/b.sv', 'hw/rtl/obj_dir/x.o', 'hw/new.png', 'hw/a.secret.png', 'hw/a.png'])
    write(path)
  for (const path of ['hw/conv/c.sv', 'hw/conv/notes.txt', 'hw/pool/assay.config.ts']) write(path)
})

test.each<[string, readonly string[] | undefined]>([
  ['known.png', undefined],
  ['[a].png', undefined],
  ['a.png', []],
  ['new.png', []],
  ['a.secret.png', []],
  ['rtl', ['sub/b.sv']],
  ['conv/assay.config.ts', ['c.sv']],
  ['pool/assay.config.ts', []],
  ['../..', undefined],
  ['nothing', undefined],
  ['--rtl', undefined],
])('%s lacks %j', async (word, expected) => {
  const found = await findUntracked([word, `--x=${word}`], root, hw)
  expect(found).toEqual(expected === undefined ? [] : [{ input: word, files: expected }])
})

test('many files of one input are counted', async () => {
  for (let at = 0; at < 8; at++) write(`hw/many/${at}.sv`)
  write('hw/many/known.sv')
  await git(root, 'add', 'hw/many/known.sv')
  const [many] = await findUntracked(['many'], root, hw)
  expect(many?.files).toEqual(['0.sv', '1.sv', '2.sv', '3.sv', '4.sv', '3 more'])
})

const LOCK = { packages: { '': {}, 'node_modules/assay': { resolved: 'https://example.org/assay.tgz' } } }

test('an origin says what its words lack, and whether a clone can install Assay', async () => {
  expect(await installsAssay(root, hw)).toBe(false)
  write('package-lock.json', JSON.stringify(LOCK))
  expect(await installsAssay(root, hw)).toBe(false)
  await git(root, 'add', 'package-lock.json')
  expect(await installsAssay(root, hw)).toBe(true)
  expect(
    await readOrigin({ command: [], words: ['-i', join(hw, 'new.png'), 'known.png'] }, hw),
  ).toMatchObject({
    installs: true,
    untracked: [{ input: 'new.png', files: [] }],
  })
  for (const found of [{ resolved: 'file:vendor/a.tgz' }, { resolved: 'vendor/a.tgz', link: true }]) {
    write('package-lock.json', JSON.stringify({ packages: { 'node_modules/assay': found } }))
    expect(await installsAssay(root, hw)).toBe(false)
  }
  write('vendor/a.tgz')
  expect(await installsAssay(root, hw)).toBe(false)
  await git(root, 'add', 'vendor')
  expect(await installsAssay(root, hw)).toBe(true)
  write('package-lock.json', '{ "packages": {} }')
  expect(await installsAssay(root, hw)).toBe(false)
  // The nearest one counts, as for npm.
  write('package-lock.json', JSON.stringify(LOCK))
  write('hw/package-lock.json', 'damaged')
  expect(await installsAssay(root, hw)).toBe(false)
})
