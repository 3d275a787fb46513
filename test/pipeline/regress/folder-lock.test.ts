/** Who may work in the folder of a night beside whom. */
import { readdirSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockFolder, lockPlace } from '../../../src/pipeline/regress/folder-lock.ts'
import { ownIdentity } from '../../../src/store/identity.ts'
import { makeFolder } from '../prepared.ts'

const refusal = (what: string) => ({ name: 'InputError', message: expect.stringContaining(what) })

test('a night has its folder alone, and shards lie side by side', async () => {
  const folder = join(makeFolder(), 'new')
  const night = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toMatchObject(refusal('runs a night here'))
  await expect(lockPlace(folder, 'shard-1')).rejects.toMatchObject(refusal('runs a night here'))
  expect(readdirSync(folder)).toEqual(['night.lock'])
  await night.release()
  const first = await lockPlace(folder, 'shard-1')
  const second = await lockPlace(folder, 'shard-12')
  await expect(lockPlace(folder, 'shard-1')).rejects.toMatchObject(refusal('runs shard 1 here'))
  await first.release()
  await expect(lockFolder(folder)).rejects.toThrow(/runs shard 12 here/)
  await expect(lockFolder(folder)).rejects.toThrow(`delete ${join(folder, 'shard-12.lock')}`)
  await expect(lockFolder(folder)).rejects.toThrow(`process ${process.pid} on ${hostname()} runs`)
  await second.release()
  await (await lockFolder(folder)).release()
  expect(await readdir(folder)).toEqual([])
})

test('a cluster keeps all but its own shards away', async () => {
  const folder = makeFolder()
  const array = await lockPlace(folder, 'array')
  const plan = await lockFolder(folder, 'array')
  await plan.release()
  const shard = await lockPlace(folder, 'shard-1')
  await expect(lockPlace(folder, 'array')).rejects.toThrow('runs shards on a cluster here')
  await shard.release()
  await expect(lockFolder(folder)).rejects.toThrow('runs shards on a cluster here')
  await array.release()
})

test.each(['night.lock', 'shard-1.lock', 'array.lock'])(
  '%s of a host that is no more is broken',
  async (name) => {
    const folder = makeFolder()
    writeFileSync(join(folder, name), JSON.stringify({ ...ownIdentity(), home: '0'.repeat(12), host: 'old' }))
    const lock = await lockFolder(folder, '', { silentMs: 100 })
    expect(readdirSync(folder)).toEqual(['night.lock'])
    await lock.release()
  },
)

test('a lock that a full disk left empty is broken, and other locks are no concern', async () => {
  const folder = makeFolder()
  writeFileSync(join(folder, 'night.lock'), '')
  writeFileSync(join(folder, 'mine.lock'), JSON.stringify(ownIdentity()))
  const lock = await lockPlace(folder, 'shard-1', { silentMs: 100 })
  expect(readdirSync(folder).sort()).toEqual(['mine.lock', 'shard-1.lock'])
  await lock.release()
})

test('a folder that cannot be is no night of others', async () => {
  const file = join(makeFolder(), 'file')
  writeFileSync(file, '')
  await expect(lockFolder(join(file, 'night'))).rejects.toThrow(/a part of the path is a file/)
})
