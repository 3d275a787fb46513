/** This file draws the boxes of several stages side by side on the same picture. */
import { basename, extname, join } from 'node:path'
import { decodeImage } from '../../image/decode.ts'
import { composeSideBySide, encodePng, type LabelledBox, paintBoxes } from '../../image/draw.ts'
import { type PathName, pathName } from '../../input/path-name.ts'
import type { Stage } from '../../result/accuracy.ts'
import { writeWhole } from '../../store/files.ts'
import type { DatasetImage } from '../../validate/dataset.ts'
import { unpackDetections } from '../../validate/packed-boxes.ts'
import type { Progress } from '../files/progress.ts'
import type { FinishedStages } from './run.ts'

/** The caption above each panel. */
const CAPTIONS: Readonly<Record<Stage, string>> = {
  float: 'float',
  unfused: 'float, unfused',
  fused: 'float',
  quantised: 'integer, float NMS',
  full: 'integer',
  rtl: 'RTL',
}

/** Draws one picture per image of these ids, with the boxes of the matched confidence. @returns paths of the PNG files. */
export async function writePictures(
  folder: string,
  { dataset, read }: Pick<FinishedStages, 'dataset' | 'read'>,
  ids: readonly number[],
  stages: readonly Stage[],
  progress: Progress,
): Promise<readonly string[]> {
  const wanted = new Set(ids)
  const images = dataset.images.flatMap(({ id }, index) => (wanted.has(id) ? [index] : []))
  if (images.length === 0) return []
  const task = progress.start(`draw ${images.length} picture${images.length === 1 ? '' : 's'}`)
  const panelled = choosePanels(stages)
  const stems = images.map((index) => stemOf(dataset.images[index]!))
  const paths: string[] = []
  for (const index of images) {
    const image = dataset.images[index]!
    const picture = await decodeImage(image.path)
    const panels = []
    for (const stage of panelled) {
      const [, packed] = (await read(stage, index)).boxes
      const boxes = unpackDetections(packed!, image).map(
        ({ box: [x, y, width, height], ...rest }): LabelledBox => {
          return {
            x0: x,
            y0: y,
            x1: x + width,
            y1: y + height,
            classIndex: rest.classIndex,
            score: rest.score,
          }
        },
      )
      const caption = `${CAPTIONS[stage]}: ${boxes.length} box${boxes.length === 1 ? '' : 'es'}`
      panels.push({ image: paintBoxes(picture, boxes, dataset.classes), caption })
    }
    const path = join(folder, nameOf(image, stems))
    await writeWhole(path, await encodePng(composeSideBySide(panels)))
    paths.push(path)
  }
  task.done(folder)
  return paths
}

const stemOf = ({ fileName }: DatasetImage): string => basename(fileName, extname(fileName))

/** Names an image's picture. `a/1.jpg` and `b/1.jpg` have the same stem, so the image's id tells them apart. */
function nameOf(image: DatasetImage, stems: readonly string[]): PathName {
  const stem = stemOf(image)
  const isAlone = stems.filter((other) => other === stem).length === 1
  return pathName(`${isAlone ? stem : `${stem}-${image.id}`}.png`, image.path)
}

/** Chooses one stage each of float, integer and RTL, in the form nearest to a detector in use. */
function choosePanels(stages: readonly Stage[]): readonly Stage[] {
  const columns: readonly (readonly Stage[])[] = [
    ['float', 'fused', 'unfused'],
    ['full', 'quantised'],
    ['rtl'],
  ]
  return columns.flatMap((forms) => forms.find((stage) => stages.includes(stage)) ?? [])
}
