/** Files written whole or not at all, read and removed, with errors that say what to do. */
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { InputError } from '../input/input-error.ts'
import { readWholeFile } from '../input/read-file.ts'
import { explainSystemError } from '../input/system-error.ts'
import { scratchName } from './scratch.ts'

export async function readInput(path: string, advice = 'Check the path.'): Promise<Uint8Array> {
  return readWholeFile(path, advice)
}

const pending = new Set<string>()

/** Removes temporary files and folders that are in use: for an interrupted process, just before it ends. */
export function removePendingFiles(): void {
  // A program that was just ended may still be writing.
  for (const path of pending) rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
}

/** A folder for as long as `use` takes, in the system's folder for temporary files. */
export async function inTemporaryFolder<Result>(
  prefix: string,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  pending.add(folder)
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
    pending.delete(folder)
  }
}

/** Of a file, or a set of them, that is written whole or not at all. */
export const ADVICE = 'Nothing was changed. Free some space or choose another folder, then run again.'

/** Turns what the system said of a file into an error for the user, and throws it. */
type Explain = (error: unknown) => never

/**
 * Writes to a temporary name in the same folder, then renames: a reader sees the old file or the new one, whole. It is on the disk
 * when this resolves, so that a loss of power keeps one of both, too.
 */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  await requirePlainFile(path)
  await write(path, data, true, (error) => explainSystemError(error, path, ADVICE))
}

/** A rename puts a file in the place of a device or a pipe, too. @throws InputError where something other than a file is there. */
export async function requirePlainFile(path: string, advice = 'Choose another name.'): Promise<void> {
  const info = await stat(path).catch(() => null)
  if (info === null || info.isFile()) return
  const what = info.isDirectory() ? 'a folder' : 'a device, a pipe or a socket'
  throw new InputError(`is ${what}, expected the name of a file`, path, advice)
}

/** As `writeWhole`, for what carries a checksum and is made again without it: not worth waiting for the disk. */
export const writeCached = (
  path: string,
  data: string | Uint8Array,
  explain: Explain = (error) => explainSystemError(error, path, ADVICE),
): Promise<void> => write(path, data, false, explain)

async function write(
  path: string,
  data: string | Uint8Array,
  flush: boolean,
  explain: Explain,
): Promise<void> {
  const temporary = await stageFile(path, data, flush, explain)
  try {
    await rename(temporary, path)
    if (flush) await flushFolder(dirname(path))
  } catch (error) {
    explain(error)
  } finally {
    await discardStaged(temporary)
  }
}

/** Writes to a temporary name beside `path`, and nothing where that fails. @returns that name */
export async function stageFile(
  path: string,
  data: string | Uint8Array,
  flush: boolean,
  explain: Explain,
): Promise<string> {
  const temporary = `${scratchName(dirname(path), `.${basename(path)}`)}.tmp`
  pending.add(temporary)
  try {
    await writeFile(temporary, data, { flush }).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      await mkdir(dirname(path), { recursive: true })
      await writeFile(temporary, data, { flush })
    })
    return temporary
  } catch (error) {
    await discardStaged(temporary)
    return explain(error)
  }
}

/** Removes a temporary file, unless it was renamed. */
export async function discardStaged(temporary: string): Promise<void> {
  await rm(temporary, { force: true }).catch(() => {})
  pending.delete(temporary)
}

/** A name is part of its folder. Some file systems flush no folders, and the file is whole in any case. */
export async function flushFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => null)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

/** Removes a file or a folder with all that is in it; one that is not there is no error. */
export async function removePath(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error: unknown) =>
    explainSystemError(error, path, 'It belongs to an earlier run: remove it, or choose another folder.'),
  )
}

/** Reads a cached file, or null where it is not there. */
export async function readCached(path: string): Promise<Uint8Array | null> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    return explainSystemError(error, path, 'Check the permissions of the build folder.')
  })
}

/** What a folder holds; nothing where it is not there, or is none. */
export async function listNames(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
}
