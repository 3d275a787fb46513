/** Files that belong together: all of them are new, or none. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeSet } from '../../src/store/file-set.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8')

test('all files are there at the end, whole, and none before', async () => {
  const folder = makeFolder()
  await writeSet(async (set) => {
    for (let i = 0; i < 40; i++) await set.put(join(folder, `d${i % 4}`, `${i}.txt`), `${i}`.repeat(1000))
    expect(set.has(join(folder, 'd3', '39.txt'))).toBe(true)
    expect(existsSync(join(folder, 'd0', '0.txt'))).toBe(false)
  })
  for (let i = 0; i < 40; i++) expect(read(folder, `d${i % 4}/${i}.txt`)).toBe(`${i}`.repeat(1000))
  expect(readdirSync(folder, { recursive: true })).toHaveLength(4 + 40)
})

test('what is dropped goes with its folder if that is empty then, and nothing else', async () => {
  const folder = makeFolder()
  for (const name of ['a', 'b']) mkdirSync(join(folder, name))
  for (const name of ['a/old', 'b/old', 'b/of a user', 'list']) writeFileSync(join(folder, name), 'old')
  await writeSet(async (set) => {
    for (const name of ['a/old', 'b/old', 'not there', 'no/folder']) set.drop(join(folder, name))
    set.drop(join(folder, 'list'))
    await set.put(join(folder, 'list'), 'new')
    expect(read(folder, 'a/old')).toBe('old')
  })
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['b', 'b/of a user', 'list'])
  expect(read(folder, 'list')).toBe('new')
})

test('where one fails it is told by name: nothing is changed and nothing temporary is left', async () => {
  const folder = makeFolder()
  for (const name of ['file', 'old', 'list']) writeFileSync(join(folder, name), 'old')
  const written = writeSet(async (set) => {
    set.drop(join(folder, 'old'))
    for (let i = 0; i < 40; i++) await set.put(join(folder, i === 4 ? 'file/x' : `new${i}`), 'text')
    await set.put(join(folder, 'list'), 'new')
  })
  await expect(written).rejects.toThrow(
    /file\/x: a part of the path is a file, expected a folder\. Nothing was changed\./,
  )
  expect(readdirSync(folder).sort()).toEqual(['file', 'list', 'old'])
  expect(read(folder, 'list')).toBe('old')
})

test('where the caller fails nothing is changed', async () => {
  const folder = makeFolder()
  const written = writeSet(async (set) => {
    await set.put(join(folder, 'new'), 'text')
    throw new Error('no more')
  })
  await expect(written).rejects.toThrow('no more')
  expect(readdirSync(folder)).toEqual([])
})
