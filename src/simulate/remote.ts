/** A model in a process of its own, behind the same calls as one in this process. */
import '../process/disposal.ts'
import { Child } from '../process/child-process.ts'
import { findProgramFile, type ProgramFile } from '../process/child-program.ts'
import { readEnvironment } from '../process/environment.ts'
import { countBeatBytes, unpackBeats } from './beats.ts'
import { resolveStreams } from './boundary/stream-ports.ts'
import type { StreamPorts } from './boundary/types.ts'
import { buildModel } from './build/build.ts'
import { requireCpu } from './build/target.ts'
import type { BuiltModel } from './build/types.ts'
import { type AxiCounts, type MemoryBus, narrow, type Registers, type WriteCycles } from './bus-types.ts'
import { checkOptions } from './check-options.ts'
import { applyEnvironment } from './environment.ts'
import { findNamed } from './find-named.ts'
import type { OpenedFile } from './opened-files.ts'
import type { PortValue } from './ports.ts'
import type { Call, Moment } from './protocol.ts'
import { SimulationError } from './simulation-error.ts'
import type { ChildDut, MemoryVerdict, PackedBeats, RunResult, SimulateOptions, Stream } from './types.ts'

export interface ChildOptions extends SimulateOptions {
  /** Longest time of any one call; then the child is killed. Default 10 minutes. */
  readonly deadlineMs?: number
  /** Keep the state after reset, so that `restart` is quick. Default false: `restart` opens the model anew. */
  readonly restartable?: boolean
}

/**
 * As `simulate`, in a process of its own: for long runs and for RTL that may crash or never come back. Only batches are
 * worth sending over the pipe (20 microseconds a call).
 *
 * @throws ToolError when it does not compile, or not for this CPU; SimulationError of kind `crash` or `deadline` when the child had to go.
 */
export async function simulateInChild(options: ChildOptions): Promise<ChildDut> {
  return (await openInProgram(options, options, findProgramFile(import.meta.url, 'child'))).dut
}

/** A model in a program that does more with it than `simulateInChild`. */
export interface ProgramDut {
  readonly dut: ChildDut
  /** Asks what only this program knows to do: see `serveDut`. A second question may wait for the answer to the first. */
  ask(body: unknown): Promise<unknown>
}

/**
 * As `simulateInChild`, in a program that ends with `serveDut`.
 *
 * @param later all options; the program starts while they are not yet known, or the model is being built.
 */
export async function openInProgram(
  { top, deadlineMs: longestMs = 600_000 }: Pick<ChildOptions, 'top' | 'deadlineMs'>,
  later: ChildOptions | Promise<ChildOptions>,
  program: ProgramFile,
): Promise<ProgramDut> {
  let child = startRemote(top, program, longestMs)
  try {
    const options = await later
    checkOptions(options)
    const prepared = applyEnvironment(options, options.environment ?? readEnvironment())
    const built = await buildModel(prepared)
    requireCpu(built)
    // A build takes much memory: a child that waited for it, and was killed for it, says nothing of the RTL.
    if (child.isEnded()) child = startRemote(top, program, longestMs)
    await child.call({ method: 'open', built, options: prepared, restartable: options.restartable ?? false })
    const ask = (body: unknown): Promise<unknown> =>
      child.call({ method: 'ask', body }, { deadlineMs: 2 * longestMs })
    return { dut: makeRemoteDut(built, options, child), ask }
  } catch (error) {
    child.kill()
    throw error
  }
}

/** Calls of one model in its child process. */
interface Remote {
  isEnded(): boolean
  call(call: Call, limits?: CallOptions): Promise<unknown>
  kill(): void
}

interface CallOptions {
  readonly deadlineMs?: number
  readonly onProgress?: ((at: Required<Moment>) => void) | undefined
}

function startRemote(top: string, program: ProgramFile, longestMs: number): Remote {
  /** The last that is known. */
  let cycle = 0
  const child = new Child({
    ...program,
    name: 'the child process of the model',
    classes: [SimulationError],
    toError: ({ kind, message, stderr }) => {
      const what = kind === 'closed' ? 'the model is closed' : message
      return new SimulationError(`${top}: ${what}`, { kind, top, cycle, output: stderr })
    },
  })
  return {
    isEnded: () => child.isEnded,
    kill: () => child.kill(),
    call: (call, { deadlineMs = longestMs, onProgress } = {}) => {
      const onNote = (note: unknown): void => {
        const moment = note as Moment
        cycle = moment.cycle
        onProgress?.({ beats: 0, ...moment })
      }
      return child.call(call, { deadlineMs, what: call.method, onNote })
    },
  }
}

