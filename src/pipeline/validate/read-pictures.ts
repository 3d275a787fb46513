/** This file hashes the pictures of a data set, checks their sizes and leaves out those that cannot be decoded. */
import { readImageSize } from '../../image/decode.ts'
import { FORMAT_NAMES } from '../../image/formats.ts'
import { PictureError } from '../../image/picture-error.ts'
import { InputError } from '../../input/input-error.ts'
import { readInput } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import type { Dataset, DatasetImage } from '../../validate/dataset.ts'
import { createFindingLog } from '../../validate/findings.ts'
import { leaveOut } from '../../validate/finish.ts'
import type { Progress } from '../files/progress.ts'

/**
 * Hashes every picture, takes its size, and notes those that the model was calibrated on.
 * @param calibration paths of the pictures of the calibration
 * @throws InputError if annotations were made for another size, because every box would be in the wrong place.
 */
export async function readPictures(
  dataset: Dataset,
  calibration: readonly string[],
  progress: Progress,
): Promise<{ readonly dataset: Dataset; readonly hashes: readonly string[] }> {
  const total = dataset.images.length
  const task = progress.start(`read ${total} picture${total === 1 ? '' : 's'}`)
  const hashes: string[] = []
  const images: DatasetImage[] = []
  const unreadable = new Set<number>()
  const wrong: string[] = []
  for (const [index, image] of dataset.images.entries()) {
    const size = await readImageSize(image.path).catch((error: unknown) => {
      if (error instanceof PictureError) return null
      throw error
    })
    if (size === null) {
      unreadable.add(image.id)
      continue
    }
    hashes.push(sha256(await readInput(image.path)))
    const known = image.width > 0 && image.height > 0
    if (known && (size.width !== image.width || size.height !== image.height))
      wrong.push(
        `${image.fileName} is ${size.width}x${size.height}, annotated as ${image.width}x${image.height}`,
      )
    images.push({ ...image, ...size })
    if (index % 50 === 0) task.update(index / total, `${index} of ${total}`)
  }
  if (wrong.length > 0)
    throw new InputError(
      `${wrong.length} of ${total} pictures have another size than their annotations (${wrong.slice(0, 3).join('; ')})`,
      'data set',
      'Use the pictures that the annotations were made on.',
    )
  task.done()
  const known = new Set<string>()
  for (const path of calibration) known.add(sha256(await readInput(path)))
  const readable = keepReadable(dataset, unreadable)
  const log = createFindingLog(readable.findings)
  for (const [index, { fileName }] of images.entries())
    if (known.has(hashes[index]!)) log.add('picture-calibrated-on', fileName)
  return { dataset: { ...readable, images, findings: log.list() }, hashes }
}

/** @throws InputError if no picture is left. */
export function keepReadable(dataset: Dataset, unreadable: ReadonlySet<number>): Dataset {
  if (unreadable.size === 0) return dataset
  if (unreadable.size === dataset.images.length)
    throw new InputError(
      `none of the ${unreadable.size} pictures can be decoded`,
      dataset.images[0]!.path,
      `Check that they are whole ${FORMAT_NAMES} files.`,
    )
  return leaveOut(dataset, unreadable, 'picture-unreadable')
}
