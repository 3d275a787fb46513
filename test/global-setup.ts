/** Compiles src/, for the tests that run the command line as a user does and those that start children, and gives all tests one folder for what they leave behind. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { isAlive } from '../src/store/identity.ts'

const PREFIX = 'assay-tests-'

export function setup(project: TestProject): () => void {
  compile()
  project.onTestsRerun(compile)
  const temporary = tmpdir()
  sweep(temporary)
  const folder = mkdtempSync(join(temporary, `${PREFIX}${process.pid}-`))
  // Tests, the commands that they run, and the compilers that those run, all ask the environment.
  process.env.TMPDIR = folder
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.once('exit', remove)
  return remove
}

function compile(): void {
  const home = fileURLToPath(new URL('..', import.meta.url))
  const compiler = 'node_modules/typescript/bin/tsc'
  const run = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: home,
    encoding: 'utf8',
  })
  // Type errors are `make lint`'s business: the code is emitted all the same.
  if (run.error !== undefined) throw run.error
  if (run.status !== 0) process.stderr.write(`${run.stdout}\n`)
}

/** Removes what test runs left that were killed. */
function sweep(temporary: string): void {
  for (const name of readdirSync(temporary)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(temporary, name), { recursive: true, force: true })
  }
}
