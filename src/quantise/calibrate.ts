/** Calibration: runs the float network over images and keeps a histogram of everything that needs a range. */

import type { FloatGraph, FloatNode, Shape } from '../graph/types.ts'
import { giveWay } from '../input/give-way.ts'
import { preActivationKey, silu } from './integer-graph.ts'
import { type Extremes, Observation } from './observation.ts'

/** A float network that gives activations by name, pre-activations under `preActivationKey`. */
export interface ActivationSource {
  run(image: Float32Array): Promise<ReadonlyMap<string, Float32Array>>
}

/** By tensor name, pre-activations under `preActivationKey`. */
export type Calibration = ReadonlyMap<string, Observation>

/** Nodes that make new values; the others pass codes on unchanged and would count the same values twice. */
const makesValues = (node: FloatNode): boolean => node.op === 'conv' || node.op === 'add'

/** The tensors that calibration needs of the float network, and their shapes. */
export function listObserved(graph: FloatGraph): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>()
  for (const node of graph.nodes) {
    if (!makesValues(node)) continue
    if (node.op === 'conv' && node.activation === 'silu') shapes.set(preActivationKey(node.name), node.shape)
    shapes.set(node.name, node.shape)
  }
  return shapes
}

export interface CalibrationProgress {
  readonly done: number
}

/**
 * Feeds every image through the network.
 * @throws Error when an activation is not finite: the network is broken, and no range would mean anything.
 */
export async function calibrate(
  graph: FloatGraph,
  source: ActivationSource,
  images: AsyncIterable<Float32Array> | Iterable<Float32Array>,
  onProgress: (progress: CalibrationProgress) => void = () => {},
): Promise<Calibration> {
  const calibration = new Map<string, Observation>()
  for (const [name, shape] of listObserved(graph)) calibration.set(name, new Observation(shape))
  let done = 0
  const count = async (activations: ReadonlyMap<string, Float32Array>): Promise<void> => {
    const seen = new Map<string, Extremes>()
    for (const [name, observation] of calibration) {
      const values = activations.get(name)
      if (values === undefined) throw new Error(`the float network did not yield ${name}`)
      const before = seen.get(preActivationKey(name))
      const extremes = observation.add(values, before === undefined ? null : afterSilu(before))
      if (extremes === null) throw new Error(`${name} holds a value that is not finite, in the float network`)
      seen.set(name, extremes)
      await giveWay()
    }
    done++
    onProgress({ done })
  }
  for await (const image of images) await count(await source.run(image))
  return calibration
}

/** The argument of SiLU's minimum, and its value there. */
const SILU_LOWEST = { at: -1.278464542761074, value: -0.278464542761074 }

/** Extremes of SiLU over a range: it falls to its lowest point and rises from there. */
function afterSilu({ min, max }: Extremes): Extremes {
  const [a, b] = [silu(min), silu(max)]
  const lowest = min <= SILU_LOWEST.at && max >= SILU_LOWEST.at ? SILU_LOWEST.value : Math.min(a, b)
  return { min: lowest, max: Math.max(a, b) }
}
