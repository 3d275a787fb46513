import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { parseCoco } from '../../src/validate/coco.ts'
import { toCocoAnnotations, toCocoResults } from '../../src/validate/coco-results.ts'
import { parseCocoDetections } from './coco-detections.ts'

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
    {
      kind: 'box-of-negative-size',
      change: extra({ bbox: [50, 5, -9, 9] }),
      example: 'a.jpg [50, 5, -9, 9]',
      kept: 3,
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

test('a picture of two ids is named with both; numbers and texts', () => {
  const again = { ...small.images[0]!, id: 9 }
  const { findings } = readWith({
    images: [...small.images, again],
    annotations: [...small.annotations, { ...annotation, id: 9, image_id: 9 }],
  })
  const first = small.images[0]!
  expect(findings).toMatchObject([
    {
      kind: 'picture-of-two-images',
      count: 1,
      examples: [`${first.file_name} of ids ${first.id} and 9`],
    },
  ])
  const texts = readWith({
    images: ['x', 'y'].map((id) => ({ ...first, id })),
    annotations: ['x', 'y'].map((id) => ({ ...annotation, id, image_id: id })),
  })
  expect(texts.findings).toMatchObject([{ examples: [`${first.file_name} of ids x and y`] }])
})

describe('annotations', () => {
  const readAll = (...annotations: readonly object[]) => {
    const { annotations: objects, findings } = readWith({ annotations })
    return { objects, findings: findings.filter(({ kind }) => kind !== 'image-without-annotations') }
  }

  test.each([
    [1, true],
    [true, true],
    [0, false],
    [false, false],
    [undefined, false],
  ])('iscrowd %j is a crowd: %j', (iscrowd, crowd) => {
    expect(readAll({ ...annotation, iscrowd }).objects).toEqual([
      { imageId: 3, classIndex: 1, box: [1, 2, 30, 20], area: 400.5, crowd, ignore: false },
    ])
  })

  test('without ids are never repetitions', () => {
    const { id: _, ...nameless } = annotation
    const { objects, findings } = readAll(nameless, nameless, nameless)
    expect(objects).toHaveLength(3)
    expect(findings).toEqual([])
  })

  test('without ids are named by their place', () => {
    const { id: _, area: __, ...nameless } = annotation
    const { findings } = readAll(annotation, nameless, { ...nameless, category_id: 2 })
    expect(findings.map(({ kind, examples }) => [kind, ...examples])).toEqual([
      ['missing-area', 'annotations[1]'],
      ['unknown-category', 'annotations[2]: category 2'],
    ])
  })

  test.each([{ image_id: 7 }, { category_id: 1 }, { bbox: [1, 2, 30, 21] }, { iscrowd: 1 }])(
    'of one id that differ in %j are counted, and both kept',
    (change) => {
      const { objects, findings } = readAll(annotation, { ...annotation, ...change })
      expect(objects).toHaveLength(2)
      expect(findings).toMatchObject([{ kind: 'duplicate-annotation', count: 1, examples: ['annotation 1'] }])
    },
  )
})

test('a category that is listed twice with one name is one class', () => {
  const { classes, categoryIds } = readWith({ categories: [...small.categories, small.categories[1]] })
  expect({ classes, categoryIds }).toEqual({ classes: ['person', 'toothbrush'], categoryIds: [1, 90] })
})

test('an image without a size has none', () => {
  const { images } = readWith({ images: [...small.images, { id: 8, file_name: 'c.jpg' }] })
  expect(images[2]).toEqual({ id: 8, fileName: 'c.jpg', path: 'pictures/c.jpg', width: 0, height: 0 })
})

describe('what would make a figure wrong is refused', () => {
  test.each([
    [{ images: [] }, /x\.json: has no images/],
    [
      { images: [...small.images, { id: 3, file_name: 'c.jpg' }] },
      /images\[2\]: id 3 is both a\.jpg and c\.jpg/,
    ],
    [{ categories: [...small.categories, { id: 1, name: 'cat' }] }, /id 1 is both "person" and "cat"/],
    [
      { annotations: [{ ...annotation, bbox: [1, 2, 3] }] },
      /annotations\[0\]\.bbox: expected a list of 4, got a list of 3/,
    ],
    [
      { annotations: [{ ...annotation, bbox: [1, 2, null, 3] }] },
      /annotations\[0\]\.bbox\[2\]: expected a finite number, got null/,
    ],
    [
      { annotations: [{ ...annotation, category_id: 1.5 }] },
      /category_id: expected a whole number, got 1\.5/,
    ],
    [{ annotations: {} }, /^x\.json: annotations: expected a list, got an object$/],
    [{ images: 1 }, /^x\.json: images: expected a list, got 1$/],
    [{ categories: null }, /^x\.json: categories: expected a list, got null$/],
    [{ images: [3] }, /^x\.json: images\[0\]: expected an object/],
    [{ images: [{ id: 1 }] }, /^x\.json: images\[0\]: file_name is missing/],
    [{ images: [{ id: 1.5, file_name: 'a' }] }, /images\[0\]\.id: expected a whole number, got 1\.5/],
    [{ images: [{ id: 1, file_name: 'a', width: 'w' }] }, /images\[0\]\.width: expected a whole number/],
    [{ images: [{ id: 1, file_name: 'a', height: 'h' }] }, /images\[0\]\.height: expected a whole number/],
    [{ categories: [3] }, /^x\.json: categories\[0\]: expected an object/],
    [{ categories: [{ name: 'a' }] }, /categories\[0\]: id is missing/],
    [{ categories: [{ id: 1, name: '' }] }, /categories\[0\]\.name: expected a text/],
    [{ annotations: [3] }, /^x\.json: annotations\[0\]: expected an object/],
    [
      { annotations: [{ ...annotation, image_id: null }] },
      /annotations\[0\]\.image_id: expected a whole number or a text/,
    ],
    [{ annotations: [{ ...annotation, area: null }] }, /annotations\[0\]\.area: expected a finite number/],
    [{ annotations: [{ ...annotation, bbox: 3 }] }, /annotations\[0\]\.bbox: expected a list/],
    [
      { annotations: [{ ...annotation, bbox: [1, 2, 3, 4, 5] }] },
      /bbox: expected a list of 4, got a list of 5/,
    ],
  ])('%#', (change, message) => {
    expect(() => readWith(change)).toThrow(message)
    expect(() => readWith(change)).toThrow(InputError)
  })
})

test('ids may be texts: classes and images come in the order of the file, and go out under their own ids', () => {
  const text = (own: number): string => `n${own}`
  const dataset = readWith({
    images: small.images.map((image) => ({ ...image, id: text(image.id) })),
    categories: small.categories.map((category) => ({ ...category, id: text(category.id) })),
    annotations: small.annotations.map((own) => ({
      ...{ ...own, image_id: text(own.image_id), category_id: text(own.category_id) },
    })),
  })
  expect(dataset.classes).toEqual(['toothbrush', 'person'])
  expect(dataset.images.map(({ id, ownId, fileName }) => [id, ownId, fileName])).toEqual([
    [1, 'n7', 'b.jpg'],
    [2, 'n3', 'a.jpg'],
  ])
  expect(dataset.annotations.map(({ imageId, classIndex }) => [imageId, classIndex])).toEqual([
    [2, 0],
    [1, 1],
  ])
  expect(dataset.findings).toEqual([])
  const [image] = dataset.images
  const detections = [{ imageId: 1, classIndex: 1, box: [1, 2, 3, 4] as const, score: 0.5 }]
  expect(toCocoResults(detections, image!, dataset)).toEqual([
    { image_id: 'n7', category_id: 'n1', bbox: [1, 2, 3, 4], score: 0.5 },
  ])
})

describe('a text among numbers', () => {
  test('refers to the number that it spells, and a number to a text', () => {
    const dataset = readWith({
      images: [{ ...small.images[0]!, id: '7' }, small.images[1]!],
      categories: [small.categories[0]!, { id: '1', name: 'person' }],
      annotations: [small.annotations[0]!, small.annotations[1]!, { ...annotation, id: 3, image_id: '3' }],
    })
    expect(dataset.findings).toEqual([])
    expect(dataset.classes).toEqual(['toothbrush', 'person'])
    expect(dataset.images.map(({ id, ownId }) => [id, ownId])).toEqual([
      [1, '7'],
      [2, 3],
    ])
    expect(dataset.annotations.map(({ imageId, classIndex }) => [imageId, classIndex])).toEqual([
      [2, 0],
      [1, 1],
      [2, 0],
    ])
    expect(parseCoco(toCocoAnnotations(dataset), 'y.json', 'pictures')).toEqual(dataset)
  })

  test('is another id where the file has both', () => {
    const images = [small.images[1]!, { ...small.images[0]!, id: '3' }]
    const annotations = [annotation, { ...annotation, id: 2, image_id: '3' }]
    const dataset = readWith({ images, annotations })
    expect(dataset.annotations.map(({ imageId }) => imageId)).toEqual([1, 2])
    expect(readWith({ images, annotations: [{ ...annotation, image_id: '03' }] }).findings).toMatchObject([
      { kind: 'annotation-without-image', examples: ['image 03'] },
      { kind: 'image-without-annotations' },
    ])
  })
})

test('what was measured against is written so that it is read as the same', () => {
  const dataset = readWith({})
  expect(parseCoco(toCocoAnnotations(dataset), 'y.json', 'pictures')).toEqual(dataset)
  const model = {
    ...dataset,
    classes: [...dataset.classes, 'other'],
    categoryIds: [...dataset.categoryIds, -3],
  }
  expect(parseCoco(toCocoAnnotations(model), 'y.json', 'pictures').classes).toEqual(dataset.classes)
  const other = { imageId: 3, classIndex: 2, box: [1, 2, 3, 4] as const, score: 0.5 }
  expect(toCocoResults([other], model.images[0]!, model)).toEqual([])
  expect(() => toCocoResults([{ ...other, classIndex: 9 }], model.images[0]!, model)).toThrow(
    'a class below 3',
  )
})

describe('detections', () => {
  const rows = [{ image_id: 3, category_id: 90, bbox: [1, 2, 3, 4], score: 0.5 }]

  test('are read and written back', () => {
    const detections = parseCocoDetections(rows, readWith({}), 'd.json')
    expect(detections).toEqual([{ imageId: 3, classIndex: 1, box: [1, 2, 3, 4], score: 0.5 }])
    expect(toCocoResults(detections, readWith({}).images[0]!, readWith({}))).toEqual(rows)
  })

  test.each([
    [{ image_id: 4 }, /d\.json: \[0\]: is of image 4/],
    [{ category_id: 2 }, /d\.json: \[0\]: is of category 2/],
    [{ score: Number.NaN }, /d\.json: \[0\]\.score: expected a finite number/],
    [{ image_id: 'x' }, /d\.json: \[0\]\.image_id: expected a whole number/],
    [{ category_id: 'x' }, /d\.json: \[0\]\.category_id: expected a whole number/],
    [{ bbox: [1] }, /d\.json: \[0\]\.bbox: expected a list of 4/],
  ])('of another data set are refused', (change, message) => {
    expect(() => parseCocoDetections([{ ...rows[0], ...change }], readWith({}), 'd.json')).toThrow(message)
  })

  test('are a list of objects', () => {
    expect(() => parseCocoDetections({}, readWith({}), 'd.json')).toThrow('d.json: expected a list')
    expect(() => parseCocoDetections([1], readWith({}), 'd.json')).toThrow('d.json: [0]: expected an object')
  })
})
