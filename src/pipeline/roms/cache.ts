/** This cache keeps ROM files by content for the simulator, because another run may replace those of the output folder at any time. */
import { join } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { ROM_NAMES, type RomSet } from '../../rom/emit.ts'
import { exists, publishFolder, removeFolder, touch } from '../../store/cache.ts'
import { sha256 } from '../../store/hash.ts'
import { notice } from '../../store/notice.ts'
import { type SweepLimits, sweepEntries } from '../../store/sweep.ts'
import { checkRomFiles } from './files.ts'
import { writeRomFiles } from './write.ts'

/** Each entry takes some MB. */
const KEPT: SweepLimits = {
  pattern: /^[0-9a-f]{40}$/,
  mostEntries: 12,
  mostBytes: 1e9,
  inUseMs: 3_600_000,
  oldMs: 30 * 24 * 3_600_000,
}

/** Returns the folder that holds these ROMs. A damaged folder is made again. */
export async function publishRoms(cache: string, roms: RomSet, model: string): Promise<string> {
  const key = sha256(
    model,
    ...ROM_NAMES.flatMap((name) => [`${name} ${roms[name].width}\n`, roms[name].bytes]),
  )
  const folder = join(cache, key.slice(0, 40))
  if ((await exists(folder)) && !(await isWhole(folder, roms))) {
    notice(`${folder} is damaged: it is made again`)
    await removeFolder(folder)
  }
  await publishFolder(folder, async (at) => {
    await writeRomFiles(at, roms, model)
  })
  await touch(folder)
  await sweepEntries(cache, KEPT)
  return folder
}

async function isWhole(folder: string, roms: RomSet): Promise<boolean> {
  return checkRomFiles(folder, roms).then(
    () => true,
    (error: unknown) => {
      // A damaged file gives an InputError, or a TypeError in the reader of the manifest.
      if (error instanceof InputError || error instanceof TypeError) return false
      throw error
    },
  )
}
