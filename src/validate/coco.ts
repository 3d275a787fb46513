import { join } from 'node:path'
import { InputError } from '../input/input-error.ts'
import type { Dataset, DatasetImage, Detection, GroundTruth, PixelBox } from './dataset.ts'
import { asInteger, asList, asNumber, asRecord, asText } from './fields.ts'
import { createFindingLog, type FindingLog } from './findings.ts'
import { finishDataset } from './finish.ts'

/**
 * Reads the object annotations of a COCO file (`images`, `annotations`, `categories`). Classes are the categories in the order of
 * their ids: the 80 classes of COCO come out in the order that detectors number them, whatever gaps the ids have.
 *
 * @param where Names the file in errors.
 * @param imageFolder Folder of the pictures.
 * @throws {InputError} A field is missing or of the wrong type, or an id stands for two different things.
 */
export function parseCoco(json: unknown, where: string, imageFolder: string): Dataset {
  const log = createFindingLog()
  const file = asRecord(json, where)
  const categories = parseCategories(file.categories, where)
  const images = parseImages(file.images, where, imageFolder, log)
  const indexOf = new Map(categories.map(({ id }, index) => [id, index]))
  const annotations = parseAnnotations(file.annotations, where, indexOf, log)
  const classes = categories.map(({ name }) => name)
  return finishDataset(
    { classes, categoryIds: categories.map(({ id }) => id), images, annotations },
    log,
    where,
  )
}

interface Category {
  readonly id: number
  readonly name: string
}

function parseCategories(value: unknown, where: string): Category[] {
  const byId = new Map<number, Category>()
  for (const [i, item] of asList(value, `${where}: categories`).entries()) {
    const place = `${where}: categories[${i}]`
    const record = asRecord(item, place)
    const category = { id: asInteger(record.id, `${place}.id`), name: asText(record.name, `${place}.name`) }
    const other = byId.get(category.id)
    if (other !== undefined && other.name !== category.name) {
      throw new InputError(
        `id ${category.id} is both "${other.name}" and "${category.name}".`,
        place,
        'Give one a new id.',
      )
    }
    byId.set(category.id, category)
  }
  return [...byId.values()].sort((a, b) => a.id - b.id)
}

function parseImages(value: unknown, where: string, folder: string, log: FindingLog): DatasetImage[] {
  const byId = new Map<number, DatasetImage>()
  for (const [i, item] of asList(value, `${where}: images`).entries()) {
    const place = `${where}: images[${i}]`
    const record = asRecord(item, place)
    const fileName = asText(record.file_name, `${place}.file_name`)
    const id = asInteger(record.id, `${place}.id`)
    const other = byId.get(id)
    if (other !== undefined) {
      if (other.fileName !== fileName) {
        throw new InputError(
          `id ${id} is both ${other.fileName} and ${fileName}.`,
          place,
          'Give one a new id.',
        )
      }
      log.add('duplicate-image', fileName)
      continue
    }
    const width = record.width === undefined ? 0 : asInteger(record.width, `${place}.width`)
    const height = record.height === undefined ? 0 : asInteger(record.height, `${place}.height`)
    byId.set(id, { id, fileName, path: join(folder, fileName), width, height })
  }
  return [...byId.values()]
}

function parseAnnotations(
  value: unknown,
  where: string,
  indexOf: ReadonlyMap<number, number>,
  log: FindingLog,
): GroundTruth[] {
  const byId = new Map<number, string>()
  const objects: GroundTruth[] = []
  for (const [i, item] of asList(value, `${where}: annotations`).entries()) {
    const place = `${where}: annotations[${i}]`
    const record = asRecord(item, place)
    const box = parseBox(record.bbox, `${place}.bbox`)
    const imageId = asInteger(record.image_id, `${place}.image_id`)
    const category = asInteger(record.category_id, `${place}.category_id`)
    const crowd = record.iscrowd === 1 || record.iscrowd === true
    // Anything else may be as deep as the file is long.
    const isNamed = typeof record.id === 'number' || typeof record.id === 'string'
    const name = isNamed ? `annotation ${record.id}` : `annotations[${i}]`
    if (isRepeated(record.id, JSON.stringify([imageId, category, box, crowd]), byId, log)) continue
    const classIndex = indexOf.get(category)
    if (classIndex === undefined) {
      log.add('unknown-category', `${name}: category ${category}`)
      continue
    }
    if (record.area === undefined) log.add('missing-area', name)
    const area = record.area === undefined ? box[2] * box[3] : asNumber(record.area, `${place}.area`)
    objects.push({ imageId, classIndex, box, area, crowd, ignore: false })
  }
  return objects
}

/** Notes an annotation id that was used before; true if the annotation is the same as well. */
function isRepeated(id: unknown, content: string, byId: Map<number, string>, log: FindingLog): boolean {
  if (typeof id !== 'number') return false
  const earlier = byId.get(id)
  byId.set(id, content)
  if (earlier !== undefined) log.add('duplicate-annotation', `annotation ${id}`)
  return earlier === content
}

function parseBox(value: unknown, where: string): PixelBox {
  const list = asList(value, where)
  if (list.length !== 4)
    throw new InputError(`expected [left, top, width, height], got ${list.length} numbers.`, where)
  const [left, top, width, height] = list.map((side) => asNumber(side, where))
  return [left!, top!, width!, height!]
}

/**
 * Reads detections in COCO's result format, a list of `{ image_id, category_id, bbox, score }`.
 *
 * @throws {InputError} A detection is of an image or a category that the data set does not have, as it then belongs to another data set.
 */
export function parseCocoDetections(json: unknown, dataset: Dataset, where: string): Detection[] {
  const indexOf = new Map(dataset.categoryIds.map((id, index) => [id, index]))
  const imageIds = new Set(dataset.images.map(({ id }) => id))
  return asList(json, where).map((item, i) => {
    const place = `${where}[${i}]`
    const record = asRecord(item, place)
    const imageId = asInteger(record.image_id, `${place}.image_id`)
    const category = asInteger(record.category_id, `${place}.category_id`)
    const classIndex = indexOf.get(category)
    const advice = 'Use the annotations that the detections were made for.'
    if (!imageIds.has(imageId))
      throw new InputError(`is of image ${imageId}, which is not listed.`, place, advice)
    if (classIndex === undefined)
      throw new InputError(`is of category ${category}, which is not listed.`, place, advice)
    const box = parseBox(record.bbox, `${place}.bbox`)
    return { imageId, classIndex, box, score: asNumber(record.score, `${place}.score`) }
  })
}

export interface CocoDetection {
  readonly image_id: number
  readonly category_id: number
  readonly bbox: PixelBox
  readonly score: number
}

/** COCO's result format, for any other evaluator to read. */
export function formatCocoDetections(detections: readonly Detection[], dataset: Dataset): CocoDetection[] {
  return detections.map(({ imageId, classIndex, box, score }) => {
    const category = dataset.categoryIds[classIndex]
    if (category === undefined)
      throw new RangeError(`Expected a class below ${dataset.classes.length}, got ${classIndex}`)
    return { image_id: imageId, category_id: category, bbox: box, score }
  })
}
