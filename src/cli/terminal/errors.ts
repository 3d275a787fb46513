/** Errors become a sentence on stderr and an exit code here, and nowhere else. */
import { InputError } from '../../input/input-error.ts'
import { printableLines } from '../../input/printable.ts'
import { systemReason } from '../../input/system-error.ts'
import { painter } from './progress.ts'

/** 0 done or all bit-exact; 1 a mismatch and nothing else; 2 bad usage or bad input; 3 a tool or the system failed. */
export const EXIT = { done: 0, mismatch: 1, input: 2, tool: 3 } as const

/** A command line that yargs refused. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Assay's own errors with their exit codes. A tool's exit code is not Assay's: a compiler's 1 is not a mismatch. */
function isCoded(error: unknown): error is { readonly exitCode: 1 | 2 | 3 } {
  if (typeof error !== 'object' || error === null) return false
  const { exitCode, name } = error as { readonly exitCode?: unknown; readonly name?: unknown }
  // The one error that is a mismatch: of the reference model with a frozen set.
  if (exitCode === EXIT.mismatch) return name === 'FrozenMismatch'
  return (exitCode === EXIT.input || exitCode === EXIT.tool) && name !== 'ExecaError'
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof InputError || error instanceof UsageError) return EXIT.input
  return isCoded(error) ? error.exitCode : EXIT.tool
}

const annotated = new WeakSet<object>()

/** The reports of a run have told of this error. */
export function markAnnotated(error: unknown): void {
  if (typeof error === 'object' && error !== null) annotated.add(error)
}

/** An error may be wrapped on its way, to name an option of a file. */
export const isAnnotated = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  (annotated.has(error) || isAnnotated((error as { readonly cause?: unknown }).cause))

/** What yargs says in its own words becomes the option and a sentence. */
export function toUsageError(message: string): UsageError {
  const few = /^Not enough non-option arguments: got (\d+), need at least (\d+)/.exec(message)
  if (few !== null)
    return new UsageError(
      `expected at least ${few[2]} arguments, got ${few[1]}. The command's --help names them.`,
    )
  const missing = /^Not enough arguments following: (\S+)/.exec(message)
  if (missing === null) return new UsageError(`${message} (assay --help lists commands and options)`)
  const option = `${missing[1]!.length === 1 ? '-' : '--'}${missing[1]}`
  const dash = option.startsWith('--') ? `. One that begins with a dash is joined to it: ${option}=-…` : ''
  return new UsageError(`${option}: expected a value after it${dash}`)
}

/** One sentence for what a person can correct; a stack only for a fault of Assay. */
export function reportError(error: unknown, env: NodeJS.ProcessEnv): void {
  const paint = painter(process.stderr, env)
  const system = systemReason(error)
  const expected = exitCodeOf(error) === EXIT.input || isCoded(error) || system !== null
  const own = error instanceof Error ? error.message : String(error)
  const message = system === null || isCoded(error) ? own : `${system}: ${own}`
  const stack =
    expected || !(error instanceof Error) ? '' : `\n${error.stack?.split('\n').slice(1).join('\n') ?? ''}`
  const apology = expected ? '' : '\nThis is a fault in assay: please report it with the lines above.'
  process.stderr.write(`${paint('red', 'assay:')} ${printableLines(`${message}${stack}`)}${apology}\n`)
}
