import { stat } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { InputError } from '../input/input-error.ts'
import { readWholeText } from '../input/read-file.ts'
import { parseJson } from '../input/strict-json.ts'
import { checkDataset } from './check-dataset.ts'
import { parseCoco } from './coco.ts'
import type { Dataset } from './dataset.ts'
import { leaveOut } from './finish.ts'
import { findMissing, findPlaces } from './place-pictures.ts'
import { readVoc } from './voc.ts'
import { readYolo } from './yolo.ts'

export interface LoadOptions {
  /** COCO: the folder of the pictures. Default: beside the annotations, or an `images` folder beside them or one level up. */
  readonly imageFolder?: string
  /** YOLO (default `val`) and Pascal VOC (default: all). */
  readonly split?: string
}

/**
 * Reads annotations of any of the three formats: a `.json` is COCO, a `.yaml` YOLO, a folder Pascal VOC. Images whose picture is not there are
 * left out, with their annotations, and counted in the findings.
 *
 * @throws {InputError} The path is none of these, no picture is there at all, or nothing can be measured on its objects.
 */
export async function loadDataset(path: string, options: LoadOptions = {}): Promise<Dataset> {
  const dataset = await readAny(path, options)
  checkDataset(dataset, path)
  return dataset
}

async function readAny(path: string, options: LoadOptions): Promise<Dataset> {
  const ending = extname(path).toLowerCase()
  if (ending === '.yaml' || ending === '.yml') return readYolo(path, options.split)
  if (ending === '.json') return keepPresent(await readCoco(path, options.imageFolder), path)
  if ((await stat(path).catch(() => undefined))?.isDirectory() === true) {
    return keepPresent(await readVoc(path, options.split), path)
  }
  throw new InputError(
    'is not a data set.',
    path,
    'Give a COCO .json, a YOLO data.yaml or a Pascal VOC folder.',
  )
}

async function readCoco(path: string, imageFolder: string | undefined): Promise<Dataset> {
  const text = await readWholeText(path, 'Check the path and its permissions.')
  const json = parseJson(text, path, 'Download it again.')
  const beside = dirname(resolve(path))
  const folders =
    imageFolder === undefined ? [beside, join(beside, 'images'), join(beside, '..', 'images')] : [imageFolder]
  return findPlaces(parseCoco(json, path, folders[0]!), folders)
}

async function keepPresent(dataset: Dataset, where: string): Promise<Dataset> {
  const missing = await findMissing(dataset)
  if (missing.size === dataset.images.length) {
    const first = dataset.images[0]!.path
    throw new InputError(
      `none of its ${missing.size} pictures exists (e.g. ${first}).`,
      where,
      'Name their folder.',
    )
  }
  return leaveOut(dataset, missing, 'picture-not-found')
}
