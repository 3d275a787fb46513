/** How the line that reproduces a red part is shown: it can be copied wherever it stands. */
import { printable } from '../input/printable.ts'
import type { Origin, Reproduction } from '../result/record.ts'
import { wrap } from './table.ts'

export const REPRODUCE = 'To reproduce it in a fresh clone:'

/** Breaks a line of a shell between words, so that the shell takes its parts for one line. */
export function wrapShell(line: string, width = 80): readonly string[] {
  const words = printable(line).match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined) lines.push(`  ${word}`)
    else if (last.endsWith('&&')) lines.push(`  ${word}`)
    else if (last.length + word.length + 3 <= width) lines[lines.length - 1] = `${last} ${word}`
    else {
      lines[lines.length - 1] = `${last} \\`
      lines.push(`    ${word}`)
    }
  }
  return lines
}

/** For a terminal of 80 columns. */
export const describeReproduction = ({ line, notes }: Reproduction): readonly string[] => [
  REPRODUCE,
  ...wrapShell(line),
  ...notes.flatMap((note) => wrap(`(${note})`, 78).map((part) => `  ${part}`)),
]

/** Such as `commit 69375b8fa42e with uncommitted changes, on build-7`. */
export function describeOrigin(origin: Pick<Origin, 'commit' | 'dirty' | 'host' | 'untracked'>): string {
  const { commit, dirty, host, untracked } = origin
  const also =
    untracked === undefined ? '' : `${dirty === true ? ' and' : ' with'} inputs that git does not track`
  return `${commit === null ? 'no git repository' : `commit ${describeCommit({ commit, dirty })}${also}`}, on ${host}`
}

/** Such as `69375b8fa42e with uncommitted changes`: nobody may take what ran for what is committed. */
export const describeCommit = ({ commit, dirty }: Pick<Origin, 'commit' | 'dirty'>): string =>
  commit === null ? 'none' : `${commit.slice(0, 12)}${dirty === true ? ' with uncommitted changes' : ''}`
