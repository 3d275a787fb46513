/** Which files processes have open, as Linux tells it: what is in use is not removed. */
import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pathWithin } from '../../input/path-within.ts'

/**
 * Paths below the folders that processes other than this one have open, mapped, or as their working folder. Processes of others show
 * nothing, and other systems than Linux tell nothing.
 */
export async function listOpenPaths(folders: readonly string[]): Promise<readonly string[]> {
  const names = await readdir('/proc').catch(() => [])
  const own = String(process.pid)
  const pids = names.filter((name) => /^\d+$/.test(name) && name !== own)
  const paths = (await Promise.all(pids.map(listPaths))).flat()
  const isBelow = (path: string): boolean => folders.some((folder) => pathWithin(folder, path) !== null)
  return [...new Set(paths)].filter(isBelow)
}

async function listPaths(pid: string): Promise<readonly string[]> {
  const at = join('/proc', pid)
  // A process that has ended meanwhile, or is somebody else's, has none.
  const numbers = await readdir(join(at, 'fd')).catch(() => [])
  const links = [join(at, 'cwd'), ...numbers.map((number) => join(at, 'fd', number))]
  const open = await Promise.all(links.map((link) => readlink(link).catch(() => '')))
  const maps = await readFile(join(at, 'maps'), 'utf8').catch(() => '')
  const mapped = maps.split('\n').flatMap((line) => /(?<= )\/.*$/.exec(line)?.[0] ?? [])
  return [...open, ...mapped]
    .map((path) => path.replace(/ \(deleted\)$/, ''))
    .filter((path) => path.startsWith('/'))
}
