import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/checkpoint/input-error.ts'
import { formatCocoDetections, parseCoco, parseCocoDetections } from '../../src/validate/coco.ts'

const small = {
  images: [
    { id: 7, file_name: 'b.jpg', width: 100, height: 50 },
    { id: 3, file_name: 'a.jpg', width: 100, height: 50 },
  ],
  categories: [
    { id: 90, name: 'toothbrush' },
    { id: 1, name: 'person' },
  ],
  annotations: [
    { id: 1, image_id: 3, category_id: 90, bbox: [1, 2, 30, 20], area: 400.5, iscrowd: 0 },
    { id: 2, image_id: 7, category_id: 1, bbox: [0, 0, 100, 50], area: 5000, iscrowd: 1 },
  ],
}
const annotation = small.annotations[0]!

function readWith(change: object) {
  return parseCoco({ ...small, ...change }, 'x.json', 'pictures')
}

test('classes follow the category ids, images their ids', () => {
  const dataset = readWith({})
  expect(dataset.classes).toEqual(['person', 'toothbrush'])
  expect(dataset.categoryIds).toEqual([1, 90])
  expect(dataset.images.map(({ id, path }) => `${id} ${path}`)).toEqual([
    '3 pictures/a.jpg',
    '7 pictures/b.jpg',
  ])
  expect(dataset.annotations).toEqual([
    { imageId: 3, classIndex: 1, box: [1, 2, 30, 20], area: 400.5, crowd: false, ignore: false },
    { imageId: 7, classIndex: 0, box: [0, 0, 100, 50], area: 5000, crowd: true, ignore: false },
  ])
  expect(dataset.findings).toEqual([])
})

describe('oddities are counted and named', () => {
  const extra = (change: object) => ({
    annotations: [...small.annotations, { ...annotation, id: 9, ...change }],
  })
  test.each([
    { kind: 'annotation-without-image', change: extra({ image_id: 5 }), example: 'image 5', kept: 2 },
    {
      kind: 'unknown-category',
      change: extra({ category_id: 2 }),
      example: 'annotation 9: category 2',
      kept: 2,
    },
    { kind: 'duplicate-annotation', change: extra({ id: 1 }), example: 'annotation 1', kept: 2 },
    {
      kind: 'duplicate-annotation',
      change: extra({ id: 1, bbox: [5, 5, 5, 5] }),
      example: 'annotation 1',
      kept: 3,
    },
    { kind: 'missing-area', change: extra({ area: undefined }), example: 'annotation 9', kept: 3 },
    { kind: 'empty-box', change: extra({ bbox: [5, 5, 0, 9] }), example: 'a.jpg [5, 5, 0, 9]', kept: 3 },
    {
      kind: 'box-outside-image',
      change: extra({ bbox: [90, 5, 20, 9] }),
      example: 'a.jpg [90, 5, 20, 9] on 100x50',
      kept: 3,
    },
    {
      kind: 'duplicate-image',
      change: { images: [...small.images, small.images[0]] },
      example: 'b.jpg',
      kept: 2,
    },
    { kind: 'image-without-annotations', change: { annotations: [annotation] }, example: 'b.jpg', kept: 1 },
  ])('$kind: $example', ({ kind, change, example, kept }) => {
    const dataset = readWith(change)
    expect(dataset.findings).toEqual([{ kind, count: 1, examples: [example], message: expect.any(String) }])
    expect(dataset.annotations.length).toBe(kept)
  })

  test('a pixel outside is tolerated', () => {
    expect(readWith(extra({ bbox: [90, 5, 11, 9] })).findings).toEqual([])
  })

  test('without an area, the area of the box is taken', () => {
    expect(readWith(extra({ area: undefined })).annotations[2]!.area).toBe(600)
  })
})

describe('what would make a figure wrong is refused', () => {
  test.each([
    [{ images: [] }, /x\.json: has no images/],
    [
      { images: [...small.images, { id: 3, file_name: 'c.jpg' }] },
      /images\[2\]: id 3 is both a\.jpg and c\.jpg/,
    ],
    [{ categories: [...small.categories, { id: 1, name: 'cat' }] }, /id 1 is both "person" and "cat"/],
    [{ annotations: [{ ...annotation, bbox: [1, 2, 3] }] }, /annotations\[0\]\.bbox: expected \[left/],
    [{ annotations: [{ ...annotation, bbox: [1, 2, null, 3] }] }, /bbox: expected a number, got null/],
    [{ annotations: [{ ...annotation, category_id: 'cat' }] }, /category_id: expected a number, got "cat"/],
    [{ annotations: {} }, /annotations: expected a list/],
  ])('%#', (change, message) => {
    expect(() => readWith(change)).toThrow(message)
    expect(() => readWith(change)).toThrow(InputError)
  })
})

describe('detections', () => {
  const rows = [{ image_id: 3, category_id: 90, bbox: [1, 2, 3, 4], score: 0.5 }]

  test('are read and written back', () => {
    const detections = parseCocoDetections(rows, readWith({}), 'd.json')
    expect(detections).toEqual([{ imageId: 3, classIndex: 1, box: [1, 2, 3, 4], score: 0.5 }])
    expect(formatCocoDetections(detections, readWith({}))).toEqual(rows)
  })

  test.each([
    [{ image_id: 4 }, /d\.json\[0\]: is of image 4/],
    [{ category_id: 2 }, /d\.json\[0\]: is of category 2/],
    [{ score: Number.NaN }, /score: expected a number/],
  ])('of another data set are refused', (change, message) => {
    expect(() => parseCocoDetections([{ ...rows[0], ...change }], readWith({}), 'd.json')).toThrow(message)
  })
})
