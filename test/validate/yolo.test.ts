import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { readYolo } from '../../src/validate/yolo.ts'
import { writeBmp } from '../image/write-bmp.ts'
import { useFolder } from './lay.ts'

const folder = useFolder()

async function lay(files: Readonly<Record<string, string>>): Promise<string> {
  await folder.lay(files)
  return folder.at('data.yaml')
}

const base = { 'data.yaml': 'val: images\nnames: [a, b]', 'images/x.png': '' }

describe('readYolo', () => {
  test('a centre and a size in fractions of the picture', async () => {
    const dataset = await readYolo(await lay({ ...base, 'labels/x.txt': '1 0.5 0.25 0.5 0.25\n\n' }))
    expect(dataset.annotations).toEqual([
      { imageId: 1, classIndex: 1, box: [40, 20, 80, 40], area: 3200, crowd: false, ignore: false },
    ])
    expect(dataset.findings).toEqual([])
  })

  test('an outline gives its bounding box', async () => {
    const dataset = await readYolo(await lay({ ...base, 'labels/x.txt': '0 0.5 0.25 0.75 0.5 0.25 0.5' }))
    expect(dataset.annotations[0]!.box).toEqual([40, 40, 80, 40])
  })

  test('a list of pictures, names by number, another split', async () => {
    const yaml = 'test: list.txt\nnames: {1: b, 0: a}'
    const files = {
      ...base,
      'data.yaml': yaml,
      'list.txt': './images/x.png\n',
      'labels/x.txt': '0 .5 .5 .1 .1',
    }
    const dataset = await readYolo(await lay(files), 'test')
    expect(dataset.classes).toEqual(['a', 'b'])
    expect(dataset.annotations.length).toBe(1)
  })

  test.each([
    ['unknown-category', { 'labels/x.txt': '0 .5 .5 .1 .1\n2 .5 .5 .1 .1' }],
    ['duplicate-annotation', { 'labels/x.txt': '0 .5 .5 .1 .1\n0 .5 .5 .1 .1' }],
    ['box-outside-image', { 'labels/x.txt': '0 .98 .5 .1 .1' }],
    ['empty-box', { 'labels/x.txt': '0 .5 .5 0 .1' }],
    ['annotation-without-image', { 'labels/x.txt': '0 .5 .5 .1 .1', 'labels/y.txt': '' }],
    ['image-without-annotations', {}],
  ])('%s is counted', async (kind, files) => {
    const dataset = await readYolo(await lay({ ...base, ...files }))
    expect(dataset.findings.map((finding) => [finding.kind, finding.count])).toEqual([[kind, 1]])
  })

  test.each([
    [{ 'labels/x.txt': '0 .5 .5 .1' }, /x\.txt:1: expected a class and 4 numbers.*got 4 fields/],
    [{ 'labels/x.txt': '0 .5 .5 .1 .1\n0 a b c d' }, /x\.txt:2: expected a number, got "a"/],
    [{ 'data.yaml': 'val: images\nnc: 3\nnames: [a, b]' }, /nc is 3, but there are 2 names/],
    [{ 'data.yaml': 'val: images\nnames: {0: a, 9: b}' }, /2 classes are numbered up to 9/],
    [{ 'data.yaml': 'val: nowhere\nnames: [a]' }, /there is no folder .*nowhere/],
    [{ 'data.yaml': 'names: [a]' }, /val is missing/],
    [{ 'data.yaml': 'a: [' }, /is not YAML/],
    [{ 'data.yaml': `val: [images]${'['.repeat(100_000)}` }, /is nested more than 100 deep/],
    [{ 'data.yaml': `val:\n  ${'- '.repeat(100_000)}` }, /is nested more than 100 deep/],
    [{ 'data.yaml': `val:${' \t'.repeat(50_000)}x` }, /names is missing/],
    [{ 'images/x.png': '', 'data.yaml': 'path: gone\nval: images\nnames: [a]' }, /path is gone/],
  ])('%# is refused', async (files: Readonly<Record<string, string>>, message) => {
    await expect(readYolo(await lay({ ...base, ...files }))).rejects.toThrow(message)
  })

  test('a picture that is none is counted and named; hidden files are no pictures', async () => {
    const files = {
      'images/y.jpg': 'text',
      'images/._x.png': '',
      'images/.cache/z.png': '',
      'labels/x.txt': '',
    }
    const { images, findings } = await readYolo(await lay({ ...base, ...files }))
    expect(images.map(({ fileName }) => fileName)).toEqual(['images/x.png'])
    expect(findings.find(({ kind }) => kind === 'picture-unreadable')).toMatchObject({
      count: 1,
      examples: ['images/y.jpg'],
    })
  })

  test('a data set without one whole picture is refused', async () => {
    const files = { 'data.yaml': 'val: images\nnames: [a]', 'images/y.jpg': 'text' }
    await expect(readYolo(await lay(files))).rejects.toThrow(/none of its 1 pictures can be decoded .*y\.jpg/)
  })

  test('a list that names what is not there, or a folder, ends the run: the path is wrong, not the picture', async () => {
    const list = { 'data.yaml': 'val: list.txt\nnames: [a]' }
    await expect(readYolo(await lay({ ...list, 'list.txt': 'gone.png' }))).rejects.toThrow(
      /gone\.png: no such file/,
    )
    await expect(readYolo(await lay({ ...list, 'list.txt': 'images', 'images/x.txt': '' }))).rejects.toThrow(
      /images: is a folder/,
    )
  })

  test('bitmaps are pictures', async () => {
    const path = await lay({ ...base, 'labels/b.txt': '0 0.5 0.5 0.5 0.5' })
    const grey = { width: 16, height: 12, data: new Uint8Array(16 * 12 * 3).fill(99) }
    await writeFile(folder.at('images/b.bmp'), writeBmp(grey, { bits: 8 }))
    const { images, annotations } = await readYolo(path)
    expect(images[0]).toMatchObject({ fileName: 'images/b.bmp', width: 16, height: 12 })
    expect(annotations[0]!.box).toEqual([4, 3, 8, 6])
  })
})
