import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Dataset } from '../../src/validate/dataset.ts'
import { loadDataset } from '../../src/validate/load-dataset.ts'

const val = fileURLToPath(new URL('../../golden/default/val/', import.meta.url))

/** The embedded validation pictures, described in all three formats, must come out the same. */
describe('one data set in three formats', () => {
  let folder: string
  let coco: Dataset

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-formats-'))
    coco = await loadDataset(`${val}instances.json`)
    await writeYolo(join(folder, 'yolo'), coco)
    await writeVoc(join(folder, 'voc'), coco)
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('COCO', () => {
    expect(coco.images.length).toBe(96)
    expect(coco.annotations.length).toBe(426)
    expect(coco.classes).toEqual(['circle', 'square', 'triangle', 'star'])
    expect(coco.findings).toEqual([])
  })

  test.each(['yolo/data.yaml', 'voc'])('%s', async (path) => {
    const other = await loadDataset(join(folder, path))
    expect(other.findings).toEqual([])
    expect(listObjects(other)).toEqual(listObjects(coco))
    expect(other.images.map(({ width, height }) => [width, height])).toEqual(
      coco.images.map(() => [160, 160]),
    )
  })

  test('a split of Pascal VOC', async () => {
    const part = await loadDataset(join(folder, 'voc'), { split: 'few' })
    expect(part.images.map(({ fileName }) => fileName)).toEqual(['000003.png', '000005.png'])
  })
})

function listObjects({ images, annotations, classes }: Dataset): string[] {
  const nameOf = new Map(images.map(({ id, path }) => [id, path.slice(-10)]))
  const write = (value: number) => value.toFixed(6)
  return annotations
    .map(
      ({ imageId, classIndex, box }) =>
        `${nameOf.get(imageId)} ${classes[classIndex]} ${box.map(write).join(' ')}`,
    )
    .sort()
}

async function writeYolo(root: string, dataset: Dataset): Promise<void> {
  await mkdir(join(root, 'images/val'), { recursive: true })
  await mkdir(join(root, 'labels/val'), { recursive: true })
  const names = dataset.classes.map((name, index) => `  ${index}: ${name}`).join('\n')
  await writeFile(join(root, 'data.yaml'), `path: .\nval: images/val\nnc: 4\nnames:\n${names}\n`)
  for (const { id, fileName, path, width, height } of dataset.images) {
    await symlink(path, join(root, 'images/val', fileName))
    const rows = dataset.annotations
      .filter(({ imageId }) => imageId === id)
      .map(({ classIndex, box: [x, y, w, h] }) =>
        [classIndex, (x + w / 2) / width, (y + h / 2) / height, w / width, h / height].join(' '),
      )
    await writeFile(join(root, 'labels/val', fileName.replace('.png', '.txt')), rows.join('\n'))
  }
}

async function writeVoc(root: string, dataset: Dataset): Promise<void> {
  for (const name of ['Annotations', 'ImageSets/Main']) await mkdir(join(root, name), { recursive: true })
  await symlink(val, join(root, 'JPEGImages'))
  await writeFile(join(root, 'ImageSets/Main/few.txt'), '000005 1\n000003 -1\n')
  for (const { id, fileName, width, height } of dataset.images) {
    const objects = dataset.annotations
      .filter(({ imageId }) => imageId === id)
      .map(
        ({
          classIndex,
          box: [x, y, w, h],
        }) => `<object><name>${dataset.classes[classIndex]}</name><difficult>0</difficult>
          <bndbox><xmin>${x + 1}</xmin><ymin>${y + 1}</ymin><xmax>${x + w}</xmax><ymax>${y + h}</ymax></bndbox></object>`,
      )
    const size = `<size><width>${width}</width><height>${height}</height><depth>3</depth></size>`
    const xml = `<annotation><filename>${fileName}</filename>${size}${objects.join('')}</annotation>`
    await writeFile(join(root, 'Annotations', fileName.replace('.png', '.xml')), xml)
  }
}
