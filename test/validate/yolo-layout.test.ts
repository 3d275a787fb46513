import { mkdir } from 'node:fs/promises'
import { describe, expect, test, vi } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { readYolo } from '../../src/validate/yolo.ts'
import { useFolder } from './lay.ts'

const { at, lay } = useFolder()

async function read(yaml: string, files: Readonly<Record<string, string>> = {}, split?: string) {
  await lay({ 'data.yaml': yaml, 'images/x.png': '', ...files })
  return readYolo(at('data.yaml'), split)
}

test('a data set of three pictures, whole', async () => {
  const dataset = await read('val: images\nnames: [a, b]\nnc: 2', {
    'images/deep/a.png': '',
    'images/notes.md': '',
    'labels/x.txt': '1 .5 .5 .5 .5',
    'images/b.png': '',
  })
  const image = (id: number, fileName: string) => {
    return { id, fileName, path: at(fileName), width: 160, height: 160 }
  }
  expect(dataset).toEqual({
    classes: ['a', 'b'],
    categoryIds: [0, 1],
    images: [image(1, 'images/b.png'), image(2, 'images/deep/a.png'), image(3, 'images/x.png')],
    annotations: [
      { imageId: 3, classIndex: 1, box: [40, 40, 80, 80], area: 6400, crowd: false, ignore: false },
    ],
    findings: [
      {
        kind: 'image-without-annotations',
        count: 2,
        examples: ['images/b.png', 'images/deep/a.png'],
        message: expect.any(String),
      },
    ],
  })
})

describe('names', () => {
  test.each([
    ['names: [a, 7]', ['a', '7']],
    ['names: {1: b, 0: a, 2: 5}', ['a', 'b', '5']],
    ['names:\n  0: a\n  1: b\nnc: 2', ['a', 'b']],
  ])('%j', async (yaml, classes) => {
    expect((await read(`val: images\n${yaml}`)).classes).toEqual(classes)
  })

  test.each([
    ['', 'data.yaml: names is missing'],
    ['names: a', 'data.yaml: names: expected a list or an object, got "a"'],
    ['names: [a, ""]', 'data.yaml: names[1]: expected a text, got ""'],
    ['names: {a: 0}', 'data.yaml: names: expected a whole number, got "a"'],
    ['names: {0: a, 0.5: b}', 'data.yaml: names: expected a whole number, got "0.5"'],
    ['names: {-1: a, 0: b}', '2 classes are numbered up to -1.'],
    ['names: {1: a, 2: b}', '2 classes are numbered up to 2. Number them 0, 1, 2 …'],
    ['names: {"0": a, "00": b}', 'data.yaml: names: expected a whole number, got "00"'],
    ['names: [a]\nnc: x', 'data.yaml: nc: expected a whole number, got "x"'],
    ['names: [a]\nnc: 0', 'data.yaml: nc is 0, but there are 1 names. Correct one of them.'],
    ['names: []', 'has no classes'],
  ])('%j is refused', async (yaml, message) => {
    const reading = read(`val: images\n${yaml}`)
    await expect(reading).rejects.toThrow(message)
    await expect(reading).rejects.toThrow(InputError)
  })
})

describe('path', () => {
  test.each(['path: ""', 'path: 3', 'path: data.yaml', 'path: gone'])('%s is refused', async (path) => {
    await expect(read(`${path}\nval: images\nnames: [a]`)).rejects.toThrow(/data\.yaml: path/)
  })

  test.each(['', 'path:', 'path: .', 'path: null'])('%j is the folder of the file', async (path) => {
    expect((await read(`${path}\nval: images\nnames: [a]`)).images).toMatchObject([
      { fileName: 'images/x.png' },
    ])
  })

  test('is relative to the file, or from the root', async () => {
    const files = { 'inner/images/y.png': '' }
    const expected = [{ id: 1, fileName: 'images/y.png', path: at('inner/images/y.png') }]
    expect((await read('path: inner\nval: images\nnames: [a]', files)).images).toMatchObject(expected)
    const { images } = await read(`path: ${at('inner')}\nval: images\nnames: [a]`)
    expect(images).toMatchObject(expected)
  })
})

describe('a split', () => {
  test('is val where none is asked for', async () => {
    const files = { 'other/y.png': '' }
    const yaml = 'train: other\nval: images\nnames: [a]'
    expect((await read(yaml, files)).images).toMatchObject([{ fileName: 'images/x.png' }])
    expect((await read(yaml, files, 'train')).images).toMatchObject([{ fileName: 'other/y.png' }])
  })

  test('of folders and lists has each picture once, in the order of paths', async () => {
    const { images } = await read('val: [sub/list.txt, images]\nnames: [a]', {
      'sub/list.txt': '../images/x.png\r\n\n   \n  y.png\n../images/x.png\n',
      'sub/y.png': '',
      'images/a.png': '',
    })
    expect(images.map(({ id, fileName }) => `${id} ${fileName}`)).toEqual([
      '1 images/a.png',
      '2 images/x.png',
      '3 sub/y.png',
    ])
  })

  test.each([
    ['val: 3', 'data.yaml: val: expected a text or a list, got 3'],
    ['val: [images, 3]', 'data.yaml: val[1]: expected a text, got 3'],
    ['val: images/x.png', 'x.png. Name a folder of pictures or a list of them (.txt).'],
    ['val: gone.txt', 'gone.txt: no such file. Check the path and its permissions.'],
    ['val: empty', 'data.yaml: val: has no images, so there is nothing to measure.'],
  ])('%j is refused', async (yaml, message) => {
    await mkdir(at('empty'))
    await expect(read(`${yaml}\nnames: [a]`)).rejects.toThrow(message)
  })
})

