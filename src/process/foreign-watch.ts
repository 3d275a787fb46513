/** A thread that ends the process of `foreign-code.ts` while its main thread answers nothing. */
import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import type { Watch } from './foreign-code.ts'

const { done, mostMs, message, exitCode } = workerData as Watch
if (Atomics.wait(done, 0, 0, mostMs) === 'timed-out') {
  writeSync(2, message)
  // The exit of a thread is not that of its process, and Node's own waits for the main thread. Loaded only here: a process that
  // ends while a thread loads native code aborts (`endNativeCalls`).
  try {
    const { koffi } = await import('./foreign.ts')
    koffi.load(null).func('void _exit(int code)')(exitCode)
  } catch {
    // Nothing more can be loaded, such as for want of file descriptors.
    process.kill(process.pid, 'SIGKILL')
  }
}
