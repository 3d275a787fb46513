import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** SHA-256 over parts, each with its length, so that no two lists of parts look alike. */
export function hashParts(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    hash.update(`${bytes.length}:`).update(bytes)
  }
  return hash.digest('hex')
}

export async function hashFile(path: string): Promise<string> {
  return hashParts([await readFile(path)])
}

/** Writes a file whole or not at all. */
export async function writeWhole(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  await writeFile(temporary, content)
  await rename(temporary, path)
}

/**
 * Makes the folder `path` with `fill`, whole or not at all, unless it is there already. Of several processes that
 * want the same folder one fills it and the others wait.
 */
export async function publishFolder(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  if (await exists(path)) {
    const now = new Date()
    await utimes(path, now, now).catch(() => undefined)
    return
  }
  await mkdir(dirname(path), { recursive: true })
  const release = await takeLock(`${path}.lock`)
  try {
    if (await exists(path)) return
    // With the lock in hand, what an earlier attempt left can only be one that died.
    await removeMatching(
      dirname(path),
      (name) => name.startsWith(`${basename(path)}.`) && !name.endsWith('.lock'),
    )
    const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
    try {
      await mkdir(temporary)
      await fill(temporary)
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { recursive: true, force: true })
      if (!(await exists(path))) throw error
    }
  } finally {
    await release()
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** A lock file with the holder's process number: a holder that has died does not hold. */
async function takeLock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' })
      return () => unlink(path).catch(() => undefined)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''))
    const age =
      Date.now() -
      (await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => Date.now(),
      ))
    const gone = holder > 0 ? !isAlive(holder) : age > 5_000
    if (gone || age > 900_000) await unlink(path).catch(() => undefined)
    else await new Promise((resolve) => setTimeout(resolve, 40))
  }
}

/** Is there a process of this number? One of somebody else's counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A name in `folder` that is unique to this attempt, for work that is not kept. */
export function scratchName(folder: string, name: string): string {
  return join(folder, `${name}.${process.pid}-${randomBytes(4).toString('hex')}`)
}

const keptEntries = 200
const keptMs = 24 * 3600 * 1000

/** Removes scratch of processes that died, and the entries longest unused for a day where there are over 200. */
export async function sweepCache(folder: string): Promise<void> {
  await removeMatching(folder, (name) => {
    const pid = /^\w+\.(\d+)-[0-9a-f]+$/.exec(name)?.[1]
    return pid !== undefined && !isAlive(Number(pid))
  })
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{40}$/.test(name))
  if (names.length <= keptEntries) return
  const entries = await Promise.all(
    names.map(async (name) => ({
      name,
      used: await stat(join(folder, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    })),
  )
  entries.sort((a, b) => b.used - a.used)
  const old = new Set(
    entries
      .slice(keptEntries)
      .filter(({ used }) => Date.now() - used > keptMs)
      .map(({ name }) => name),
  )
  await removeMatching(folder, (name) => old.has(name))
}

async function removeMatching(folder: string, test: (name: string) => boolean): Promise<void> {
  const names = (await readdir(folder)).filter(test)
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}
