import type { Dataset, Detection, GroundTruth, PixelBox } from '../../src/validate/dataset.ts'

export type Sketch = Pick<GroundTruth, 'imageId' | 'classIndex' | 'box'> & Partial<GroundTruth>

/** A data set of 640x480 images 1 … n and classes `class 0` …; areas default to those of the boxes. */
export function buildDataset(sketch: {
  readonly images: number
  readonly classes: number
  readonly objects: readonly Sketch[]
}): Dataset {
  return {
    classes: Array.from({ length: sketch.classes }, (_, i) => `class ${i}`),
    categoryIds: Array.from({ length: sketch.classes }, (_, i) => i + 1),
    images: Array.from({ length: sketch.images }, (_, i) => {
      const fileName = `${i + 1}.jpg`
      return { id: i + 1, fileName, path: fileName, width: 640, height: 480 }
    }),
    annotations: sketch.objects.map((object) => ({
      area: object.box[2] * object.box[3],
      crowd: false,
      ignore: false,
      ...object,
    })),
    findings: [],
  }
}

export function detect(imageId: number, classIndex: number, box: PixelBox, score: number): Detection {
  return { imageId, classIndex, box, score }
}
