import * as v from 'valibot'
import { InputError } from '../input/input-error.ts'
import { type Checked, check, listOf, openObject, real, text, tupleOf, whole } from '../input/schema.ts'
import type { Dataset, DatasetImage, GroundTruth } from './dataset.ts'
import { createFindingLog, type FindingLog } from './findings.ts'
import { finishDataset } from './finish.ts'
import { placePicture } from './place-pictures.ts'

/** Left, top, width, height. */
export const bbox = tupleOf(real(), real(), real(), real())
/** Numbers in COCO's own files; other tools write texts. */
const id = v.union([whole(), text], 'a whole number or a text')
type Id = v.InferOutput<typeof id>
const CATEGORY = openObject({ id, name: text })
const IMAGE = openObject({
  id,
  file_name: text,
  width: v.optional(whole()),
  height: v.optional(whole()),
})
const ANNOTATION = openObject({
  id: v.optional(v.unknown()),
  image_id: id,
  category_id: id,
  bbox,
  area: v.optional(real()),
  iscrowd: v.optional(v.unknown()),
})
const COCO = openObject({
  categories: listOf(CATEGORY, 0, Infinity),
  images: listOf(IMAGE, 0, Infinity),
  annotations: listOf(ANNOTATION, 0, Infinity),
})
type Annotation = Checked<typeof ANNOTATION>

/**
 * Reads the object annotations of a COCO file (`images`, `annotations`, `categories`). Classes are the categories in the order of
 * their ids: the 80 classes of COCO come out in the order that detectors number them, whatever gaps the ids have. Ids may be texts, some or
 * all of them; then the order is that of the file. The text "1" refers to the number 1, and the other way round, unless the file has both.
 *
 * @param where Names the file in errors.
 * @param imageFolder Folder of the pictures.
 * @throws {InputError} A field is missing or of the wrong type, or an id stands for two different things.
 */
export function parseCoco(json: unknown, where: string, imageFolder: string): Dataset {
  const log = createFindingLog()
  const file = check(COCO, json, where)
  const categories = joinCategories(file.categories, where)
  const images = joinImages(file.images, where, imageFolder, log)
  const numberOf = lookUp(images.map(({ id, ownId = id }) => [ownId, id]))
  const indexOf = lookUp(categories.map(({ id }, index) => [id, index]))
  const annotations = readAnnotations(file.annotations, numberOf, indexOf, log)
  const classes = categories.map(({ name }) => name)
  return finishDataset(
    { classes, categoryIds: categories.map(({ id }) => id), images, annotations },
    log,
    where,
  )
}

type LookUp = (id: Id) => number | undefined

function lookUp(entries: readonly (readonly [Id, number])[]): LookUp {
  const exact = new Map(entries)
  const asText = new Map(entries.map(([own, value]) => [String(own), value]))
  return (own) => exact.get(own) ?? asText.get(String(own))
}

type Category = Checked<typeof CATEGORY>

function joinCategories(categories: readonly Category[], where: string): readonly Category[] {
  const byId = new Map<Id, Category>()
  for (const [i, category] of categories.entries()) {
    const other = byId.get(category.id)
    if (other !== undefined && other.name !== category.name) {
      throw new InputError(
        `id ${category.id} is both "${other.name}" and "${category.name}".`,
        `${where}: categories[${i}]`,
        'Give one a new id.',
      )
    }
    byId.set(category.id, category)
  }
  const joined = [...byId.values()]
  return areNumbers([...byId.keys()]) ? joined.sort((a, b) => Number(a.id) - Number(b.id)) : joined
}

const areNumbers = (ids: readonly Id[]): boolean => ids.every((own) => typeof own === 'number')

function joinImages(
  images: readonly Checked<typeof IMAGE>[],
  where: string,
  folder: string,
  log: FindingLog,
): readonly DatasetImage[] {
  const byId = new Map<Id, DatasetImage>()
  const isNumbered = areNumbers(images.map(({ id }) => id))
  for (const [i, { id, file_name: fileName, width = 0, height = 0 }] of images.entries()) {
    const other = byId.get(id)
    const number = isNumbered ? { id: Number(id) } : { id: byId.size + 1, ownId: id }
    if (other === undefined)
      byId.set(id, { ...number, fileName, path: placePicture(folder, fileName), width, height })
    else if (other.fileName === fileName) log.add('duplicate-image', fileName)
    else
      throw new InputError(
        `id ${id} is both ${other.fileName} and ${fileName}.`,
        `${where}: images[${i}]`,
        'Give one a new id.',
      )
  }
  return [...byId.values()]
}

function readAnnotations(
  annotations: readonly Annotation[],
  numberOf: LookUp,
  indexOf: LookUp,
  log: FindingLog,
): readonly GroundTruth[] {
  const byId = new Map<number, Annotation>()
  const objects: GroundTruth[] = []
  for (const [i, annotation] of annotations.entries()) {
    const { id, image_id: image, category_id: category, bbox: box, area = box[2] * box[3] } = annotation
    if (isRepeated(annotation, byId, log)) continue
    // Anything else may be as deep as the file is long.
    const isNamed = typeof id === 'number' || typeof id === 'string'
    const name = isNamed ? `annotation ${id}` : `annotations[${i}]`
    const classIndex = indexOf(category)
    if (classIndex === undefined) {
      log.add('unknown-category', `${name}: category ${category}`)
      continue
    }
    const imageId = numberOf(image)
    if (imageId === undefined) {
      log.add('annotation-without-image', `image ${image}`)
      continue
    }
    if (annotation.area === undefined) log.add('missing-area', name)
    objects.push({ imageId, classIndex, box, area, crowd: isCrowd(annotation), ignore: false })
  }
  return objects
}

const isCrowd = ({ iscrowd }: Annotation): boolean => iscrowd === 1 || iscrowd === true

/** Notes an annotation id that was used before; true if the annotation is the same as well. */
function isRepeated(annotation: Annotation, byId: Map<number, Annotation>, log: FindingLog): boolean {
  const { id } = annotation
  if (typeof id !== 'number') return false
  const earlier = byId.get(id)
  byId.set(id, annotation)
  if (earlier === undefined) return false
  log.add('duplicate-annotation', `annotation ${id}`)
  const contentOf = (own: Annotation) => [own.image_id, own.category_id, isCrowd(own), ...own.bbox].join()
  return contentOf(earlier) === contentOf(annotation)
}
