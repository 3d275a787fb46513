/** Folders of a cache: each is made whole or not at all, once for all processes that want it. */
import { access, constants, mkdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { explainCacheError } from './cache-error.ts'
import { takeLock } from './lock.ts'
import { scratchName, sweepScratch } from './scratch.ts'

/** A folder of a cache, and what is above it. @throws InputError where it cannot be made. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => explainCacheError(error, path))
}

/** Before anything slow: whether what is to be made can be kept. @throws InputError where a folder that is there cannot be written. */
export async function requireWritable(folders: readonly string[]): Promise<void> {
  for (const folder of folders)
    await access(folder, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') explainCacheError(error, join(folder, 'entry'))
    })
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
  const lock = await takeLock(`${path}.lock`)
  try {
    if (!replace && (await exists(path))) return
    await sweepScratch(dirname(path))
    const temporary = scratchName(dirname(path), basename(path))
    let isFilled = false
    try {
      await makeFolder(temporary)
      await fill(temporary)
      isFilled = true
      // Of two that replace it, the one whose lock was taken from it came first.
      if (replace && (await lock.isHeld())) await removeFolder(path)
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { recursive: true, force: true })
      // A folder that somebody else put there serves as well; that a fill failed is no less true with an old one there.
      if (!isFilled || !(await exists(path))) explainCacheError(error, path)
    }
  } finally {
    await lock.release()
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
