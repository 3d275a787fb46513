import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative, resolve, sep } from 'node:path'
import * as v from 'valibot'
import { parse } from 'yaml'
import { readImageSize } from '../image/decode.ts'
import { FORMAT_NAMES, isPictureName } from '../image/formats.ts'
import { PictureError } from '../image/picture-error.ts'
import { InputError } from '../input/input-error.ts'
import { readWholeText } from '../input/read-file.ts'
import {
  type Checked,
  check,
  listOf,
  openObject,
  recordOf,
  refuse,
  text,
  tupleOf,
  whole,
} from '../input/schema.ts'
import type { Dataset, DatasetImage, GroundTruth } from './dataset.ts'
import { createFindingLog, type FindingLog } from './findings.ts'
import { dropRepeated, finishDataset } from './finish.ts'
import { isThere, labelPathOf, readLabels } from './yolo-labels.ts'

const className = v.union([v.number(), text])
const names = v.union([listOf(className, 0, Infinity), recordOf(className)])
const DESCRIPTION = openObject({
  names,
  path: v.nullish(text),
  nc: v.optional(whole()),
  /** Of a pose: keypoints of an object, and numbers of each. */
  kpt_shape: v.optional(tupleOf(whole(1), whole(2, 3))),
})
/** A split is a folder, a text file that lists pictures, or a list of either. */
const SPLIT = v.union([text, listOf(text, 0, Infinity)])

/**
 * Reads a YOLO data set: a `data.yaml` (`path`, one entry per split, `names`) and one label file per picture, `images/…/x.jpg`
 * beside `labels/…/x.txt` (see yolo-labels.ts). Pictures get the ids 1, 2 … in the order of their paths.
 *
 * @throws {InputError} The description or a label row is malformed, or a picture cannot be read.
 */
export async function readYolo(yamlPath: string, split = 'val'): Promise<Dataset> {
  const log = createFindingLog()
  const description = check(DESCRIPTION, parseYaml(await readText(yamlPath), yamlPath), yamlPath)
  const classes = listNames(description, yamlPath)
  const [points, numbers] = description.kpt_shape ?? [0, 0]
  const keypoints = points * numbers
  const root = await findRoot(description.path, yamlPath)
  const entries = check(openObject({ [split]: SPLIT }), description, yamlPath)[split]!
  const paths = await listPictures(entries, root, `${yamlPath}: ${split}`)
  await noteSharedSplits(description, split, root, log)
  const images: DatasetImage[] = []
  const annotations: GroundTruth[] = []
  const describe = (object: GroundTruth) =>
    `${images[object.imageId - 1]!.fileName} [${object.box.join(', ')}]`
  for (const path of paths) {
    const id = images.length + 1
    const fileName = relative(root, path)
    const size = await readImageSize(path).catch((error: unknown) => {
      if (!(error instanceof PictureError)) throw error
      log.add('picture-unreadable', fileName)
      return null
    })
    if (size === null) continue
    images.push({ id, fileName, path, ...size })
    const objects = await readLabels(
      labelPathOf(path),
      images.at(-1)!,
      { classes: classes.length, keypoints },
      log,
    )
    for (const object of dropRepeated(objects, describe, log)) annotations.push(object)
  }
  if (images.length === 0 && paths.length > 0)
    throw new InputError(
      `none of its ${paths.length} pictures can be decoded (e.g. ${paths[0]}).`,
      `${yamlPath}: ${split}`,
      `Check that they are whole ${FORMAT_NAMES} files.`,
    )
  await noteStrayLabels(paths, log)
  const categoryIds = classes.map((_, index) => index)
  return finishDataset({ classes, categoryIds, images, annotations }, log, `${yamlPath}: ${split}`)
}

/** A thousand classes take 40 KB; keys are compared each with each. */
const MOST_YAML = 2 ** 20

function parseYaml(text: string, where: string): unknown {
  if (text.length > MOST_YAML)
    throw new InputError(`has ${text.length} characters; a data.yaml has at most ${MOST_YAML}.`, where)
  if (isDeep(text)) throw new InputError('is nested more than 100 deep', where)
  try {
    return parse(text, { logLevel: 'error' })
  } catch (cause) {
    throw new InputError('is not YAML.', where, (cause as Error).message, { cause })
  }
}

