import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Dataset } from '../../src/validate/dataset.ts'
import { evaluate } from '../../src/validate/evaluate.ts'
import { loadDataset } from '../../src/validate/load-dataset.ts'
import { needs } from '../witness.ts'
import { parseCocoDetections } from './coco-detections.ts'

const shared = fileURLToPath(new URL('../../../shared/', import.meta.url))

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(shared + path, 'utf8'))
}

function loadDev(): Promise<Dataset> {
  return loadDataset(`${shared}coco/dev/annotations/instances_val2017.json`)
}

needs(['../shared/reference', '../shared/coco'], '79 images of COCO val2017', () => {
  test('the published pipeline’s detections give its figures', async () => {
    const dataset = await loadDev()
    const rows = readJson('reference/dev/detections-float-conf0.001.json')
    const detections = parseCocoDetections(rows, dataset, 'detections')
    expect(detections.length).toBe(14522)
    const metrics = await evaluate(dataset, detections)
    const { results } = readJson('reference/map.json') as { results: { dev: Record<string, number> } }
    const expected = results.dev
    expect(metrics.images).toBe(79)
    expect(metrics.map).toBeCloseTo(expected.mAP50_95!, 10)
    expect(metrics.map50).toBeCloseTo(expected.mAP50!, 10)
    expect(metrics.map75).toBeCloseTo(expected.mAP75!, 10)
    expect(metrics.mapSmall).toBeCloseTo(expected.small!, 10)
    expect(metrics.mapMedium).toBeCloseTo(expected.medium!, 10)
    expect(metrics.mapLarge).toBeCloseTo(expected.large!, 10)
    expect(metrics.ar100).toBeCloseTo(expected.AR100!, 10)
  })

  test('classes are numbered as the detector does', async () => {
    const { classes, categoryIds } = await loadDev()
    expect(classes.length).toBe(80)
    const names = readdirSync(`${shared}reference/dev`).filter((name) => /^\d+\.json$/.test(name))
    for (const name of names) {
      const { detections } = readJson(`reference/dev/${name}`) as {
        detections: { cls: number; name: string; category_id: number }[]
      }
      for (const detection of detections) {
        expect(classes[detection.cls]).toBe(detection.name)
        expect(categoryIds[detection.cls]).toBe(detection.category_id)
      }
    }
  })
})
