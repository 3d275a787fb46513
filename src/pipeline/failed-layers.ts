/** Which layers were red last time: they run first, and are not believed when the same inputs suddenly make them green. */
import { join } from 'node:path'
import { readCached, writeWhole } from './files.ts'

/** Names of red layers, each with its evidence key. */
export type FailedLayers = ReadonlyMap<string, string>

const pathOf = (folder: string): string => join(folder, 'failed.json')

/** A list that cannot be read is an empty one: it only orders the work. */
export async function readFailed(folder: string): Promise<FailedLayers> {
  const bytes = await readCached(pathOf(folder))
  if (bytes === null) return new Map()
  try {
    const entries = JSON.parse(new TextDecoder().decode(bytes)) as readonly [string, string][]
    return new Map(entries.filter(([name, key]) => typeof name === 'string' && typeof key === 'string'))
  } catch {
    return new Map()
  }
}

export const writeFailed = (folder: string, failed: FailedLayers): Promise<void> =>
  writeWhole(pathOf(folder), `${JSON.stringify([...failed])}\n`)
