/** What every command shares: progress that goes to stderr, a result that goes to stdout. */
import { makeVisible } from '../../input/printable.ts'
import type { Progress } from '../../pipeline/files/progress.ts'
import { createTerminalProgress } from './progress.ts'

export const progressFor = (args: { readonly quiet: boolean }, env: NodeJS.ProcessEnv): Progress =>
  createTerminalProgress(process.stderr, args.quiet, env)

const ESCAPE = '\u001b'
/** What `painter` writes. */
const COLOUR = new RegExp(`(${ESCAPE}\\[\\d+m)`)

/** Prints text for a person or one JSON object for a program, never both. A terminal obeys nothing in it but its colours. */
export function printResult(args: { readonly json: boolean }, value: unknown, text: () => string): void {
  const said = args.json
    ? JSON.stringify(value).replace(/\p{Cc}/gu, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)
    : text()
        .split(COLOUR)
        .map((part, index) => (index % 2 === 0 ? makeVisible(part) : part))
        .join('')
  process.stdout.write(`${said}\n`)
}
