/** Pictures of runs side by side, and of images that share a name, are files of their own. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { silent } from '../../../src/pipeline/files/progress.ts'
import { DEFAULT_NMS } from '../../../src/pipeline/model/engine-choice.ts'
import { loadImage } from '../../../src/pipeline/model/golden-run.ts'
import { detectFloat, writeDetections } from '../../../src/pipeline/sim/pictures.ts'
import { writePictures } from '../../../src/pipeline/validate/pictures.ts'
import type { FinishedStages } from '../../../src/pipeline/validate/run.ts'
import { EMBEDDED_VAL } from '../../validate/write-formats.ts'
import { makeFolder, prepareDefault } from '../prepared.ts'

test('detections: another image, other settings and other boxes make another file; the same make the same', async () => {
  const { model, prepared } = await prepareDefault()
  const folder = makeFolder()
  const [a, b] = await Promise.all(
    ['000000.png', '000001.png'].map((name) => loadImage(join(EMBEDDED_VAL, name), prepared.integer)),
  )
  const box = { x0: 16, y0: 16, x1: 320, y1: 320, classIndex: 0, code: 200, score: 60_000, anchor: 0 }
  const write = async (image = a!, boxes = [box], nms = DEFAULT_NMS) =>
    writeDetections(folder, model.graph, image, await detectFloat(model.graph, image, nms), { boxes }, nms)
  const paths = [
    await write(),
    await write(b),
    await write(a, []),
    await write(a, [box], { ...DEFAULT_NMS, iou: 0.5 }),
  ]
  expect(new Set(paths).size).toBe(4)
  expect(await write()).toBe(paths[0])
  expect((await readdir(folder)).sort()).toEqual(paths.map((path) => path.slice(folder.length + 1)).sort())
  for (const path of paths) expect(path).toMatch(/detections-00000[01]-[0-9a-f]{8}\.png$/)
})

test('validation: a/1.png and b/1.png are two pictures', async () => {
  const image = (id: number, fileName: string) => {
    return { id, fileName, path: join(EMBEDDED_VAL, '000000.png'), width: 160, height: 160 }
  }
  const images = [image(1, 'a/1.png'), image(2, 'b/1.png'), image(3, 'c/../2.png')]
  const record = {
    boxes: [new Float32Array(0), new Float32Array(0)],
    candidates: 7,
    mismatch: null,
    cycles: 0,
    seconds: 0,
  }
  const finished: FinishedStages = {
    dataset: { classes: ['a'], categoryIds: [1], images, annotations: [], findings: [] },
    read: async () => record,
    digest: async () => '',
    ran: 0,
    rtlHash: null,
  }
  const folder = makeFolder()
  const paths = await writePictures(folder, finished, [1, 2, 3], ['float'], silent)
  expect(paths).toEqual(['1-1.png', '1-2.png', '2.png'].map((name) => join(folder, name)))
})
