/** Compilers other than this machine's: what they lack is found by trying, and left out. test/simulate/build/compilers.slow.test.ts builds with them. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readEnvironment } from '../../../src/process/environment.ts'
import { probeCompiler } from '../../../src/simulate/build/probe-compiler.ts'
import { listLinkFlags } from '../../../src/simulate/build/runtime.ts'
import { findTools } from '../../../src/simulate/build/tools.ts'
import { testWith } from '../../witness.ts'
import { makePoorCompiler } from './poor-compiler.ts'

const makeFolder = () => mkdtemp(join(tmpdir(), 'assay-compilers-'))

test('this machine has all of it, or what there is', async () => {
  const { compiler, targets } = await findTools(readEnvironment({ ...process.env, CXX: '' }))
  expect(compiler).toMatchObject({ words: ['g++'], wraps: true, movesHeaders: true, libraries: [] })
  expect(compiler.flags).toEqual(
    ['-fno-gnu-unique', '-faligned-new', '-fcf-protection=none', '-fno-finite-loops'].filter(
      (flag) => process.arch === 'x64' || !flag.includes('cf-'),
    ),
  )
  expect(compiler.linkFlags).toEqual(['-Wl,-Bsymbolic', '-Wl,--exclude-libs,ALL'])
  expect(targets.length).toBeGreaterThan(0)
})

test('what a poor one lacks is left out', async () => {
  const probed = await probeCompiler([await makePoorCompiler(await makeFolder())])
  expect(probed).toMatchObject({ linkFlags: [], wraps: false, movesHeaders: false })
  expect(probed.flags).not.toContain('-fno-gnu-unique')
})

test('CXX is words, each of which is part of the identity', async () => {
  const compiler = join(await makeFolder(), 'plain-c++')
  await writeFile(compiler, '#!/bin/sh\nexec g++ "$@"\n', { mode: 0o755 })
  const toolsOf = (CXX: string) => findTools(readEnvironment({ ...process.env, CXX }))
  const [one, other] = [await toolsOf(`${compiler} -DMARKED=1`), await toolsOf(` ${compiler}  -DMARKED=2`)]
  expect(one.compiler.words).toEqual([compiler, '-DMARKED=1'])
  expect(other.compiler.words).toEqual([compiler, '-DMARKED=2'])
  expect(one.identity).not.toBe(other.identity)
})

test("a linker for macOS is given none of GNU's flags", async () => {
  const folder = await makeFolder()
  const compiler = { linkFlags: [], libraries: [], wraps: false }
  const flags = listLinkFlags({ compiler, verilator: { root: folder } } as never, true)
  expect(flags).toEqual(['-shared', '-pthread', '-lz'])
})

testWith(['clang++', 'ld64.lld'], "macOS's linker takes what is found for it", async () => {
  const folders = (process.env.PATH ?? '').split(':').filter((each) => existsSync(each))
  const [linker] = folders.flatMap((each) => {
    const names = readdirSync(each).filter((name) => /^ld64\.lld(-\d+)?$/.test(name))
    return names.map((name) => join(each, name))
  })
  const words = ['clang++', '--target=arm64-apple-macos11', `--ld-path=${linker}`, '-nostdlib']
  const probed = await probeCompiler(words)
  expect(probed).toMatchObject({ linkFlags: [], wraps: false })
  expect(probed.flags).not.toContain('-fno-gnu-unique')
})

test('libraries stand last on the line of the linker, with LZ4 where Verilator has its own writer', async () => {
  const root = await makeFolder()
  const compiler = { linkFlags: ['-Wl,-Bsymbolic'], libraries: ['-latomic'], wraps: true }
  const flags = (trace: boolean) => listLinkFlags({ compiler, verilator: { root } } as never, trace)
  expect(flags(false).slice(0, 4)).toEqual(['-shared', '-pthread', '-Wl,-Bsymbolic', '-Wl,--wrap=system'])
  expect(flags(false).at(-1)).toBe('-latomic')
  expect(flags(true).slice(-2)).toEqual(['-latomic', '-lz'])
  await mkdir(join(root, 'include', 'fstcpp'), { recursive: true })
  expect(flags(true).slice(-3)).toEqual(['-latomic', '-lz', '-llz4'])
})
