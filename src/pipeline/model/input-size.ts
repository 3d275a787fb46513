/** This file chooses the size of the network's input. */
import type { Checkpoint } from '../../checkpoint/read-checkpoint.ts'
import type { InputSize } from '../../graph/build-graph.ts'

/** Of the original's trainings, unless they are told otherwise. */
const USUAL = 640

/**
 * The requested size, else that of the training, else 640x640, of which `warn` is told.
 * @param asked pixels; a height alone is that of a square
 */
export function inputSize(
  asked: Partial<InputSize>,
  { imageSize }: Pick<Checkpoint, 'imageSize'>,
  warn: (sentence: string) => void,
): InputSize {
  if (asked.height === undefined && imageSize === null)
    warn(
      `the checkpoint does not say on which size of pictures it was trained: ${USUAL}x${USUAL} is assumed. Give the size with --size.`,
    )
  const [height, width] = imageSize ?? [USUAL, USUAL]
  return { height: asked.height ?? height, width: asked.width ?? asked.height ?? width }
}
