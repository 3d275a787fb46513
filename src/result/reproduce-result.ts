/** The line of a single run: that of its first red part. */
import { basename, isAbsolute } from 'node:path'
import type { Reproduction } from './record.ts'
import { Q_NMS, reproduce } from './reproduce.ts'
import { isRed, type SimResult } from './result.ts'

/** Of the first red part of a result; null if it is exact, or of a version that kept no command line. */
export function reproduceResult(result: SimResult): Reproduction | null {
  const { origin, imageHash } = result.run
  if (result.verdict === 'exact' || origin?.words === undefined) return null
  const { layers, boxes, stimulus, mode } = result
  // The path of a picture of elsewhere, such as the embedded one, says nothing on another machine.
  const image = isAbsolute(result.image) ? basename(result.image) : result.image
  const red = layers.find(isRed)
  const redBoxes = boxes !== null && isRed(boxes) ? boxes : null
  const stimulated = redBoxes === null ? stimulus?.red[0]?.name.replace(/ \[.*$/s, '') : undefined
  const layer = red?.name ?? stimulated ?? Q_NMS
  const part = red ?? redBoxes
  const seed = part?.seeds?.red[0] ?? part?.seeds?.run[0] ?? null
  return reproduce({ origin, words: origin.words, mode, layer, seed, image, imageHash })
}
