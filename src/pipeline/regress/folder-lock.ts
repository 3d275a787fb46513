/**
 * Who works in the folder of a night. A plan, a night and a join have it alone (`night.lock`). Shards of one plan run side by side
 * (`shard-1.lock`), also with the process that waits for them on a cluster (`array.lock`), but beside none of the former. Each takes its
 * own lock before it looks for those of others, so that of two at once at most one goes on. A holder on another host that shows no sign
 * of life is waited for until it counts as dead.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../input/input-error.ts'
import { makeFolder } from '../../store/cache.ts'
import { awaitFree, type Lock, type LockTimes, takeLock } from '../../store/lock.ts'

const ALONE = 'night.lock'
const SHARED = /^(shard-\d+|array)\.lock$/

/** The folder for this process alone. @param own name of a shared lock that this process has. @throws InputError while others work there. */
export async function lockFolder(folder: string, own = '', times: Partial<LockTimes> = {}): Promise<Lock> {
  return withOthers(await take(folder, ALONE, times), async () => {
    const names = (await readdir(folder)).filter((name) => SHARED.test(name) && name !== `${own}.lock`)
    for (const name of names) await free(folder, name, times)
  })
}

/** A place beside other shards. @param name `shard-1`, or `array`. @throws InputError while another process has the place, or the folder. */
export async function lockPlace(folder: string, name: string, times: Partial<LockTimes> = {}): Promise<Lock> {
  return withOthers(await take(folder, `${name}.lock`, times), () => free(folder, ALONE, times))
}

async function take(folder: string, name: string, times: Partial<LockTimes>): Promise<Lock> {
  await makeFolder(folder)
  return takeLock(join(folder, name), { ...times, refuse: refuseIn(folder, name) })
}

const free = (folder: string, name: string, times: Partial<LockTimes>): Promise<void> =>
  awaitFree(join(folder, name), { ...times, refuse: refuseIn(folder, name) })

async function withOthers(lock: Lock, look: () => Promise<void>): Promise<Lock> {
  try {
    await look()
    return lock
  } catch (error) {
    await lock.release()
    throw error
  }
}

const refuseIn =
  (folder: string, name: string) =>
  (holder: string): never => {
    const what = SHARED.test(name) ? name.replace('.lock', '').replace('-', ' ') : 'a night'
    throw new InputError(
      `${holder} runs ${what === 'array' ? 'shards on a cluster' : what} here`,
      folder,
      `Wait for it, or choose another --folder. Where it has ended, delete ${join(folder, name)}.`,
    )
  }
