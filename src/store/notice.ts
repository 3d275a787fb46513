/** What a person should know and nothing depends on: a damaged cache entry, a wait. Each text is said once a process. */
import { printableLines } from '../input/printable.ts'

const said = new Set<string>()
let listener = (text: string): void => {
  process.stderr.write(`assay: ${printableLines(text)}\n`)
}

export function notice(text: string): void {
  if (said.has(text)) return
  said.add(text)
  listener(text)
}

/** Where notices go instead of the standard error. Returns what undoes it. */
export function listenToNotices(to: (text: string) => void): () => void {
  const before = listener
  listener = to
  return () => {
    listener = before
  }
}
