/** A group of processes that may use so much memory, as a container is one: version 1 or 2 of Linux's cgroups. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const UNIFIED = '/sys/fs/cgroup/cgroup.controllers'

interface MemoryGroup {
  /** What starts a command in the group: `/bin/sh -c … sh command args`. */
  readonly prefix: readonly string[]
  readonly killed: () => boolean
  readonly remove: () => void
}

/** @throws where this process may make no group */
export function limitMemory(bytes: number): MemoryGroup {
  const isUnified = existsSync(UNIFIED)
  const parent = isUnified ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory'
  const group = join(parent, `assay-test-${process.pid}-${bytes}`)
  if (isUnified) writeFileSync(join(parent, 'cgroup.subtree_control'), '+memory')
  mkdirSync(group)
  try {
    writeFileSync(join(group, isUnified ? 'memory.max' : 'memory.limit_in_bytes'), String(bytes))
    // What is swapped out is no less used; a kernel without swap has no such file.
    const swap = join(group, isUnified ? 'memory.swap.max' : 'memory.memsw.limit_in_bytes')
    if (existsSync(swap)) writeFileSync(swap, isUnified ? '0' : String(bytes))
  } catch (error) {
    rmdirSync(group)
    throw error
  }
  const events = join(group, isUnified ? 'memory.events' : 'memory.oom_control')
  return {
    prefix: ['/bin/sh', '-c', `echo $$ > ${join(group, 'cgroup.procs')} && exec "$@"`, 'sh'],
    killed: () => /^oom_kill [1-9]/m.test(readFileSync(events, 'utf8')),
    remove: () => rmdirSync(group),
  }
}

export function canLimitMemory(): boolean {
  try {
    limitMemory(2 ** 30).remove()
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Another user, a read-only tree, no such tree, a controller that is used elsewhere.
    if (['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EBUSY', 'ENOTSUP'].includes(code ?? '')) return false
    throw error
  }
}
