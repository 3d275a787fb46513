import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Dataset } from '../../src/validate/dataset.ts'
import { loadDataset } from '../../src/validate/load-dataset.ts'
import { EMBEDDED_VAL, writeVoc, writeYolo } from './write-formats.ts'

/** The embedded validation pictures, described in all three formats, must come out the same. */
describe('one data set in three formats', () => {
  let folder: string
  let coco: Dataset

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-formats-'))
    coco = await loadDataset(`${EMBEDDED_VAL}instances.json`)
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
