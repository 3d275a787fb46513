import { mkdir } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { readYolo } from '../../src/validate/yolo.ts'
import { useFolder } from './lay.ts'

const { at, lay } = useFolder()

/** Reads the labels of one picture of 160 by 160, of two classes. */
async function readRows(text: string) {
  await lay({ 'data.yaml': 'val: images\nnames: [a, b]', 'images/x.png': '', 'labels/x.txt': text })
  return readYolo(at('data.yaml'))
}

describe('a label row', () => {
  test.each([
    // Left is 0.5 - 0.25 / 2 = 0.375 of 160, top 0.25 - 0.5 / 2 = 0.
    ['0 0.5 0.25 0.25 0.5', [60, 0, 40, 80]],
    ['  1\t0.5  0.5 1 1 \r', [0, 0, 160, 160]],
    // Outlines: the first corner, a middle one and the last are extreme in turn.
    ['0 0.25 0.5 0.5 0.75 0.75 0.25', [40, 40, 80, 80]],
    ['0 0.75 0.25 0.25 0.5 0.5 0.75', [40, 40, 80, 80]],
    ['0 0.5 0.75 0.75 0.25 0.25 0.5', [40, 40, 80, 80]],
    ['0 0.25 0.25 0.75 0.25 0.75 0.5 0.25 0.5', [40, 40, 80, 40]],
  ])('%j is the box %j', async (row, box) => {
    const { annotations, findings } = await readRows(row)
    expect(annotations).toEqual([
      {
        imageId: 1,
        classIndex: Number(row.trim()[0]),
        box,
        area: box[2]! * box[3]!,
        crowd: false,
        ignore: false,
      },
    ])
    expect(findings).toEqual([])
  })

  test.each([
    ['0', 1],
    ['0 .5 .5 .1', 4],
    ['0 .5 .5 .1 .1 .1', 6],
    ['0 .5 .5 .1 .1 .1 .1 .1', 8],
    // As detections are written, with a score.
    ['1 .5 .5 .1 .1 .9', 6],
  ])('%j is refused for its %d fields', async (row, fields) => {
    await expect(readRows(`0 .5 .5 .1 .1\n${row}`)).rejects.toThrow(
      `x.txt:2: expected a class and 4 numbers, or a class and an outline, got ${fields} fields. Labels are class, centre x, centre y, width, height; those of a pose need kpt_shape in the data.yaml.`,
    )
  })

  test.each([
    ['a visible point', '1 .5 .5 .5 .5  .5 .5 2', undefined],
    ['points that are hidden and not labelled', '1 .5 .5 .5 .5  .5 .5 1  0 0 0  .1 .2 2', undefined],
    ['points that the description counts', '1 .5 .5 .5 .5  .5 .5  .1 .2', '[2, 2]'],
    ['points that nobody sees', '1 .5 .5 .5 .5  .5 .5 0', '[1, 3]'],
  ])('with keypoints is its box: %s', async (_, row, shape) => {
    const description = `val: images\nnames: [a, b]\n${shape === undefined ? '' : `kpt_shape: ${shape}\n`}`
    await lay({ 'data.yaml': description, 'images/x.png': '', 'labels/x.txt': row })
    const { annotations, findings } = await readYolo(at('data.yaml'))
    expect(annotations).toMatchObject([{ classIndex: 1, box: [40, 40, 80, 80] }])
    expect(findings).toMatchObject([{ kind: 'keypoints', count: 1 }])
  })

  test.each([
    // Four points, and one of five, of which a number is 2 by mistake.
    ['0 .1 .1 .2 .2 .25 .25 2 .3', [16, 16, 304, 32]],
    ['0 .1 .1 .2 .2 .3 .3 .5 .4 .4 2', [16, 16, 64, 304]],
  ])('an outline that leaves the picture is no pose: %j', async (row, box) => {
    const { annotations, findings } = await readRows(row)
    expect(annotations[0]!.box.map((value) => Math.round(value))).toEqual(box)
    expect(findings).toMatchObject([{ kind: 'box-outside-image' }])
  })

  test('of a class that is no whole number is refused', async () => {
    await expect(readRows('0.5 .5 .5 .1 .1')).rejects.toThrow('x.txt:1: expected a whole number, got 0.5')
  })

  test('of a class that there is not is left out, and named', async () => {
    const { annotations, findings } = await readRows('-1 .5 .5 .1 .1\n1 .5 .5 .1 .1\n2 .5 .5 .1 .1')
    expect(annotations.map(({ classIndex }) => classIndex)).toEqual([1])
    expect(findings).toMatchObject([
      {
        kind: 'unknown-category',
        count: 2,
        examples: [`${at('labels/x.txt')}:1: class -1`, `${at('labels/x.txt')}:3: class 2`],
      },
    ])
  })

  test.each(['nan', '-nan', 'NaN', 'inf', '1e999'])(
    'with %s for a width is refused by its line',
    async (word) => {
      await expect(readRows(`0 .5 .5 .1 .1\n0 .5 .5 ${word} .1`)).rejects.toThrow(
        `x.txt:2: expected a number, got "${word}"`,
      )
    },
  )

  test('of a negative size is named', async () => {
    const { findings } = await readRows('0 .5 .5 -.1 .1')
    expect(findings).toMatchObject([{ kind: 'box-of-negative-size', count: 1 }])
  })

  test('that repeats another is named by its picture and box', async () => {
    const { findings } = await readRows('0 .5 .5 .5 .5\n0 .5 .5 .5 .5')
    expect(findings).toMatchObject([
      { kind: 'duplicate-annotation', count: 1, examples: ['images/x.png [40, 40, 80, 80]'] },
    ])
  })
})

