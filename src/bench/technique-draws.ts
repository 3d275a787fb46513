/** Draws of calibration images, so that a figure shows how much the choice of them matters. */
import { createRandom } from '../golden/random.ts'

/**
 * Reproducible draws without replacement: the first draws are the same however many are asked for.
 *
 * @param count number of images that there are
 * @param size of a draw, at most `count`
 * @returns indices of each draw, ascending
 */
export function drawSubsets(
  count: number,
  { size, draws, seed }: { readonly size: number; readonly draws: number; readonly seed: number },
): readonly (readonly number[])[] {
  const random = createRandom(seed)
  return Array.from({ length: draws }, () => {
    const left = Array.from({ length: count }, (_, index) => index)
    const drawn = Array.from({ length: size }, () => {
      const at = Math.floor((random() / 2 ** 32) * left.length)
      return left.splice(at, 1)[0]!
    })
    return drawn.sort((a, b) => a - b)
  })
}

/** Three of four images, but no more than 24: draws of all images would be one draw. */
export const defaultSize = (count: number): number => Math.max(1, Math.min(24, Math.floor((3 * count) / 4)))