/** `names` is a list, or a mapping from 0, 1 … to names. */
function listNames({ names, nc }: Checked<typeof DESCRIPTION>, where: string): readonly string[] {
  const entries = Object.entries(names)
  const classes = new Array<string>(entries.length)
  for (const [key, name] of entries) {
    const index = Number(key)
    if (!Number.isInteger(index) || String(index) !== key) refuse(where, ['names'], 'a whole number', key)
    if (index < 0 || index >= entries.length)
      throw new InputError(
        `${entries.length} classes are numbered up to ${index}.`,
        `${where}: names`,
        'Number them 0, 1, 2 …',
      )
    classes[index] = String(name)
  }
  if (nc !== undefined && nc !== classes.length)
    throw new InputError(`nc is ${nc}, but there are ${classes.length} names.`, where, 'Correct one of them.')
  return classes
}

async function findRoot(path: string | null | undefined, yamlPath: string): Promise<string> {
  const beside = dirname(resolve(yamlPath))
  if (path === undefined || path === null) return beside
  const root = resolve(beside, path)
  if (await isDirectory(root)) return root
  throw new InputError(
    `path is ${path}, and there is no folder ${root}.`,
    yamlPath,
    'Give it relative to this file.',
  )
}

async function listPictures(
  entries: string | readonly string[],
  root: string,
  where: string,
): Promise<readonly string[]> {
  const paths: string[] = []
  for (const entry of [entries].flat()) {
    const path = await findEntry(root, entry)
    if (await isDirectory(path)) {
      const inside = await readdir(path, { recursive: true })
      for (const name of inside) if (isShownPicture(name)) paths.push(join(path, name))
    } else if (extname(path) === '.txt') {
      const lines = (await readText(path)).split('\n').map((line) => line.trim())
      for (const line of lines) if (line !== '') paths.push(resolve(dirname(path), line))
    } else {
      throw new InputError(
        `there is no folder ${path}.`,
        where,
        'Name a folder of pictures or a list of them (.txt).',
      )
    }
  }
  return [...new Set(paths)].sort()
}

/** Names the entries of the split that another split has, too. What another split says wrongly is no matter of this one. */
async function noteSharedSplits(
  description: object,
  split: string,
  root: string,
  log: FindingLog,
): Promise<void> {
  const placesOf = async (name: string): Promise<readonly string[]> => {
    const entries: unknown = Object.hasOwn(description, name)
      ? (description as Readonly<Record<string, unknown>>)[name]
      : []
    const names = [entries].flat().filter((entry) => typeof entry === 'string')
    return await Promise.all(names.map((entry) => findEntry(root, entry)))
  }
  const own = new Set(await placesOf(split))
  for (const other of ['train', 'val', 'test'].filter((name) => name !== split))
    for (const place of new Set(await placesOf(other)))
      if (own.has(place)) log.add('split-shared', `${split} and ${other}: ${place}`)
}

/** Roboflow writes `../valid/images` for the folder `valid/images` beside the file; the original leaves out a `../` that leads nowhere, too. */
async function findEntry(root: string, entry: string): Promise<string> {
  const name = entry.replaceAll('\\', '/')
  const path = resolve(root, name)
  const inside = resolve(root, name.replace(/^(?:\.\.\/)+/, ''))
  return (await isThere(path)) || !(await isThere(inside)) ? path : inside
}

/** A picture in a hidden folder is hidden, too. */
const isShownPicture = (name: string): boolean =>
  isPictureName(name) && !name.split(sep).some((part) => part.startsWith('.'))

/** Label files whose picture is missing. */
async function noteStrayLabels(pictures: readonly string[], log: FindingLog): Promise<void> {
  const expected = new Set(pictures.map(labelPathOf))
  for (const folder of new Set([...expected].map((path) => dirname(path)))) {
    for (const name of await readdir(folder).catch(() => [])) {
      const isLabel = extname(name) === '.txt' && basename(name) !== 'classes.txt'
      if (isLabel && !expected.has(join(folder, name)))
        log.add('annotation-without-image', join(folder, name))
    }
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

async function readText(path: string): Promise<string> {
  return readWholeText(path, 'Check the path and its permissions.')
}

/** The parser's time grows with the square of the depth. Brackets in quotes count: a data.yaml has few. */
function isDeep(text: string): boolean {
  let depth = 0
  for (const character of text) {
    if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1)
    if (depth > 100) return true
  }
  return /^[ \t]*(?:[-?][ \t]+){100}/m.test(text)
}
