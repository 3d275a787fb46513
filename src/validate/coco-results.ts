/** COCO's formats for results and annotations, which pycocotools reads: what other evaluators need to measure again. */
import type { Dataset, DatasetImage, Detection } from './dataset.ts'

/** A row of a results file. */
export interface CocoResult {
  readonly image_id: number | string
  readonly category_id: number | string
  /** Left, top, width, height in pixels of the picture. */
  readonly bbox: Detection['box']
  readonly score: number
}

const idOf = ({ id, ownId }: DatasetImage): number | string => ownId ?? id

/** Whether the data set itself has the class: those that the model alone has are left out of every mean. */
const isListed = (id: number | string): boolean => typeof id === 'string' || id >= 0

/** Detections of one image, those of classes that the data set has. */
export function toCocoResults(
  detections: readonly Detection[],
  image: DatasetImage,
  { categoryIds }: Pick<Dataset, 'categoryIds'>,
): readonly CocoResult[] {
  return detections.flatMap(({ classIndex, box, score }) => {
    const category = categoryIds[classIndex]
    if (category === undefined)
      throw new RangeError(`Expected a class below ${categoryIds.length}, got ${classIndex}`)
    return isListed(category) ? [{ image_id: idOf(image), category_id: category, bbox: box, score }] : []
  })
}

/** The annotations of a data set of any format, as they were measured against. */
export function toCocoAnnotations({ classes, categoryIds, images, annotations }: Dataset): object {
  const byId = new Map(images.map((image) => [image.id, image]))
  return {
    categories: categoryIds.flatMap((id, index) => (isListed(id) ? [{ id, name: classes[index]! }] : [])),
    images: images.map((image) => {
      const { fileName, width, height } = image
      return { id: idOf(image), file_name: fileName, width, height }
    }),
    annotations: annotations.map(({ imageId, classIndex, box, area, crowd, ignore }, index) => ({
      ...{
        id: index + 1,
        image_id: idOf(byId.get(imageId)!),
        category_id: categoryIds[classIndex]!,
        bbox: box,
        area,
      },
      // COCO knows one way of excusing detections.
      iscrowd: crowd || ignore ? 1 : 0,
    })),
  }
}
