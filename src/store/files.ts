/** Files written whole or not at all, and read with errors that say what to do. */
import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { readWholeFile } from '../input/read-file.ts'
import { explainSystemError } from '../input/system-error.ts'

export const sha256 = (...parts: readonly (Uint8Array | string)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

export async function readInput(path: string, advice = 'Check the path.'): Promise<Uint8Array> {
  return readWholeFile(path, advice)
}

const pending = new Set<string>()

/** Removes the temporary files of writes under way: for an interrupted process, just before it ends. */
export function removePendingFiles(): void {
  for (const path of pending) rmSync(path, { force: true })
}

/** Writes to a temporary name in the same folder, then renames: a reader sees the old file or the new one, whole. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`,
  )
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
    explainSystemError(
      error,
      path,
      'Nothing was changed. Free some space or choose another folder with --out, then run again.',
    )
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

/** Writes of many files, several at a time: what takes time with small files is waiting. */
export interface FileWriter {
  /** Begins a write; resolves as soon as another may begin. @throws InputError where an earlier one failed. */
  put(path: string, data: string | Uint8Array): Promise<void>
  /** Resolves when all are written. @throws InputError where one failed. */
  finish(): Promise<void>
}

/** @param limit writes under way at one time, which bounds the memory that waits. */
export function createWriter(limit = 16): FileWriter {
  const underWay = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | null = null
  const throwFailure = (): void => {
    if (failure !== null) throw failure.error
  }
  return {
    async put(path, data) {
      if (underWay.size >= limit) await Promise.race(underWay)
      throwFailure()
      const write: Promise<void> = writeWhole(path, data)
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => underWay.delete(write))
      underWay.add(write)
    },
    async finish() {
      await Promise.all(underWay)
      throwFailure()
    },
  }
}

/** Reads a cached file, or null where it is not there. */
export async function readCached(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    return explainSystemError(error, path, 'Check the permissions of the build folder.')
  })
}

/** What JSON text in a cache says; null where it is not there or damaged, which is as good as not there. */
export function parseJson(bytes: Uint8Array | null): unknown {
  try {
    return bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
}