test('a label file that cannot be read ends the run', async () => {
  await lay({ 'data.yaml': 'val: images\nnames: [a]', 'images/x.png': '' })
  await mkdir(at('labels/x.txt'), { recursive: true })
  await expect(readYolo(at('data.yaml'))).rejects.toThrow('x.txt: is a folder, expected a file')
})

test('a file where the folder of labels should be ends the run', async () => {
  await lay({ 'data.yaml': 'val: images\nnames: [a]', 'images/x.png': '', labels: '' })
  await expect(readYolo(at('data.yaml'))).rejects.toThrow('x.txt: a part of the path is a file')
})

test('labels lie in the last folder named images, which becomes labels, or beside the picture', async () => {
  const row = '0 .5 .5 .1 .1'
  await lay({
    'data.yaml': 'val: [images/train/images/deep, plain]\nnames: [a]',
    'images/train/images/deep/x.png': '',
    'images/train/labels/deep/x.txt': row,
    'plain/y.b.png': '',
    'plain/y.b.txt': row,
  })
  const { annotations, findings } = await readYolo(at('data.yaml'))
  expect(annotations.map(({ imageId }) => imageId)).toEqual([1, 2])
  expect(findings).toEqual([])
})

test('labels without a picture are named; classes.txt and other files are none', async () => {
  await lay({
    'data.yaml': 'val: [images/a, images/b]\nnames: [a]',
    'images/a/x.png': '',
    'images/b/x.png': '',
    'labels/a/x.txt': '0 .5 .5 .1 .1',
    'labels/b/x.txt': '0 .5 .5 .1 .1',
    'labels/a/gone.txt': '',
    'labels/b/lost.txt': '',
    'labels/b/classes.txt': '',
    'labels/b/notes.md': '',
    'labels/c/other.txt': '',
  })
  expect((await readYolo(at('data.yaml'))).findings).toMatchObject([
    {
      kind: 'annotation-without-image',
      count: 2,
      examples: [at('labels/a/gone.txt'), at('labels/b/lost.txt')],
    },
  ])
})
