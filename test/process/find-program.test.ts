import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { findProgram } from '../../src/process/find-program.ts'
import { areAbsent } from '../../src/simulate/build/dependencies.ts'

// Root may enter every folder: the refusal is made here.
vi.mock('node:fs', async (load) => {
  const fs = await load<typeof import('node:fs')>()
  const statSync = ((path: string, options: object) => {
    if (path.includes('/closed/')) throw Object.assign(new Error('EACCES'), { code: 'EACCES' })
    return fs.statSync(path, options)
  }) as typeof fs.statSync
  return { ...fs, statSync }
})
afterEach(() => vi.unstubAllEnvs())

const folder = mkdtempSync(join(tmpdir(), 'assay-find-'))
mkdirSync(join(folder, 'open'))
writeFileSync(join(folder, 'open', 'tool'), '#!/bin/sh\n', { mode: 0o755 })

test('folders of PATH that this user may not enter are passed by, as a shell does', () => {
  vi.stubEnv('PATH', `${folder}/closed:${folder}/open`)
  expect(findProgram('tool')).toBe(join(folder, 'open', 'tool'))
  expect(areAbsent([`${folder}/closed/tool`])).toBe(true)
  expect(areAbsent([`${folder}/open/tool`])).toBe(false)
})

test('so are names that no file can have, and links that lead in a circle', () => {
  symlinkSync('circle', join(folder, 'circle'))
  expect(findProgram(join(folder, 'circle'))).toBeNull()
  expect(findProgram('x'.repeat(5000))).toBeNull()
  expect(findProgram(`/${'x'.repeat(5000)}`)).toBeNull()
})
