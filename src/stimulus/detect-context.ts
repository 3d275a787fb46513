/** What the directed sets of DETECT share: the head, the distances that its boxes can have, the settings. */
import type { DetectGeometry } from '../golden/head-geometry.ts'
import type { IntegerHead, NmsOptions } from '../golden/types.ts'
import type { Grid, LogitBits, SceneAnchor } from './scene.ts'
import type { SidePalette } from './side-palette.ts'

/** The settings that the sets are made for. */
export interface DetectTarget {
  readonly geometry: DetectGeometry
  readonly head: IntegerHead
  readonly bits: LogitBits
  /** As the run has them. */
  readonly nms: NmsOptions
}

export interface Context extends DetectTarget {
  /** One a level. */
  readonly palettes: readonly SidePalette[]
  /** Largest code of a class logit. */
  readonly largest: number
}

/** Logits of a box with all sides as near to a share of the longest as there is. */
export function sidesOf(
  { palettes }: Context,
  level: number,
  shares: readonly number[],
): SceneAnchor['sides'] {
  const palette = palettes[level]!
  return shares.map((share) =>
    palette.logitsOf(palette.distances[Math.round(share * (palette.distances.length - 1))]!),
  )
}

/** The smallest boxes: without area where the head can say 0. */
export const smallest = (context: Context, level: number): SceneAnchor['sides'] =>
  sidesOf(context, level, [0, 0, 0, 0])

/** By its stride; where others have the same, by its place, too. */
export function levelName({ levels }: DetectGeometry, level: number): string {
  const { stride } = levels[level]!
  const isOne = levels.filter((other) => other.stride === stride).length === 1
  return isOne ? `stride ${stride}` : `stride ${stride}, level ${level}`
}

export const grid = (width: number, height: number): Grid => ({ width, height })
