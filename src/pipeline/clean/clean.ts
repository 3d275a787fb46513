/** Shows and frees what a project holds: results, and what is kept by content. */
import { realpathSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { pathWithin } from '../../input/path-within.ts'
import { removeFolder } from '../../store/cache.ts'
import { listScratch, sweepScratch } from '../../store/scratch.ts'
import { type Entry, listEntries } from './inventory.ts'
import { CACHE_PLACES, KINDS, type Kind, MODEL_PLACES } from './kinds.ts'
import { listOpenPaths } from './users.ts'

export interface CleanChoice {
  /** Folder of results and of their cache. */
  readonly out: string
  /** Folder of built models. */
  readonly models: string
  /** Only what was not used for so long; null: all. */
  readonly olderThanMs: number | null
  /** Leaves results alone. */
  readonly cacheOnly: boolean
  /** Counts, and removes nothing. */
  readonly dryRun: boolean
}

export interface KindSize {
  readonly kind: Kind
  readonly entries: number
  readonly bytes: number
  readonly freedEntries: number
  readonly freedBytes: number
}

export interface Cleaned {
  readonly out: string
  readonly models: string
  readonly dryRun: boolean
  readonly kinds: readonly KindSize[]
  /** Folders of nights, each with its size. */
  readonly nights: readonly { readonly folder: string; readonly bytes: number }[]
  /** Entries that stay because a process uses them. */
  readonly inUse: number
  /** Entries that belong to another user. */
  readonly refused: number
}

/** While a process works in the folder, what was used within a day may be what it comes back to. */
const WORKING_MS = 24 * 3600 * 1000

export interface Use {
  /** Paths that processes have open. */
  readonly open: readonly string[]
  /** A process works in the folder. */
  readonly isBusy: boolean
}

/** Whether an entry may go, or why it stays. */
export function judge(
  { path, used, isLocked }: Entry,
  { open, isBusy }: Use,
  now: number,
  olderThanMs: number | null,
): 'goes' | 'in use' | 'young' {
  const idle = now - used
  if (isLocked || open.some((each) => pathWithin(path, each) !== null)) return 'in use'
  if (isBusy && idle <= WORKING_MS) return 'in use'
  return olderThanMs !== null && idle < olderThanMs ? 'young' : 'goes'
}

/** @throws InputError where the folder of results is a file. */
export async function clean({ out, models, olderThanMs, cacheOnly, dryRun }: CleanChoice): Promise<Cleaned> {
  const [realOut, realModels] = [realOf(out), realOf(models)]
  const folders = [
    ...CACHE_PLACES.map(({ folder }) => join(realOut, 'cache', folder)),
    ...MODEL_PLACES.map(({ folder }) => join(realModels, folder)),
  ]
  const open = await listOpenPaths([realOut, realModels])
  if (!dryRun) for (const folder of new Set(folders)) await sweepScratch(folder)
  const scratch = (await Promise.all([...new Set(folders)].map(listScratch))).flat()
  const use: Use = { open, isBusy: open.length + scratch.length > 0 }
  const all = await listEntries(realOut, realModels)
  const entries = cacheOnly ? all.filter(({ kind }) => !isMade(kind)) : all
  const now = Date.now()
  const verdicts = entries.map((entry) => judge(entry, use, now, olderThanMs))
  const going = entries.filter((_, index) => verdicts[index] === 'goes')
  const refused = new Set<Entry>()
  if (!dryRun) {
    for (const entry of going) if (!(await remove(entry))) refused.add(entry)
    await removeEmpty([...going.map(({ path }) => dirname(path)), ...folders], realOut)
  }
  const freed = new Set(going.filter((entry) => !refused.has(entry)))
  const kinds = KINDS.map((kind) => sizeOf(kind, entries, freed)).filter((size) => size.entries > 0)
  const inUse = verdicts.filter((verdict) => verdict === 'in use').length
  return { out, models, dryRun, kinds, nights: listNights(entries), inUse, refused: refused.size }
}

function listNights(entries: readonly Entry[]): Cleaned['nights'] {
  const sizes = new Map<string, number>()
  for (const { kind, path, bytes } of entries)
    if (kind === 'nights') sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + bytes)
  return [...sizes].map(([folder, bytes]) => ({ folder, bytes }))
}

function realOf(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return resolve(path)
    throw error
  }
}

function sizeOf(kind: Kind, entries: readonly Entry[], freed: ReadonlySet<Entry>): KindSize {
  const own = entries.filter((entry) => entry.kind === kind)
  const gone = own.filter((entry) => freed.has(entry))
  const sum = (list: readonly Entry[]): number => list.reduce((total, { bytes }) => total + bytes, 0)
  return {
    kind,
    entries: own.length,
    bytes: sum(own),
    freedEntries: gone.length,
    freedBytes: sum(gone),
  }
}

/** What a person asked for, and no cache. */
const isMade = (kind: Kind): boolean => kind === 'results' || kind === 'nights'

/** What goes is not there from one moment to the next, so that nobody finds half of it. */
async function remove({ kind, path }: Entry): Promise<boolean> {
  try {
    if (isMade(kind)) await rm(path, { recursive: true, force: true })
    else await removeFolder(path)
    return true
  } catch (error) {
    if (error instanceof InputError || isDenied(error)) return false
    throw error
  }
}

const isDenied = (error: unknown): boolean =>
  ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')

/** Folders in `out` that hold nothing any more; one with something of others stays, as does a folder of models elsewhere. */
async function removeEmpty(folders: readonly string[], out: string): Promise<void> {
  const above = [join(out, 'cache', 'verilator'), join(out, 'cache'), join(out, 'regress'), out]
  const own = [...new Set(folders)].filter((folder) => pathWithin(out, folder) !== null)
  const deepest = own.sort((a, b) => b.length - a.length)
  for (const folder of [...deepest, ...above]) await rmdir(folder).catch(() => undefined)
}
