/** Runs the operators of ONNX on a graph of the profile `onnx-qlinear`: the witness whose code is not ours. */
import type { Codes, IntegerGraph } from '../golden/types.ts'
import { writeQlinearOnnx } from './onnx-qlinear.ts'
import { loadOnnxruntime, openSession } from './onnxruntime.ts'

/**
 * @param image codes of the input, C order [c, h, w]
 * @returns the codes of every node by its name, in C order
 */
export async function runQlinear(graph: IntegerGraph, image: Codes): Promise<ReadonlyMap<string, Codes>> {
  const [input, ...rest] = graph.nodes
  // Optimisation would join an add with what is around it, whose float32 differs.
  const session = await openSession(writeQlinearOnnx(graph), 1, { graphOptimizationLevel: 'disabled' })
  try {
    const { Tensor } = await loadOnnxruntime()
    const tensor = new Tensor('uint8', Uint8Array.from(image), [1, ...input!.shape])
    const outputs = await session.run({ [input!.name]: tensor })
    return new Map([
      [input!.name, image],
      ...rest.map(({ name }) => [name, outputs[name]!.data as Uint8Array] as const),
    ])
  } finally {
    await session.release()
  }
}
