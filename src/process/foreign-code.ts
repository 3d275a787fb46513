/** Code of a user that runs in this process: an endless loop in it ends the process in time, and what it leaves keeps no command from ending. */
import { endNativeCalls, startThread } from './thread.ts'

/** What the watching thread is given. */
export interface Watch {
  /** Not 0 as soon as the code is done. */
  readonly done: Int32Array
  readonly mostMs: number
  /** What is written to standard error, whole, before the process ends. */
  readonly message: string
  readonly exitCode: number
}

let isLoaded = false

/**
 * Ends this process with a message and an exit code if the code has not ended after so long: no timer of this thread runs in a loop.
 *
 * @returns to be called when it has ended.
 */
export function watchForeignCode(message: string, mostMs: number, exitCode: number): () => void {
  isLoaded = true
  const done = new Int32Array(new SharedArrayBuffer(4))
  startThread(import.meta.url, 'foreign-watch', { done, mostMs, message, exitCode } satisfies Watch).unref()
  return () => {
    Atomics.store(done, 0, 1)
    Atomics.notify(done, 0)
  }
}

/** What a command may still have to do after its last word. */
const LEFT_MS = 5000

/** After the end of a command: timers and servers that foreign code has left count for nothing. */
export function endForeignCode(): void {
  if (isLoaded) setTimeout(() => void endNativeCalls(LEFT_MS).then(() => process.exit()), LEFT_MS).unref()
}
