import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { averageCurves } from '../../src/validate/accumulate.ts'
import type { Dataset, Detection } from '../../src/validate/dataset.ts'
import { evaluate, getCurve, type Metrics } from '../../src/validate/evaluate.ts'
import { iouThresholds } from '../../src/validate/match.ts'
import { buildDataset, detect } from './build.ts'

interface Vector {
  readonly name: string
  readonly images: number
  readonly classes: number
  /** image, class, box, area, excuse: 1 a crowd, 2 ignored */
  readonly objects: readonly (readonly number[])[]
  /** image, class, box, score */
  readonly detections: readonly (readonly number[])[]
  readonly expected: {
    readonly stats: readonly number[]
    readonly ap: readonly (readonly number[])[]
    readonly recall: readonly (readonly number[])[]
    readonly curve: readonly number[]
  }
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../golden/pycocotools/evaluate.json', import.meta.url), 'utf8'),
)

function toDataset(vector: Vector): Dataset {
  return buildDataset({
    images: vector.images,
    classes: vector.classes,
    objects: vector.objects.map(([imageId, classIndex, x, y, w, h, area, excuse]) => ({
      imageId: imageId!,
      classIndex: classIndex!,
      box: [x!, y!, w!, h!] as const,
      area: area!,
      crowd: excuse === 1,
      ignore: excuse === 2,
    })),
  })
}

function toDetections(vector: Vector): Detection[] {
  return vector.detections.map(([imageId, classIndex, x, y, w, h, score]) => ({
    imageId: imageId!,
    classIndex: classIndex!,
    box: [x!, y!, w!, h!],
    score: score!,
  }))
}

/** In the order of pycocotools' summary, which writes -1 for nothing. */
function listStats(metrics: Metrics): number[] {
  const { map, map50, map75, mapSmall, mapMedium, mapLarge } = metrics
  const { ar1, ar10, ar100, arSmall, arMedium, arLarge } = metrics
  const values = [
    map,
    map50,
    map75,
    mapSmall,
    mapMedium,
    mapLarge,
    ar1,
    ar10,
    ar100,
    arSmall,
    arMedium,
    arLarge,
  ]
  return values.map((value) => value ?? -1)
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length)
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)))
  expect(worst, `received ${actual}\nexpected ${expected}`).toBeLessThan(1e-12)
}

describe.each(vectors)('evaluate equals pycocotools: $name', (vector) => {
  const measure = () => evaluate(toDataset(vector), toDetections(vector))

  test('the twelve figures', async () => {
    const metrics = await measure()
    expectClose(listStats(metrics), vector.expected.stats)
    expect(metrics).toMatchObject({
      images: vector.images,
      objects: vector.objects.filter(([, , , , , , , excuse]) => excuse === 0).length,
      detections: vector.detections.length,
    })
  })

  test('every class at every threshold', async () => {
    const { classes } = await measure()
    expect(classes).toHaveLength(vector.classes)
    for (const [index, { curves, ar100, ap50, ap75, ...own }] of classes.entries()) {
      const objects = vector.objects.filter(([, cls, , , , , , excuse]) => cls === index && excuse === 0)
      expect(own).toMatchObject({ classIndex: index, name: `class ${index}`, objects: objects.length })
      const ap = iouThresholds.map((iou) => (curves === null ? -1 : averageCurves(getCurve(curves, iou))))
      const expected = vector.expected.ap[index]!
      expectClose(ap, expected)
      const mean = expected.reduce((sum, value) => sum + value, 0) / 10
      expectClose([own.ap ?? -1, ap50 ?? -1, ap75 ?? -1], [mean, expected[0]!, expected[5]!])
      const recall = vector.expected.recall[index]!
      expectClose([ar100 ?? -1], [recall.reduce((sum, value) => sum + value, 0) / recall.length])
    }
  })

  test('a whole curve, bit by bit', async () => {
    const { curves } = (await measure()).classes[0]!
    const curve = curves === null ? new Array(101).fill(-1) : [...getCurve(curves, 0.5)]
    expect(curve).toEqual(vector.expected.curve)
  })
})

test('the thresholds are those of numpy.linspace(0.5, 0.95, 10)', () => {
  const expected = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95]
  expect(iouThresholds).toEqual(expected)
})

test('a curve is asked for by its threshold', () => {
  const curves = Float64Array.from({ length: 1010 }, (_, i) => i)
  expect(getCurve(curves, 0.5)).toEqual(curves.subarray(0, 101))
  // 0.9 is 0.8999999999999999 among the thresholds.
  expect(getCurve(curves, 0.9)).toEqual(curves.subarray(808, 909))
  expect(() => getCurve(curves, 0.52)).toThrow('Expected an IoU of 0.50, 0.55 … 0.95, got 0.52')
})

describe('evaluate', () => {
  const object = { imageId: 1, classIndex: 0, box: [10, 10, 20, 20] } as const

  test('nothing found is 0, nothing to find is null', async () => {
    const metrics = await evaluate(buildDataset({ images: 1, classes: 2, objects: [object] }), [])
    expect(metrics).toMatchObject({
      map: 0,
      mapSmall: 0,
      mapLarge: null,
      ar100: 0,
      objects: 1,
      detections: 0,
    })
    expect(metrics.classes[1]).toMatchObject({ ap: null, ar100: null, curves: null })
  })

  test('perfect detections are 1', async () => {
    const metrics = await evaluate(buildDataset({ images: 1, classes: 1, objects: [object] }), [
      detect(1, 0, object.box, 0.5),
    ])
    const { map, map50, map75, mapSmall, ar1 } = metrics
    for (const figure of [map, map50, map75, mapSmall, ar1]) expect(figure).toBeCloseTo(1, 12)
  })

  test('an ignored object excuses one detection, a crowd any number', async () => {
    const later = { imageId: 1, classIndex: 0, box: [100, 100, 20, 20] } as const
    const detections = [
      detect(1, 0, object.box, 0.9),
      detect(1, 0, object.box, 0.8),
      detect(1, 0, later.box, 0.7),
    ]
    const measure = async (excuse: object) =>
      (
        await evaluate(
          buildDataset({ images: 1, classes: 1, objects: [{ ...object, ...excuse }, later] }),
          detections,
        )
      ).map
    expect(await measure({ crowd: true })).toBeCloseTo(1, 12)
    expect(await measure({ ignore: true })).toBeCloseTo(0.5, 12)
  })

  test('an annotation with id 0 is an object like any other', async () => {
    // pycocotools takes the id for "unmatched"; here there are no ids to mistake.
    const dataset = buildDataset({ images: 1, classes: 1, objects: [object] })
    expect((await evaluate(dataset, [detect(1, 0, object.box, 1)])).map).toBeCloseTo(1, 12)
  })

  test('detections of unknown images and classes change nothing', async () => {
    const dataset = buildDataset({ images: 1, classes: 1, objects: [object] })
    const strays = [detect(7, 0, object.box, 1), detect(1, 5, object.box, 1)]
    expect((await evaluate(dataset, [...strays, detect(1, 0, object.box, 0.5)])).map).toBeCloseTo(1, 12)
  })

  test('the order of the detections given does not matter but for ties', async () => {
    const vector = vectors[0]!
    const backwards = toDetections(vector).reverse()
    const distinct = backwards.map((detection, i) => ({ ...detection, score: detection.score + i * 1e-9 }))
    const forwards = [...distinct].reverse()
    expect(await evaluate(toDataset(vector), distinct)).toEqual(await evaluate(toDataset(vector), forwards))
  })
})
