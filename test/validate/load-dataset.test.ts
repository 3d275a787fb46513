import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/input/input-error.ts'
import { loadDataset } from '../../src/validate/load-dataset.ts'
import { useFolder } from './lay.ts'

const { at, lay } = useFolder()

/** COCO annotations of two pictures with one object each. */
const json = JSON.stringify({
  images: [1, 2].map((id) => ({ id, file_name: `${id}.png`, width: 9, height: 9 })),
  annotations: [1, 2].map((id) => {
    return { id, image_id: id, category_id: 1, bbox: [0, 0, 5, 5], area: 25, iscrowd: 0 }
  }),
  categories: [{ id: 1, name: 'a' }],
})

const listPaths = async (...options: Parameters<typeof loadDataset>) =>
  (await loadDataset(...options)).images.map(({ path }) => path)

describe('the pictures of COCO annotations', () => {
  test.each([
    ['beside the annotations', 'in/'],
    ['in a folder of images beside them', 'in/images/'],
    ['in a folder of images one level up', 'images/'],
  ])('are found %s', async (_, folder) => {
    await lay({ 'in/x.json': json, [`${folder}1.png`]: '', [`${folder}2.png`]: '' })
    expect(await listPaths(at('in/x.json'))).toEqual([at(`${folder}1.png`), at(`${folder}2.png`)])
  })

  test('are those of the first folder that has any of them', async () => {
    await lay({ 'in/x.json': json, 'in/images/2.png': '', 'images/1.png': '', 'images/2.png': '' })
    const { images, annotations, findings } = await loadDataset(at('in/x.json'))
    expect(images.map(({ path }) => path)).toEqual([at('in/images/2.png')])
    expect(annotations.map(({ imageId }) => imageId)).toEqual([2])
    expect(findings).toMatchObject([{ kind: 'picture-not-found', count: 1, examples: ['1.png'] }])
  })

  test('are in the folder that is named', async () => {
    await lay({ 'in/x.json': json, 'in/1.png': '', 'other/1.png': '', 'other/2.png': '' })
    const imageFolder = at('other')
    expect(await listPaths(at('in/x.json'), { imageFolder })).toEqual([at('other/1.png'), at('other/2.png')])
  })

  test.each([
    ['a whole path of another machine', (id: number) => `/home/nobody/set/val/${id}.png`],
    ['a path of Windows', (id: number) => `C:\\set\\val\\${id}.png`],
    ['a folder that is not here', (id: number) => `.\\val\\${id}.png`],
  ])('are found by the last part of %s, which is said', async (_, nameOf) => {
    const set = JSON.parse(json) as { images: { id: number; file_name: string }[] }
    const images = set.images.map((image) => ({ ...image, file_name: nameOf(image.id) }))
    await lay({ 'in/x.json': JSON.stringify({ ...set, images }), 'in/1.png': '', 'in/2.png': '' })
    const { images: found, findings } = await loadDataset(at('in/x.json'))
    expect(found.map(({ path }) => path)).toEqual([at('in/1.png'), at('in/2.png')])
    expect(findings).toMatchObject([{ kind: 'picture-elsewhere', count: 2 }])
  })

  test('may be named by whole paths, and with backslashes', async () => {
    const set = JSON.parse(json) as { images: { id: number; file_name: string }[] }
    await lay({ 'far/1.png': '', 'in/sub/2.png': '' })
    const images = [
      { ...set.images[0]!, file_name: at('far/1.png') },
      { ...set.images[1]!, file_name: 'sub\\2.png' },
    ]
    await lay({ 'in/x.json': JSON.stringify({ ...set, images }) })
    const { images: found, findings } = await loadDataset(at('in/x.json'))
    expect(found.map(({ path }) => path)).toEqual([at('far/1.png'), at('in/sub/2.png')])
    expect(findings).toEqual([])
  })

  test('of one name in two folders are not taken for each other', async () => {
    const set = JSON.parse(json) as { images: { id: number; file_name: string }[] }
    const images = set.images.map((image) => ({ ...image, file_name: `gone${image.id}/a.png` }))
    await lay({ 'in/x.json': JSON.stringify({ ...set, images }), 'in/a.png': '' })
    await expect(loadDataset(at('in/x.json'))).rejects.toThrow('none of its 2 pictures exists')
  })

  test.each([{}, { imageFolder: 'nowhere' }])('must be somewhere: %j', async (options) => {
    await lay({ 'in/x.json': json, 'far/1.png': '', 'far/2.png': '' })
    const looked = 'imageFolder' in options ? 'nowhere/1.png' : at('in/1.png')
    await expect(loadDataset(at('in/x.json'), options)).rejects.toThrow(
      new InputError(
        `none of its 2 pictures exists (e.g. ${looked}).`,
        at('in/x.json'),
        'Name their folder.',
      ),
    )
  })
})

