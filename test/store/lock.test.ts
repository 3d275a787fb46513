import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { publishFolder } from '../../src/store/cache.ts'
import { isOwnerAlive, ownIdentity } from '../../src/store/identity.ts'
import { awaitFree, type LockTimes, takeLock } from '../../src/store/lock.ts'
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
    const lock = await takeLock(path)
    expect(JSON.parse((await readFile(path, 'utf8')).split('\n')[0]!)).toEqual(ownIdentity())
    await lock.release()
    expect(await readdir(join(path, '..'))).toEqual([])
  })

  test('breaks at once the lock of a dead process, and of a process whose number was given to another', async () => {
    for (const owner of [{ pid: deadPid }, { start: ownIdentity().start + 1 }]) {
      const path = await writeLock(owner)
      const before = performance.now()
      const lock = await takeLock(path)
      expect(performance.now() - before).toBeLessThan(1_000)
      await lock.release()
      expect(await readdir(join(path, '..'))).toEqual([])
    }
  })

  test('breaks the lock of another host once it is silent, whatever its process number means here', async () => {
    const path = await writeLock({ home: '0'.repeat(12), host: 'elsewhere' })
    const lock = await takeLock(path, quick)
    expect(said).toEqual([`waiting for process ${process.pid} on elsewhere, which holds ${path}`])
    await lock.release()
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
    const lock = await takeLock(path, quick)
    expect(said).toEqual([`waiting for a process that left no name, which holds ${path}`])
    expect(JSON.parse((await readFile(path, 'utf8')).split('\n')[0]!)).toEqual(ownIdentity())
    await lock.release()
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
    const lock = await takeLock(path)
    clock.mockRestore()
    await lock.release()
    // The first look is before the lock was found, the last is past the limit; others may look at the clock, too.
    expect(looks - 3).toBeGreaterThanOrEqual(seconds)
    expect(looks - 3).toBeLessThan(seconds + 5)
  })

  test('refuses at once where a living holder is not to be waited for', async () => {
    const refuse = (holder: string): never => {
      throw new Error(`no: ${holder}`)
    }
    const path = await writeLock({})
    await expect(takeLock(path, { ...quick, refuse })).rejects.toThrow(
      `no: process ${process.pid} on ${ownIdentity().host}`,
    )
    expect(said).toEqual([])
    const foreign = await writeLock({ home: '0'.repeat(12), host: 'elsewhere' })
    const lock = await takeLock(foreign, { ...quick, refuse })
    expect(await lock.isHeld()).toBe(true)
    await lock.release()
    const alive = await writeLock({ home: '0'.repeat(12), host: 'elsewhere' })
    let beats = 0
    const beat = setInterval(() => void utimes(alive, new Date(), new Date(Date.now() + ++beats)), 20)
    await expect(takeLock(alive, { ...quick, silentMs: 60_000, mostMs: 60_000, refuse })).rejects.toThrow(
      'no: ',
    )
    clearInterval(beat)
  })

  test('awaits a lock without taking it', async () => {
    const path = await writeLock({ pid: deadPid })
    await awaitFree(path)
    expect(await readdir(join(path, '..'))).toEqual([])
    await awaitFree(path)
    expect(await readdir(join(path, '..'))).toEqual([])
  })

  test('a holder whose lock was broken does not take that of the next', async () => {
    const path = join(await makeFolder(), 'entry.lock')
    const lock = await takeLock(path)
    await writeFile(path, 'of the next')
    await lock.release()
    expect(await readFile(path, 'utf8')).toBe('of the next')
  })

  test('shows that it lives', async () => {
    const path = join(await makeFolder(), 'entry.lock')
    const lock = await takeLock(path, quick)
    await utimes(path, new Date(0), new Date(0))
    await expect.poll(async () => (await stat(path)).mtimeMs).toBeGreaterThan(0)
    await lock.release()
  })

  test('shows nothing any more when it was given back', async () => {
    const path = join(await makeFolder(), 'entry.lock')
    await (await takeLock(path, quick)).release()
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
  expect(isOwnerAlive({ ...owner, start: 0 })).toBeNull()
  expect(isOwnerAlive({ ...owner, home: 'elsewhere' })).toBeNull()
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isOwnerAlive(owner)).toBe(false)
})

