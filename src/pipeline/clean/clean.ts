/** Shows and frees what a project holds: results, and what is kept by content. */
import { realpathSync } from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { pathWithin } from '../../input/path-within.ts'
import { removeFolder } from '../../store/cache.ts'
import { listScratch, sweepScratch } from '../../store/scratch.ts'
import { type Entry, listEntries } from './inventory.ts'
import { CACHE_PLACES, isResult, KINDS, type Kind, MODEL_PLACES } from './kinds.ts'
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
  /** Frees the histories of nights, too. */
  readonly histories: boolean
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

/** What a night holds besides its history. */
export interface NightSize {
  /** Path from the folder of results; `.` is that folder. */
  readonly night: string
  readonly files: number
  readonly bytes: number
  /** How long it was not used. */
  readonly idleMs: number
  /** What becomes of it, or why it stays. */
  readonly fate: Verdict | 'refused'
}

export interface Cleaned {
  readonly out: string
  readonly models: string
  readonly dryRun: boolean
  readonly kinds: readonly KindSize[]
  /** The largest first. */
  readonly nights: readonly NightSize[]
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

export type Verdict = 'goes' | 'in use' | 'young'

/** Whether an entry may go, or why it stays. */
export function judge(
  { path, used, isLocked }: Entry,
  { open, isBusy }: Use,
  now: number,
  olderThanMs: number | null,
): Verdict {
  const idle = now - used
  if (isLocked || open.some((each) => pathWithin(path, each) !== null)) return 'in use'
  if (isBusy && idle <= WORKING_MS) return 'in use'
  return olderThanMs !== null && idle < olderThanMs ? 'young' : 'goes'
}

/** @throws InputError where the folder of results is a file. */
export async function clean(choice: CleanChoice): Promise<Cleaned> {
  const { out, models, olderThanMs, cacheOnly, histories, dryRun } = choice
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
  const entries = cacheOnly ? all.filter(({ kind }) => !isResult(kind)) : all
  const now = Date.now()
  const verdicts = entries.map((entry) => judge(entry, use, now, olderThanMs))
  // A history is kept unless it is asked for by its name.
  const isMeant = ({ kind }: Entry): boolean => kind !== 'histories' || histories
  const going = entries.filter((entry, index) => verdicts[index] === 'goes' && isMeant(entry))
  const refused = new Set<Entry>()
  if (!dryRun) {
    for (const entry of going) if (!(await remove(entry))) refused.add(entry)
    await removeEmpty([...going.map(({ path }) => dirname(path)), ...folders], realOut)
  }
  const freed = new Set(going.filter((entry) => !refused.has(entry)))
  const kinds = KINDS.map((kind) => sizeOf(kind, entries, freed)).filter((size) => size.entries > 0)
  const inUse = entries.filter((entry, index) => verdicts[index] === 'in use' && isMeant(entry)).length
  const nights = listNights(entries, verdicts, refused, now).map((own) => ({
    ...own,
    night: relative(realOut, own.night) || '.',
  }))
  return { out, models, dryRun, kinds, nights, inUse, refused: refused.size }
}

/** All files of a night have one verdict, because a result is used as a whole. */
function listNights(
  entries: readonly Entry[],
  verdicts: readonly Verdict[],
  refused: ReadonlySet<Entry>,
  now: number,
): readonly NightSize[] {
  const nights = new Map<string, NightSize>()
  entries.forEach((entry, index) => {
    const { kind, night, bytes, used } = entry
    if (kind !== 'nights' || night === undefined) return
    const before = nights.get(night) ?? { files: 0, bytes: 0, fate: verdicts[index]! }
    const fate = refused.has(entry) ? 'refused' : before.fate
    const sizes = { files: before.files + 1, bytes: before.bytes + bytes }
    nights.set(night, { night, ...sizes, idleMs: Math.max(0, now - used), fate })
  })
  return [...nights.values()].sort((a, b) => b.bytes - a.bytes)
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

/** What goes is not there from one moment to the next, so that nobody finds half of it. */
async function remove({ kind, path }: Entry): Promise<boolean> {
  try {
    if (isResult(kind)) await rm(path, { force: true })
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
  const own = new Set<string>()
  for (let folder of folders)
    for (; pathWithin(out, folder) !== null && !own.has(folder); folder = dirname(folder)) own.add(folder)
  const deepest = [...own].sort((a, b) => b.length - a.length)
  for (const folder of deepest) await rmdir(folder).catch(() => undefined)
}
