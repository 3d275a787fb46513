/** A night that comes to nothing leaves no report of the one before it. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { XMLParser } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { codeOf } from '../../../../src/cli/commands/regress/night.ts'
import { takeLock } from '../../../../src/store/lock.ts'
import { makeFolder } from '../../../pipeline/prepared.ts'
import { runAssay } from '../../run-assay.ts'

const REPORTS = ['junit.xml', 'regress.json', 'report.html']
const project = makeFolder()

/** A folder with the reports of a green night. */
function makeGreen(folder: string): string {
  mkdirSync(folder, { recursive: true })
  for (const name of REPORTS) writeFileSync(join(folder, name), 'green')
  return folder
}

test.each([
  ['of a plan that cannot be read', 'first.yaml', 'matrix: [', ['--folder', 'given'], 'given'],
  ['of a plan without its name', 'second.yaml', 'matrix: [', [], 'build/regress/second'],
  ['of a plan by its own name', 'third.yaml', 'name: own\nmatrix: { bitz: 8 }', [], 'build/regress/own'],
  ['of a plan that is gone', 'fourth.yaml', null, [], 'build/regress/fourth'],
  ['of a rerun', 'fifth.yaml', 'matrix: { bits: 8 }', ['--rerun-failed'], 'build/regress/fifth'],
  ['of a join', 'sixth.yaml', 'matrix: { bits: 8 }', ['--join'], 'build/regress/sixth'],
])('%s', async (_, file, text, words, where) => {
  const folder = makeGreen(join(project, where))
  if (text !== null) writeFileSync(join(project, file), text)
  const { exitCode, stderr } = await runAssay(['regress', file, ...words], { cwd: project })
  expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^assay: .+\n?$/)])
  expect(readdirSync(folder).sort()).toEqual(['junit.xml', 'last.json'])
  const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(
    readFileSync(join(folder, 'junit.xml'), 'utf8'),
  )
  expect(testsuites['@_errors']).toBe('1')
})

test('a plan that asks for the cache is not run without it', async () => {
  writeFileSync(join(project, 'cached.yaml'), 'matrix: { cache: true }')
  const { exitCode, stderr } = await runAssay(['regress', 'cached.yaml', '--no-cache'], { cwd: project })
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--no-cache: the plan says cache: true')])
})

test('what only lists, what is mistyped, and where others work, nothing is removed', async () => {
  const file = join(project, 'bad.yaml')
  writeFileSync(file, 'matrix: [')
  const folder = makeGreen(join(project, 'kept'))
  const regress = (...words: readonly string[]) => runAssay(['regress', ...words], { cwd: project })
  expect((await regress(file, '--folder', folder, '--list')).exitCode).toBe(2)
  expect((await regress('nobody.yaml')).exitCode).toBe(2)
  expect(readdirSync(join(project, 'build', 'regress'))).not.toContain('nobody')
  const lock = await takeLock(join(folder, 'night.lock'))
  expect((await regress(file, '--folder', folder)).exitCode).toBe(2)
  await lock.release()
  expect(readdirSync(folder).sort()).toEqual(REPORTS)
})

test('bad input alone is 2, a machine that failed is 3', () => {
  const entry = { name: '', axes: {}, run: 0, seed: null, fault: null }
  const night = (...runs: readonly (readonly ['error' | 'late', number])[]) => ({
    verdict: 'broken' as const,
    entries: [
      ...runs.map((_, run) => ({ ...entry, run, status: 'error' as const })),
      { ...entry, run: runs.length, status: 'exact' as const },
    ],
    runs: [...runs.map(([ended, exitCode]) => ({ ended, exitCode })), { ended: 'ran' as const, exitCode: 0 }],
  })
  expect(codeOf(night(['error', 2], ['error', 2]))).toBe(2)
  expect(codeOf(night(['error', 2], ['error', 3]))).toBe(3)
  expect(codeOf(night(['late', 2]))).toBe(3)
  expect(codeOf({ ...night(['error', 2]), verdict: 'mismatch' })).toBe(1)
})
