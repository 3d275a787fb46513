/** What crosses the pipe between `simulateInChild` and its child process. */
import type { Beat } from './beats.ts'
import type { BuiltModel } from './build/types.ts'
import type { PollCondition, PollDeadline } from './bus-types.ts'
import type { Deadline, MemoryCheck, PortValues, RunOptions, SimulateOptions, Stalls } from './types.ts'

/** Where a call is, as the child notes it while it goes on. */
export interface Moment {
  readonly cycle: number
  /** Of the stream that is waited for. */
  readonly beats?: number
}

/** Functions stay on their side. */
type Limit = Omit<Deadline, 'onProgress'>

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
  /** With other plusargs it is opened anew. */
  | { readonly method: 'restart'; readonly others: Pick<SimulateOptions, 'plusargs' | 'seed'> }
  | { readonly method: 'checkMemory'; readonly check: MemoryCheck }
  | { readonly method: 'takeOutput' }
  | { readonly method: 'readCycle' }
  | { readonly method: 'readRegister'; readonly bus: string; readonly address: number }
  | {
      readonly method: 'writeRegister'
      readonly bus: string
      readonly address: number
      readonly value: number | bigint
      readonly strobes: number | undefined
    }
  | {
      readonly method: 'poll'
      readonly bus: string
      readonly address: number
      readonly condition: Exclude<PollCondition, (value: number) => boolean>
      readonly deadline: PollDeadline
    }
  | {
      readonly method: 'readBytes' | 'writeCycles'
      readonly bus: string
      readonly from: number
      readonly to: number
    }
  | {
      readonly method: 'writeBytes'
      readonly bus: string
      readonly address: number
      readonly bytes: Uint8Array
    }
  | { readonly method: 'memoryCounts' | 'memorySize' | 'isIdle' | 'writtenPages'; readonly bus: string }
  | { readonly method: 'openedFiles' }
  | { readonly method: 'readMemory'; readonly name: string }
  | { readonly method: 'close' }
  | { readonly method: 'send'; readonly stream: string; readonly beats: readonly Beat[] }
  | { readonly method: 'sendPacked'; readonly stream: string; readonly data: Uint8Array }
  | { readonly method: 'flush'; readonly stream: string; readonly deadline: Limit }
  | {
      readonly method: 'receivePacked'
      readonly stream: string
      readonly count: number | null
      readonly deadline: Limit
    }
  | { readonly method: 'stall'; readonly stream: string; readonly stalls: Stalls }
  /** What only one program does: see `serveDut`. */
  | { readonly method: 'ask'; readonly body: unknown }
