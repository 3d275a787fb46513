/** Logit tensors from boxes that are put on the head's grids. */
import { allocateCodes } from '../golden/codes.ts'
import type { DetectGeometry } from '../golden/head-geometry.ts'
import type { Codes, IntegerHead, NmsOptions } from '../golden/types.ts'
import type { DetectStimulus } from './types.ts'

/** The logits of one anchor; those not given stay 0. */
export interface SceneAnchor {
  readonly level: number
  readonly x: number
  readonly y: number
  /** Code of each class that is not the background's. */
  readonly classes: readonly (readonly [classIndex: number, code: number])[]
  /** Logits of left, top, right, bottom. */
  readonly sides: readonly (readonly number[])[]
}

export interface Grid {
  readonly width: number
  readonly height: number
}

/** The head's levels on other grids; a level without a grid of its own has one cell. */
export const withGrids = (geometry: DetectGeometry, grids: readonly Grid[]): DetectGeometry => ({
  ...geometry,
  levels: geometry.levels.map(({ stride }, i) => ({ stride, ...(grids[i] ?? { width: 1, height: 1 }) })),
})

/** A of the logits, which may differ between boxes and classes. */
export interface LogitBits {
  readonly box: number
  readonly cls: number
}

/** The tables have an entry a code. */
export const logitBits = ({ expTable, sigmoidTable }: IntegerHead): LogitBits => ({
  box: Math.log2(expTable.length),
  cls: Math.log2(sigmoidTable.length),
})

export interface SceneSettings {
  readonly geometry: DetectGeometry
  readonly bits: LogitBits
  readonly nms: NmsOptions
}

/** @param background code of every class that no anchor names */
export function makeScene(
  name: string,
  { geometry, bits, nms }: SceneSettings,
  anchors: readonly SceneAnchor[],
  background = 0,
): DetectStimulus {
  const { levels, regMax, classes } = geometry
  const boxes = levels.map(({ width, height }) => allocateCodes(4 * regMax * width * height, bits.box))
  const scores = levels.map(({ width, height }) =>
    allocateCodes(classes * width * height, bits.cls).fill(background),
  )
  for (const { level, x, y, classes: own, sides } of anchors) {
    const { width, height } = levels[level]!
    const put = (codes: Codes, channel: number, code: number): void => {
      codes[(channel * height + y) * width + x] = code
    }
    for (const [classIndex, code] of own) put(scores[level]!, classIndex, code)
    for (const [side, logits] of sides.entries())
      for (const [bin, code] of logits.entries()) put(boxes[level]!, side * regMax + bin, code)
  }
  return { kind: 'detect', name, geometry, boxes, classes: scores, nms }
}
