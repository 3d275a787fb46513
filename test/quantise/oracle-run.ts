/** Runs the integer graph in onnxruntime, the witness whose code is not Assay's. */
import { checkCodes } from '../../src/golden/codes.ts'
import type { Codes, IntegerGraph } from '../../src/golden/types.ts'
import { loadOnnxruntime } from '../../src/quantise/onnxruntime.ts'
import { encodeOracle } from './oracle-onnx.ts'

/** A session of onnxruntime on an integer graph. */
export interface Oracle {
  /** Every tensor of one image by node name, in topological order. The image has the input's codes in C order [c, h, w]. */
  run(image: Codes): Promise<Map<string, Codes>>
  close(): Promise<void>
}

/**
 * Loads the integer graph into onnxruntime.
 *
 * @throws InputError for more than 8 bits of weights or activations
 */
export async function createOracle(graph: IntegerGraph): Promise<Oracle> {
  const model = encodeOracle(graph)
  const { InferenceSession, Tensor } = await loadOnnxruntime()
  const session = await InferenceSession.create(model, {
    executionProviders: ['cpu'],
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
  const input = graph.nodes[0]!
  return {
    async run(image) {
      checkCodes(input.name, image, input.shape, input.quant.bits)
      const tensor = new Tensor('uint8', Uint8Array.from(image), [1, ...input.shape])
      const outputs = await session.run({ [input.name]: tensor })
      return new Map(
        graph.nodes.map(({ name }) => [
          name,
          name === input.name ? image : (outputs[name]!.data as Uint8Array),
        ]),
      )
    },
    close: () => session.release(),
  }
}

/** `createOracle` for a single image. */
export async function runOracle(graph: IntegerGraph, image: Codes): Promise<Map<string, Codes>> {
  const oracle = await createOracle(graph)
  try {
    return await oracle.run(image)
  } finally {
    await oracle.close()
  }
}
