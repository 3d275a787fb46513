/** The worker pool runs tasks on several worker processes, one per core, each with its own sessions and memory. */
import { hookFile } from '../../arithmetic/hooks.ts'
import { hooksOf } from '../../arithmetic/profile.ts'
import { profileOf } from '../../golden/code-range.ts'
import { Child } from '../../process/child-process.ts'
import { findProgramFile } from '../../process/child-program.ts'
import type { Work, WorkerRequest, WorkKind } from './worker-messages.ts'

export interface WorkerPool<Kind extends WorkKind> extends AsyncDisposable {
  /**
   * Runs every task, several at once, and gives each result as it comes, one at a time. The first error ends the
   * run. Results that were given before it stay valid.
   */
  run(
    tasks: readonly Work[Kind]['task'][],
    onResult: (index: number, result: Work[Kind]['result']) => Promise<void> | void,
  ): Promise<void>
}

/** A task that takes longer has hung. */
const TASK_DEADLINE_MS = 15 * 60_000

interface Worker {
  call(request: WorkerRequest): Promise<unknown>
  kill(): void
}

export async function startPool<Kind extends WorkKind>(
  setup: Work[Kind]['setup'],
  workers: number,
): Promise<WorkerPool<Kind>> {
  const own = Array.from({ length: workers }, startWorker)
  const close = async (): Promise<void> => {
    for (const worker of own) worker.kill()
  }
  try {
    const hooks = setup.integer === null ? [] : hooksOf(profileOf(setup.integer)).map(hookFile)
    await Promise.all(own.map((worker) => worker.call({ kind: 'setup', setup, hooks })))
  } catch (error) {
    await close()
    throw error
  }
  return {
    run: async (tasks, onResult) => {
      let next = 0
      let failed = false
      let given = Promise.resolve()
      const serve = async (worker: Worker): Promise<void> => {
        while (next < tasks.length && !failed) {
          const index = next++
          const value = (await worker.call({ kind: 'task', task: tasks[index] })) as Work[Kind]['result']
          given = given.then(() => onResult(index, value))
          await given
        }
      }
      const guarded = (worker: Worker): Promise<void> =>
        serve(worker).catch((error: unknown) => {
          failed = true
          throw error
        })
      await Promise.all(own.map(guarded))
    },
    [Symbol.asyncDispose]: close,
  }
}

function startWorker(): Worker {
  const child = new Child({
    ...findProgramFile(import.meta.url, 'worker'),
    name: 'a worker process',
    toError: ({ message }) =>
      Object.assign(new Error(`${message}. Finished work is kept: run the command again.`), { exitCode: 3 }),
  })
  const limits = { deadlineMs: TASK_DEADLINE_MS, what: 'a task' }
  return { call: (request) => child.call(request, limits), kill: () => child.kill() }
}
