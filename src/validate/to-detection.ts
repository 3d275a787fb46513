/** From boxes of the network to detections on the picture. */
import { type LetterboxPlan, undoLetterbox } from '../image/letterbox.ts'
import type { Box } from '../image/rgb-image.ts'
import type { DatasetImage, Detection } from './dataset.ts'

/** A detector's box: corners in pixels of the network's input. */
export interface NetworkBox extends Box {
  readonly classIndex: number
  readonly score: number
}

/**
 * Takes a box from the network's input to the picture it was made of, clipped to the picture.
 *
 * @param image Its size must be known, as boxes are clipped to it.
 */
export function toDetection(box: NetworkBox, plan: LetterboxPlan, image: DatasetImage): Detection {
  if (image.width === 0 || image.height === 0) {
    throw new RangeError(`Expected the size of ${image.fileName}, which its data set does not say`)
  }
  const { x0, y0, x1, y1 } = undoLetterbox(box, plan, image)
  const { classIndex, score } = box
  return { imageId: image.id, classIndex, box: [x0, y0, x1 - x0, y1 - y0], score }
}

/** Rounds as published result files do, boxes to 3 decimals and scores to 5, which makes ties that decide the fourth decimal of mAP. */
export function roundDetection(detection: Detection): Detection {
  const [left, top, width, height] = detection.box.map((value) => Math.round(value * 1e3) / 1e3)
  return { ...detection, box: [left!, top!, width!, height!], score: Math.round(detection.score * 1e5) / 1e5 }
}
