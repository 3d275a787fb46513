/** A program of this package in a process of its own: it is asked, killed when it takes too long, and ends with this process. */
import { type ChildProcess, fork } from 'node:child_process'
import type { ProgramFile } from './child-program.ts'
import { type ErrorClass, type PackedError, unpackError } from './packed-error.ts'
import { timerMs } from './timer.ts'

/** What crosses the pipe around the messages of a program. */
export interface Request {
  readonly id: number
  readonly body: unknown
}
export type Reply =
  | { readonly id: number; readonly kind: 'done'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'failed'; readonly error: PackedError }
  /** Something said while the work goes on. */
  | { readonly id: number; readonly kind: 'note'; readonly value: unknown }

/** Why a child process answers no more. */
export interface ChildEnd {
  readonly kind: 'crash' | 'deadline' | 'closed'
  readonly message: string
  /** The last of what it wrote to its standard error. */
  readonly stderr: string
}

export interface CallLimits {
  readonly deadlineMs: number
  /** What is called when it takes longer. */
  readonly what: string
  readonly onNote?: ((value: unknown) => void) | undefined
}

export interface ChildProgram extends ProgramFile {
  /** What it is called in messages: `a worker process`. */
  readonly name: string
  readonly toError: (end: ChildEnd) => Error
  /** Classes of errors that the program may throw besides those of input and tools. */
  readonly classes?: readonly ErrorClass[]
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  readonly onNote: CallLimits['onNote']
  readonly timer: NodeJS.Timeout
}

const MOST_STDERR = 4000

/** A running program that answers by `serveParent`. */
export class Child {
  readonly #program: ChildProgram
  readonly #process: ChildProcess
  readonly #pending = new Map<number, Pending>()
  #nextId = 0
  #stderr = ''
  #ended: Error | null = null

  constructor(program: ChildProgram) {
    const { path, args = [], files = [], name } = program
    this.#program = program
    const child = fork(path, args, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...files],
      execArgv: [],
    })
    this.#process = child
    const kill = (): void => void child.kill('SIGKILL')
    process.once('exit', kill)
    child.stderr?.on('data', (text: Buffer) => {
      this.#stderr = (this.#stderr + text.toString()).slice(-MOST_STDERR)
    })
    child.on('exit', (code, signal) => {
      process.off('exit', kill)
      const said = this.#stderr === '' ? '' : `: ${this.#stderr.trim()}`
      this.#end('crash', `${name} died (${signal ?? `exit code ${code}`})${said}`)
    })
    child.on('error', ({ message }) => this.#end('crash', `${name} failed: ${message}`))
    child.on('message', (reply: Reply) => this.#take(reply))
  }

  /**
   * Answers come in the order of the calls.
   *
   * @throws what the program threw, or the error of its end.
   */
  call(body: unknown, { deadlineMs, what, onNote }: CallLimits): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    const { name } = this.#program
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      const timer = setTimeout(() => {
        this.#stop('deadline', `${what} took longer than ${formatTime(deadlineMs)}; ${name} was killed`)
      }, timerMs(deadlineMs))
      this.#pending.set(id, { resolve, reject, onNote, timer })
      this.#process.send({ id, body } satisfies Request, (error) => {
        if (error !== null) this.#end('crash', `${name} cannot be reached: ${error.message}`)
      })
    })
  }

  /** Whether it answers no more. */
  get isEnded(): boolean {
    return this.#ended !== null
  }

  /** Ends it at once: calls that wait fail. */
  kill(): void {
    this.#stop('closed', `${this.#program.name} is closed`)
  }

  #stop(kind: ChildEnd['kind'], message: string): void {
    this.#end(kind, message)
    this.#process.kill('SIGKILL')
  }

  /** The first end is the one that all calls hear of, those that wait and those that come. */
  #end(kind: ChildEnd['kind'], message: string): void {
    const ended = this.#ended ?? this.#program.toError({ kind, message, stderr: this.#stderr })
    this.#ended = ended
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(ended)
    }
    this.#pending.clear()
  }

  #take(reply: Reply): void {
    const entry = this.#pending.get(reply.id)
    if (entry === undefined) return
    if (reply.kind === 'note') {
      entry.onNote?.(reply.value)
      return
    }
    this.#pending.delete(reply.id)
    clearTimeout(entry.timer)
    if (reply.kind === 'done') entry.resolve(reply.value)
    else entry.reject(unpackError(reply.error, this.#program.classes))
  }
}

const formatTime = (ms: number): string => (ms % 60_000 === 0 ? `${ms / 60_000} minutes` : `${ms} ms`)
