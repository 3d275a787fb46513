/** A lock file, for one process of several to do what all of them want done. */
import { randomBytes } from 'node:crypto'
import { open, readFile, rm, stat } from 'node:fs/promises'
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
  /** Throws where a wait has no use: hears of a holder that lives, or showed that it does. Without it, such a one is waited for. */
  readonly refuse?: ((holder: string) => never) | undefined
}

const usualTimes: LockTimes = { beatMs: 4_000, silentMs: 30_000, sayMs: 3_000, mostMs: 1_800_000 }

export interface Lock {
  /** False once others have taken it for dead: a process that was stopped for long asks before it replaces anything. */
  isHeld(): Promise<boolean>
  release(): Promise<void>
}

/**
 * Takes the lock file `path`. A holder that has died does not hold. A lock saves work and no more: what it guards must stand two
 * holders, since a process may be stopped at any place, and be taken for dead by another host.
 *
 * @throws InputError where the folder cannot be written; ToolError where a living holder keeps it for too long.
 */
export async function takeLock(path: string, times: Partial<LockTimes> = {}): Promise<Lock> {
  const began = performance.now()
  for (;;) {
    const mine = `${JSON.stringify(ownIdentity())}\n${randomBytes(8).toString('hex')}\n`
    if (await writeNew(path, mine)) return hold(path, mine, times.beatMs ?? usualTimes.beatMs)
    await awaitFree(path, times, began)
  }
}

/** @returns whether the file was not there. @throws what the folder cannot take, and leaves nothing there. */
async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    try {
      await file.writeFile(text)
    } catch (error) {
      // Where the disk is full, a file without a name would hold for others.
      await rm(path, { force: true })
      throw error
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' ? false : explainCacheError(error, path)
  }
}

/**
 * Waits until nobody holds the lock file `path`, and takes away that of one who has died.
 *
 * @param began when the wait began, as `performance.now()` says it.
 * @throws as `takeLock`.
 */
export async function awaitFree(
  path: string,
  times: Partial<LockTimes> = {},
  began: number = performance.now(),
): Promise<void> {
  const { silentMs, sayMs, mostMs, refuse } = { ...usualTimes, ...times }
  let first: string | null = null
  let seen = { state: '', at: began }
  for (;;) {
    const found = await look(path)
    if (found === null) return
    first ??= found.state
    const now = performance.now()
    if (found.state !== seen.state) seen = { state: found.state, at: now }
    const alive = found.owner === null ? null : isOwnerAlive(found.owner)
    const silent = found.owner === null ? Math.min(silentMs, 5_000) : silentMs
    if (alive === false || (alive === null && now - seen.at > silent))
      return breakLock(path, found.text, { ...times, refuse: undefined })
    const holder =
      found.owner === null
        ? 'a process that left no name'
        : `process ${found.owner.pid} on ${found.owner.host}`
    if (alive === true || found.state !== first) refuse?.(holder)
    if (now - began > mostMs)
      throw new ToolError(
        `Waited ${Math.round(mostMs / 60_000)} minutes for ${holder}, which holds ${path}. End that process, or delete the file.`,
        { tool: 'cache' },
      )
    if (now - began > sayMs) notice(`waiting for ${holder}, which holds ${path}`)
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
}

/** Whether somebody who may be alive holds the lock file. */
export async function isLocked(path: string): Promise<boolean> {
  const found = await look(path)
  return found !== null && (found.owner === null || isOwnerAlive(found.owner) !== false)
}

function hold(path: string, mine: string, beatMs: number): Lock {
  const isHeld = async (): Promise<boolean> => {
    const unread = ({ code }: NodeJS.ErrnoException): string | null => (code === 'ENOENT' ? null : mine)
    return (await readFile(path, 'utf8').catch(unread)) === mine
  }
  const beat = setInterval(() => showLife(path, mine).catch(() => undefined), beatMs)
  beat.unref()
  return {
    isHeld,
    release: async () => {
      clearInterval(beat)
      if (await isHeld()) await rm(path, { force: true }).catch(() => undefined)
    },
  }
}

/** By the open file: a process that is stopped after it has looked touches no lock that another has put there since. */
async function showLife(path: string, mine: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const now = new Date()
    if ((await file.readFile('utf8')) === mine) await file.utimes(now, now)
  } finally {
    await file.close()
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

/** Under a lock of its own: of several that find it dead, none takes away what another has put there since. */
async function breakLock(path: string, dead: string, times: Partial<LockTimes>): Promise<void> {
  const breaking = await takeLock(`${path}.break`, times)
  try {
    if ((await look(path))?.text === dead) await rm(path, { force: true })
  } catch (error) {
    explainCacheError(error, path)
  } finally {
    await breaking.release()
  }
}
