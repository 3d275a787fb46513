/** What every command shares: progress that goes to stderr, a result that goes to stdout. */
import type { Progress } from '../pipeline/files/progress.ts'
import { createTerminalProgress } from './terminal-progress.ts'

export const progressFor = (args: { quiet: boolean }): Progress =>
  createTerminalProgress(process.stderr, args.quiet)

/** Prints text for a person or one JSON object for a program, never both. */
export function printResult(args: { json: boolean }, value: unknown, text: () => string): void {
  process.stdout.write(args.json ? `${JSON.stringify(value)}\n` : `${text()}\n`)
}
