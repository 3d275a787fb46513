/** What of Assay's lies in a folder: each entry with its size and when it was last used. */
import { type Dirent, lstatSync, type Stats } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isLocked } from '../../store/lock.ts'
import {
  CACHE_PLACES,
  isResultName,
  type Kind,
  MARKS,
  MODEL_PLACES,
  NIGHT_FILES,
  NIGHT_FOLDERS,
  NIGHT_MARK,
  type Place,
} from './kinds.ts'

/** What is removed together. */
export interface Entry {
  readonly kind: Kind
  readonly path: string
  readonly bytes: number
  /** When it was used last, ms since 1970: models and proofs are marked at each use. */
  readonly used: number
  /** Somebody is making it. */
  readonly isLocked: boolean
}

/** @param models folder of built models, below `out` or elsewhere. */
export async function listEntries(out: string, models: string): Promise<readonly Entry[]> {
  const lists = await Promise.all([
    listResults(out),
    ...CACHE_PLACES.map((place) => listPlace(join(out, 'cache'), place)),
    ...MODEL_PLACES.map((place) => listPlace(models, place)),
  ])
  return lists.flat()
}

async function listPlace(cache: string, { kind, folder, pattern }: Place): Promise<readonly Entry[]> {
  const at = join(cache, folder)
  const named = (await list(at)).filter(({ name }) => pattern.test(name))
  return Promise.all(
    named.map(async ({ name }) => {
      const path = join(at, name)
      // A folder is marked at its use, and its files are as old as itself.
      const used = statOf(path)?.mtimeMs ?? 0
      return {
        kind,
        path,
        bytes: (await measure(path)).bytes,
        used,
        isLocked: await isLocked(`${path}.lock`),
      }
    }),
  )
}

/** Results lie directly in the folder, those of plans one folder deeper. The folder may be that of a night itself: `--folder night`. */
async function listResults(out: string): Promise<readonly Entry[]> {
  const below = (await list(out)).filter((entry) => entry.isDirectory() && entry.name !== 'cache')
  const found = await Promise.all(
    below.map(async ({ name }) => {
      const path = join(out, name)
      const inner = name === 'regress' ? await list(path) : []
      const nights = inner.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name))
      return (await Promise.all([path, ...nights].map(listResult))).flat()
    }),
  )
  return [...((await isNight(out)) ? await listNight(out) : []), ...found.flat()]
}

async function listResult(folder: string): Promise<readonly Entry[]> {
  if (!(await isResult(folder))) return []
  if (await isNight(folder)) return listNight(folder)
  const own = (await list(folder)).filter((entry) => isResultName(entry.name, entry.isDirectory()))
  return toEntries(own.map(({ name }) => join(folder, name)))
}

const isNight = (folder: string): Promise<boolean> =>
  isResult(
    folder,
    Object.entries(MARKS).filter(([name]) => NIGHT_MARK.test(name)),
  )

async function listNight(folder: string): Promise<readonly Entry[]> {
  const own = (await list(folder)).filter((entry) => entry.isFile() && NIGHT_FILES.test(entry.name))
  const inner = await Promise.all(
    Object.entries(NIGHT_FOLDERS).map(async ([name, pattern]) =>
      (await list(join(folder, name)))
        .filter((entry) => pattern.test(entry.name))
        .map((entry) => join(folder, name, entry.name)),
    ),
  )
  return toEntries([...own.map(({ name }) => join(folder, name)), ...inner.flat()])
}

async function toEntries(paths: readonly string[]): Promise<readonly Entry[]> {
  const sizes = await Promise.all(paths.map(measure))
  // A result is used as a whole.
  const used = Math.max(0, ...sizes.map((size) => size.used))
  return paths.map((path, index) => ({
    ...{ kind: 'results', path, used, isLocked: false },
    bytes: sizes[index]!.bytes,
  }))
}

async function isResult(folder: string, marks = Object.entries(MARKS)): Promise<boolean> {
  for (const [name, begin] of marks) {
    const file = await open(join(folder, name)).catch(() => null)
    if (file === null) continue
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
      if (begin.test(buffer.toString('utf8', 0, bytesRead))) return true
    } catch (error) {
      // A folder of that name.
      if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error
    } finally {
      await file.close()
    }
  }
  return false
}

/** Bytes of a file or of all files below a folder, and the time of the newest. Links are not followed. */
async function measure(path: string): Promise<{ readonly bytes: number; readonly used: number }> {
  const info = statOf(path)
  if (info === undefined) return { bytes: 0, used: 0 }
  if (!info.isDirectory()) return { bytes: info.size, used: info.mtimeMs }
  const inner = await Promise.all((await list(path)).map(({ name }) => measure(join(path, name))))
  return {
    bytes: inner.reduce((sum, { bytes }) => sum + bytes, 0),
    used: Math.max(info.mtimeMs, ...inner.map(({ used }) => used)),
  }
}

/** Nothing where there is no such folder, or none that this user may read. */
const list = (folder: string): Promise<readonly Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch(() => [])

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}
