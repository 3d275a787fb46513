/** ROM files by content, for the simulator to read: another run in the same folder may replace that folder's own at any time. */
import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { ROM_NAMES, type RomSet } from '../rom/emit.ts'
import { publishFolder } from '../simulate/cache.ts'
import { sha256 } from './files.ts'
import { checkRomFiles, writeRomFiles } from './rom-files.ts'

/** Sets kept, of some MB each. */
const MOST_SETS = 12

/** A set in use is younger than this. */
const IN_USE_MS = 3_600_000

/** The folder that holds these ROMs; one that was damaged is made again. */
export async function publishRoms(cache: string, roms: RomSet, model: string): Promise<string> {
  const key = sha256(
    model,
    ...ROM_NAMES.flatMap((name) => [`${name} ${roms[name].width}\n`, roms[name].bytes]),
  )
  const folder = join(cache, key.slice(0, 40))
  const fill = (at: string): Promise<void> => writeRomFiles(at, roms, model).then(() => {})
  await publishFolder(folder, fill)
  try {
    await checkRomFiles(folder, roms)
  } catch {
    await rm(folder, { recursive: true, force: true })
    await publishFolder(folder, fill)
  }
  const now = new Date()
  await utimes(folder, now, now).catch(() => {})
  await sweep(cache)
  return folder
}

async function sweep(cache: string): Promise<void> {
  const names = (await readdir(cache)).filter((name) => /^[0-9a-f]{40}$/.test(name))
  if (names.length <= MOST_SETS) return
  const sets = await Promise.all(
    names.map(async (name) => {
      const path = join(cache, name)
      const at = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      )
      return { path, at }
    }),
  )
  sets.sort((a, b) => b.at - a.at)
  const old = sets.slice(MOST_SETS).filter(({ at }) => Date.now() - at > IN_USE_MS)
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })))
}
