import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import * as v from 'valibot'
import { InputError } from '../input/input-error.ts'
import { pathName } from '../input/path-name.ts'
import { readWholeText } from '../input/read-file.ts'
import { type Checked, check, listOf, openObject, text } from '../input/schema.ts'
import { explainSystemError } from '../input/system-error.ts'
import type { Dataset, DatasetImage, GroundTruth, PixelBox } from './dataset.ts'
import { createFindingLog } from './findings.ts'
import { dropRepeated, finishDataset } from './finish.ts'

const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'object' })

/** XML has nothing but texts. */
const number = v.pipe(
  v.string('a number'),
  v.check((value) => value.trim() !== '' && Number.isFinite(Number(value)), 'a number'),
)
const OBJECT = openObject({
  name: text,
  difficult: v.optional(v.unknown()),
  bndbox: openObject({ xmin: number, ymin: number, xmax: number, ymax: number }),
})
const FILE = openObject({
  annotation: openObject({
    filename: text,
    size: openObject({ width: number, height: number }),
    object: v.optional(listOf(OBJECT, 0, Infinity)),
  }),
})

/**
 * Reads a Pascal VOC data set: `Annotations/*.xml`, `JPEGImages/` and, for a split, `ImageSets/Main/<split>.txt`. Corners there are numbers
 * of pixels that count from 1, both included, so that a box is `[xmin - 1, ymin - 1, xmax - xmin + 1, ymax - ymin + 1]`. Objects marked `difficult` are
 * ignored. Classes are the names that occur, in alphabetical order; pictures get the ids 1, 2 … in the order of their names.
 *
 * @throws {InputError} A file is missing or malformed.
 */
export async function readVoc(folder: string, split: string | null = null): Promise<Dataset> {
  const log = createFindingLog()
  const stems = await listStems(folder, split)
  const files: VocFile[] = []
  // One at a time: a data set has more files than a process may open.
  for (const stem of stems)
    files.push(await parseFile(join(folder, 'Annotations', pathName(`${stem}.xml`, folder))))
  const classes = [...new Set(files.flatMap(({ objects }) => objects.map(({ name }) => name)))].sort()
  const indexOf = new Map(classes.map((name, index) => [name, index]))
  const images: DatasetImage[] = files.map(({ fileName, width, height }, index) => {
    return { id: index + 1, fileName, path: join(folder, 'JPEGImages', fileName), width, height }
  })
  const annotations = files.flatMap(({ fileName, objects }, index) => {
    const all = objects.map(({ name, box, difficult }): GroundTruth => {
      const area = box[2] * box[3]
      return {
        imageId: index + 1,
        classIndex: indexOf.get(name)!,
        box,
        area,
        crowd: false,
        ignore: difficult,
      }
    })
    return dropRepeated(all, ({ box }) => `${fileName} [${box.join(', ')}]`, log)
  })
  const categoryIds = classes.map((_, index) => index + 1)
  return finishDataset({ classes, categoryIds, images, annotations }, log, folder)
}

const VOC = 'A Pascal VOC folder has Annotations/ and ImageSets/Main/.'

async function listStems(folder: string, split: string | null): Promise<string[]> {
  const source =
    split === null
      ? join(folder, 'Annotations')
      : join(folder, 'ImageSets', 'Main', pathName(`${split}.txt`, '--split'))
  try {
    if (split === null) {
      const names = await readdir(source)
      return names
        .filter((name) => name.endsWith('.xml') && !name.startsWith('.'))
        .map((name) => name.slice(0, -4))
        .sort()
    }
    const lines = (await readWholeText(source, VOC)).split('\n').map((line) => line.trim().split(/\s/)[0]!)
    return [...new Set(lines.filter((stem) => stem !== ''))].sort()
  } catch (error) {
    return explainSystemError(error, source, VOC)
  }
}

interface VocFile {
  readonly fileName: string
  readonly width: number
  readonly height: number
  readonly objects: readonly VocObject[]
}

interface VocObject {
  readonly name: string
  readonly box: PixelBox
  readonly difficult: boolean
}

async function parseFile(path: string): Promise<VocFile> {
  const xml = await readWholeText(path, 'Every picture of the split needs an annotation file.')
  const { filename, size, object = [] } = check(FILE, parseXml(xml, path), path).annotation
  return {
    fileName: filename,
    width: Number(size.width),
    height: Number(size.height),
    objects: object.map(toObject),
  }
}

/** The parser bounds nesting and what entities may become, and throws plain errors. */
function parseXml(xml: string, path: string): unknown {
  const fault = XMLValidator.validate(xml)
  if (fault !== true) throw new InputError(`is not XML: ${fault.err.msg}`, `${path}:${fault.err.line}`)
  try {
    return parser.parse(xml)
  } catch (cause) {
    throw new InputError(`cannot be read: ${(cause as Error).message}.`, path, 'Write plain elements.', {
      cause,
    })
  }
}

function toObject({ name, bndbox, difficult }: Checked<typeof OBJECT>): VocObject {
  const left = Number(bndbox.xmin) - 1
  const top = Number(bndbox.ymin) - 1
  const box = [left, top, Number(bndbox.xmax) - left, Number(bndbox.ymax) - top] as const
  return { name, box, difficult: difficult === '1' }
}
