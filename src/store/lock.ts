/** A lock file, for one process of several to do what all of them want done. */
import { randomBytes } from 'node:crypto'
import { readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import * as v from 'valibot'
import { acceptJson, openObject, whole } from '../input/schema.ts'
import { ToolError } from '../input/tool-error.ts'
import { explainCacheError } from './cache-error.ts'
import { isOwnerAlive, type Owner, ownIdentity } from './identity.ts'
import { notice } from './notice.ts'

export interface LockTimes {
  /** A holder shows so often that it lives. */
  readonly beatMs: number
  /** A holder of another host or namespace that was silent for so long is dead. */
  readonly silentMs: number
  /** A wait is said after so long. */
  readonly sayMs: number
  /** A wait ends with an error after so long. */
  readonly mostMs: number
}

const usualTimes: LockTimes = { beatMs: 4_000, silentMs: 30_000, sayMs: 3_000, mostMs: 1_800_000 }

/**
 * Takes the lock file `path`, and returns what gives it back. A holder that has died does not hold. A lock saves work and
 * no more: what it guards must stand two holders, since no file system settles every race of a broken lock.
 *
 * @throws InputError where the folder cannot be written; ToolError where a living holder keeps it for too long.
 */
export async function takeLock(path: string, times: Partial<LockTimes> = {}): Promise<() => Promise<void>> {
  const { beatMs, silentMs, sayMs, mostMs } = { ...usualTimes, ...times }
  const began = performance.now()
  let seen = { state: '', at: began }
  for (;;) {
    const mine = `${JSON.stringify(ownIdentity())}\n${randomBytes(8).toString('hex')}\n`
    try {
      await writeFile(path, mine, { flag: 'wx' })
      return hold(path, mine, beatMs)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') explainCacheError(error, path)
    }
    const found = await look(path)
    if (found === null) continue
    const now = performance.now()
    if (found.state !== seen.state) seen = { state: found.state, at: now }
    const alive = found.owner === null ? null : isOwnerAlive(found.owner)
    const silent = found.owner === null ? Math.min(silentMs, 5_000) : silentMs
    if (alive === false || (alive === null && now - seen.at > silent)) {
      await breakLock(path, found.text)
      continue
    }
    const holder =
      found.owner === null
        ? 'a process that left no name'
        : `process ${found.owner.pid} on ${found.owner.host}`
    if (now - began > mostMs)
      throw new ToolError(
        `Waited ${Math.round(mostMs / 60_000)} minutes for ${holder}, which holds ${path}. End that process, or delete the file.`,
        { tool: 'cache' },
      )
    if (now - began > sayMs) notice(`waiting for ${holder}, which holds ${path}`)
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
}

function hold(path: string, mine: string, beatMs: number): () => Promise<void> {
  const beat = setInterval(() => {
    const now = new Date()
    void utimes(path, now, now).catch(() => undefined)
  }, beatMs)
  beat.unref()
  return async () => {
    clearInterval(beat)
    // It may have been broken and be somebody else's by now.
    const text = await readFile(path, 'utf8').catch(() => null)
    if (text === mine) await unlink(path).catch(() => undefined)
  }
}

interface FoundLock {
  readonly text: string
  readonly owner: Owner | null
  /** Changes with every sign of life. */
  readonly state: string
}

async function look(path: string): Promise<FoundLock | null> {
  try {
    const [text, { mtimeMs, ino }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    return { text, owner: acceptJson(OWNER, text.split('\n')[0]!), state: `${ino} ${mtimeMs} ${text}` }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    return explainCacheError(error, path)
  }
}

const OWNER = openObject({ home: v.string(), host: v.string(), pid: whole(), start: whole() })

/** By rename, so that of several that find it dead one breaks it. One that a living process has taken since is put back. */
async function breakLock(path: string, dead: string): Promise<void> {
  const aside = `${path}.${randomBytes(8).toString('hex')}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    explainCacheError(error, path)
  }
  const text = await readFile(aside, 'utf8').catch(() => dead)
  if (text !== dead) await writeFile(path, text, { flag: 'wx' }).catch(() => undefined)
  await unlink(aside).catch(() => undefined)
}
