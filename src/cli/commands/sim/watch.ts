/** `assay sim --watch`: runs again whenever RTL, model or image is saved. */
import { type FSWatcher, watch } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { reportError } from '../../terminal/errors.ts'
import { runReported } from '../../terminal/reports.ts'
import type { SimRun } from './options.ts'
import { listSources, listWatched } from './request.ts'
import { findOrSimulate } from './run.ts'
import { simTarget } from './target.ts'

/** Editors write a file in several steps, and often several files at once. */
const SETTLE_MS = 150

/** Never returns; Ctrl-C ends it. A run that fails is reported, and the next save starts another. */
export async function watchSimulation(run: SimRun, env: NodeJS.ProcessEnv): Promise<void> {
  const { args } = run
  const changes = createChanges()
  for (;;) {
    try {
      await runReported(args, env, await simTarget(args), async () => {
        // Before the run: what is saved while it goes on starts the next one.
        changes.watch([...(await listSources(args)), ...(await listWatched(args))])
        return findOrSimulate(run)
      })
    } catch (error) {
      reportError(error, env)
    }
    process.stderr.write('Watching RTL, model and images; Ctrl-C ends.\n')
    await changes.next()
  }
}

interface Changes {
  /** Adds the folders of these files: an editor may replace a file, which ends the watch of the file itself. */
  watch(paths: readonly string[]): void
  /** Resolves when something was saved since the last call, and nothing more for a while. */
  next(): Promise<void>
}

export function createChanges(settleMs = SETTLE_MS): Changes & { close(): void } {
  const watchers = new Map<string, FSWatcher>()
  const files = new Set<string>()
  let changed = false
  let timer: NodeJS.Timeout | undefined
  let wake = (): void => {}
  const onChange = (path: string): void => {
    if (!files.has(path)) return
    changed = true
    clearTimeout(timer)
    timer = setTimeout(() => wake(), settleMs)
  }
  return {
    watch: (paths) => {
      for (const path of paths.map((each) => resolve(each))) {
        files.add(path)
        const folder = dirname(path)
        if (watchers.has(folder)) continue
        const watcher = watch(folder, (_, name) => onChange(resolve(folder, name ?? '')))
        // A folder that is removed is noticed by the run that follows.
        watcher.on('error', () => watchers.delete(folder))
        watchers.set(folder, watcher)
      }
    },
    next: async () => {
      await new Promise<void>((done) => {
        wake = done
        if (changed) {
          clearTimeout(timer)
          timer = setTimeout(done, settleMs)
        }
      })
      changed = false
    },
    close: () => {
      clearTimeout(timer)
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}
