import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { areUnchanged, hashFiles, listFiles } from '../../src/store/file-hashes.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-hashes-'))
  path = join(folder, 'a.js')
  writeFileSync(path, '1')
})

/** As if the files had been written a minute ago. */
function later(): void {
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000)
  onTestFinished(() => void vi.restoreAllMocks())
}

describe('the hash of a file', () => {
  test('is taken from what is kept while nothing of the file changes, and no longer', () => {
    later()
    const [state] = hashFiles(folder, ['a.js'])['a.js']!
    const kept = { 'a.js': [state, 'kept'] as [string, string] }
    expect(areUnchanged(folder, kept)).toBe(true)
    expect(hashFiles(folder, ['a.js'], kept)).toEqual(kept)
    writeFileSync(path, '2')
    expect(areUnchanged(folder, kept)).toBe(false)
    expect(hashFiles(folder, ['a.js'], kept)['a.js']![1]).toMatch(/^[0-9a-f]{64}$/)
  })

  test('is computed anew where only the times were put back', () => {
    later()
    const kept = hashFiles(folder, ['a.js'])
    writeFileSync(path, '2')
    utimesSync(path, new Date(0), new Date(0))
    expect(hashFiles(folder, ['a.js'], kept)['a.js']![1]).not.toBe(kept['a.js']![1])
  })

  test('of a file that has just changed is kept for nobody: it may change again within a tick of the clock', () => {
    expect(areUnchanged(folder, hashFiles(folder, ['a.js']))).toBe(false)
  })

  test('of a file that is gone is not unchanged', () => {
    later()
    expect(areUnchanged(folder, { ...hashFiles(folder, ['a.js']), 'b.js': ['1 1 1 1', 'kept'] })).toBe(false)
  })
})

test('files are listed in order, below the folders that are entered', () => {
  for (const name of ['c', 'c/d', 'node_modules']) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'b.js'), '')
    writeFileSync(join(folder, name, 'b.txt'), '')
  }
  const isScript = (name: string) => name.endsWith('.js')
  const listed = listFiles(folder, isScript, (name) => name !== 'node_modules')
  expect(listed).toEqual(['a.js', 'c/b.js', 'c/d/b.js'])
})
