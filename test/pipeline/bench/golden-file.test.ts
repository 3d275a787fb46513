/** Golden tensors that parent and children share through a file. */
import { closeSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Codes } from '../../../src/golden/types.ts'
import { openGoldenFile, readGolden } from '../../../src/pipeline/bench/golden-file.ts'
import { makeFolder } from '../prepared.ts'

const golden = new Map<string, Codes>([
  ['bytes', Uint8Array.of(1, 2, 255)],
  ['words', Uint16Array.of(7, 65_535)],
  ['empty', new Uint8Array(0)],
])

test('tensors come back as they are, from a file without a name', () => {
  const folder = join(makeFolder(), 'made', 'here')
  const shared = openGoldenFile(folder)
  expect(readdirSync(folder)).toEqual([])
  const first = shared.place(golden, ['words', 'none'])
  const all = shared.place(golden, ['bytes', 'words', 'empty'])
  // Each is written once.
  expect(all.get('words')).toEqual(first.get('words'))
  expect([...first.keys()]).toEqual(['words'])
  expect(readGolden(shared.file, all)).toEqual(golden)
  shared.close()
  expect(() => closeSync(shared.file)).toThrow('EBADF')
})

test('a tensor that ends early is no tensor', () => {
  const shared = openGoldenFile(makeFolder())
  const places = shared.place(golden, ['bytes'])
  const place = { ...places.get('bytes')!, bytes: 4 }
  expect(() => readGolden(shared.file, new Map([['bytes', place]]))).toThrow(
    'Expected 4 bytes of golden data, got 3',
  )
  shared.close()
})

test('a folder that cannot be written is refused in a sentence', () => {
  const file = join(makeFolder(), 'file')
  writeFileSync(file, '')
  expect(() => openGoldenFile(file)).toThrow('the cache cannot be written: a part of the path is a file')
})
