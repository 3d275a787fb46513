import type { Beat } from './beats.ts'
import type { BuiltModel } from './build/types.ts'
import { SimulationError, type SimulationFailure } from './simulation-error.ts'
import type { Deadline, MemoryCheck, PortValues, RunOptions, SimulateOptions, Stalls } from './types.ts'

/** What the parent asks of the child process that runs a model: one method of `BulkDut` or `Stream` each. */
export type Call =
  | {
      readonly method: 'open'
      readonly built: BuiltModel
      readonly options: SimulateOptions
      /** Keep how it was opened, for `restart`. */
      readonly restartable: boolean
    }
  | { readonly method: 'read'; readonly names: readonly string[] }
  | { readonly method: 'write'; readonly values: PortValues }
  | { readonly method: 'step'; readonly cycles: number }
  | { readonly method: 'run'; readonly options: Omit<RunOptions, 'onProgress'> }
  | { readonly method: 'restart' }
  | { readonly method: 'checkMemory'; readonly check: MemoryCheck }
  | { readonly method: 'takeOutput' }
  | { readonly method: 'openedFiles' }
  | { readonly method: 'readMemory'; readonly name: string }
  | { readonly method: 'close' }
  | { readonly method: 'send'; readonly stream: string; readonly beats: readonly Beat[] }
  | { readonly method: 'sendPacked'; readonly stream: string; readonly data: Uint8Array }
  | { readonly method: 'flush'; readonly stream: string; readonly deadline: Deadline }
  | {
      readonly method: 'receivePacked'
      readonly stream: string
      readonly count: number | null
      readonly deadline: Deadline
    }
  | { readonly method: 'stall'; readonly stream: string; readonly stalls: Stalls }

export interface Request {
  readonly id: number
  readonly call: Call
}

/** An error that crosses the pipe; `failure` for a SimulationError. */
export interface RemoteError {
  readonly name: string
  readonly message: string
  readonly failure: SimulationFailure | null
}

export type Reply =
  | { readonly id: number; readonly kind: 'done'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'failed'; readonly error: RemoteError }
  | { readonly id: number; readonly kind: 'progress'; readonly cycle: number }

export function packError(error: unknown): RemoteError {
  if (error instanceof SimulationError) {
    const { kind, top, cycle, startCycle, file, line, watched, output } = error
    return {
      name: error.name,
      message: error.message,
      failure: { kind, top, cycle, startCycle, file, line, watched, output },
    }
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return { name, message, failure: null }
}

const errorTypes: Readonly<Record<string, ErrorConstructor>> = { TypeError, RangeError }

export function unpackError({ name, message, failure }: RemoteError): Error {
  return failure === null ? new (errorTypes[name] ?? Error)(message) : new SimulationError(message, failure)
}
