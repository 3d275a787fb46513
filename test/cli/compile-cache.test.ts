/** Node 22 and later keep compiled modules, only where Assay keeps other things. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../pipeline/prepared.ts'
import { needs } from '../witness.ts'
import { runAssay } from './run-assay.ts'

const hasCache = Number(process.versions.node.split('.')[0]) >= 22
const kept = (folder: string): readonly string[] =>
  (readdirSync(join(folder, 'build/cache/modules'), { recursive: true }) as string[]).filter((name) =>
    /^[^/]+\/[0-9a-f]+$/.test(name),
  )
const withCache = (): string => {
  const folder = makeFolder()
  mkdirSync(join(folder, 'build/cache'), { recursive: true })
  return folder
}

test('a folder without build/cache stays as it is', async () => {
  const folder = makeFolder()
  expect(await runAssay(['--help'], { cwd: folder })).toMatchObject({ exitCode: 0, stderr: '' })
  expect(readdirSync(folder)).toEqual([])
})

test('only from Node 22 on', async () => {
  const folder = withCache()
  expect((await runAssay(['--help'], { cwd: folder })).exitCode).toBe(0)
  expect(existsSync(join(folder, 'build/cache/modules'))).toBe(hasCache)
})

needs('Node 22.12', 'from Node 22 on', () => {
  test('modules are kept, and a second run adds none', async () => {
    const folder = withCache()
    const first = await runAssay(['sim', '--help'], { cwd: folder })
    const modules = kept(folder)
    expect(modules.length).toBeGreaterThan(20)
    expect(await runAssay(['sim', '--help'], { cwd: folder })).toEqual(first)
    expect(kept(folder)).toEqual(modules)
  })

  test('a damaged module in it, or no place for it, changes nothing', async () => {
    const folder = withCache()
    const first = await runAssay(['--help'], { cwd: folder })
    for (const name of kept(folder)) writeFileSync(join(folder, 'build/cache/modules', name), 'damaged')
    expect(await runAssay(['--help'], { cwd: folder })).toEqual(first)
    const full = withCache()
    writeFileSync(join(full, 'build/cache/modules'), 'a file')
    expect(await runAssay(['--help'], { cwd: full })).toEqual(first)
  })
})
