/** The directed sets of DETECT: what q_NMS decides at its edges, on grids as small as each needs. */
import type { RandomBits } from '../golden/random.ts'
import type { Codes, NmsOptions } from '../golden/types.ts'
import { type Context, type DetectTarget, grid, sidesOf, smallest } from './detect-context.ts'
import { makeCapacity, makeFlood, makeMaxDetections } from './detect-limits.ts'
import { makeCrowd, makeOverlaps } from './detect-overlaps.ts'
import { makeScene, type SceneAnchor, withGrids } from './scene.ts'
import { makePalette } from './side-palette.ts'
import type { DetectStimulus } from './types.ts'

export function makeDetectCorners(target: DetectTarget): readonly DetectStimulus[] {
  const { geometry, head, bits } = target
  const palettes = geometry.levels.map(({ stride }) => makePalette(head.expTable, geometry.regMax, stride))
  // Codes on both sides of the threshold, whatever the run's is.
  const largest = 2 ** bits.cls - 1
  const minCode = Math.min(Math.max(target.nms.minCode, 2), largest - 4)
  const own = { ...target, palettes, largest, nms: { ...target.nms, minCode, multiLabel: false } }
  return [
    ...makeCounts(own),
    makeScores(own),
    makeTies(own),
    ...makeCrossClass(own),
    ...makeOverlaps(own),
    ...makeCrowd(own),
    ...makeCapacity(own),
    makeFlood(own),
    ...makeMaxDetections(own),
    makeReach(own),
  ]
}

/** No candidate, one that just reaches the threshold, and codes about it. */
function makeCounts(context: Context): readonly DetectStimulus[] {
  const { bits, nms, geometry } = context
  const { minCode } = nms
  const own = withGrids(geometry, [grid(5, 3), grid(3, 2), grid(2, 1)])
  const level = own.levels.length - 1
  const sides = sidesOf(context, level, [0.1, 0.2, 0.3, 0.4])
  const last = { level, x: own.levels[level]!.width - 1, y: own.levels[level]!.height - 1 }
  const one: SceneAnchor = { ...last, classes: [[geometry.classes - 1, minCode]], sides }
  const about = Array.from({ length: 15 }, (_, i): SceneAnchor => {
    const classes = [[i % geometry.classes, minCode - 2 + (i % 5)]] as const
    return { level: 0, x: i % 5, y: Math.floor(i / 5), classes, sides: smallest(context, 0) }
  })
  return [
    makeScene('no candidate', { bits, nms, geometry: own }, [], minCode - 1),
    makeScene('one candidate', { bits, nms, geometry: own }, [one], minCode - 1),
    makeScene('about the threshold', { bits, nms, geometry: own }, about),
  ]
}

/** Every entry of the score table, with boxes of every length. */
function makeScores(context: Context): DetectStimulus {
  const { bits, nms, geometry, largest } = context
  const side = Math.ceil(Math.sqrt(Math.min(largest + 1, 1024)))
  const own = withGrids(geometry, [grid(side, side)])
  const anchors = Array.from({ length: side * side }, (_, i): SceneAnchor => {
    const share = (part: number): number => ((i * part) % 97) / 96
    const sides = sidesOf(context, 0, [share(5), share(7), share(11), share(13)])
    const code = Math.min(largest, Math.floor((i * (largest + 1)) / (side * side)))
    return { level: 0, x: i % side, y: Math.floor(i / side), classes: [[i % geometry.classes, code]], sides }
  })
  return makeScene('every score', { bits, nms: { ...nms, minCode: 0 }, geometry: own }, anchors)
}

/** The same code at several anchors of all levels, and at two classes of one anchor. */
function makeTies(context: Context): DetectStimulus {
  const { bits, nms, geometry } = context
  const own = withGrids(geometry, [grid(4, 3), grid(3, 2), grid(2, 2)])
  const anchors = own.levels.flatMap(({ width, height }, level) =>
    Array.from({ length: width * height }, (_, i): SceneAnchor => {
      const first = i % geometry.classes
      const second = (i * 7 + 1) % geometry.classes
      const sides = sidesOf(context, level, [0.02, 0.02, 0.01 * (i % 9), 0.02])
      const classes = [[first, nms.minCode + 1], [second, nms.minCode + 1]] as const // biome-ignore format: pairs
      return { level, x: i % width, y: Math.floor(i / width), classes, sides }
    }),
  )
  return makeScene('ties', { bits, nms, geometry: own }, anchors)
}

