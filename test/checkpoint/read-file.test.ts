import { execFileSync } from 'node:child_process'
import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readWholeFile, readWholeText, readWholeTextNow } from '../../src/checkpoint/read-file.ts'
import { decodeImage, readImageSize } from '../../src/image/decode.ts'
import { listImages } from '../../src/pipeline/files.ts'
import { loadDataset } from '../../src/validate/load-dataset.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-read-'))
const pipe = join(folder, 'pipe.png')
execFileSync('mkfifo', [pipe])
const vast = join(folder, 'vast.json')
writeFileSync(vast, '')
truncateSync(vast, 3 * 2 ** 30)

const readers: Readonly<Record<string, (path: string) => unknown>> = {
  readWholeFile: (path) => readWholeFile(path, 'Do this.'),
  readWholeText: (path) => readWholeText(path, 'Do this.'),
  readWholeTextNow: async (path) => readWholeTextNow(path, 'Do this.'),
  decodeImage: (path) => decodeImage(path),
  readImageSize: (path) => readImageSize(path),
  listImages: (path) => listImages(path),
}

describe.each(Object.entries(readers))('%s', (_, read) => {
  test.each([pipe, '/dev/zero', '/dev/null'])('refuses %s, which has no end or is no file', async (path) => {
    await expect(read(path)).rejects.toMatchObject({
      name: 'InputError',
      message: `${path}: is a pipe or a device, expected a file. Copy what it gives to a file first.`,
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
