import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { explainCacheError } from './cache-error.ts'
import { isOwnerAlive, ownIdentity } from './identity.ts'
import { takeLock } from './lock.ts'

/** Writes a file whole or not at all. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = scratchName(dirname(path), basename(path))
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(temporary, content)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    explainCacheError(error, path)
  }
}

/** A folder of a cache, and what is above it. @throws InputError where it cannot be made. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => explainCacheError(error, path))
}

/**
 * Makes the folder `path` with `fill`, whole or not at all, unless it is there already. Of several processes that
 * want the same folder one fills it and the others wait. `replace` makes it in any case, and puts it in the place of
 * what is there.
 *
 * @throws InputError where the cache cannot be written.
 */
export async function publishFolder(
  path: string,
  fill: (folder: string) => Promise<void>,
  replace = false,
): Promise<void> {
  if (!replace && (await exists(path))) return touch(path)
  await makeFolder(dirname(path))
  const release = await takeLock(`${path}.lock`)
  try {
    if (!replace && (await exists(path))) return
    await sweepScratch(dirname(path))
    const temporary = scratchName(dirname(path), basename(path))
    let isFilled = false
    try {
      await makeFolder(temporary)
      await fill(temporary)
      isFilled = true
      if (replace) await removeFolder(path)
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { recursive: true, force: true })
      // A folder that somebody else put there serves as well; that a fill failed is no less true with an old one there.
      if (!isFilled || !(await exists(path))) explainCacheError(error, path)
    }
  } finally {
    await release()
  }
}

/** Takes a folder away at once, so that nobody finds half of it. @throws InputError where the cache cannot be written. */
export async function removeFolder(path: string): Promise<void> {
  const aside = scratchName(dirname(path), basename(path))
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    explainCacheError(error, path)
  }
  await rm(aside, { recursive: true, force: true })
}

/** Marks an entry as used now. A cache that can only be read serves as well. */
export async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => undefined)
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** A name in `folder` that is unique to this attempt and says whose it is, for work that is not kept. */
export function scratchName(folder: string, name: string): string {
  const { home, pid, start } = ownIdentity()
  return join(folder, `${name}.${home}-${pid}-${start}-${randomBytes(4).toString('hex')}`)
}

const scratchPattern = /\.([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{8}$/
/** Scratch that nobody can be asked about is as old as this when it goes: no tool runs longer than ten minutes. */
const foreignMs = 2 * 3600 * 1000

/** Removes the scratch of processes of this host that died, and such of others that is old. */
export async function sweepScratch(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, home, pid, start] = scratchPattern.exec(name) ?? []
    const older = /\.\d+-[0-9a-f]{8}$|\.lock\.[0-9a-f]{16}$/.test(name)
    if (home === undefined && !older) continue
    const alive = home === undefined ? null : isOwnerAlive({ home, pid: Number(pid), start: Number(start) })
    const path = join(folder, name)
    if (alive === false || (alive === null && Date.now() - (await usedAt(path)) > foreignMs))
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** How much of a cache is kept. */
export interface SweepLimits {
  readonly pattern: RegExp
  readonly mostEntries: number
  readonly mostBytes: number
  /** An entry that was used within this time is in use, whatever the other limits say. */
  readonly inUseMs: number
  /** An entry unused for so long goes in any case. */
  readonly oldMs: number
}

/** Removes entries, those longest unused first, until the rest keeps the limits. */
export async function sweepEntries(folder: string, limits: SweepLimits): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => limits.pattern.test(name))
  const entries = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      return { path, used: await usedAt(path), bytes: await countBytes(path) }
    }),
  )
  entries.sort((a, b) => b.used - a.used)
  let bytes = 0
  for (const [index, entry] of entries.entries()) {
    bytes += entry.bytes
    const idle = Date.now() - entry.used
    const over = index >= limits.mostEntries || bytes > limits.mostBytes || idle > limits.oldMs
    if (over && idle > limits.inUseMs) await removeFolder(entry.path).catch(() => undefined)
  }
}

async function usedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  )
}

async function countBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (info) => (info.isFile() ? info.size : 0),
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
