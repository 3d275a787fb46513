/** Keeps a cache within its limits: what was used longest ago goes first. */
import type { Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFolder } from './cache.ts'

/** How much of a cache is kept. A limit that is left out does not hold. */
export interface SweepLimits {
  /** Names of the entries, files or folders; everything else is left alone. */
  readonly pattern: RegExp
  readonly mostEntries: number
  readonly mostBytes?: number
  /** An entry that was used within this time is in use, whatever the other limits say. */
  readonly inUseMs?: number
  /** An entry unused for so long goes in any case. */
  readonly oldMs?: number
}

/**
 * Removes entries, those longest unused first, until the rest keeps the limits. Another process may do the same at the same time.
 * @returns how many were removed
 */
export async function sweepEntries(folder: string, limits: SweepLimits): Promise<number> {
  const { pattern, mostEntries, mostBytes, inUseMs, oldMs } = limits
  const names = (await readdir(folder).catch(() => [])).filter((name) => pattern.test(name))
  if (names.length <= mostEntries && mostBytes === undefined && oldMs === undefined) return 0
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const info = await stat(path).catch(() => null)
      if (info === null) return []
      return [{ path, used: info.mtimeMs, bytes: mostBytes === undefined ? 0 : await countBytes(path, info) }]
    }),
  )
  const entries = found.flat()
  entries.sort((a, b) => b.used - a.used)
  let bytes = 0
  let removed = 0
  for (const [index, entry] of entries.entries()) {
    bytes += entry.bytes
    const idle = Date.now() - entry.used
    const isOver =
      index >= mostEntries ||
      (mostBytes !== undefined && bytes > mostBytes) ||
      (oldMs !== undefined && idle > oldMs)
    const isInUse = inUseMs !== undefined && idle <= inUseMs
    if (!isOver || isInUse) continue
    await removeFolder(entry.path).catch(() => undefined)
    removed++
  }
  return removed
}

/** Counts the bytes of a file, or of all files in a folder. */
async function countBytes(path: string, info: Stats): Promise<number> {
  if (!info.isDirectory()) return info.size
  const names = await readdir(path, { recursive: true }).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(path, name)).then(
        (inner) => (inner.isFile() ? inner.size : 0),
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
