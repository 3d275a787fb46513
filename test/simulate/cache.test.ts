import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hashParts, publishFolder } from '../../src/simulate/cache.ts'

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
})

test('no two lists of parts have one hash', () => {
  expect(hashParts(['ab', 'c'])).not.toBe(hashParts(['a', 'bc']))
})
