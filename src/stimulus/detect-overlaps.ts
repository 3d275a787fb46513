/** Sets in which suppression decides at its edge. */
import { type Context, grid, levelName, smallest } from './detect-context.ts'
import { makeScene, type SceneAnchor, withGrids } from './scene.ts'
import { findNestedPairs, type NestedPair } from './side-palette.ts'
import type { DetectStimulus } from './types.ts'

/** Overlaps exactly at the threshold, just over and just under, side by side and one above the other. */
export function makeOverlaps(context: Context): readonly DetectStimulus[] {
  const { bits, nms, geometry } = context
  return geometry.levels.flatMap(({ stride }, level) => {
    const pairs = findNestedPairs(context.palettes[level]!, stride * 16, nms.iouThreshold)
    const own = withGrids(
      geometry,
      geometry.levels.map((_, i) => (i === level ? grid(3, 3) : grid(1, 1))),
    )
    return Object.entries(pairs).flatMap(([kind, pair]) =>
      pair === null
        ? []
        : [false, true].map((upright) => {
            const name = `overlap ${kind}, ${upright ? 'vertical' : 'horizontal'}, ${levelName(geometry, level)}`
            return makeScene(name, { bits, nms, geometry: own }, nestedAnchors(context, level, pair, upright))
          }),
    )
  })
}

function nestedAnchors(
  context: Context,
  level: number,
  { outer, inner }: NestedPair,
  upright: boolean,
): readonly SceneAnchor[] {
  const palette = context.palettes[level]!
  const { minCode } = context.nms
  // The least extent across that gives an area.
  const across = palette.distances.find((distance) => distance > 0)!
  const sides = ([before, behind]: readonly [number, number]): SceneAnchor['sides'] =>
    (upright ? [across, before, across, behind] : [before, across, behind, across]).map(palette.logitsOf)
  const classIndex = context.geometry.classes - 1
  return [
    { level, x: 0, y: 0, classes: [[classIndex, minCode + 2]], sides: sides(outer) },
    upright
      ? { level, x: 0, y: 1, classes: [[classIndex, minCode + 1]], sides: sides(inner) }
      : { level, x: 1, y: 0, classes: [[classIndex, minCode + 1]], sides: sides(inner) },
  ]
}

/**
 * A box that four kept ones would each suppress, which do not suppress each other; then one that none does. What is still under way
 * for the first when it falls must not meet the second.
 */
export function makeCrowd(context: Context): readonly DetectStimulus[] {
  const { bits, nms, geometry, palettes } = context
  const { minCode } = nms
  // Two squares of side w, one of them shifted, have `share` = 1 - shift / w. Their overlap is share / (2 - share) with
  // a shift along one axis, and share² / (2 - share²) along both.
  const least = (2 * nms.iouThreshold) / (1024 + nms.iouThreshold)
  const share = (least + Math.sqrt(least)) / 2
  return geometry.levels.flatMap(({ stride }, level) => {
    const half = (stride * 16) / (1 - share) / 2
    const { distances } = palettes[level]!
    if (!(half < distances.at(-1)!)) return []
    const nearest = distances.reduce((a, b) => (Math.abs(b - half) < Math.abs(a - half) ? b : a))
    const square = Array<readonly number[]>(4).fill(palettes[level]!.logitsOf(nearest))
    const place = (x: number, y: number, code: number, sides: SceneAnchor['sides']): SceneAnchor => ({
      level,
      x,
      y,
      sides,
      classes: [[0, minCode + code]],
    })
    const around = [[1, 0], [0, 1], [2, 1], [1, 2]] as const // biome-ignore format: a cross
    const anchors = [
      ...around.map(([x, y]) => place(x, y, 3, square)),
      place(1, 1, 2, square),
      place(0, 0, 1, smallest(context, level)),
    ]
    const own = withGrids(
      geometry,
      geometry.levels.map((_, i) => (i === level ? grid(3, 3) : grid(1, 1))),
    )
    return [
      makeScene(`suppressed by four, ${levelName(geometry, level)}`, { bits, nms, geometry: own }, anchors),
    ]
  })
}
