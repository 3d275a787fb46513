/** What a run says of itself, for the process that started it. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readProgressFile, withProgressFile } from '../../../src/cli/terminal/progress-file.ts'
import { type Progress, silent } from '../../../src/pipeline/files/progress.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-progress-'))

test('the last step is in the file, and every one reaches the terminal', async () => {
  const heard: string[] = []
  const progress: Progress = {
    start: (name) => ({
      update: (fraction, text) => void heard.push(`${name} ${fraction} ${text}`),
      done: (text) => void heard.push(`done ${text}`),
    }),
    warn: (text) => void heard.push(text),
  }
  const path = join(folder, 'run', 'progress')
  const both = withProgressFile(progress, path)
  const task = both.start('simulate')
  await vi.waitFor(async () => expect(await readProgressFile(path)).toBe('simulate'), 120_000)
  task.update(0.1, '1 of 40')
  task.update(0.2, '2 of 40')
  both.warn('slow')
  task.done('all')
  await vi.waitFor(async () => expect(await readProgressFile(path)).toBe('simulate, 2 of 40'), 120_000)
  expect(heard).toEqual(['simulate 0.1 1 of 40', 'simulate 0.2 2 of 40', 'slow', 'done all'])
})

test('nothing is said before the first step, of what is no file, or without one', async () => {
  expect(withProgressFile(silent, undefined)).toBe(silent)
  expect(await readProgressFile(join(folder, 'nowhere'))).toBe(null)
  mkdirSync(join(folder, 'folder'))
  expect(await readProgressFile(join(folder, 'folder'))).toBe(null)
  writeFileSync(join(folder, 'empty'), '\n')
  expect(await readProgressFile(join(folder, 'empty'))).toBe(null)
  writeFileSync(join(folder, 'long'), 'x'.repeat(1000))
  expect(await readProgressFile(join(folder, 'long'))).toHaveLength(200)
})
