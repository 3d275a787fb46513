import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { publishFolder } from '../../src/store/cache.ts'
import { isOwnerAlive, ownIdentity } from '../../src/store/identity.ts'
import { type LockTimes, takeLock } from '../../src/store/lock.ts'
import { scratchName, sweepScratch } from '../../src/store/scratch.ts'
import { sweepEntries } from '../../src/store/sweep.ts'
import { testWith } from '../witness.ts'
import { hearNotices } from './heard-notices.ts'

const makeFolder = () => mkdtemp(join(tmpdir(), 'assay-lock-'))
const quick: LockTimes = { beatMs: 20, silentMs: 200, sayMs: 50, mostMs: 500 }
/** A process number that is not in use: above the kernel's limit. */
const deadPid = 2 ** 22 + 1

const said = hearNotices()

async function writeLock(owner: Record<string, unknown>): Promise<string> {
  const path = join(await makeFolder(), 'entry.lock')
  await writeFile(path, `${JSON.stringify({ ...ownIdentity(), ...owner })}\n`)
  return path
}

describe('takeLock', () => {
  test('names its holder, and is given back', async () => {
    const path = join(await makeFolder(), 'entry.lock')
    const release = await takeLock(path)
    expect(JSON.parse((await readFile(path, 'utf8')).split('\n')[0]!)).toEqual(ownIdentity())
    await release()
    expect(await readdir(join(path, '..'))).toEqual([])
  })

  test('breaks at once the lock of a dead process, and of a process whose number was given to another', async () => {
    for (const owner of [{ pid: deadPid }, { start: ownIdentity().start + 1 }]) {
      const path = await writeLock(owner)
      const before = performance.now()
      const release = await takeLock(path)
      expect(performance.now() - before).toBeLessThan(1_000)
      await release()
      expect(await readdir(join(path, '..'))).toEqual([])
    }
  })

  test('breaks the lock of another host once it is silent, whatever its process number means here', async () => {
    const path = await writeLock({ home: '0'.repeat(12), host: 'elsewhere' })
    const release = await takeLock(path, quick)
    expect(said).toEqual([`waiting for process ${process.pid} on elsewhere, which holds ${path}`])
    await release()
  })

  test('leaves the lock of another host that shows signs of life, for a time that has an end', async () => {
    const path = await writeLock({ home: '0'.repeat(12), host: 'elsewhere', pid: deadPid })
    let beats = 0
    const beat = setInterval(() => void utimes(path, new Date(), new Date(Date.now() + ++beats)), 20)
    await expect(takeLock(path, quick)).rejects.toThrow(/Waited .* on elsewhere, which holds .*\. End that/)
    clearInterval(beat)
  })

  const { home, host, pid, start } = ownIdentity()
  test.each([
    '',
    String(process.pid),
    'null',
    ...[
      { home: 1, host, pid, start },
      { home, host: 1, pid, start },
      { home, host, pid: '1', start },
      { home, host, pid, start: 1.5 },
      { home },
    ].map((owner) => JSON.stringify(owner)),
  ])('breaks a lock that names nobody: %j', async (text) => {
    const path = join(await makeFolder(), 'entry.lock')
    await writeFile(path, text)
    const release = await takeLock(path, quick)
    expect(said).toEqual([`waiting for a process that left no name, which holds ${path}`])
    expect(JSON.parse((await readFile(path, 'utf8')).split('\n')[0]!)).toEqual(ownIdentity())
    await release()
  })

  test.each([
    { who: 'nobody', owner: {}, seconds: 5 },
    {
      who: 'another host',
      owner: { home: '0'.repeat(12), host: 'elsewhere', pid: 1, start: 1 },
      seconds: 30,
    },
  ])('waits $seconds seconds for the lock of $who that is silent', async ({ owner, seconds }) => {
    const path = join(await makeFolder(), 'entry.lock')
    await writeFile(path, JSON.stringify(owner))
    // A look at the clock is a second.
    let looks = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => 1000 * looks++)
    const release = await takeLock(path)
    clock.mockRestore()
    await release()
    // The first look is before the lock was found, the last is past the limit; others may look at the clock, too.
    expect(looks - 3).toBeGreaterThanOrEqual(seconds)
    expect(looks - 3).toBeLessThan(seconds + 5)
  })

  test('a holder whose lock was broken does not take that of the next', async () => {
    const path = join(await makeFolder(), 'entry.lock')
    const release = await takeLock(path)
    await writeFile(path, 'of the next')
    await release()
    expect(await readFile(path, 'utf8')).toBe('of the next')
  })

  test('shows that it lives', async () => {
    const path = join(await makeFolder(), 'entry.lock')
    const release = await takeLock(path, quick)
    await utimes(path, new Date(0), new Date(0))
    await expect.poll(async () => (await stat(path)).mtimeMs).toBeGreaterThan(0)
    await release()
  })

  test('shows nothing any more when it was given back', async () => {
    const path = join(await makeFolder(), 'entry.lock')
    await (await takeLock(path, quick))()
    await writeFile(path, 'of the next')
    await utimes(path, new Date(0), new Date(0))
    await new Promise((resolve) => setTimeout(resolve, 5 * quick.beatMs))
    expect((await stat(path)).mtimeMs).toBe(0)
  })
})

