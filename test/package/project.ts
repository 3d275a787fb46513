/** Other people's projects: folders where the packed package is installed and run as its users do. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { readFences } from '../docs/fences.ts'
import { makeFolder } from '../pipeline/prepared.ts'

export const HOME = fileURLToPath(new URL('../../', import.meta.url))

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

export interface Project {
  readonly folder: string
  readonly write: (path: string, text: string) => void
  /** A command in the folder; what `npm install` has put there comes first. */
  readonly run: (command: string, ...words: readonly string[]) => Promise<Ran>
  /** `node_modules` in megabytes, as `du -sm` counts them. */
  readonly size: () => number
  /** Number of packages in `node_modules`. */
  readonly count: () => number
}

/** @param environment added to this process's, without what vitest and npm have put there. */
export function makeProject(settings: object, environment: Readonly<Record<string, string>>): Project {
  const folder = makeFolder()
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_(ENV|OPTIONS|PATH|V8)|npm_|ASSAY_)/.test(name),
  )
  const path = `${join(folder, 'node_modules/.bin')}:${dirname(process.execPath)}:${process.env.PATH}`
  const env = { ...Object.fromEntries(inherited), ...environment, PATH: path, NO_COLOR: '1' }
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  write(
    'package.json',
    JSON.stringify({ name: 'project', version: '7.8.9', private: true, type: 'module', ...settings }),
  )
  return {
    folder,
    write,
    run: async (command, ...words) => {
      const begin = performance.now()
      const ran = await execa(command, words, {
        cwd: folder,
        env,
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
      })
      const { exitCode = -1, stdout, stderr } = ran
      return { exitCode, stdout, stderr, seconds: (performance.now() - begin) / 1000 }
    },
    size: () =>
      Number.parseInt(
        spawnSync('du', ['-sm', join(folder, 'node_modules')], { encoding: 'utf8' }).stdout,
        10,
      ),
    count: () => {
      const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as {
        packages: object
      }
      return Object.keys(lock.packages).length
    },
  }
}

/** The module and the tests of docs/test-bench.md, and a test with `assay/vitest`. */
export function writeBench({ write }: Project): void {
  const page = 'docs/test-bench.md'
  const fences = readFences(page, readFileSync(join(HOME, page), 'utf8'))
  for (const file of ['rtl/counter.sv', 'vitest.config.ts', 'test/counter.test.ts'])
    write(file, fences.find((fence) => fence.file === file)!.text)
  write(
    'test/seeded.test.ts',
    `import { simulateTest } from 'assay/vitest'
import { expect } from 'vitest'

simulateTest('wraps after ten cycles', async ({ simulate }) => {
  const dut = await simulate({ top: 'counter', sources: ['rtl/counter.sv'] })
  dut.ports.enable_i = 1
  expect(dut.until(() => dut.ports.wrap_o === 1)).toBe(9)
})
`,
  )
}

/** Files of the packed package, without the folder that they are all in. */
export const listTarball = (tarball: string): readonly string[] =>
  spawnSync('tar', ['-tf', tarball], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((name) => name !== '')
    .map((name) => name.replace(/^package\//, ''))
    .sort()
