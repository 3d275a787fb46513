/** Who holds a lock or owns scratch: a process number alone is reused, and means nothing in another container or on another host. */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { hashParts } from './hash.ts'

export interface Owner {
  /** Identity of the host, its boot and the namespace of process numbers: where `pid` means something. */
  readonly home: string
  readonly host: string
  readonly pid: number
  /** When the process began, in clock ticks since boot; 0 where the system does not say. */
  readonly start: number
}

let own: Owner | undefined

/** This process. */
export function ownIdentity(): Owner {
  own ??= {
    home: hashParts([
      hostname(),
      orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
      orEmpty(() => readlinkSync('/proc/self/ns/pid')),
    ]).slice(0, 12),
    host: hostname(),
    pid: process.pid,
    start: startOf(process.pid) ?? 0,
  }
  return own
}

/** Null where it cannot be known: the owner lives in another namespace or on another host, or the system says no start. */
export function isOwnerAlive({ home, pid, start }: Pick<Owner, 'home' | 'pid' | 'start'>): boolean | null {
  if (home !== ownIdentity().home) return null
  if (!isAlive(pid)) return false
  const running = startOf(pid)
  if (running === null) return false
  return start === 0 || running === 0 ? null : running === start
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

/** Fields 3 and 22 of /proc/PID/stat; the name before them may hold spaces and brackets. Null for one that has ended and has its number yet. */
function startOf(pid: number): number | null {
  const text = orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? null : Number(fields[19] ?? 0) || 0
}

function orEmpty(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
