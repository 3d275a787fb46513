import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createWriter } from '../../src/store/writer.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const folder = makeFolder()

describe('several files written at a time', () => {
  test('all of them are there at the end, whole', async () => {
    const writer = createWriter(3)
    for (let i = 0; i < 20; i++) await writer.put(join(folder, `d${i % 4}`, `${i}.txt`), `${i}`.repeat(1000))
    await writer.finish()
    for (let i = 0; i < 20; i++)
      expect(readFileSync(join(folder, `d${i % 4}`, `${i}.txt`), 'utf8')).toBe(`${i}`.repeat(1000))
  })

  test('one that fails is told by name, and leaves nothing temporary', async () => {
    writeFileSync(join(folder, 'file'), '')
    const writer = createWriter(2)
    const write = async () => {
      for (let i = 0; i < 10; i++) await writer.put(join(folder, i === 4 ? 'file/x' : `ok${i}`), 'text')
      await writer.finish()
    }
    await expect(write()).rejects.toThrow(/file\/x: a part of the path is a file, expected a folder/)
    await expect(writer.finish()).rejects.toThrow(/file\/x/)
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([])
  })
})
