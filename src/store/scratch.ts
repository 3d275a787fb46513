/** Names for work that is not kept, and the removal of what dead processes left of it. */
import { randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isOwnerAlive, ownIdentity } from './identity.ts'

/** A name in `folder` that is unique to this attempt and says whose it is. */
export function scratchName(folder: string, name: string): string {
  const { home, pid, start } = ownIdentity()
  return join(folder, `${name}.${home}-${pid}-${start}-${randomBytes(4).toString('hex')}`)
}

const scratchPattern = /\.([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{8}(\.tmp)?$/
/** Scratch that nobody can be asked about is as old as this when it goes: no tool runs longer than ten minutes. */
const foreignMs = 2 * 3600 * 1000

/** Removes the scratch of processes of this host that died, and such of others that is old. */
export async function sweepScratch(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, home, pid, start] = scratchPattern.exec(name) ?? []
    const older = /\.\d+-[0-9a-f]{8}$|\.lock\.[0-9a-f]{16}$|\.lock(\.break)+$/.test(name)
    if (home === undefined && !older) continue
    const alive = home === undefined ? null : isOwnerAlive({ home, pid: Number(pid), start: Number(start) })
    const path = join(folder, name)
    if (alive === false || (alive === null && (await isOld(path))))
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Scratch in a folder whose process may be alive. */
export async function listScratch(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => {
    const [, home, pid, start] = scratchPattern.exec(name) ?? []
    return home !== undefined && isOwnerAlive({ home, pid: Number(pid), start: Number(start) }) !== false
  })
}

const isOld = (path: string): Promise<boolean> =>
  stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > foreignMs,
    () => false,
  )
