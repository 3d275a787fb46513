import { createHash } from 'node:crypto'
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { publishFolder, removeFolder } from '../../src/store/cache.ts'
import { explainCacheError } from '../../src/store/cache-error.ts'
import { writeCached, writeWhole } from '../../src/store/files.ts'
import { hashParts } from '../../src/store/hash.ts'
import { sweepScratch } from '../../src/store/scratch.ts'
import { sweepEntries } from '../../src/store/sweep.ts'

const makeFolder = () => mkdtemp(join(tmpdir(), 'assay-cache-'))

describe('publishFolder', () => {
  test('fills once for all who ask at the same time', async () => {
    const cache = await makeFolder()
    let fills = 0
    const fill = async (folder: string) => {
      fills++
      await writeFile(join(folder, 'a'), 'half')
      await new Promise((resolve) => setTimeout(resolve, 100))
      await writeFile(join(folder, 'a'), 'whole')
    }
    const path = join(cache, 'entry')
    const contents = await Promise.all(
      [1, 2, 3].map(async () => {
        await publishFolder(path, fill)
        return readFile(join(path, 'a'), 'utf8')
      }),
    )
    expect(contents).toEqual(['whole', 'whole', 'whole'])
    expect(fills).toBe(1)
    expect(await readdir(cache)).toEqual(['entry'])
  })

  test('leaves nothing behind when filling fails, and lets the next one try', async () => {
    const cache = await makeFolder()
    const path = join(cache, 'entry')
    const fail = publishFolder(path, async () => {
      throw new Error('no luck')
    })
    await expect(fail).rejects.toThrow('no luck')
    expect(await readdir(cache)).toEqual([])
    await publishFolder(path, async () => undefined)
    expect(await readdir(cache)).toEqual(['entry'])
  })

  const fillWith = (text: string) => (folder: string) => writeFile(join(folder, 'a'), text)

  test('leaves what is there and marks it as used, or replaces it', async () => {
    const path = join(await makeFolder(), 'entry')
    await publishFolder(path, fillWith('old'))
    await utimes(path, 0, 0)
    await publishFolder(path, fillWith('new'))
    expect(await readFile(join(path, 'a'), 'utf8')).toBe('old')
    expect(Date.now() - (await stat(path)).mtimeMs).toBeLessThan(60_000)
    await publishFolder(path, fillWith('new'), true)
    expect(await readFile(join(path, 'a'), 'utf8')).toBe('new')
    expect(await readdir(join(path, '..'))).toEqual(['entry'])
  })

  test('says that a replacement failed, and leaves what was there', async () => {
    const path = join(await makeFolder(), 'entry')
    await publishFolder(path, fillWith('old'))
    const replaced = publishFolder(
      path,
      async () => {
        throw new Error('no luck')
      },
      true,
    )
    await expect(replaced).rejects.toThrow('no luck')
    expect(await readFile(join(path, 'a'), 'utf8')).toBe('old')
    expect(await readdir(join(path, '..'))).toEqual(['entry'])
  })

  test('says that what it filled went before it was done', async () => {
    const path = join(await makeFolder(), 'entry')
    await expect(publishFolder(path, (folder) => rm(folder, { recursive: true }))).rejects.toThrow('ENOENT')
    expect(await readdir(join(path, '..'))).toEqual([])
  })

  test('takes what somebody put there while it was filled', async () => {
    const path = join(await makeFolder(), 'entry')
    await publishFolder(path, async (folder) => {
      await fillWith('mine')(folder)
      await mkdir(path)
      await fillWith('theirs')(path)
    })
    expect(await readFile(join(path, 'a'), 'utf8')).toBe('theirs')
    expect(await readdir(join(path, '..'))).toEqual(['entry'])
  })
})

