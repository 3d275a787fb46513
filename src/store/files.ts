/** Files written whole or not at all, read and removed, with errors that say what to do. */
import { rmSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { readWholeFile } from '../input/read-file.ts'
import { explainSystemError } from '../input/system-error.ts'
import { scratchName } from './scratch.ts'

export async function readInput(path: string, advice = 'Check the path.'): Promise<Uint8Array> {
  return readWholeFile(path, advice)
}

const pending = new Set<string>()

/** Removes the temporary files of writes under way: for an interrupted process, just before it ends. */
export function removePendingFiles(): void {
  for (const path of pending) rmSync(path, { force: true })
}

const ADVICE = 'Nothing was changed. Free some space or choose another folder with --out, then run again.'

/**
 * Writes to a temporary name in the same folder, then renames: a reader sees the old file or the new one, whole.
 * @param explain turns what the system said into an error for the user, and throws it.
 */
export async function writeWhole(
  path: string,
  data: string | Uint8Array,
  explain = (error: unknown): never => explainSystemError(error, path, ADVICE),
): Promise<void> {
  const temporary = `${scratchName(dirname(path), `.${basename(path)}`)}.tmp`
  pending.add(temporary)
  try {
    await writeFile(temporary, data).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      await mkdir(dirname(path), { recursive: true })
      await writeFile(temporary, data)
    })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    explain(error)
  } finally {
    pending.delete(temporary)
  }
}

/** Removes a file or a folder with all that is in it; one that is not there is no error. */
export async function removePath(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error: unknown) =>
    explainSystemError(
      error,
      path,
      'It belongs to an earlier run: remove it, or choose another folder with --out.',
    ),
  )
}

/** Reads a cached file, or null where it is not there. */
export async function readCached(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    return explainSystemError(error, path, 'Check the permissions of the build folder.')
  })
}
