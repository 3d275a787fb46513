/** Asks git where a run comes from. */
import { hostname } from 'node:os'
import { folderAbove, shortenWithin } from '../../input/path-within.ts'
import type { Environment } from '../../process/environment.ts'
import { findProgram } from '../../process/find-program.ts'
import type { Origin } from '../../result/record.ts'
import { findUntracked, installsAssay } from './clone.ts'
import { git } from './git.ts'

/** Begins to ask: git answers while a run is prepared. @param words those of the command line that decide the result of one run of `assay sim` */
export function askOrigin(
  command: readonly string[],
  environment: Environment,
  words?: readonly string[],
): Promise<Origin> {
  const origin = readOrigin({ command, words, settings: settingsOf(environment) })
  // A run that fails before it needs this says why itself.
  origin.catch(() => {})
  return origin
}

/** The variables that decide a result, as a shell sets them before a line. */
function settingsOf({ seed, simulator }: Environment): readonly string[] | undefined {
  const settings = [
    ...(seed === '' ? [] : [`ASSAY_SEED=${seed}`]),
    ...(simulator === null ? [] : [`ASSAY_SIMULATOR=${simulator}`]),
  ]
  return settings.length === 0 ? undefined : settings
}

/** @param called the words of the command line; those that decide the result of one run of `assay sim`; variables that do, too. */
export async function readOrigin(
  called: Pick<Origin, 'command' | 'words' | 'settings'>,
  cwd: string = process.cwd(),
): Promise<Origin> {
  const place = await askGit(cwd)
  const { folder } = place
  const words =
    folder === undefined
      ? called.words
      : called.words?.map((word) => shortenWithin(folderAbove(cwd, folder), word, cwd))
  const clone = await readClone(folder, words ?? [], cwd)
  return { ...place, ...clone, ...called, words, host: hostname() }
}

/** What of a run a fresh clone has. @param folder the working folder, from the root. @param cwd the same, absolute */
export async function readClone(
  folder: string | undefined,
  words: readonly string[],
  cwd: string,
): Promise<Pick<Origin, 'installs' | 'untracked'>> {
  if (folder === undefined) return {}
  const root = folderAbove(cwd, folder)
  const [installs, untracked] = await Promise.all([installsAssay(root, cwd), findUntracked(words, root, cwd)])
  return { ...(installs ? { installs } : {}), ...(untracked.length === 0 ? {} : { untracked }) }
}

type Place = Pick<Origin, 'commit' | 'dirty' | 'changed' | 'folder'>

/** Files that are named where some differ from the commit. */
const MOST_CHANGED = 10

async function askGit(cwd: string): Promise<Place> {
  if (findProgram('git') === null) return { commit: null, dirty: null }
  const [place, filters] = await Promise.all([
    git(cwd, ['rev-parse', '--verify', '--show-prefix', 'HEAD']),
    git(cwd, ['config', '--null', '--show-scope', '--name-only', '--list']),
  ])
  if (place === null) return { commit: null, dirty: null }
  const [prefix = '', commit = ''] = place.split('\n')
  const known = { commit, folder: prefix.replace(/\/$/, '') }
  // Without a list of its filters, none can be switched off.
  const settings = filters === null ? null : withoutFilters(filters)
  const changes =
    settings === null
      ? null
      : await git(
          cwd,
          ['status', '--porcelain', '-z', '--untracked-files=no', '--ignore-submodules=all', '--no-renames'],
          settings,
        )
  if (changes === null) return { ...known, dirty: null }
  // Two letters and a space stand before each name.
  const changed = changes.split('\0').flatMap((entry) => (entry === '' ? [] : [entry.slice(3)]))
  return changed.length === 0
    ? { ...known, dirty: false }
    : { ...known, dirty: true, changed: changed.slice(0, MOST_CHANGED) }
}

/**
 * The filters of a user's own configuration are the user's; a repository's would run while git compares.
 *
 * @param listed scopes and names, in turn.
 * @returns what switches them off; null if one has a name that no option can say.
 */
export function withoutFilters(listed: string): readonly string[] | null {
  const fields = listed.split('\0')
  const names = fields.flatMap((name, index) => {
    const scope = index % 2 === 1 ? fields[index - 1]! : ''
    const filter = /^filter\.(.*)\.\w+$/s.exec(name)?.[1]
    return (scope === 'local' || scope === 'worktree') && filter !== undefined ? [filter] : []
  })
  if (names.some((name) => name.includes('='))) return null
  return [...new Set(names)].flatMap((name) => [
    ...[
      '-c',
      `filter.${name}.clean=`,
      '-c',
      `filter.${name}.process=`,
      '-c',
      `filter.${name}.required=false`,
    ],
  ])
}
