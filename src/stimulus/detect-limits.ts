/** Sets that fill the capacity and max_det, less one, exactly, and one more. */
import { type Context, grid, sidesOf, smallest } from './detect-context.ts'
import { makeScene, type SceneAnchor, withGrids } from './scene.ts'
import type { DetectStimulus } from './types.ts'

const sign = (more: number): string => (more === 0 ? 'exactly' : more > 0 ? `+${more}` : String(more))

/** One candidate less than the capacity, as many, one more: the last three in the order overlap nothing, the others suppress each other. */
export function makeCapacity(context: Context): readonly DetectStimulus[] {
  const { bits, nms, geometry } = context
  const side = Math.ceil(Math.sqrt(nms.capacity + 1))
  const own = withGrids(geometry, [grid(side, side)])
  const large = sidesOf(context, 0, [1, 1, 1, 1])
  const small = smallest(context, 0)
  return [-1, 0, 1].flatMap((more) => {
    const count = nms.capacity + more
    if (count < 1) return []
    const anchors = Array.from({ length: count }, (_, i): SceneAnchor => {
      const last = i >= nms.capacity - 2
      const code = nms.minCode + (last ? 0 : 2)
      return {
        level: 0,
        x: i % side,
        y: Math.floor(i / side),
        classes: [[last ? geometry.classes - 1 : 0, code]],
        sides: last ? small : large,
      }
    })
    return [makeScene(`capacity ${sign(more)}`, { bits, nms, geometry: own }, anchors)]
  })
}

/** Candidates beyond the next power of two above the capacity: a count that is not held there wraps. */
const MORE = 40

/** Far more candidates than the capacity, with one code: boxes that overlap nothing. */
export function makeFlood(context: Context): DetectStimulus {
  const { bits, nms, geometry } = context
  const count = 2 ** Math.ceil(Math.log2(nms.capacity + 1)) + MORE
  const side = Math.ceil(Math.sqrt(count))
  const own = withGrids(geometry, [grid(side, side)])
  const sides = smallest(context, 0)
  const anchors = Array.from({ length: count }, (_, i): SceneAnchor => {
    return { level: 0, x: i % side, y: Math.floor(i / side), classes: [[0, nms.minCode + 1]], sides }
  })
  const maxDetections = Math.min(nms.maxDetections, 2 * MORE)
  return makeScene('capacity by far', { bits, nms: { ...nms, maxDetections }, geometry: own }, anchors)
}

/** Boxes of one class that overlap nothing, so that the last ones meet all before: one less than may be kept, as many, one more. */
export function makeMaxDetections(context: Context): readonly DetectStimulus[] {
  const { bits, nms, geometry } = context
  const side = Math.ceil(Math.sqrt(nms.maxDetections + 1))
  const own = withGrids(geometry, [grid(side, side)])
  const sides = smallest(context, 0)
  return [-1, 0, 1].flatMap((more) => {
    const count = nms.maxDetections + more
    if (count < 1 || count > nms.capacity) return []
    const anchors = Array.from({ length: count }, (_, i): SceneAnchor => {
      const classes = [[geometry.classes - 1, nms.minCode + (i % 3)]] as const
      return { level: 0, x: i % side, y: Math.floor(i / side), classes, sides }
    })
    return [makeScene(`max_det ${sign(more)}`, { bits, nms, geometry: own }, anchors)]
  })
}
