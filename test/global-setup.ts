/** Compiles the command line once, for the tests that run it as a user does. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export function setup(): void {
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
