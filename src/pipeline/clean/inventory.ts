/** What of Assay's lies in a folder: each entry with its size and when it was last used. */
import { type Dirent, lstatSync, type Stats } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isLocked } from '../../store/lock.ts'
import {
  CACHE_PLACES,
  isNightName,
  isResultName,
  type Kind,
  MARKS,
  MODEL_PLACES,
  NIGHT_MARKS,
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

/** Results lie directly in the folder, those of plans one folder deeper; it may also be that of a night itself. */
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
  return [...(await listNight(out)), ...found.flat()]
}

async function listResult(folder: string): Promise<readonly Entry[]> {
  const night = await listNight(folder)
  if (night.length > 0) return night
  return (await isMarked(folder, MARKS)) ? listNames(folder, 'results', isResultName, false) : []
}

async function listNight(folder: string): Promise<readonly Entry[]> {
  if (!(await isMarked(folder, NIGHT_MARKS))) return []
  return listNames(folder, 'nights', isNightName, await isLocked(join(folder, 'night.lock')))
}

async function listNames(
  folder: string,
  kind: Kind,
  isOwn: (name: string, isFolder: boolean) => boolean,
  isLocked: boolean,
): Promise<readonly Entry[]> {
  const own = (await list(folder)).filter((entry) => isOwn(entry.name, entry.isDirectory()))
  const paths = own.map(({ name }) => join(folder, name))
  const sizes = await Promise.all(paths.map(measure))
  // A result is used as a whole.
  const used = Math.max(0, ...sizes.map((size) => size.used))
  return paths.map((path, index) => ({
    ...{ kind, path, used, isLocked },
    bytes: sizes[index]!.bytes,
  }))
}

async function isMarked(folder: string, marks: Readonly<Record<string, RegExp>>): Promise<boolean> {
  for (const [name, begin] of Object.entries(marks)) {
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