testWith('a user who is not root', 'a folder that cannot be written is one sentence', async () => {
  const folder = await makeFolder()
  await mkdir(join(folder, 'closed'), { mode: 0o500 })
  const publish = publishFolder(join(folder, 'closed', 'entry'), async () => undefined)
  await expect(publish).rejects.toMatchObject({ name: 'InputError' })
})

test('a file where a folder should be is one sentence', async () => {
  const folder = await makeFolder()
  await writeFile(join(folder, 'file'), '')
  const publish = publishFolder(join(folder, 'file', 'entry'), async () => undefined)
  await expect(publish).rejects.toThrow(/the cache cannot be written: a part of the path is a file/)
  await expect(publish).rejects.toMatchObject({ name: 'InputError' })
})

test('a process is known by its start, not by its number', async () => {
  const program = "process.title = 'a) S 1'; console.log('named'); setTimeout(() => {}, 60000)"
  const child = spawn(process.execPath, ['-e', program])
  await once(child.stdout, 'data')
  const own = ownIdentity()
  const text = await readFile(`/proc/${child.pid}/stat`, 'latin1')
  expect(text).toContain('(a) S 1)')
  const stats = text.split('1) ')[1]!.split(' ')
  const owner = { home: own.home, pid: child.pid!, start: Number(stats[19]) }
  expect(isOwnerAlive(owner)).toBe(true)
  expect(isOwnerAlive({ ...owner, start: owner.start + 1 })).toBe(false)
  expect(isOwnerAlive({ ...owner, start: 0 })).toBe(true)
  expect(isOwnerAlive({ ...owner, home: 'elsewhere' })).toBeNull()
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isOwnerAlive(owner)).toBe(false)
})

test('sweeping removes the scratch of the dead and the old scratch of others, and leaves the rest', async () => {
  const cache = await makeFolder()
  const name = (home: string, pid: number, start: number) => `model.${home}-${pid}-${start}-00000000`
  const { home, pid, start } = ownIdentity()
  const other = 'f'.repeat(12)
  const gone = [name(home, deadPid, 1), name(home, pid, start + 1), name(other, deadPid, 2)]
  const left = [scratchName('', 'model'), name(other, deadPid, 3), name(other, pid, start), 'a'.repeat(40)]
  for (const each of [...gone, ...left]) await mkdir(join(cache, each))
  const yesterday = new Date(Date.now() - 24 * 3600 * 1000)
  await utimes(join(cache, gone[2]!), yesterday, yesterday)
  await sweepScratch(cache)
  expect((await readdir(cache)).sort()).toEqual(left.sort())
})

test('a takeover after a kill leaves nothing of the dead', async () => {
  const cache = await makeFolder()
  const { home } = ownIdentity()
  await writeFile(join(cache, 'entry.lock'), JSON.stringify({ ...ownIdentity(), pid: deadPid }))
  await mkdir(join(cache, `entry.${home}-${deadPid}-1-00000000`))
  await publishFolder(join(cache, 'entry'), async () => undefined)
  expect(await readdir(cache)).toEqual(['entry'])
})

describe('sweepEntries', () => {
  const hour = 3600 * 1000
  const limits = { pattern: /^[0-9a-f]$/, mostEntries: 2, mostBytes: 1e9, inUseMs: hour, oldMs: 10 * hour }

  /** Entries `0`, `1`, … of 100 bytes, last used so many hours ago. */
  async function makeEntries(hoursAgo: readonly number[]): Promise<string> {
    const cache = await makeFolder()
    for (const [index, hours] of hoursAgo.entries()) {
      const path = join(cache, String(index))
      await mkdir(path)
      await writeFile(join(path, 'data'), Buffer.alloc(100))
      const at = new Date(Date.now() - hours * hour)
      await utimes(path, at, at)
    }
    return cache
  }

  test('removes what is over the count, the longest unused first, and nothing in use', async () => {
    const cache = await makeEntries([0, 5, 3, 2, 4])
    await sweepEntries(cache, limits)
    expect((await readdir(cache)).sort()).toEqual(['0', '3'])
    const busy = await makeEntries([0, 0, 0, 0])
    await sweepEntries(busy, limits)
    expect(await readdir(busy)).toHaveLength(4)
  })

  test('removes what is over the size, and what is old', async () => {
    const cache = await makeEntries([2, 3, 4])
    await sweepEntries(cache, { ...limits, mostEntries: 9, mostBytes: 250 })
    expect((await readdir(cache)).sort()).toEqual(['0', '1'])
    const old = await makeEntries([0, 11])
    await sweepEntries(old, limits)
    expect(await readdir(old)).toEqual(['0'])
  })
})
