import { type ChildProcess, fork } from 'node:child_process'
import { findCompiled } from '../process/child-program.ts'
import { readEnvironment } from '../process/environment.ts'
import { countBeatBytes, unpackBeats } from './beats.ts'
import { findStreams, resolveStreams } from './boundary/stream-ports.ts'
import type { StreamPorts } from './boundary/types.ts'
import { buildModel } from './build/build.ts'
import type { BuiltModel } from './build/types.ts'
import { applyEnvironment } from './environment.ts'
import type { OpenedFile } from './opened-files.ts'
import type { PortValue } from './ports.ts'
import { type Call, type Reply, type Request, unpackError } from './protocol.ts'
import { SimulationError } from './simulation-error.ts'
import type { ChildDut, MemoryVerdict, PackedBeats, RunResult, SimulateOptions, Stream } from './types.ts'

export interface ChildOptions extends SimulateOptions {
  /** Longest time of any one call; then the child is killed. Default 10 minutes. */
  readonly deadlineMs?: number
  /** Keep the state after reset, so that `restart` is quick. Default false: `restart` opens the model anew. */
  readonly restartable?: boolean
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly onProgress: ((at: { readonly cycle: number }) => void) | undefined
  readonly timer: NodeJS.Timeout
}

/**
 * As `simulate`, in a process of its own: for long runs and for RTL that may crash or never come back. Only batches are
 * worth sending over the pipe (20 microseconds a call).
 *
 * @throws ToolError when it does not compile; SimulationError of kind `crash` or `deadline` when the child had to go.
 */
export async function simulateInChild(options: ChildOptions): Promise<ChildDut> {
  const prepared = applyEnvironment(options, options.environment ?? readEnvironment())
  const [built, program] = await Promise.all([buildModel(prepared), findCompiled(import.meta.url, 'child')])
  const child = startChild(program, built, options.deadlineMs ?? 600_000)
  try {
    await child.call({ method: 'open', built, options: prepared, restartable: options.restartable ?? false })
  } catch (error) {
    child.kill()
    throw error
  }
  return makeRemoteDut(built, options, child)
}

interface Child {
  call(call: Call, limits?: { deadlineMs?: number; onProgress?: Pending['onProgress'] }): Promise<unknown>
  kill(): void
}

function startChild(program: string, built: BuiltModel, longestMs: number): Child {
  const child: ChildProcess = fork(program, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  })
  const pending = new Map<number, Pending>()
  let nextId = 0
  let cycle = 0
  let errors = ''
  let ended: SimulationError | null = null
  const end = (kind: 'crash' | 'deadline' | 'closed', message: string): void => {
    ended ??= new SimulationError(`${built.top}: ${message}`, { kind, top: built.top, cycle, output: errors })
    for (const { reject, timer } of pending.values()) {
      clearTimeout(timer)
      reject(ended)
    }
    pending.clear()
  }
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', kill)
  child.stderr?.on('data', (text: Buffer) => {
    errors = (errors + text.toString()).slice(-4000)
  })
  child.on('exit', (code, signal) => {
    process.off('exit', kill)
    const how = signal === null ? `exit code ${code}` : signal
    end('crash', `the child process of the model died (${how})${errors === '' ? '' : `: ${errors.trim()}`}`)
  })
  child.on('error', (error) => end('crash', `the child process of the model failed: ${error.message}`))
  child.on('message', (reply: Reply) => {
    const entry = pending.get(reply.id)
    if (entry === undefined) return
    if (reply.kind === 'progress') {
      cycle = reply.cycle
      entry.onProgress?.({ cycle })
      return
    }
    pending.delete(reply.id)
    clearTimeout(entry.timer)
    if (reply.kind === 'done') entry.resolve(reply.value)
    else entry.reject(unpackError(reply.error))
  })
  return {
    kill: () => {
      end('closed', 'the model is closed')
      kill()
    },
    call: (call, { deadlineMs = longestMs, onProgress } = {}) => {
      if (ended !== null) return Promise.reject(ended)
      return new Promise((resolve, reject) => {
        const id = nextId++
        const timer = setTimeout(() => {
          end('deadline', `${call.method} took longer than ${deadlineMs} ms; the child process was killed`)
          kill()
        }, deadlineMs)
        pending.set(id, { resolve, reject, onProgress, timer })
        const request: Request = { id, call }
        child.send(request, (error) => {
          if (error !== null)
            end('crash', `the child process of the model cannot be reached: ${error.message}`)
        })
      })
    },
  }
}

function makeRemoteDut(built: BuiltModel, options: ChildOptions, child: Child): ChildDut {
  const { module } = built
  const described =
    options.streams === undefined ? findStreams(module) : resolveStreams(module, options.streams)
  const close = async (): Promise<void> => {
    await child.call({ method: 'close' }, { deadlineMs: 5_000 }).catch(() => undefined)
    child.kill()
  }
  return {
    module,
    read: async (...names) => (await child.call({ method: 'read', names })) as PortValue[],
    write: async (values) => {
      await child.call({ method: 'write', values })
    },
    step: async (cycles = 1) => {
      await child.call({ method: 'step', cycles })
    },
    run: async ({ onProgress, ...run }) => {
      // The child watches the time between cycles; a cycle that never ends is for us to stop.
      const limit = run.deadlineMs === undefined ? {} : { deadlineMs: run.deadlineMs + 1_000 }
      return (await child.call({ method: 'run', options: run }, { ...limit, onProgress })) as RunResult
    },
    stream: (name) => {
      const ports = described.find((stream) => stream.name === name)
      if (ports !== undefined) return makeRemoteStream(ports, child)
      const names = described.map((stream) => stream.name).join(', ') || 'none'
      throw new Error(`Expected a stream of ${module.name}, got ${name}; its streams are ${names}`)
    },
    readMemory: async (name) => (await child.call({ method: 'readMemory', name })) as (number | bigint)[],
    checkMemory: async (check) =>
      (await child.call({ method: 'checkMemory', check })) as MemoryVerdict | null,
    restart: async () => {
      await child.call({ method: 'restart' })
    },
    openedFiles: async () => (await child.call({ method: 'openedFiles' })) as OpenedFile[],
    takeOutput: async () => (await child.call({ method: 'takeOutput' })) as string,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function makeRemoteStream(ports: StreamPorts, child: Child): Stream {
  const stream = ports.name
  const receivePacked: Stream['receivePacked'] = async (count, deadline = {}) => {
    return (await child.call({
      method: 'receivePacked',
      stream,
      count: count ?? null,
      deadline,
    })) as PackedBeats
  }
  return {
    ports,
    beatBytes: countBeatBytes(ports),
    send: async (beats) => {
      await child.call({ method: 'send', stream, beats })
    },
    sendPacked: async (data) => {
      await child.call({ method: 'sendPacked', stream, data })
    },
    flush: async (deadline = {}) => {
      await child.call({ method: 'flush', stream, deadline })
    },
    receive: async (count, deadline) =>
      unpackBeats(ports, (await receivePacked(count, deadline)).data, count),
    receivePacked,
    stall: async (stalls) => {
      await child.call({ method: 'stall', stream, stalls })
    },
  }
}
