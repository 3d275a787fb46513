import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import {
  openSealedFolder,
  publishSealed,
  readSealed,
  readSealedNow,
  seal,
  sealFolder,
} from '../../src/store/kept.ts'
import { hearNotices } from './heard-notices.ts'

const said = hearNotices()

const makeFolder = () => mkdtemp(join(tmpdir(), 'assay-kept-'))
const value = { name: 'a', wide: 12345678901234567890n, list: [1, 'two', null] }

describe('readSealed', () => {
  test('gives back what was sealed, and null without a word where there is no file', async () => {
    const path = join(await makeFolder(), 'a.json')
    expect(await readSealed(path, v.unknown())).toBeNull()
    await writeFile(path, seal(value))
    expect(await readSealed(path, v.unknown())).toEqual(value)
    expect(said).toEqual([])
  })

  const whole = seal(value)
  const cuts = Array.from({ length: Math.floor(whole.trimEnd().length / 7) }, (_, i) =>
    whole.slice(0, 7 * i + 1),
  )
  test.each([
    ...['', 'null', '[]', '"text"', '7', seal(null)],
    whole.replace(/"sha256":"./, '$&0'),
    whole.replace('two', 'six'),
    ...cuts,
  ])(
    'a file that was emptied, cut, altered or is another kind counts as not there, and is said: %j',
    async (text) => {
      const path = join(await makeFolder(), 'a.json')
      await writeFile(path, text)
      expect(await readSealed(path, v.unknown())).toBeNull()
      expect(readSealedNow(path, v.unknown())).toBeNull()
      // Once, however often it is read.
      expect(said).toEqual([`${path} is damaged: what it keeps is made again`])
    },
  )
})

describe('what another version of Assay kept', () => {
  const older = [
    { programs: 'a', facts: {} },
    { sha256: '0', value },
    { ...JSON.parse(seal({ a: 1 })), format: 'assay kept 1' },
  ].map((kept) => JSON.stringify(kept, (_, item) => (typeof item === 'bigint' ? String(item) : item)))

  test.each(older)('counts as not there, without a word: %s', async (text) => {
    const path = join(await makeFolder(), 'a.json')
    await writeFile(path, text)
    expect(await readSealed(path, v.unknown())).toBeNull()
    expect(readSealedNow(path, v.unknown())).toBeNull()
    expect(said).toEqual([])
  })

  test.each(older)('is made again as a folder, without a word: %s', async (text) => {
    const folder = join(await makeFolder(), 'entry')
    await mkdir(folder)
    await writeFile(join(folder, 'manifest.json'), text)
    await writeFile(join(folder, 'left.so'), 'of the other version')
    expect(await publishSealed(folder, v.unknown(), async () => value)).toEqual(value)
    expect(await readdir(folder)).toEqual(['manifest.json'])
    expect(said).toEqual([])
  })
})

describe('a sealed folder', () => {
  const fill = async (at: string) => {
    await writeFile(join(at, 'model.so'), 'the model')
    await mkdir(join(at, 'parts'))
    await writeFile(join(at, 'parts', 'list'), 'a part')
    return value
  }

  test('is made once', async () => {
    const folder = join(await makeFolder(), 'entry')
    let fills = 0
    const counted = (at: string) => {
      fills++
      return fill(at)
    }
    expect(await publishSealed(folder, v.unknown(), counted)).toEqual(value)
    expect(await publishSealed(folder, v.unknown(), counted)).toEqual(value)
    expect(fills).toBe(1)
    expect(await publishSealed(folder, v.unknown(), counted, true)).toEqual(value)
    expect(fills).toBe(2)
    expect(said).toEqual([])
  })

  const damages: Readonly<Record<string, (folder: string) => Promise<void>>> = {
    'a cut library': (folder) => truncate(join(folder, 'model.so'), 3),
    'an emptied library': (folder) => truncate(join(folder, 'model.so')),
    'another library': (folder) => writeFile(join(folder, 'model.so'), 'the moddl'),
    'no library': (folder) => rm(join(folder, 'model.so')),
    'another file in a folder of it': (folder) => writeFile(join(folder, 'parts/list'), 'b part'),
    'a cut manifest': (folder) => truncate(join(folder, 'manifest.json'), 20),
    'an emptied manifest': (folder) => truncate(join(folder, 'manifest.json')),
    'a manifest of another': async (folder) => {
      await publishSealed(`${folder}-2`, v.unknown(), async (at) => {
        await writeFile(join(at, 'model.so'), 'another model')
        return value
      })
      await copyFile(join(`${folder}-2`, 'manifest.json'), join(folder, 'manifest.json'))
    },
  }
  for (const [name, damage] of Object.entries(damages))
    test(`with ${name} is made again`, async () => {
      const parent = await makeFolder()
      const folder = join(parent, 'entry')
      await publishSealed(folder, v.unknown(), fill)
      await damage(folder)
      expect(await publishSealed(folder, v.unknown(), fill)).toEqual(value)
      expect(await readFile(join(folder, 'model.so'), 'utf8')).toBe('the model')
      expect(said).toContain(`${folder} is damaged: it is made again`)
      expect((await readdir(parent)).filter((entry) => !entry.startsWith('entry'))).toEqual([])
    })

  test('is marked as used when it is found', async () => {
    const folder = join(await makeFolder(), 'entry')
    await publishSealed(folder, v.unknown(), fill)
    await utimes(folder, 1, 1)
    await publishSealed(folder, v.unknown(), fill)
    expect((await stat(folder)).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
  })

  test('that is sealed again is as sound as one that was sealed once', async () => {
    const folder = await makeFolder()
    await fill(folder)
    await sealFolder(folder, 'first')
    await sealFolder(folder, 'second')
    expect(await openSealedFolder(folder, v.unknown())).toBe('second')
  })

  test('is not there before it is made', async () => {
    expect(await openSealedFolder(join(await makeFolder(), 'entry'), v.unknown())).toBeNull()
    expect(said).toEqual([])
  })
})