/** One place, two classes: both are kept. By neighbouring anchors, and by one anchor with several labels. */
function makeCrossClass(context: Context): readonly DetectStimulus[] {
  const { bits, nms, geometry } = context
  if (geometry.classes < 2) return []
  const own = withGrids(geometry, [grid(4, 4)])
  const sides = sidesOf(context, 0, [0.7, 0.7, 0.7, 0.7])
  const anchors = Array.from({ length: 16 }, (_, i): SceneAnchor => {
    const classes = [[(i * 3) % geometry.classes, nms.minCode + (i % 4)]] as const
    return { level: 0, x: i % 4, y: i >> 2, classes, sides }
  })
  const labels = anchors.map((anchor, i): SceneAnchor => {
    const classes = [...new Set([0, 1, 2, geometry.classes - 1])].filter((at) => at < geometry.classes)
    return { ...anchor, classes: classes.map((at) => [at, nms.minCode + (i % 3)] as const) }
  })
  return [
    makeScene('overlaps across classes', { bits, nms, geometry: own }, anchors),
    makeScene(
      'several labels of an anchor',
      { bits, nms: { ...nms, multiLabel: true }, geometry: own },
      labels,
    ),
  ]
}

/** Boxes that reach over every edge of the image, without area in one direction or both, and one in another. */
function makeReach(context: Context): DetectStimulus {
  const { bits, nms, geometry } = context
  const own = withGrids(
    geometry,
    geometry.levels.map(() => grid(3, 3)),
  )
  const shapes = [
    [1, 1, 0, 0],
    [0, 1, 1, 0],
    [1, 0, 0, 1],
    [0, 0, 1, 1],
    [0, 0, 0, 0],
    [0, 1, 0, 1],
    [1, 0, 1, 0],
    [1, 1, 1, 1],
    [0, 0, 0, 0],
  ] as const
  const anchors = own.levels.flatMap((_, level) =>
    shapes.map((shares, i): SceneAnchor => {
      const classes = [[level % geometry.classes, nms.minCode + 1]] as const
      return { level, x: i % 3, y: Math.floor(i / 3), classes, sides: sidesOf(context, level, shares) }
    }),
  )
  return makeScene('over the edges, without area', { bits, nms, geometry: own }, anchors)
}

/** Logits of the whole range on all levels, with other settings each time. */
export function makeDetectRandom(target: DetectTarget, random: RandomBits): readonly DetectStimulus[] {
  const { geometry, bits, nms } = target
  const codes = 2 ** bits.cls
  const grids = [grid(9, 5), grid(5, 3), grid(3, 2)]
  const own = withGrids(geometry, grids)
  const few = Math.min(nms.maxDetections, 60)
  const settings: readonly Partial<NmsOptions>[] = [
    {},
    { multiLabel: true, minCode: codes - Math.max(1, codes >> 4), maxDetections: few },
    { multiLabel: true, minCode: 0, maxDetections: few },
    { iouThreshold: 1 + (random() % 1023), minCode: codes >> 1 },
    { iouThreshold: 0, minCode: codes >> 2 },
    { iouThreshold: 1024, minCode: 1, maxDetections: Math.min(nms.maxDetections, 1 + (random() % 40)) },
  ]
  return settings.map((changes, index) => {
    const scene = makeScene(
      `logits ${index + 1}`,
      { bits, nms: { ...nms, multiLabel: false, ...changes }, geometry: own },
      [],
    )
    const fill = (tensors: readonly Codes[], count: number): void => {
      for (const tensor of tensors) for (let i = 0; i < tensor.length; i++) tensor[i] = random() % count
    }
    fill(scene.boxes, 2 ** bits.box)
    fill(scene.classes, codes)
    return scene
  })
}