describe('a COCO file', () => {
  test('may begin with a byte order mark, and its name may be in capitals', async () => {
    await lay({ 'X.JSON': `\uFEFF${json}`, '1.png': '', '2.png': '' })
    expect(await listPaths(at('X.JSON'))).toHaveLength(2)
  })

  test.each([
    ['{', /x\.json: is not JSON: .*\. Download it again\./],
    [`a\uFEFF${json}`, /is not JSON/],
    ['[]', /x\.json: expected an object, got a list of 0/],
  ])('%j is refused', async (text, message) => {
    await lay({ 'x.json': text })
    await expect(loadDataset(at('x.json'))).rejects.toThrow(message)
    await expect(loadDataset(at('x.json'))).rejects.toThrow(InputError)
  })

  test('that is not JSON is refused with its cause', async () => {
    await lay({ 'x.json': '{' })
    await expect(loadDataset(at('x.json'))).rejects.toMatchObject({ cause: expect.any(SyntaxError) })
  })

  test.each(['NaN', 'Infinity', '-Infinity'])(
    'with %s in a box, as Python writes it, is refused',
    async (word) => {
      const json = `{"images":[],"categories":[],"annotations":[{"image_id":1,"category_id":1,"bbox":[1,2,${word},4]}]}`
      await lay({ 'x.json': json })
      await expect(loadDataset(at('x.json'))).rejects.toThrow(/x\.json.*JSON/)
    },
  )

  test('keeps a byte order mark inside of a name', async () => {
    await lay({ 'x.json': json.replace('"a"', '"a\uFEFFb"'), '1.png': '', '2.png': '' })
    expect((await loadDataset(at('x.json'))).classes).toEqual(['a\uFEFFb'])
  })

  test('that is not there is named', async () => {
    await expect(loadDataset(at('x.json'))).rejects.toThrow('x.json: no such file. Check the path')
  })
})

test.each(['data.yaml', 'data.yml', 'DATA.YAML'])('%s is a YOLO data set, with a split', async (name) => {
  await lay({ [name]: 'val: images\ntest: other\nnames: [a]', 'images/x.png': '', 'other/y.png': '' })
  await lay({ 'labels/x.txt': '0 .5 .5 .1 .1', 'other/y.txt': '0 .5 .5 .1 .1' })
  expect(await listPaths(at(name))).toEqual([at('images/x.png')])
  expect(await listPaths(at(name), { split: 'test' })).toEqual([at('other/y.png')])
})

test('a folder is a Pascal VOC data set, with a split; pictures that are not there are left out', async () => {
  const size = '<size><width>9</width><height>9</height></size>'
  const corners = '<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>'
  const write = (name: string) =>
    `<annotation><filename>${name}.png</filename>${size}<object><name>a</name>${corners}</object></annotation>`
  await lay({
    'Annotations/1.xml': write('1'),
    'Annotations/2.xml': write('2'),
    'Annotations/3.xml': write('3'),
    'JPEGImages/1.png': '',
    'JPEGImages/3.png': '',
    'ImageSets/Main/val.txt': '2\n3\n',
  })
  const dataset = await loadDataset(at('.'))
  expect(dataset.images.map(({ id }) => id)).toEqual([1, 3])
  expect(dataset.findings).toMatchObject([{ kind: 'picture-not-found', count: 1, examples: ['2.png'] }])
  expect(await listPaths(at('.'), { split: 'val' })).toEqual([at('JPEGImages/3.png')])
})

test.each(['no/such/folder', 'x.txt'])('%s is no data set', async (name) => {
  await lay({ 'x.txt': '' })
  await expect(loadDataset(at(name))).rejects.toThrow(
    new InputError(
      'is not a data set.',
      at(name),
      'Give a COCO .json, a YOLO data.yaml or a Pascal VOC folder.',
    ),
  )
})
