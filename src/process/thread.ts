/** Threads of this process that run a program of this package. */
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { findProgramFile } from './child-program.ts'

/** Calls of native code that threads are in. */
const underWay = new Set<Promise<unknown>>()
let isEnding = false

/**
 * @param from `import.meta.url` of the caller.
 * @param name the program beside the caller, without its ending.
 */
export function startThread(from: string, name: string, workerData?: unknown): Worker {
  const { path, args = [] } = findProgramFile(from, name)
  return new Worker(path, {
    argv: [...args],
    // Flags of this process may be about its main program: Node refuses a file where there is `--input-type`.
    execArgv: [],
    // What a thread sets for a library, as to have no telemetry, must reach the environment that the library reads.
    env: SHARE_ENV,
    workerData,
  })
}

/** Makes a call of native code in a thread: see `endNativeCalls`. */
export async function callNative<Result>(call: () => Promise<Result>): Promise<Result> {
  if (isEnding) await new Promise(() => {})
  const result = call()
  underWay.add(result)
  try {
    return await result
  } finally {
    underWay.delete(result)
  }
}

/** Before this process exits: a thread that Node ends inside native code takes the process with it, by an abort. No call is made from now on. */
export async function endNativeCalls(withinMs: number): Promise<void> {
  isEnding = true
  const late = new Promise((resolve) => setTimeout(resolve, withinMs).unref())
  await Promise.race([Promise.allSettled(underWay), late])
}
