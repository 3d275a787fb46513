/** Refuses annotations against which every figure would be 0.00, because none of them can be met. */
import { InputError } from '../input/input-error.ts'
import type { Dataset, GroundTruth } from './dataset.ts'
import type { FindingKind } from './findings.ts'
import { faultsOf } from './finish.ts'

const ADVICE =
  'Check the form of the boxes (COCO: left, top, width and height in pixels, not two corners) and the sizes of the images.'

/** What boxes do that no detection can meet. */
const FAULTS: readonly (readonly [FindingKind, string])[] = [
  ['box-outside-image', 'reach outside their image'],
  ['box-of-negative-size', 'have a negative width or height'],
  ['empty-box', 'have no width or no height'],
]

/**
 * @param where names the data set in errors
 * @throws {InputError} There is no object at all, all boxes are fractions in place of pixels, or more than half cannot be met.
 */
export function checkDataset({ annotations, images, findings }: Dataset, where: string): void {
  const total = annotations.length
  if (total === 0) {
    const losses = findings.filter(({ kind }) => kind !== 'image-without-annotations')
    const reasons = losses.map(({ count, message, examples }) => `${count} ${message} (${examples[0]})`)
    throw new InputError(
      `has no object on its ${images.length} images, so that there is nothing to measure${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}.`,
      where,
      'Check that the annotations are those of these images and classes.',
    )
  }
  const byId = new Map(images.map((image) => [image.id, image]))
  const show = ({ imageId, box }: GroundTruth): string => {
    const { fileName, width, height } = byId.get(imageId)!
    return `${fileName} [${box.join(', ')}]${width > 0 ? ` on ${width}x${height}` : ''}`
  }
  if (annotations.every(({ box }) => box.every((value) => value >= 0 && value <= 1))) {
    throw new InputError(
      `all ${total} boxes lie within the first pixel, as fractions of an image do (e.g. ${show(annotations[0]!)}).`,
      where,
      'Write them in pixels: multiply left and width by the width of the image, top and height by its height.',
    )
  }
  for (const [kind, what] of FAULTS) {
    const faulty = annotations.filter((object) => faultsOf(object, byId.get(object.imageId)!).includes(kind))
    if (2 * faulty.length > total)
      throw new InputError(
        `${faulty.length} of ${total} boxes ${what} (e.g. ${show(faulty[0]!)}).`,
        where,
        ADVICE,
      )
  }
}
