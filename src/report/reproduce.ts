/** How the line that reproduces a red part is shown: it can be copied wherever it stands. */
import { printable } from '../input/printable.ts'
import type { Origin, Reproduction } from '../result/record.ts'
import { breakShell } from '../result/reproduce.ts'
import { wrap } from './table.ts'

/** Above the command that shows more of what is red. */
export const NEXT = 'Next:'

export const REPRODUCE = 'To reproduce it in a fresh clone:'

/** Text of others is visible in it and not obeyed. */
export const wrapShell = (line: string): readonly string[] => breakShell(printable(line))

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
