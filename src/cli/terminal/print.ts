/** What every command shares: progress that goes to stderr, a result that goes to stdout. */
import type { Progress } from '../../pipeline/files/progress.ts'
import { createTerminalProgress } from './progress.ts'

export const progressFor = (args: { readonly quiet: boolean }, env: NodeJS.ProcessEnv): Progress =>
  createTerminalProgress(process.stderr, args.quiet, env)

/** Prints text for a person or one JSON object for a program, never both. */
export function printResult(args: { readonly json: boolean }, value: unknown, text: () => string): void {
  process.stdout.write(args.json ? `${JSON.stringify(value)}\n` : `${text()}\n`)
}
