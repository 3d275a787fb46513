/** This file draws detections: the image with the float network's boxes beside the image with the RTL's. */
import { basename, extname, join } from 'node:path'
import type { NmsResult } from '../../golden/types.ts'
import { decodeHead } from '../../graph/float-head.ts'
import { suppressBoxes } from '../../graph/float-nms.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { composeSideBySide, encodePng, type LabelledBox, paintBoxes } from '../../image/draw.ts'
import { toNchwFloat } from '../../image/planes.ts'
import { checkSharp } from '../../image/sharp.ts'
import { pathName } from '../../input/path-name.ts'
import { FloatNetwork } from '../../quantise/float-network.ts'
import { checkOnnxruntime } from '../../quantise/onnxruntime.ts'
import { writeWhole } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import type { NmsChoice } from '../model/engine-choice.ts'
import type { LoadedImage } from '../model/golden-run.ts'

/** Looks for the libraries that `writeDetections` needs. @throws InputError if one is not installed. */
export async function checkDrawing(): Promise<void> {
  await checkOnnxruntime()
  await checkSharp()
}

/** Boxes of the integer head in pixels of the network's input. */
export const toLabelledBoxes = ({ boxes }: Pick<NmsResult, 'boxes'>): readonly LabelledBox[] =>
  boxes.map((box) => ({
    x0: box.x0 / 16,
    y0: box.y0 / 16,
    x1: box.x1 / 16,
    y1: box.y1 / 16,
    classIndex: box.classIndex,
    score: box.score / 65536,
  }))

/** Detections of the float network on the same pixels. */
export async function detectFloat(
  graph: FloatGraph,
  image: LoadedImage,
  nms: NmsChoice,
): Promise<readonly LabelledBox[]> {
  await using network = await FloatNetwork.create(graph, { activations: 'logits', threads: 2 })
  const logits = await network.run(toNchwFloat(image.letterboxed))
  const [, height, width] = graph.nodes[0]!.shape
  const { confidence, iou, maxDetections, multiLabel } = nms
  return suppressBoxes(decodeHead(graph.head, logits, { height, width }), {
    confidence,
    iou,
    maxDetections,
    multiLabel,
  })
}

/**
 * Writes `detections-<image>-<key>.png` with float on the left and RTL on the right, and returns its path. The key covers the image, the
 * settings and the boxes, so that runs side by side in one folder keep their own pictures.
 * @param float what `detectFloat` found
 */
export async function writeDetections(
  folder: string,
  { head: { classes } }: FloatGraph,
  image: LoadedImage,
  float: readonly LabelledBox[],
  detected: Pick<NmsResult, 'boxes'>,
  nms: NmsChoice,
): Promise<string> {
  const panels = [
    { image: paintBoxes(image.letterboxed, float, classes), caption: `float network, ${float.length} boxes` },
    {
      image: paintBoxes(image.letterboxed, toLabelledBoxes(detected), classes),
      caption: `RTL, ${detected.boxes.length} boxes`,
    },
  ]
  const key = sha256(image.bytes, JSON.stringify([nms, detected.boxes])).slice(0, 8)
  const stem = basename(image.path, extname(image.path)).slice(0, 40)
  const path = join(folder, pathName(`detections-${stem}-${key}.png`, image.path))
  await writeWhole(path, await encodePng(composeSideBySide(panels)))
  return path
}
