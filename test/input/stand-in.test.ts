import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeImage, readImageSize } from '../../src/image/decode.ts'
import { PictureError } from '../../src/image/picture-error.ts'
import { readWholeFile, readWholeText, readWholeTextNow } from '../../src/input/read-file.ts'
import { refuseStandIn } from '../../src/input/stand-in.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 6534387\n'
const folder = makeFolder()
const write = (content: string): string => {
  const path = join(folder, 'yolov8n.pt')
  writeFileSync(path, content)
  return path
}

describe.each<[string, (path: string) => Promise<unknown>]>([
  ['readWholeFile', (path) => readWholeFile(path, 'Do this.')],
  ['readWholeText', (path) => readWholeText(path, 'Do this.')],
  ['readWholeTextNow', async (path) => readWholeTextNow(path, 'Do this.')],
])('%s', (_, read) => {
  test.each([
    [
      POINTER,
      'is a pointer of Git LFS, not the file that it stands for. Run `git lfs install`, then `git lfs pull`.',
    ],
    [`\u{feff}${POINTER}`, 'is a pointer of Git LFS'],
    ['/annex/objects/SHA256E-s10--ab.pt\n', 'is a pointer of git-annex'],
    ['<!DOCTYPE html><title>Sign in</title>', 'is a page of a web site (HTML)'],
    ['\n <!doctype HTML>', 'is a page of a web site (HTML)'],
    ['<html lang="en">', 'is a page of a web site (HTML)'],
    [
      '<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code></Error>',
      'is the error of a storage service (XML)',
    ],
  ])('names %j', async (content, message) => {
    const path = write(content)
    await expect(read(path)).rejects.toMatchObject({ name: 'InputError' })
    await expect(read(path)).rejects.toThrow(`${path}: ${message}`)
  })
})

test.each([
  '<annotation><filename>a.jpg</filename></annotation>',
  '<?xml version="1.0"?><annotation>',
  'a version https://git-lfs.github.com/spec/v1',
  '<htmlx>',
  '{"html": 1}',
  '',
])('%j stands for itself', (content) => {
  expect(() => refuseStandIn(content, 'x')).not.toThrow()
})

test('a picture that is a page is no picture, one that is a pointer ends the run', async () => {
  await expect(decodeImage(write('<!DOCTYPE html>'))).rejects.toBeInstanceOf(PictureError)
  await expect(readImageSize(write('<!DOCTYPE html>'))).rejects.toBeInstanceOf(PictureError)
  const pointer = readImageSize(write(POINTER))
  await expect(pointer).rejects.not.toBeInstanceOf(PictureError)
  await expect(pointer).rejects.toThrow('is a pointer of Git LFS')
})

test('a byte order mark is no part of a text', async () => {
  const path = write('\u{feff}{"a": 1}')
  expect(await readWholeText(path, '')).toBe('{"a": 1}')
  expect(readWholeTextNow(path, '')).toBe('{"a": 1}')
})
