#!/usr/bin/env node
/** Entry of the `assay` command: the only place that ends the process. */
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { resolve } from 'node:path'
import { concludeExit, endProcess, ownProcess, setExitCode } from '../process/exit.ts'
import { EXIT, exitCodeOf, reportError } from './terminal/errors.ts'

ownProcess()

function fail(error: unknown): void {
  reportError(error, process.env)
  setExitCode(exitCodeOf(error))
}

// An error that escapes every command: Node would end with 1, which means a mismatch.
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => {
    fail(error)
    endProcess()
  })

// A closed pipe (`assay inspect | head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  endProcess(error.code === 'EPIPE' ? EXIT.done : EXIT.tool)
})

// From Node 22 on: modules are kept as compiled, and each is compared with its text before it runs. Only where Assay keeps
// other things already.
if (process.argv[2] !== 'clean' && existsSync('build/cache'))
  (nodeModule as { readonly enableCompileCache?: (folder: string) => unknown }).enableCompileCache?.(
    resolve('build/cache/modules'),
  )

try {
  // Loaded here, so that a file that cannot be opened is reported as well.
  const { runCommandLine } = await import('./command-line.ts')
  await runCommandLine(process.argv, process.env)
} catch (error) {
  const { annotateError } = await import('./terminal/annotate.ts')
  // The error itself is said in any case.
  await annotateError(error, process.argv, process.env).catch(fail)
  fail(error)
}
concludeExit()
