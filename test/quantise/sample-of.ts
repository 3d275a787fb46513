/** Samples of whole tensors in plain loops: the second witness of what the float network takes of them itself. */
import type { FloatGraph, Shape } from '../../src/graph/types.ts'
import {
  type FloatSamples,
  listObserved,
  listTargets,
  type SampleSource,
  sampleStep,
  type TensorSamples,
  type WantedPixels,
} from '../../src/quantise/float-samples.ts'
import { preActivationKey } from '../../src/quantise/integer-graph.ts'

type Tensors = ReadonlyMap<string, Float32Array>

export function sampleOf(values: Float32Array, channels: number): TensorSamples {
  const step = sampleStep(values.length)
  const area = values.length / channels
  const planes = Array.from({ length: channels }, (_, c) => values.subarray(c * area, (c + 1) * area))
  const known = (plane: Float32Array) => plane.filter((value) => !Number.isNaN(value))
  return {
    values: values.filter((_, i) => i % step === 0),
    channels: {
      min: Float32Array.from(planes, (plane) => known(plane).reduce((a, b) => Math.min(a, b), Infinity)),
      max: Float32Array.from(planes, (plane) => known(plane).reduce((a, b) => Math.max(a, b), -Infinity)),
      sum: Float32Array.from(planes, (plane) => plane.reduce((sum, value) => sum + value, 0)),
    },
  }
}

export function sampleAll(
  graph: FloatGraph,
  tensors: Tensors,
  wanted: WantedPixels = new Map(),
): FloatSamples {
  const shapes = listObserved(graph)
  const observed = [...shapes].flatMap(([name, [channels]]) => {
    const values = tensors.get(name)
    if (values === undefined) return []
    const samples = sampleOf(values, channels)
    return [[name, shapes.has(preActivationKey(name)) ? { ...samples, channels: null } : samples] as const]
  })
  const targets = listTargets(graph).flatMap((name) => {
    const pixels = wanted.get(name)
    if (pixels === undefined) return []
    return [[name, pickPixels(tensors.get(name)!, shapes.get(name)!, pixels)] as const]
  })
  return { observed: new Map(observed), targets: new Map(targets) }
}

function pickPixels(
  values: Float32Array,
  [channels, height, width]: Shape,
  pixels: Uint32Array,
): Float32Array {
  const planes = Array.from({ length: channels }, (_, c) => c * height * width)
  return Float32Array.from(planes.flatMap((plane) => [...pixels].map((pixel) => values[plane + pixel]!)))
}

/** A source of samples from something that gives whole tensors. */
export const sampledFrom = (graph: FloatGraph, run: (image: Float32Array) => Tensors): SampleSource => ({
  atOnce: 1,
  sample: async (image, wanted) => sampleAll(graph, run(image), wanted),
})
