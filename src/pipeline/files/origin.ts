/** Asks git where a run comes from. Nothing that a repository holds is executed, and a run waits for no slow answer. */
import { hostname } from 'node:os'
import { isAbsolute, join, relative } from 'node:path'
import { pathWithin } from '../../input/path-within.ts'
import { ToolError } from '../../input/tool-error.ts'
import { findProgram } from '../../process/find-program.ts'
import { runTool } from '../../process/run-tool.ts'
import type { Origin } from '../../result/record.ts'

/** A result does not wait longer for it. */
const MOST_MS = 3000

/**
 * A repository may come from anybody. These keep git from starting its monitor, its hooks and a pager, from fetching what a partial
 * clone lacks, from writing the index, and from taking a folder of the work tree for a repository.
 */
const HARMLESS = [
  ...['--no-pager', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'safe.bareRepository=explicit'],
]
const ENVIRONMENT = {
  ...{
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_TERMINAL_PROMPT: '0',
  },
  LC_ALL: 'C',
}

/** @param called the words of the command line; those that decide the result of one run of `assay sim`; variables that do, too. */
export async function readOrigin(
  called: Pick<Origin, 'command' | 'words' | 'settings'>,
  cwd: string = process.cwd(),
): Promise<Origin> {
  const place = await askGit(cwd)
  const words = called.words?.map((word) => shorten(word, cwd, place.folder))
  return { ...place, ...called, words, host: hostname() }
}

/** A path of this machine into the repository, from the working folder; other words stay as they are. */
function shorten(word: string, cwd: string, folder: string | undefined): string {
  if (folder === undefined || !isAbsolute(word)) return word
  const root = join(cwd, ...folder.split('/').map((name) => (name === '' ? '' : '..')))
  return pathWithin(root, word) === null ? word : relative(cwd, word) || '.'
}

type Place = Pick<Origin, 'commit' | 'dirty' | 'folder'>

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
          ['status', '--porcelain', '--untracked-files=no', '--ignore-submodules=all', '--no-renames'],
          settings,
        )
  return { ...known, dirty: changes === null ? null : changes !== '' }
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

/** Null where git has no answer: outside a repository, before the first commit, in a repository of somebody else. */
async function git(
  cwd: string,
  words: readonly string[],
  settings: readonly string[] = [],
): Promise<string | null> {
  return runTool('git', [...HARMLESS, ...settings, ...words], {
    ...{ cwd, env: ENVIRONMENT, timeoutMs: MOST_MS, isBrief: true },
  }).catch((error: unknown) => {
    if (error instanceof ToolError) return null
    throw error
  })
}
