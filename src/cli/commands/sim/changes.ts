/** Which files were saved, once they have settled. */
import { once } from 'node:events'
import { dirname, resolve, sep } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FSWatcher, watch } from 'chokidar'
import { notice } from '../../../store/notice.ts'
import { statIfSeen } from '../../../store/stat.ts'

export interface Changes {
  /** These files count from now on, too, whether they are there or not; what they hold now is known. */
  watch(paths: readonly string[]): Promise<void>
  /** Resolves when a file is not as it was at the last call of either, and none has changed for a while. */
  next(): Promise<void>
  close(): Promise<void>
}

/** Editors write a file in several steps, and often several files at once. */
const SETTLE_MS = 150

/** Events only wake it: they come late, twice or, while a folder is replaced, not at all. The files themselves say what changed. */
export function createChanges(settleMs = SETTLE_MS): Changes {
  const files = new Set<string>()
  /** The ways to the files: chokidar looks into no other folder. */
  const folders = new Set<string>()
  const ignored = (path: string): boolean => !files.has(path) && !folders.has(path)
  const look = (): string => [...files].map(stateOf).join('\n')
  let watcher: FSWatcher | undefined
  let known = ''
  let wake = (): void => {}
  return {
    watch: async (paths) => {
      const more = paths.map((path) => resolve(path)).filter((path) => !files.has(path))
      for (const path of more) {
        files.add(path)
        for (const folder of foldersOf(path)) folders.add(folder)
      }
      if (more.length > 0) {
        await watcher?.close()
        watcher = watch([...folders], { ignoreInitial: true, ignored })
        watcher.on('all', () => wake())
        watcher.on('error', (error) => notice(`some files cannot be watched: ${(error as Error).message}`))
        await once(watcher, 'ready')
      }
      known = look()
    },
    next: async () => {
      while (look() === known)
        await new Promise<void>((done) => {
          wake = done
        })
      let before: string
      do {
        before = look()
        await sleep(settleMs)
        known = look()
      } while (known !== before)
    },
    close: async () => watcher?.close(),
  }
}

function stateOf(path: string): string {
  const info = statIfSeen(path)
  return info?.isFile() === true ? `${info.ino} ${info.size} ${info.mtimeMs} ${info.ctimeMs}` : ''
}

/**
 * The folders whose entries tell that a file has come, gone or been replaced: its own and those above it up to the working
 * directory, since a change of branches takes folders away; of a file elsewhere its own and the one above.
 */
function foldersOf(path: string): readonly string[] {
  const home = process.cwd()
  const own = dirname(path)
  if (own !== home && !own.startsWith(home.endsWith(sep) ? home : home + sep)) return [own, dirname(own)]
  const above = [own]
  while (above.at(-1) !== home) above.push(dirname(above.at(-1)!))
  return above
}
