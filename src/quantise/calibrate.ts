/** Calibration: runs the float network over images and keeps a histogram of everything that needs a range. */

import { type Activated, extremesBehind } from '../graph/activation.ts'
import type { FloatGraph } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'
import {
  convolutionsOf,
  type FloatSamples,
  inOrder,
  listObserved,
  type SampleSource,
  type WantedPixels,
} from './float-samples.ts'
import { preActivationKey } from './integer-graph.ts'
import { type Extremes, Observation } from './observation.ts'

/** By tensor name, pre-activations under `preActivationKey`. */
export type Calibration = ReadonlyMap<string, Observation>

export interface CalibrationProgress {
  readonly done: number
}

export interface CalibrationImage {
  readonly real: Float32Array
  /** Pixels that somebody wants of the same run, and who is given its samples. */
  readonly wanted?: WantedPixels
  readonly onSamples?: (samples: FloatSamples) => void
}

/**
 * Feeds every image through the network. They are counted in their order, whichever is ready first: bins depend on it.
 * @throws Error when an activation is not finite: the network is broken, and no range would mean anything.
 */
export async function calibrate(
  graph: FloatGraph,
  source: SampleSource,
  images: AsyncIterable<CalibrationImage> | Iterable<CalibrationImage>,
  onProgress: (progress: CalibrationProgress) => void = () => {},
): Promise<Calibration> {
  const calibration = new Map<string, Observation>()
  for (const [name, shape] of listObserved(graph)) calibration.set(name, new Observation(shape[0]))
  const nodes = convolutionsOf(graph)
  let done = 0
  const sample = async ({ real, wanted, onSamples }: CalibrationImage) => ({
    samples: await source.sample(real, wanted),
    onSamples,
  })
  for await (const { samples, onSamples } of inOrder(images, source.atOnce, sample)) {
    await count(calibration, nodes, samples)
    onSamples?.(samples)
    done++
    onProgress({ done })
  }
  return calibration
}

async function count(
  calibration: Calibration,
  nodes: ReadonlyMap<string, Activated>,
  { observed }: FloatSamples,
): Promise<void> {
  const seen = new Map<string, Extremes>()
  for (const [name, observation] of calibration) {
    const samples = observed.get(name)
    if (samples === undefined) throw new Error(`the float network did not yield ${name}`)
    const before = seen.get(preActivationKey(name))
    const extremes = observation.add(
      samples,
      before === undefined ? null : extremesBehind(nodes.get(name)!, before),
    )
    if (extremes === null) throw new Error(`${name} holds a value that is not finite, in the float network`)
    seen.set(name, extremes)
    await giveWay()
  }
}
