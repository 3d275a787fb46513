/** What a run of vitest says of tests that failed. */
import { stripVTControlCharacters } from 'node:util'

/** The beginning of the line that names a test that failed; the next line has its error. */
export const FAILED = 'failed test: '

/** Two lines for a test: its name and the first line of its error. */
export interface Failure {
  readonly name: string
  readonly reason: string
}

const MOST_NAMED = 5
/** Lines of what vitest says by itself, where it names no test. */
const MOST_LINES = 12

export function listFailures(failures: readonly Failure[]): string {
  const named = failures.slice(0, MOST_NAMED).flatMap(({ name, reason }) => [`  ${name}`, `    ${reason}`])
  const more = failures.length - MOST_NAMED
  return [...named, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n')
}

/** The tests that failed, by what vitest's process printed; where none is named, the first lines of that. */
export function describeOutput(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
  const failures = lines.flatMap((line, index) =>
    line.startsWith(FAILED)
      ? [{ name: line.slice(FAILED.length), reason: lines[index + 1]?.trim() ?? '' }]
      : [],
  )
  if (failures.length > 0) return listFailures(failures)
  const said = lines.filter((line) => line !== '').map((line) => `  ${line}`)
  const more = said.length - MOST_LINES
  return [...said.slice(0, MOST_LINES), ...(more > 0 ? [`  and ${more} more lines`] : [])].join('\n')
}
