/** The waveform of the first layer that the user's module gets wrong. */

import { describeLayer } from '../../regress/from-result.ts'
import { portGroups } from '../../report/gtkwave.ts'
import type { LayerResult, WaveformResult } from '../../result/result.ts'
import type { Progress } from '../files/progress.ts'
import { type Scene, writeWaveform } from '../report/waveform.ts'

/** A layer that ran and is red, and how it runs again. */
export interface RedLayer extends Pick<Scene, 'open' | 'run'> {
  readonly result: LayerResult
  /** Cycle of the model to look at where no element has one. */
  readonly lookAt?: number | undefined
}

/** @param folder of the run. */
export async function traceOperator(
  { result, lookAt, open, run }: RedLayer,
  folder: string,
  progress: Progress,
): Promise<WaveformResult> {
  const { name, first, cycles } = result
  const task = progress.start(`build with tracing, trace ${name}`)
  // The cycles of the module's own streams are those of the model.
  const cycle = first?.cycle ?? lookAt ?? cycles
  const title = `${describeLayer(result)}, cycle ${cycle}`
  try {
    const groups: Scene['groups'] = (module) => portGroups(title, module)
    const made = await writeWaveform({ name, cycle, open, run, groups }, folder)
    task.done(`${made.toCycle - made.fromCycle + 1} cycles around it`)
    return made
  } catch (error) {
    task.done('none')
    throw error
  }
}
