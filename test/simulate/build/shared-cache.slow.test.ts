/** One cache of models for several checkouts and users: what is there serves all of them, and only its owner adds to it. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { makeFolder } from '../../pipeline/prepared.ts'
import { needs, SECOND_USER } from '../../witness.ts'

const HOME = fileURLToPath(new URL('../../../', import.meta.url))

/** A folder that every user may enter, as those above it. */
function makeOpenFolder(): string {
  const folder = makeFolder()
  for (let at = folder; at.includes('assay-te'); at = dirname(at)) chmodSync(at, 0o711)
  return folder
}

/** A project with its own RTL, in which a program of its own simulates. */
function makeProject(width: number): string {
  const project = makeOpenFolder()
  mkdirSync(join(project, 'rtl'))
  writeFileSync(
    join(project, 'rtl', 'top.sv'),
    `module top (input logic clk_i, output logic [${width - 1}:0] value_o);\n  assign value_o = '1;\nendmodule\n`,
  )
  return project
}

/** @param home an installation of Assay */
function simulate(home: string, project: string, cache: string, before: readonly string[] = []) {
  const program = `const { simulate } = await import(${JSON.stringify(join(home, 'dist', 'index.js'))})
    const dut = await simulate({ top: 'top', sources: ['rtl/top.sv'] })
    dut.tick()
    console.log(dut.ports.value_o)
    await dut.close()`
  const words = [...before, process.execPath, '--input-type=module', '-e', program]
  const env = { ...process.env, ASSAY_CACHE: cache, NO_COLOR: '1' }
  return spawnSync(words[0]!, words.slice(1), { cwd: project, env, encoding: 'utf8' })
}

const list = (cache: string): readonly string[] =>
  (readdirSync(cache, { recursive: true }) as string[]).sort()

test('another checkout of Assay and of the project builds nothing and adds nothing', () => {
  const cache = join(makeFolder(), 'cache')
  const first = simulate(HOME, makeProject(8), cache)
  expect([first.stderr, first.status]).toEqual(['', 0])
  const other = makeFolder()
  for (const name of ['dist', 'sim', 'package.json'])
    cpSync(join(HOME, name), join(other, name), { recursive: true })
  symlinkSync(join(HOME, 'node_modules'), join(other, 'node_modules'))
  const before = list(cache)
  const second = simulate(other, makeProject(8), cache)
  expect([second.stderr, second.status, second.stdout]).toEqual(['', 0, first.stdout])
  expect(list(cache)).toEqual(before)
  // Another model takes the runtime that is there.
  expect(simulate(other, makeProject(4), cache).status).toBe(0)
  const runtimes = (names: readonly string[]) => names.filter((name) => /^(runtime|canary)\//.test(name))
  expect(runtimes(list(cache))).toEqual(runtimes(before))
})

needs('a second user, as root', 'a second user', () => {
  const temporary = makeOpenFolder()
  chmodSync(temporary, 0o777)
  const asSecond = ['setpriv', ...SECOND_USER, 'env', 'HOME=/nonexistent', `TMPDIR=${temporary}`]

  test('takes what the first has built, and is told in a sentence where more is to be built', () => {
    const cache = join(makeOpenFolder(), 'cache')
    expect(simulate(HOME, makeProject(8), cache).status).toBe(0)
    const before = list(cache)
    const reader = simulate(HOME, makeProject(8), cache, asSecond)
    expect([reader.stderr, reader.status]).toEqual(['', 0])
    for (const folder of ['.', 'index', 'runtime']) {
      // The owner lets others write, but not into every folder.
      chmodSync(cache, folder === '.' ? 0o755 : 0o777)
      for (const name of ['index', 'runtime', 'canary'])
        chmodSync(join(cache, name), name === folder ? 0o755 : 0o777)
      const builder = simulate(HOME, makeProject(4), cache, asSecond)
      expect(builder.status).not.toBe(0)
      expect(builder.stderr).toContain(
        `${join(cache, folder)}: the cache cannot be written: permission denied.`,
      )
      expect(builder.stderr).toContain('It belongs to root, and this is nobody')
      expect(builder.stderr).toContain('Choose another folder, or name one in ASSAY_CACHE.')
    }
    expect(list(cache)).toEqual(before)
  })

  test('who cannot read it builds nothing in it, either', () => {
    const cache = join(makeOpenFolder(), 'cache')
    expect(simulate(HOME, makeProject(8), cache).status).toBe(0)
    chmodSync(cache, 0o700)
    const { status, stderr } = simulate(HOME, makeProject(8), cache, asSecond)
    expect(status).not.toBe(0)
    expect(stderr).toContain(`${cache}: the cache cannot be written: permission denied. It belongs to root`)
  })
})