test('a file is written whole, with the folders above it, or leaves nothing', async () => {
  const folder = await makeFolder()
  await writeWhole(join(folder, 'a', 'b'), 'text')
  expect(await readFile(join(folder, 'a', 'b'), 'utf8')).toBe('text')
  await mkdir(join(folder, 'a', 'taken', 'inner'), { recursive: true })
  await expect(
    writeCached(join(folder, 'a', 'taken'), 'text', (error) => explainCacheError(error, folder)),
  ).rejects.toThrow(/EISDIR/)
  expect((await readdir(join(folder, 'a'))).sort()).toEqual(['b', 'taken'])
})

test('a folder that is not there is removed, and one below a file says so', async () => {
  const folder = await makeFolder()
  await removeFolder(join(folder, 'none'))
  await writeFile(join(folder, 'file'), '')
  await expect(removeFolder(join(folder, 'file', 'none'))).rejects.toThrow(/a part of the path is a file/)
  expect(await readdir(folder)).toEqual(['file'])
})

test.each([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'read-only'],
  ['ENOTDIR', 'is a file'],
  ['EEXIST', 'is a file'],
  ['ENOSPC', 'disk is full'],
  ['EDQUOT', 'quota'],
])('%s at a cache is one sentence, with the way out', (code, what) => {
  const explain = () => explainCacheError(Object.assign(new Error('failed'), { code }), '/cache/entry')
  expect(explain).toThrow(what)
  expect(explain).toThrow(/another folder(\.|, or name one in ASSAY_CACHE\.)$/)
  expect(explain).toThrow(/^(?!.*entry).*\/cache/)
})

test('a result is on the disk with its name, what is cached is not waited for', async () => {
  const folder = await makeFolder()
  const handle = await open(folder)
  const sync = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'sync')
  onTestFinished(() => sync.mockRestore())
  await writeCached(join(folder, 'cached'), 'text')
  expect(sync).not.toHaveBeenCalled()
  await writeWhole(join(folder, 'result'), 'text')
  // The file, and the folder.
  expect(sync).toHaveBeenCalledTimes(2)
  await handle.close()
  expect((await readdir(folder)).sort()).toEqual(['cached', 'result'])
})

test('any other error at a cache is thrown as it is', () => {
  const error = Object.assign(new Error('failed'), { code: 'EMFILE' })
  expect(() => explainCacheError(error, '/cache/entry')).toThrow(error)
})

test('sweeping removes the scratch of earlier versions, and locks of a dead breaker, once they are old', async () => {
  const cache = await makeFolder()
  const [model, lock] = [`model.123-${'a'.repeat(8)}`, `entry.lock.${'b'.repeat(16)}`]
  const names = [model, lock, 'entry.lock.break', `${lock}0`, 'entry.lock', 'entry']
  for (const name of names) await mkdir(join(cache, name))
  await sweepScratch(cache)
  expect((await readdir(cache)).sort()).toEqual([...names].sort())
  for (const name of names) await utimes(join(cache, name), 0, 0)
  await sweepScratch(cache)
  expect((await readdir(cache)).sort()).toEqual(names.slice(3).sort())
})

test('an entry is as large as all its files', async () => {
  const cache = await makeFolder()
  const limits = { pattern: /^\d$/, mostEntries: 9, mostBytes: 999, inUseMs: 1000, oldMs: Number.MAX_VALUE }
  for (const [index, name] of ['0', '1', 'other'].entries()) {
    await mkdir(join(cache, name, 'inner'), { recursive: true })
    for (const file of ['a', join('inner', 'b')])
      await writeFile(join(cache, name, file), Buffer.alloc(250 - index))
    await utimes(join(cache, name), 5000 - index, 5000 - index)
  }
  await sweepEntries(cache, limits)
  expect((await readdir(cache)).sort()).toEqual(['0', '1', 'other'])
  await sweepEntries(cache, { ...limits, mostBytes: 997 })
  expect((await readdir(cache)).sort()).toEqual(['0', 'other'])
})

test('no two lists of parts have one hash', () => {
  expect(hashParts(['ab', Buffer.from('c')])).toBe(createHash('sha256').update('2:ab1:c').digest('hex'))
  expect(hashParts(['ab', 'c'])).not.toBe(hashParts(['a', 'bc']))
})