describe('a split that shares its pictures with another', () => {
  const named = async (yaml: string, split?: string) =>
    (await read(`${yaml}\nnames: [a]`, { 'other/y.png': '', 'list.txt': 'other/y.png' }, split)).findings
      .filter(({ kind }) => kind === 'split-shared')
      .flatMap(({ count, examples }) => [count, ...examples])

  test.each([
    ['train: images\nval: images', undefined, [1, 'val and train: images']],
    ['train: ./images/\nval: [other, images]', undefined, [1, 'val and train: images']],
    ['train: images\nval: other\ntest: [list.txt, images]', 'train', [1, 'train and test: images']],
    [
      'train: images\nval: images\ntest: images',
      'test',
      [2, 'test and train: images', 'test and val: images'],
    ],
    ['train: list.txt\nval: list.txt', undefined, [1, 'val and train: list.txt']],
    ['train: other\nval: images', undefined, []],
    // Of another split nothing else is asked.
    ['train: 3\nval: images\ntest: gone', undefined, []],
  ])('%j, %s', async (yaml, split, expected) => {
    const found = await named(yaml, split)
    expect(found.map((one) => String(one).replace(at('x').slice(0, -1), ''))).toEqual(expected.map(String))
  })
})

describe('data.yaml', () => {
  const padded = (length: number): string => {
    const text = 'val: images\nnames: [a]\n#'
    return text + 'x'.repeat(length - text.length)
  }

  test('has a megabyte at most', async () => {
    expect((await read(padded(2 ** 20))).classes).toEqual(['a'])
    await expect(read(padded(2 ** 20 + 1))).rejects.toThrow(
      'data.yaml: has 1048577 characters; a data.yaml has at most 1048576.',
    )
  })

  test('that is no YAML is refused with the reason', async () => {
    await expect(read('a: [')).rejects.toMatchObject({
      where: at('data.yaml'),
      advice: expect.stringContaining('line 1'),
      cause: expect.any(Error),
    })
  })

  test('is read without a word on tags that nobody knows', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    expect((await read('val: images\nnames: [!what a]')).classes).toEqual(['a'])
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })

  test('that is not there is named', async () => {
    await expect(readYolo(at('gone.yaml'))).rejects.toThrow('gone.yaml: no such file. Check the path')
  })

  test.each(['- a', 'text', ''])('%j is no object', async (yaml) => {
    await expect(read(yaml)).rejects.toThrow('data.yaml: expected an object, got')
  })

  const nest = (open: string, close: string, depth: number) =>
    `x: ${open.repeat(depth)}${close.repeat(depth)}`
  test.each([
    ['100 lists', nest('[', ']', 100)],
    ['100 mappings', nest('{a: ', '}', 100)],
    ['200 lists side by side', `x: [${'[],'.repeat(200)}[]]`],
    ['200 mappings side by side', `x: [${'{},'.repeat(200)}{}]`],
    ['99 dashes', `x:\n ${'- '.repeat(99)}a`],
  ])('%s are read', async (_, yaml) => {
    expect((await read(`val: images\nnames: [a]\n${yaml}`)).classes).toEqual(['a'])
  })

  test.each([
    ['101 lists', nest('[', ']', 101)],
    ['101 mappings', nest('{a: ', '}', 101)],
    ['101 lists after ends without a beginning', `x: a]]}}\ny: ${'['.repeat(101)}${']'.repeat(101)}`],
    ['100 dashes', `x:\n ${'- '.repeat(100)}a`],
    ['100 dashes with two spaces', `x:\n ${'-  '.repeat(100)}a`],
    ['100 dashes after tabs', `x:\n \t${'-\t'.repeat(100)}a`],
    ['100 question marks', `x:\n ${'? '.repeat(100)}a`],
  ])('%s are too deep', async (_, yaml) => {
    await expect(read(`val: images\nnames: [a]\n${yaml}`)).rejects.toThrow(
      'data.yaml: is nested more than 100 deep',
    )
  })
})

test.each(['../valid/images', '../../valid/images', '..\\valid\\images', 'valid/images'])(
  'a folder %s that is beside the description is found, as Roboflow names it',
  async (entry) => {
    const name = at('set/data.yaml')
    await lay({ 'set/data.yaml': `val: ${entry}\nnames: [a]`, 'set/valid/images/x.png': '' })
    expect((await readYolo(name)).images.map(({ path }) => path)).toEqual([at('set/valid/images/x.png')])
  },
)

test('a folder that is where it is said to be is taken before one that is not', async () => {
  const files = { 'valid/images/x.png': '', 'set/valid/images/y.png': '' }
  await lay({ 'set/data.yaml': 'val: ../valid/images\nnames: [a]', ...files })
  expect((await readYolo(at('set/data.yaml'))).images.map(({ path }) => path)).toEqual([
    at('valid/images/x.png'),
  ])
})
