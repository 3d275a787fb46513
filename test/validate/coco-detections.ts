/** COCO's result format, which pycocotools reads and writes. */
import { InputError } from '../../src/input/input-error.ts'
import { check, listOf, openObject, real, whole } from '../../src/input/schema.ts'
import { bbox } from '../../src/validate/coco.ts'
import type { Dataset, Detection } from '../../src/validate/dataset.ts'

export const DETECTION = openObject({ image_id: whole(), category_id: whole(), bbox, score: real() })

export const DETECTIONS = listOf(DETECTION, 0, Infinity)

/**
 * Reads detections in COCO's result format, a list of `{ image_id, category_id, bbox, score }`.
 *
 * @throws {InputError} A detection is of an image or a category that the data set does not have, as it then belongs to another data set.
 */
export function parseCocoDetections(json: unknown, dataset: Dataset, where: string): Detection[] {
  const indexOf = new Map(dataset.categoryIds.map((id, index) => [id, index]))
  const imageIds = new Set(dataset.images.map(({ id }) => id))
  return check(DETECTIONS, json, where).map((detection, i) => {
    const { image_id: imageId, category_id: category, bbox: box, score } = detection
    const classIndex = indexOf.get(category)
    const place = `${where}: [${i}]`
    const advice = 'Use the annotations that the detections were made for.'
    if (!imageIds.has(imageId))
      throw new InputError(`is of image ${imageId}, which is not listed.`, place, advice)
    if (classIndex === undefined)
      throw new InputError(`is of category ${category}, which is not listed.`, place, advice)
    return { imageId, classIndex, box, score }
  })
}
