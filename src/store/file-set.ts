/** Files that belong together take their places together, when the last of them is whole on the disk. */
import { readdir, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { explainSystemError } from '../input/system-error.ts'
import { ADVICE, discardStaged, flushFolder, removePath, requirePlainFile, stageFile } from './files.ts'

/** What becomes of a folder once every file is whole. */
export interface FileSet {
  /** Begins a write; resolves as soon as another may begin. @throws InputError or SystemError where an earlier one failed. */
  put(path: string, data: string | Uint8Array): Promise<void>
  /** Removes a file of an earlier set, and before any file takes its place. One that is not there is no error. */
  drop(path: string): void
  /** Whether it was put. */
  has(path: string): boolean
}

/** Writes under way at one time, which bounds the memory that waits. */
const MOST_WRITES = 16

/**
 * Writes a set of files: each under a temporary name beside its own, and when all are on the disk, those to be dropped go and the new
 * ones take their names, in the order of `put`. What says that the set is complete is put last.
 *
 * @throws InputError or SystemError naming the file that cannot be written; then nothing is changed.
 */
export async function writeSet<Result>(make: (set: FileSet) => Promise<Result>): Promise<Result> {
  const staged = new Map<string, string | null>()
  const dropped: string[] = []
  const underWay = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | null = null
  const throwFailure = (): void => {
    if (failure !== null) throw failure.error
  }
  const set: FileSet = {
    async put(path, data) {
      if (underWay.size >= MOST_WRITES) await Promise.race(underWay)
      throwFailure()
      staged.set(path, null)
      const write: Promise<void> = requirePlainFile(path)
        .then(() => stageFile(path, data, true, (error) => explainSystemError(error, path, ADVICE)))
        .then((temporary) => void staged.set(path, temporary))
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => underWay.delete(write))
      underWay.add(write)
    },
    drop: (path) => void dropped.push(path),
    has: (path) => staged.has(path),
  }
  try {
    const result = await make(set)
    await Promise.all(underWay)
    throwFailure()
    for (const path of dropped) await removePath(path)
    // The inner ones first.
    const emptied = [...new Set(dropped.map((path) => dirname(path)))].sort((a, b) => b.length - a.length)
    for (const folder of emptied) await removeEmpty(folder)
    for (const [path, temporary] of staged)
      await rename(temporary!, path).catch((error: unknown) => explainSystemError(error, path, HALF))
    for (const folder of new Set([...staged.keys()].map((path) => dirname(path)))) await flushFolder(folder)
    return result
  } finally {
    await Promise.all(underWay)
    for (const temporary of staged.values()) if (temporary !== null) await discardStaged(temporary)
  }
}

async function removeEmpty(folder: string): Promise<void> {
  if ((await readdir(folder).catch(() => ['not there'])).length === 0) await removePath(folder)
}

const HALF = 'Some files of the set are already new: run again.'
