/** Data sets of many pictures, objects and names, through every reader. COCO train has 118 287 images and 860 001 annotations. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadDataset } from '../../src/validate/load-dataset.ts'
import { readVoc } from '../../src/validate/voc.ts'
import { readYolo } from '../../src/validate/yolo.ts'

const picture = fileURLToPath(new URL('../../golden/default/val/000000.png', import.meta.url))

/** Tests with lists of so many items. */
export function testLargeSets(count: number): void {
  let root = ''
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'assay-large-'))
  })
  afterAll(() => rm(root, { recursive: true }))

  test('COCO: images and annotations', async () => {
    const images = Array.from({ length: count }, (_, i) => ({
      id: i,
      file_name: i === 0 ? 'x.png' : `${i}.jpg`,
    }))
    const annotations = Array.from({ length: count }, (_, i) => {
      return { id: i, image_id: i, category_id: 1, bbox: [1, 2, 3, 4], area: 12, iscrowd: 0 }
    })
    await symlink(picture, join(root, 'x.png'))
    const path = join(root, 'instances.json')
    await writeFile(path, JSON.stringify({ images, annotations, categories: [{ id: 1, name: 'a' }] }))
    const dataset = await loadDataset(path)
    expect([dataset.images.length, dataset.annotations.length]).toEqual([1, 1])
    expect(dataset.findings).toMatchObject([{ kind: 'picture-not-found', count: count - 1 }])
  })

  test('YOLO: labels of one picture, and names in a list of pictures', async () => {
    const own = join(root, 'yolo')
    await mkdir(join(own, 'images'), { recursive: true })
    await mkdir(join(own, 'labels'))
    await symlink(picture, join(own, 'images/x.png'))
    const rows = Array.from({ length: count }, (_, i) => `0 0.5 0.5 ${(i + 1) / (2 * count)} 0.5`)
    await writeFile(join(own, 'labels/x.txt'), rows.join('\n'))
    await writeFile(join(own, 'list.txt'), 'images/x.png\n'.repeat(count))
    await writeFile(join(own, 'data.yaml'), 'val: list.txt\nnames: [a]')
    expect((await readYolo(join(own, 'data.yaml'))).annotations).toHaveLength(count)
  })

  test('YOLO: an outline of as many corners', async () => {
    const own = join(root, 'outline')
    await mkdir(join(own, 'images'), { recursive: true })
    await mkdir(join(own, 'labels'))
    await symlink(picture, join(own, 'images/x.png'))
    await writeFile(join(own, 'labels/x.txt'), `0${' 0.25 0.75'.repeat(count / 2)} 0.5 0.5`)
    await writeFile(join(own, 'data.yaml'), 'val: images\nnames: [a]')
    expect((await readYolo(join(own, 'data.yaml'))).annotations[0]!.box).toEqual([40, 80, 40, 40])
  })

  test('VOC: objects in one file, and more files than a process may open', async () => {
    const own = join(root, 'voc')
    await mkdir(join(own, 'Annotations'), { recursive: true })
    await mkdir(join(own, 'JPEGImages'))
    const file = (name: string, count: number): string =>
      `<annotation><filename>${name}</filename><size><width>160</width><height>160</height></size>${Array.from(
        { length: count },
        (_, i) =>
          `<object><name>a</name><bndbox><xmin>${i}</xmin><ymin>1</ymin><xmax>${i + 9}</xmax><ymax>9</ymax></bndbox></object>`,
      ).join('')}</annotation>`
    for (let i = 0; i < 1500; i++)
      await writeFile(join(own, `Annotations/${i}.xml`), file(`${i}.jpg`, i === 7 ? count / 10 : 1))
    const { images, annotations } = await readVoc(own)
    expect([images.length, annotations.length]).toEqual([1500, count / 10 + 1499])
  })
}
