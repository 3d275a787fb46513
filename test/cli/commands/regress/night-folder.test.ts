/** Each plan has a folder of its own, and a call without a plan finds the only one. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { chooseFolder, findOnlyNight, folderName } from '../../../../src/cli/commands/regress/night-folder.ts'
import type { RegressArguments } from '../../../../src/cli/commands/regress/options.ts'

test('the name of a plan is that of its folder, and no name leaves the folder of nights', () => {
  expect(folderName('nightly-1.2_b')).toBe('nightly-1.2_b')
  for (const name of ['..', '.hidden', '-x', 'a/b', '../../etc', 'zwei Wörter', 'a'.repeat(300)])
    expect(folderName(name)).toMatch(/^plan-[\w.-]*-[0-9a-f]{8}$/)
  expect(folderName('a b')).not.toBe(folderName('a/b'))
  expect(folderName('a'.repeat(300)).length).toBeLessThan(100)
})

test('a folder that is given, that of a plan, and the only one that was written', async () => {
  const root = mkdtempSync(join(tmpdir(), 'assay-nights-'))
  const choose = (args: Partial<RegressArguments>): Promise<string> => chooseFolder(args as RegressArguments)
  const [named, plain] = [join(root, 'named.yaml'), join(root, 'plain.yaml')]
  writeFileSync(named, 'name: mine\nmatrix: { bits: 8 }')
  writeFileSync(plain, 'matrix: { bits: 8 }')
  expect(await choose({ folder: 'night', file: named })).toBe(resolve('night'))
  expect(await choose({ file: named })).toBe(resolve('build/regress/mine'))
  expect(await choose({ file: plain })).toBe(resolve('build/regress/plain'))
  const nights = join(root, 'nights')
  expect(() => findOnlyNight(nights)).toThrow(/nights: no plan was written here\. Write one with/)
  for (const name of ['a', 'empty']) mkdirSync(join(nights, name), { recursive: true })
  writeFileSync(join(nights, 'a', 'plan.json'), '')
  expect(findOnlyNight(nights)).toBe(join(nights, 'a'))
  writeFileSync(join(nights, 'empty', 'plan.json'), '')
  expect(() => findOnlyNight(nights)).toThrow(/2 plans were written here: .*nights\/a, .*nights\/empty/)
})
