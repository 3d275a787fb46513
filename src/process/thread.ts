/** Threads of this process that run a program of this package. */
import { Worker } from 'node:worker_threads'
import { findProgramFile } from './child-program.ts'

/**
 * @param from `import.meta.url` of the caller.
 * @param name the program beside the caller, without its ending.
 */
export function startThread(from: string, name: string, workerData?: unknown): Worker {
  const { path, args = [] } = findProgramFile(from, name)
  // Flags of this process may be about its main program: Node refuses a file where there is `--input-type`.
  return new Worker(path, { argv: [...args], execArgv: [], workerData })
}
