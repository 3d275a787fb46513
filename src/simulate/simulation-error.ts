/** How a simulation fails. */
export type SimulationErrorKind =
  /** `$fatal`, `$error`, a failed assertion, a missing memory file. */
  | 'assertion'
  /** `$stop`. */
  | 'stop'
  /** Combinational logic that does not settle. */
  | 'no-convergence'
  /** `$finish` came while something was still waited for. */
  | 'finished'
  /** The cycle budget is used up. */
  | 'cycle-budget'
  /** No stream moved a beat for too long. */
  | 'no-progress'
  /** The time budget is used up. */
  | 'deadline'
  /** Recorded streams grew over their limit. */
  | 'memory'
  /** The module broke a rule of a bus. */
  | 'protocol'
  /** A register access was answered with an error. */
  | 'bus-error'
  /** The child process died. */
  | 'crash'
  /** The model was used after it failed or was closed. */
  | 'closed'

export interface SimulationFailure {
  readonly kind: SimulationErrorKind
  readonly top: string
  /** Clock cycles since the first edge, reset included. */
  readonly cycle: number
  readonly file?: string | null
  readonly line?: number | null
  /** The cycle at which the run began that failed; null outside of one. */
  readonly startCycle?: number | null
  /** Ports worth seeing, by name. */
  readonly watched?: Readonly<Record<string, unknown>>
  /** What the model printed. */
  readonly output?: string
  readonly cause?: unknown
}

/** A model failed, or did not get done in its budget. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError'
  /** What the command line exits with. */
  readonly exitCode = 3
  readonly kind: SimulationErrorKind
  readonly top: string
  readonly cycle: number
  readonly startCycle: number | null
  readonly file: string | null
  readonly line: number | null
  readonly watched: Readonly<Record<string, unknown>>
  readonly output: string

  constructor(message: string, failure: SimulationFailure) {
    super(message, failure.cause === undefined ? undefined : { cause: failure.cause })
    this.kind = failure.kind
    this.top = failure.top
    this.cycle = failure.cycle
    this.startCycle = failure.startCycle ?? null
    this.file = failure.file ?? null
    this.line = failure.line ?? null
    this.watched = failure.watched ?? {}
    this.output = failure.output ?? ''
  }
}

/** Failures of the machine, not of the model. They say nothing about another run. */
const PASSING: ReadonlySet<SimulationErrorKind> = new Set(['crash', 'deadline', 'closed'])

export const isPassing = (error: unknown): boolean =>
  error instanceof SimulationError && PASSING.has(error.kind)

/** The process of the model was lost: it shows nothing of the RTL. A cycle that does not end is the RTL's, although a busy machine may be slow. */
export const isLost = (error: unknown): boolean =>
  isPassing(error) && (error as SimulationError).kind !== 'deadline'
