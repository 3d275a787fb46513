/** Images that refinement does not fit to: it chooses among its candidates by what they give on these (holdout validation). */

/** One image of so many is held back. */
const EVERY = 4

/** Indices of the images that are held back, spread over all; none of fewer than four images. */
export function holdBack(images: number): readonly number[] {
  return Array.from({ length: Math.floor(images / EVERY) }, (_, i) => i * EVERY + EVERY - 1)
}
