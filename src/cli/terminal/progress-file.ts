/** What a run is doing, in a file: the process that started it shows that of the oldest of its runs. */
import type { Progress } from '../../pipeline/files/progress.ts'
import { readCached, writeCached } from '../../store/files.ts'

/** How often the file is written. */
const PAUSE_MS = 500
const MOST_STEP = 200

/** Reports to the file, too, if there is one. A file that cannot be written is no harm to the run. */
export function withProgressFile(progress: Progress, path: string | undefined): Progress {
  if (path === undefined) return progress
  let [said, written, isBusy] = ['', '', false]
  const write = (): void => {
    if (isBusy || said === written) return
    isBusy = true
    written = said
    const pause = (): void => {
      const timer = setTimeout(() => {
        isBusy = false
        write()
      }, PAUSE_MS)
      timer.unref()
    }
    void writeCached(path, written).then(pause, pause)
  }
  const say = (text: string): void => {
    said = text
    write()
  }
  return {
    start(name, ifStopped) {
      const task = progress.start(name, ifStopped)
      say(name)
      return {
        update(fraction, text) {
          task.update(fraction, text)
          say(`${name}, ${text}`)
        },
        done: task.done,
      }
    },
    warn: progress.warn,
  }
}

/** What a run does; null where it has not said anything yet. */
export async function readProgressFile(path: string): Promise<string | null> {
  const bytes = await readCached(path).catch(() => null)
  const text = bytes === null ? '' : Buffer.from(bytes.subarray(0, MOST_STEP)).toString('utf8').trim()
  return text === '' ? null : text
}
