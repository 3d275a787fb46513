/** Asks git. Nothing that a repository holds is executed, and nobody waits for a slow answer. */
import { ToolError } from '../../input/tool-error.ts'
import { runTool } from '../../process/run-tool.ts'

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

/** Null where git has no answer: outside a repository, before the first commit, in a repository of somebody else. */
export async function git(
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
