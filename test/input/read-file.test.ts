import { execFileSync } from 'node:child_process'
import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeImage, readImageSize } from '../../src/image/decode.ts'
import { listImages } from '../../src/image/list-images.ts'
import { checkFiles, readWholeFile, readWholeText, readWholeTextNow } from '../../src/input/read-file.ts'
import { loadDataset } from '../../src/validate/load-dataset.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-read-'))
const pipe = join(folder, 'pipe.png')
execFileSync('mkfifo', [pipe])
const vast = join(folder, 'vast.json')
writeFileSync(vast, '')
truncateSync(vast, 3 * 2 ** 30)

const small = join(folder, 'small.txt')
writeFileSync(small, 'ä\n')

const readers: Readonly<Record<string, (path: string) => unknown>> = {
  readWholeFile: (path) => readWholeFile(path, 'Do this.'),
  readWholeText: (path) => readWholeText(path, 'Do this.'),
  readWholeTextNow: async (path) => readWholeTextNow(path, 'Do this.'),
  decodeImage: (path) => decodeImage(path),
  readImageSize: (path) => readImageSize(path),
  listImages: (path) => listImages(path),
  checkFiles: async (path) => checkFiles([small, path], 'Do this.'),
}

describe.each(Object.entries(readers))('%s', (_, read) => {
  test.each([pipe, '/dev/zero', '/dev/null'])('refuses %s, which has no end or is no file', async (path) => {
    await expect(read(path)).rejects.toMatchObject({
      name: 'InputError',
      message: `${path}: is a pipe or a device, expected a file. Copy its content to a file first.`,
    })
  })

  test('refuses what is too large to be read, at once', async () => {
    await expect(read(vast)).rejects.toMatchObject({ name: 'InputError' })
    await expect(read(vast)).rejects.toThrow('has 3221225472 bytes, more than the')
  })
})

test('a list of annotations too large for a text is refused at once', async () => {
  await expect(loadDataset(vast, {})).rejects.toThrow('has 3221225472 bytes, more than the')
})

test('what can be read is read whole', async () => {
  expect(await readWholeFile(small, 'Do this.')).toEqual(Buffer.from([0xc3, 0xa4, 10]))
  expect(await readWholeText(small, 'Do this.')).toBe('ä\n')
  expect(readWholeTextNow(small, 'Do this.')).toBe('ä\n')
  expect(checkFiles([small], 'Do this.')).toBeUndefined()
})

test.each(['readWholeFile', 'readWholeText', 'readWholeTextNow', 'checkFiles'])(
  '%s says what it found in place of a file',
  async (name) => {
    const read = readers[name]!
    const none = join(folder, 'none')
    await expect(read(none)).rejects.toThrow(`${none}: no such file. Do this.`)
    await expect(read(folder)).rejects.toThrow(`${folder}: is a folder, expected a file. Do this.`)
  },
)
