/** One core, little memory, no shared memory: a run may be slower, and says the same. */
import { expect, test } from 'vitest'
import { testWith } from '../witness.ts'
import { limitMemory } from './memory-limit.ts'
import { simulate } from './poor-run.ts'

let rich: ReturnType<typeof simulate> | null = null
/** The same run with all that the machine has, once. */
const withAll = () => (rich ??= simulate())

test('with all that there is, the run is exact', async () => {
  expect(await withAll()).toMatchObject({ exitCode: 0, verdict: 'exact' })
})

testWith('taskset', 'one core', async () => {
  expect(await simulate(['taskset', '-c', '0'])).toEqual(await withAll())
})

testWith('the right to limit memory', '1 GB of memory', async () => {
  const group = limitMemory(2 ** 30)
  try {
    expect(await simulate(group.prefix)).toEqual(await withAll())
    expect(group.killed()).toBe(false)
  } finally {
    group.remove()
  }
})

testWith('a mount namespace', 'nothing can be written to /dev/shm', async () => {
  const hide = '[ ! -e /dev/shm ] || mount -t tmpfs -o ro,size=64k tmpfs /dev/shm; exec "$@"'
  expect(await simulate(['unshare', '--mount', '/bin/sh', '-ec', hide, 'sh'])).toEqual(await withAll())
})
