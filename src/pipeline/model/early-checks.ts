/** These checks refuse a checkpoint as soon as it is read if the run would fail after minutes of calibration. */

import { checkGeometry } from '../../golden/head-geometry.ts'
import type { FloatGraph } from '../../graph/types.ts'
import { checkEngine, checkInputSize, type EngineParameters } from '../../rom/parameters.ts'

/**
 * @param runs whether q_NMS will run, here or in hardware. Its box corners limit the size of the image, too.
 * @throws InputError for a detect head that exceeds the integer arithmetic.
 */
export function checkIntegerHead({ nodes, head }: FloatGraph, runs: boolean, path: string): void {
  const shapes = new Map(nodes.map(({ name, shape }) => [name, shape]))
  const levels = head.levels.map(({ stride, box }) => {
    const [, height, width] = shapes.get(box)!
    return { stride, height, width }
  })
  // One cell per level checks everything but the size of the image.
  const checked = runs ? levels : levels.map((level) => ({ ...level, height: 1, width: 1 }))
  checkGeometry({ levels: checked, regMax: head.regMax, classes: head.classes.length }, path)
}

/** @throws InputError if the engine cannot be built, or the input is too large for it. */
export function checkHardware({ nodes }: FloatGraph, engine: EngineParameters): void {
  checkEngine(engine)
  const [, height, width] = nodes[0]!.shape
  checkInputSize(height, width)
}
