/** What of Assay's lies in a folder: each entry with its size and when it was last used. */
import { type Dirent, lstatSync, type Stats } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isLocked } from '../../store/lock.ts'
import { isResultFolder } from './forms.ts'
import { CACHE_PLACES, type Kind, MODEL_PLACES, type Place } from './kinds.ts'
import { isNight, listHistory } from './nights.ts'
import { listResultFiles } from './results.ts'

/** What is removed together. */
export interface Entry {
  readonly kind: Kind
  readonly path: string
  readonly bytes: number
  /** When it was used last, ms since 1970: models and proofs are marked at each use. */
  readonly used: number
  /** Somebody is making it. */
  readonly isLocked: boolean
  /** Folder of the night that it is of. */
  readonly night?: string
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

/** Results lie directly in the folder, nights of plans one folder deeper; the folder may itself be that of a night. */
async function listResults(out: string): Promise<readonly Entry[]> {
  if (await isNight(out)) return listNight(out)
  const lists = (await listFolders(out))
    .filter((folder) => folder !== join(out, 'cache'))
    .map(async (folder) => ((await isNight(folder)) ? listNight(folder) : listResult(folder)))
  const nights = join(out, 'regress')
  const inner = (await isNight(nights)) ? [] : await listFolders(nights)
  const nested = inner.map(async (folder) =>
    (await isNight(folder)) ? listNight(folder) : isResultFolder(basename(folder)) ? [] : listResult(folder),
  )
  return (await Promise.all([...lists, ...nested])).flat()
}

const listFolders = async (folder: string): Promise<readonly string[]> =>
  (await list(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))

async function listNight(folder: string): Promise<readonly Entry[]> {
  const own = (await listResult(folder)).map((entry): Entry => ({ ...entry, kind: 'nights', night: folder }))
  const isLocked = own.some((entry) => entry.isLocked)
  const history = (await listHistory(folder)).map((path): Entry => {
    const { size = 0, mtimeMs = 0 } = statOf(path) ?? {}
    return { kind: 'histories', path, bytes: size, used: mtimeMs, isLocked, night: folder }
  })
  return [...own, ...history]
}

async function listResult(folder: string): Promise<readonly Entry[]> {
  const paths = await listResultFiles(folder)
  if (paths.length === 0) return []
  const infos = paths.map((path) => statOf(path))
  // A result is used as a whole.
  const used = Math.max(0, ...infos.map((info) => info?.mtimeMs ?? 0))
  const locks = await Promise.all(paths.filter((path) => path.endsWith('.lock')).map(isHeld))
  return paths.map((path, index) => ({
    ...{ kind: 'results', path, used, isLocked: locks.includes(true) },
    bytes: infos[index]?.size ?? 0,
  }))
}

/** A lock that shows no sign of life for so long is nobody's, wherever its holder ran. */
const SILENT_MS = 3600 * 1000

const isHeld = async (path: string): Promise<boolean> =>
  Date.now() - (statOf(path)?.mtimeMs ?? 0) < SILENT_MS && isLocked(path)

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