test('a process that has ended is dead, though nobody has asked how', async () => {
  // The background process ends as a child of the second sleep, which asks for none; before that the shell could have asked.
  const child = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'])
  const [text] = (await once(child.stdout, 'data')) as [Buffer]
  const pid = Number(text.toString())
  await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'latin1')).toMatch(/\) Z /)
  expect(isOwnerAlive({ home: ownIdentity().home, pid, start: 0 })).toBe(false)
  child.kill('SIGKILL')
})

describe('of several processes', () => {
  const lockModule = JSON.stringify(join(process.cwd(), 'dist/store/lock.js'))
  function startNode(
    program: string,
    ...args: readonly string[]
  ): ChildProcessByStdio<Writable, Readable, null> {
    const file = join(mkdtempSync(join(tmpdir(), 'assay-lock-')), 'program.mjs')
    writeFileSync(file, program)
    const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    return child
  }

  test('one at a time holds it, however many die holding it', async () => {
    const path = join(await makeFolder(), 'entry.lock')
    const program = `
      import { closeSync, openSync, unlinkSync } from 'node:fs'
      import { takeLock } from ${lockModule}
      const [path, deadly] = process.argv.slice(2)
      for (let round = 0; round < 12; round++) {
        const lock = await takeLock(path)
        closeSync(openSync(path + '.inside', 'wx'))
        await new Promise((resolve) => setTimeout(resolve, round % 4))
        unlinkSync(path + '.inside')
        if (deadly === '1' && round === 3) process.kill(process.pid, 'SIGKILL')
        await lock.release()
      }`
    const ends = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const deadly = index % 3 === 0 ? '0' : '1'
        const [code, signal] = (await once(startNode(program, path, deadly), 'exit')) as [number, string]
        return `${deadly} ${code ?? signal}`
      }),
    )
    expect(ends.toSorted()).toEqual([...Array(4).fill('0 0'), ...Array(8).fill('1 SIGKILL')])
  })

  test('one that was stopped, and taken for dead by another host, knows when it goes on', async () => {
    const path = join(await makeFolder(), 'entry.lock')
    const child = startNode(
      `import os from 'node:os'
       import { syncBuiltinESMExports } from 'node:module'
       os.hostname = () => 'elsewhere'
       syncBuiltinESMExports()
       const { takeLock } = await import(${lockModule})
       const lock = await takeLock(process.argv[2], { beatMs: 20 })
       console.log(await lock.isHeld())
       for await (const _ of process.stdin) {
         console.log(await lock.isHeld())
         await lock.release()
         console.log('released')
       }`,
      path,
    )
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const next = async (): Promise<unknown> => (await lines.next()).value
    expect(await next()).toBe('true')
    child.kill('SIGSTOP')
    const lock = await takeLock(path, { ...quick, beatMs: 60_000, mostMs: 20_000 })
    const { mtimeMs } = await stat(path)
    child.kill('SIGCONT')
    await sleep(200)
    child.stdin.write('now\n')
    expect([await next(), await next()]).toEqual(['false', 'released'])
    expect(await lock.isHeld()).toBe(true)
    expect((await stat(path)).mtimeMs).toBe(mtimeMs)
    await lock.release()
  })

  test('one that was stopped here is waited for', async () => {
    const path = join(await makeFolder(), 'entry.lock')
    const child = startNode(
      `import { takeLock } from ${lockModule}
       await takeLock(process.argv[2])
       console.log('held')
       setTimeout(() => {}, 60000)`,
      path,
    )
    await once(child.stdout, 'data')
    child.kill('SIGSTOP')
    await expect(takeLock(path, quick)).rejects.toThrow(`Waited 0 minutes for process ${child.pid} on`)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await (await takeLock(path, quick)).release()
  })
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
