/** This file runs the float network on calibration images: what integer networks are compared with. */
import type { FloatGraph } from '../../graph/types.ts'
import { toNchwFloat } from '../../image/planes.ts'
import type { RgbImage } from '../../image/rgb-image.ts'
import { FloatNetwork } from '../../quantise/float-network.ts'
import type { Scope } from '../../quantise/integer-graph.ts'
import { listOutputTensors } from '../../quantise/output-error.ts'

/** The tensors of `listOutputTensors` for each image, in its order. */
export async function runFloatOutputs(
  graph: FloatGraph,
  images: readonly RgbImage[],
  scope: Scope,
): Promise<ReadonlyMap<string, Float32Array>[]> {
  if (images.length === 0) return []
  const activations = listOutputTensors(graph, scope === 'all' ? 'integer' : 'float')
  await using network = await FloatNetwork.create(graph, { activations, threads: 2 })
  const outputs: ReadonlyMap<string, Float32Array>[] = []
  for (const image of images) outputs.push(await network.run(toNchwFloat(image)))
  return outputs
}
