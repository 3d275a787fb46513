import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadDataset } from '../../src/validate/load-dataset.ts'
import { readVoc } from '../../src/validate/voc.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'assay-voc-'))
  await mkdir(join(root, 'Annotations'))
})
afterEach(() => rm(root, { recursive: true }))

async function readOne(objects: string) {
  const size = '<size><width>100</width><height>50</height></size>'
  const xml = `<annotation><filename>000012.jpg</filename>${size}${objects}</annotation>`
  await writeFile(join(root, 'Annotations/000012.xml'), xml)
  return await readVoc(root)
}

const corners = '<bndbox><xmin>1</xmin><ymin>11</ymin><xmax>100</xmax><ymax>20</ymax></bndbox>'

describe('readVoc', () => {
  test('corners count from 1 and are included', async () => {
    const dataset = await readOne(`<object><name>dog</name>${corners}</object>`)
    expect(dataset.annotations).toEqual([
      { imageId: 1, classIndex: 0, box: [0, 10, 100, 10], area: 1000, crowd: false, ignore: false },
    ])
    expect(dataset.images[0]).toMatchObject({ fileName: '000012.jpg', width: 100, height: 50 })
    expect(dataset.findings).toEqual([])
  })

  test('difficult objects are ignored', async () => {
    const dataset = await readOne(`<object><name>dog</name><difficult>1</difficult>${corners}</object>`)
    expect(dataset.annotations[0]).toMatchObject({ ignore: true, crowd: false })
  })

  test('repetitions are counted', async () => {
    const object = `<object><name>dog</name>${corners}</object>`
    const { findings, annotations } = await readOne(object + object)
    expect(findings).toMatchObject([{ kind: 'duplicate-annotation', count: 1 }])
    expect(annotations.length).toBe(1)
  })

  test.each([
    ['<object><name>dog</name></object>', /000012\.xml: object\[0\]\.bndbox: expected an object/],
    [`<object>${corners}</object>`, /object\[0\]\.name: expected a text/],
    [`<object><name>dog</name>${corners.replace('11', 'x')}</object>`, /ymin: expected a number, got "x"/],
    ['<object>', /is not XML/],
    ['', /has no classes/],
  ])('%s is refused', async (objects, message) => {
    await expect(readOne(objects)).rejects.toThrow(message)
  })
})

describe('loadDataset', () => {
  test('refuses when no picture is there', async () => {
    await readOne(`<object><name>dog</name>${corners}</object>`)
    await expect(loadDataset(root)).rejects.toThrow(/none of its 1 pictures is there/)
  })

  test('leaves out images without a picture, and says so', async () => {
    const images = [1, 2].map((id) => ({ id, file_name: `${id}.jpg`, width: 9, height: 9 }))
    const annotations = [1, 2].map((id) => ({
      id,
      image_id: id,
      category_id: 1,
      bbox: [0, 0, 5, 5],
      area: 25,
    }))
    const json = { images, annotations, categories: [{ id: 1, name: 'a' }] }
    await writeFile(join(root, 'x.json'), JSON.stringify(json))
    await writeFile(join(root, '2.jpg'), '')
    const dataset = await loadDataset(join(root, 'x.json'))
    expect(dataset.images.map(({ id }) => id)).toEqual([2])
    expect(dataset.annotations.map(({ imageId }) => imageId)).toEqual([2])
    expect(dataset.findings).toMatchObject([{ kind: 'picture-not-found', count: 1, examples: ['1.jpg'] }])
  })

  test.each([
    ['no/such/folder', /is not a data set/],
    ['no/such.json', /no such file/],
  ])('%s', async (path, message) => {
    await expect(loadDataset(path)).rejects.toThrow(message)
  })
})
