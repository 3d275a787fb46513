/** Nights of `assay regress` in a folder of results: which folders are one, and the records of their histories. */
import { type Dirent, existsSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Records that a night has from its beginning, after its end, and of the night before. */
const RECORDS = ['plan.json', 'regress.json', 'last.json']
const FORMAT = /^\s*\{\s*"format":\s*"assay (night|regress plan)"/

/** A record of one night, and the night whole and compressed, as `pipeline/regress/history.ts` names them. */
const HISTORY = /^\d{17}-[0-9a-f]{12}-[0-9a-f]{8}(\.night\.json\.gz|\.json)$/
const HISTORY_BEGINS = ['{"format":"assay night record"', '\x1f\x8b']

/** Whether a folder is that of a night, or was: what a clean left of one is its history. */
export async function isNight(folder: string): Promise<boolean> {
  for (const name of RECORDS) if (FORMAT.test(await readBegin(join(folder, name)))) return true
  return (await listHistory(folder)).length > 0
}

/** Paths of the records in the history of a night that has it in its own folder. */
export async function listHistory(folder: string): Promise<readonly string[]> {
  const at = join(folder, 'history')
  if (!existsSync(at)) return []
  const entries = await readdir(at, { withFileTypes: true }).catch((): Dirent[] => [])
  const named = entries.filter((entry) => entry.isFile() && HISTORY.test(entry.name))
  const paths = named.map(({ name }) => join(at, name))
  const begins = await Promise.all(paths.map(readBegin))
  return paths.filter((_, index) => HISTORY_BEGINS.some((begin) => begins[index]!.startsWith(begin)))
}

/** The first bytes of a file, one letter each; none of one that cannot be read. */
export async function readBegin(path: string): Promise<string> {
  const file = await open(path).catch(() => null)
  if (file === null) return ''
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}
