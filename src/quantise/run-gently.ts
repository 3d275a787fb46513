/** The engine on one image, giving way between nodes: the largest networks take seconds. */

import type { Engine, EngineRunOptions } from '../golden/engine.ts'
import type { Codes } from '../golden/types.ts'
import { giveWay } from '../input/give-way.ts'

export async function runGently(
  engine: Engine,
  image: Codes,
  options: EngineRunOptions = {},
): Promise<Map<string, Codes>> {
  const steps = engine.steps(image, options)
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value
    await giveWay()
  }
}
