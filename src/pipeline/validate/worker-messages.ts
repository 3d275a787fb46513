/** These messages cross the pipe between the command and its workers. */
import { InputError } from '../../input/input-error.ts'
import type { LayersSetup, LayerTask, LayerTaskResult } from './layer-runner.ts'
import type { StageRecords, StagesSetup, StagesTask } from './stages.ts'

/** Kinds of work, each with a worker's setup, its task and its result. */
export interface Work {
  readonly stages: { readonly setup: StagesSetup; readonly task: StagesTask; readonly result: StageRecords }
  readonly layers: { readonly setup: LayersSetup; readonly task: LayerTask; readonly result: LayerTaskResult }
}
export type WorkKind = keyof Work
export type Setup = Work[WorkKind]['setup']

export type WorkerRequest =
  | { readonly kind: 'setup'; readonly setup: Setup }
  | { readonly kind: 'task'; readonly task: unknown }

export type WorkerReply =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: PackedError }

/** An error as plain data. */
export interface PackedError {
  readonly name: string
  readonly message: string
  readonly stack: string
  /** The place that an InputError names; null for other errors. */
  readonly where: string | null
  /** The exit code that the error asks for, if any. */
  readonly exitCode: number | null
}

export function packError(error: unknown): PackedError {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  const exitCode =
    error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number'
      ? error.exitCode
      : null
  return { name, message, stack, where: error instanceof InputError ? error.where : null, exitCode }
}

export function unpackError({ name, message, stack, where, exitCode }: PackedError): Error {
  if (where !== null)
    return new InputError(message.startsWith(`${where}: `) ? message.slice(where.length + 2) : message, where)
  return Object.assign(new Error(message), { name, stack }, exitCode === null ? {} : { exitCode })
}
