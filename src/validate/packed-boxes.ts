/** Unpacks boxes, as they are kept on disk and sent between processes, to detections. */
import type { DatasetImage, Detection } from './dataset.ts'
import { roundDetection } from './to-detection.ts'

/** Numbers of a box: x, y, width, height in pixels of the picture, score, class. */
const NUMBERS = 6

/** Rounded as published result files are: boxes to 3 decimals, scores to 5. Values of the file were float32, so that these are exact again. */
export function unpackDetections(packed: Float32Array, image: DatasetImage): Detection[] {
  const detections: Detection[] = []
  for (let at = 0; at < packed.length; at += NUMBERS) {
    const box = [packed[at]!, packed[at + 1]!, packed[at + 2]!, packed[at + 3]!] as const
    const [score, classIndex] = [packed[at + 4]!, packed[at + 5]!]
    detections.push(roundDetection({ imageId: image.id, classIndex, box, score }))
  }
  return detections
}
