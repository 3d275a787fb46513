/** The child processes of a run, which start while ROMs are written and open the model while the golden data is computed. */

import { availableParallelism } from 'node:os'
import type { SimulateOptions } from '../../simulate/types.ts'
import { openGoldenFile } from './golden-file.ts'
import { createLayerRunner, type LayerRunner } from './layer-runner.ts'
import type { SimulationOptions } from './options.ts'
import { keptFolder } from './options.ts'

export interface LayerPool {
  readonly runners: readonly LayerRunner[]
  close(): Promise<void>
}

/** @param simulation opens the built model. @param steps that will run at most. */
export function createLayerPool(
  simulation: Promise<SimulateOptions>,
  { plan, store }: Pick<SimulationOptions, 'plan' | 'store'>,
  steps: number,
): LayerPool {
  const golden = openGoldenFile(keptFolder(store))
  const jobs = Math.min(plan.jobs ?? availableParallelism(), steps)
  const runners = Array.from({ length: jobs }, () => createLayerRunner(simulation, golden))
  return {
    runners,
    close: async () => {
      await Promise.all(runners.map((runner) => runner.close()))
      golden.close()
    },
  }
}
