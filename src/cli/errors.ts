/** Errors become a sentence on stderr and an exit code here, and nowhere else. */
import { InputError } from '../checkpoint/input-error.ts'
import { painter } from './terminal-progress.ts'

/** 0 done or all bit-exact; 1 a mismatch; 2 bad usage or bad input; 3 a tool failed. */
export const EXIT = { done: 0, mismatch: 1, input: 2, tool: 3 } as const

/** A command line that yargs refused. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

interface Coded {
  readonly exitCode: number
}
const isCoded = (error: unknown): error is Coded =>
  typeof error === 'object' &&
  error !== null &&
  typeof (error as { exitCode?: unknown }).exitCode === 'number'

export function exitCodeOf(error: unknown): number {
  if (error instanceof InputError || error instanceof UsageError) return EXIT.input
  if (error instanceof Error && error.name === 'AccumulatorError') return EXIT.input
  return isCoded(error) ? error.exitCode : EXIT.tool
}

/** One sentence for what a person can mend; a stack only for what is our fault. */
export function reportError(error: unknown): void {
  const paint = painter(process.stderr)
  const expected = exitCodeOf(error) === EXIT.input || isCoded(error)
  const message = error instanceof Error ? error.message : String(error)
  const stack =
    expected || !(error instanceof Error) ? '' : `\n${error.stack?.split('\n').slice(1).join('\n') ?? ''}`
  const apology = expected ? '' : '\nThis is a fault in assay: please report it with the lines above.'
  process.stderr.write(`${paint('red', 'assay:')} ${message}${stack}${apology}\n`)
}
