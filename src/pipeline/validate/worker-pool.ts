/** The worker pool runs tasks on several worker processes, one per core, each with its own sessions and memory. */
import { type ChildProcess, fork } from 'node:child_process'
import { findCompiled } from '../../process/child-program.ts'
import {
  unpackError,
  type Work,
  type WorkerReply,
  type WorkerRequest,
  type WorkKind,
} from './worker-messages.ts'

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

export async function startPool<Kind extends WorkKind>(
  setup: Work[Kind]['setup'],
  workers: number,
): Promise<WorkerPool<Kind>> {
  const program = await findCompiled(import.meta.url, 'worker')
  const own = Array.from({ length: workers }, () => startWorker(program))
  const close = async (): Promise<void> => {
    for (const worker of own) worker.kill()
  }
  try {
    await Promise.all(own.map((worker) => worker.call({ kind: 'setup', setup })))
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

interface Worker {
  call(request: WorkerRequest): Promise<unknown>
  kill(): void
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

function startWorker(program: string): Worker {
  const child: ChildProcess = fork(program, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  })
  let waiting: Waiting | null = null
  let ended: Error | null = null
  let errors = ''
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  const end = (what: string): void => {
    const said = errors === '' ? '' : `: ${errors.trim()}`
    ended ??= Object.assign(new Error(`${what}${said}. What is finished is kept: run again.`), {
      exitCode: 3,
    })
    waiting?.reject(ended)
    waiting = null
  }
  process.once('exit', kill)
  child.stderr?.on('data', (text: Buffer) => {
    errors = (errors + text.toString()).slice(-4000)
  })
  child.on('exit', (code, signal) => {
    process.off('exit', kill)
    end(`a worker process died (${signal ?? `exit code ${code}`})`)
  })
  child.on('error', (error) => end(`a worker process failed (${error.message})`))
  child.on('message', (reply: WorkerReply) => {
    const current = waiting
    waiting = null
    if (reply.kind === 'done') current?.resolve(reply.value)
    else current?.reject(unpackError(reply.error))
  })
  const call = async (request: WorkerRequest): Promise<unknown> => {
    if (ended !== null) throw ended
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        timer = setTimeout(() => {
          end(`a task took longer than ${TASK_DEADLINE_MS / 60_000} minutes`)
          kill()
        }, TASK_DEADLINE_MS)
        child.send(request, (error) => {
          if (error !== null) end(`a worker process cannot be reached (${error.message})`)
        })
      })
    } finally {
      clearTimeout(timer)
    }
  }
  return { call, kill }
}
