import { InputError } from '../input/input-error.ts'
import type { Dataset, DatasetImage, GroundTruth } from './dataset.ts'
import { createFindingLog, type FindingKind, type FindingLog } from './findings.ts'

/** COCO rounds boxes to hundredths and a rim of a pixel is drawing, not an error. */
const rimPixels = 1

/** The checks that every format shares, and the one order of images. */
export function finishDataset(parts: Omit<Dataset, 'findings'>, log: FindingLog, where: string): Dataset {
  if (parts.images.length === 0) {
    throw new InputError(
      'has no images, so there is nothing to measure.',
      where,
      'Check the split and the paths.',
    )
  }
  if (parts.classes.length === 0)
    throw new InputError('has no classes.', where, 'List them under their names.')
  const images = [...parts.images].sort((a, b) => a.id - b.id)
  const byId = new Map(images.map((image) => [image.id, image]))
  const byPath = new Map<string, DatasetImage>()
  for (const image of images) {
    const first = byPath.get(image.path)
    if (first === undefined) byPath.set(image.path, image)
    else log.add('picture-of-two-images', `${image.fileName} of ids ${nameId(first)} and ${nameId(image)}`)
  }
  const annotations = parts.annotations.filter((object) => {
    const image = byId.get(object.imageId)
    if (image === undefined) log.add('annotation-without-image', `image ${object.imageId}`)
    else checkBox(object, image, log)
    return image !== undefined
  })
  const annotated = new Set(annotations.map(({ imageId }) => imageId))
  for (const { id, fileName } of images)
    if (!annotated.has(id)) log.add('image-without-annotations', fileName)
  return { ...parts, images, annotations, findings: log.list() }
}

const nameId = ({ id, ownId }: DatasetImage): string => String(ownId ?? id)

function checkBox(object: GroundTruth, image: DatasetImage, log: FindingLog): void {
  const example = `${image.fileName} [${object.box.join(', ')}]`
  for (const kind of faultsOf(object, image))
    log.add(kind, kind === 'box-outside-image' ? `${example} on ${image.width}x${image.height}` : example)
}

/** What is odd about the box of an object on this image, whose sides are 0 where they are not known. */
export function faultsOf({ box }: GroundTruth, image: DatasetImage): FindingKind[] {
  const [left, top, width, height] = box
  const faults: FindingKind[] = []
  if (width < 0 || height < 0) faults.push('box-of-negative-size')
  else if (width === 0 || height === 0) faults.push('empty-box')
  if (image.width === 0 || image.height === 0) return faults
  const isOutside =
    left < -rimPixels ||
    top < -rimPixels ||
    left + width > image.width + rimPixels ||
    top + height > image.height + rimPixels
  if (isOutside) faults.push('box-outside-image')
  return faults
}

/** The data set without these images, which are counted and named. */
export function leaveOut(dataset: Dataset, ids: ReadonlySet<number>, kind: FindingKind): Dataset {
  const log = createFindingLog(dataset.findings)
  for (const { id, fileName } of dataset.images) if (ids.has(id)) log.add(kind, fileName)
  return {
    ...dataset,
    images: dataset.images.filter(({ id }) => !ids.has(id)),
    annotations: dataset.annotations.filter(({ imageId }) => !ids.has(imageId)),
    findings: log.list(),
  }
}

/** Drops annotations that repeat an earlier one in every respect. */
export function dropRepeated(
  objects: readonly GroundTruth[],
  describe: (object: GroundTruth) => string,
  log: FindingLog,
): GroundTruth[] {
  const seen = new Set<string>()
  return objects.filter((object) => {
    const key = JSON.stringify([object.imageId, object.classIndex, object.box, object.crowd, object.ignore])
    if (seen.has(key)) log.add('duplicate-annotation', describe(object))
    return seen.size !== seen.add(key).size
  })
}