function makeRemoteDut(built: BuiltModel, options: ChildOptions, child: Remote): ChildDut {
  const { module } = built
  const described = resolveStreams(module, options.streams ?? {})
  const streams = new Map(described.map((ports) => [ports.name, makeRemoteStream(ports, child)]))
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
    readCycle: async () => (await child.call({ method: 'readCycle' })) as number,
    run: async ({ onProgress, ...run }) => {
      // The child watches the time between cycles; a cycle that never ends is for us to stop.
      const deadlineMs = run.deadlineMs === undefined ? undefined : run.deadlineMs + 1_000
      return (await child.call({ method: 'run', options: run }, { deadlineMs, onProgress })) as RunResult
    },
    stream: (name) => findNamed(streams, name, 'stream', module.name),
    registers: (name) => remoteRegisters(requireBus(options, name, false), child),
    memoryBus: (name) => remoteMemory(requireBus(options, name, true), child),
    readMemory: async (name) => (await child.call({ method: 'readMemory', name })) as (number | bigint)[],
    checkMemory: async (check) =>
      (await child.call({ method: 'checkMemory', check })) as MemoryVerdict | null,
    restart: async (plusargs, seed) => {
      await child.call({ method: 'restart', others: { plusargs, seed } })
    },
    openedFiles: async () => (await child.call({ method: 'openedFiles' })) as OpenedFile[],
    takeOutput: async () => (await child.call({ method: 'takeOutput' })) as string,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function makeRemoteStream(ports: StreamPorts, child: Remote): Stream {
  const stream = ports.name
  const receivePacked: Stream['receivePacked'] = async (count, { onProgress, ...deadline } = {}) => {
    const call = { method: 'receivePacked', stream, count: count ?? null, deadline } as const
    return (await child.call(call, { onProgress })) as PackedBeats
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
    flush: async ({ onProgress, ...deadline } = {}) => {
      await child.call({ method: 'flush', stream, deadline }, { onProgress })
    },
    receive: async (count, deadline) =>
      unpackBeats(ports, (await receivePacked(count, deadline)).data, count),
    receivePacked,
    stall: async (stalls) => {
      await child.call({ method: 'stall', stream, stalls })
    },
  }
}

/** @throws TypeError for a name that `buses` does not have, or of the other kind */
function requireBus({ buses = {}, top }: ChildOptions, name: string, isMemory: boolean): string {
  const known = Object.entries(buses).flatMap(([own, { kind }]) =>
    (kind === 'axi-memory') === isMemory ? [[own, own] as const] : [],
  )
  return findNamed(new Map(known), name, isMemory ? 'bus of memory' : 'bus of registers', top)
}

function remoteRegisters(bus: string, child: Remote): Registers {
  const readWide = async (address: number) =>
    (await child.call({ method: 'readRegister', bus, address })) as bigint
  const read = async (address: number) => narrow(bus, address, await readWide(address))
  return {
    read,
    readWide,
    write: async (address, value, strobes) => {
      await child.call({ method: 'writeRegister', bus, address, value, strobes })
    },
    poll: async (address, condition, deadline = {}) => {
      if (typeof condition === 'function')
        throw new TypeError(
          'Expected { mask, equals } in the place of a function, which cannot go to another process',
        )
      return (await child.call({ method: 'poll', bus, address, condition, deadline })) as number
    },
  }
}

const remoteMemory = (bus: string, child: Remote): MemoryBus => ({
  size: async () => (await child.call({ method: 'memorySize', bus })) as number,
  read: async (from, to) => (await child.call({ method: 'readBytes', bus, from, to })) as Uint8Array,
  write: async (address, bytes) => {
    await child.call({ method: 'writeBytes', bus, address, bytes })
  },
  counts: async () => (await child.call({ method: 'memoryCounts', bus })) as AxiCounts,
  writeCycles: async (from, to) =>
    (await child.call({ method: 'writeCycles', bus, from, to })) as WriteCycles,
  writtenPages: async () => (await child.call({ method: 'writtenPages', bus })) as readonly number[],
  idle: async () => (await child.call({ method: 'isIdle', bus })) as boolean,
})
