/**
 * Label files of YOLO. A row is `class cx cy width height` in fractions of the picture; or `class x y x y …`, an outline whose bounding box is
 * taken; or a box and keypoints after it, which are left out.
 */
import { stat } from 'node:fs/promises'
import { extname, sep } from 'node:path'
import { InputError } from '../input/input-error.ts'
import { readWholeText } from '../input/read-file.ts'
import { refuse } from '../input/schema.ts'
import type { DatasetImage, GroundTruth, PixelBox } from './dataset.ts'
import type { FindingLog } from './findings.ts'

/** What the description of a data set says of its labels. */
export interface LabelKind {
  /** Number of classes. */
  readonly classes: number
  /** Numbers of the keypoints of an object; 0 where it says none. */
  readonly keypoints: number
}

export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )

/** The last folder named `images` becomes `labels`; the ending becomes `.txt`. */
export function labelPathOf(picturePath: string): string {
  const parts = picturePath.split(sep)
  const last = parts.lastIndexOf('images')
  const path = parts.map((part, index) => (index === last ? 'labels' : part)).join(sep)
  return `${path.slice(0, path.length - extname(path).length)}.txt`
}

export async function readLabels(
  path: string,
  image: DatasetImage,
  { classes, keypoints }: LabelKind,
  log: FindingLog,
): Promise<GroundTruth[]> {
  // No label file means no object.
  const text = (await isThere(path)) ? await readWholeText(path, 'Check its permissions.') : ''
  const objects: GroundTruth[] = []
  for (const [i, line] of text.split('\n').entries()) {
    const fields = line.trim().split(/\s+/)
    if (fields[0] === '') continue
    const where = `${path}:${i + 1}`
    const numbers = fields.map((field) => readNumber(field, where))
    const classIndex = numbers[0]!
    if (!Number.isInteger(classIndex)) refuse(where, [], 'a whole number', classIndex)
    const pose = isPose(numbers.slice(1), keypoints)
    if (pose) log.add('keypoints', where)
    const box = toBox(numbers.slice(1, pose ? 5 : undefined), image, where)
    if (classIndex < 0 || classIndex >= classes) log.add('unknown-category', `${where}: class ${classIndex}`)
    else
      objects.push({ imageId: image.id, classIndex, box, area: box[2] * box[3], crowd: false, ignore: false })
  }
  return objects
}

/**
 * A box and then keypoints: as many as the description says, or, where it says none, points of three numbers whose third is a visibility of 0,
 * 1 or 2. An outline lies within the picture, so that none of its numbers is 2.
 */
function isPose(numbers: readonly number[], keypoints: number): boolean {
  const points = numbers.slice(4)
  if (keypoints > 0) return points.length === keypoints
  if (points.length === 0 || points.length % 3 !== 0) return false
  const seen = points.filter((_, index) => index % 3 === 2)
  return seen.every((value) => value === 0 || value === 1 || value === 2) && seen.includes(2)
}

function readNumber(field: string, where: string): number {
  const number = Number(field)
  return Number.isFinite(number) ? number : refuse(where, [], 'a number', field)
}

function toBox(fractions: readonly number[], { width, height }: DatasetImage, where: string): PixelBox {
  if (fractions.length === 4) {
    const [cx, cy, w, h] = fractions
    return [(cx! - w! / 2) * width, (cy! - h! / 2) * height, w! * width, h! * height]
  }
  if (fractions.length < 6 || fractions.length % 2 !== 0) {
    throw new InputError(
      `expected a class and 4 numbers, or a class and an outline, got ${fractions.length + 1} fields.`,
      where,
      'Labels are class, centre x, centre y, width, height; those of a pose need kpt_shape in the data.yaml.',
    )
  }
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < fractions.length; i += 2) {
    left = Math.min(left, fractions[i]!)
    right = Math.max(right, fractions[i]!)
    top = Math.min(top, fractions[i + 1]!)
    bottom = Math.max(bottom, fractions[i + 1]!)
  }
  return [left * width, top * height, (right - left) * width, (bottom - top) * height]
}
