/** Runs a float graph with onnxruntime. */

import type { InferenceSession, Tensor } from 'onnxruntime-node'
import type { FloatGraph, Shape } from '../graph/types.ts'
import { listOutputs, writeFloatOnnx } from './onnx-float.ts'
import { loadOnnxruntime, openSession } from './onnxruntime.ts'

export interface FloatNetworkOptions {
  /** What `run` returns, as in `FloatOnnxOptions`; `logits` unless told. */
  readonly activations?: 'all' | 'logits' | readonly string[]
  /** Threads of one run; 1 unless told. */
  readonly threads?: number
}

/** A session of onnxruntime; close it when done. */
export class FloatNetwork {
  /** [3, height, width]. */
  readonly inputShape: Shape
  /** What `run` returns, in order. */
  readonly outputs: readonly string[]
  readonly #session: InferenceSession
  readonly #inputs: ReadonlyMap<string, Shape>
  readonly #image: string

  /** Use `FloatNetwork.create`. The first of the inputs is the image. */
  constructor(
    session: InferenceSession,
    inputs: readonly (readonly [name: string, shape: Shape])[],
    outputs: readonly string[],
  ) {
    this.#session = session
    this.#inputs = new Map(inputs)
    const [image, shape] = inputs[0]!
    this.#image = image
    this.inputShape = shape
    this.outputs = outputs
  }

  /** Writes the graph as ONNX and opens it. Throws Error for an unknown name among the activations. */
  static async create(graph: FloatGraph, options: FloatNetworkOptions = {}): Promise<FloatNetwork> {
    const { activations = 'logits', threads = 1 } = options
    const [input] = graph.nodes
    if (input?.op !== 'input') throw new Error('Expected a graph whose first node is its input')
    const session = await openSession(writeFloatOnnx(graph, { activations, decode: false }), threads)
    const inputs = graph.nodes.flatMap(({ op, name, shape }) =>
      op === 'input' ? [[name, shape] as const] : [],
    )
    return new FloatNetwork(session, inputs, listOutputs(graph, activations))
  }

  /** One image [3, height, width], RGB / 255, to the tensors by name, each [channels, height, width]. */
  async run(image: Float32Array): Promise<Map<string, Float32Array>> {
    return this.runFrom(new Map([[this.#image, image]]))
  }

  /** As `run`, for a graph that begins elsewhere or has several inputs: values by name, of every input at least. */
  async runFrom(inputs: ReadonlyMap<string, Float32Array>): Promise<Map<string, Float32Array>> {
    const { Tensor } = await loadOnnxruntime()
    const feeds: Record<string, Tensor> = {}
    for (const [name, shape] of this.#inputs) {
      const values = inputs.get(name)
      if (values === undefined) throw new RangeError(`Expected values for the input ${name}`)
      if (values.length !== shape[0] * shape[1] * shape[2]) {
        throw new RangeError(`Expected an image of ${shape.join('x')} values, got ${values.length}`)
      }
      feeds[name] = new Tensor('float32', values, [1, ...shape])
    }
    const results = await this.#session.run(feeds)
    const named = new Map<string, Float32Array>()
    for (const name of this.outputs) {
      const data = results[name]?.data
      if (!(data instanceof Float32Array)) throw new Error(`onnxruntime returned no float tensor ${name}`)
      named.set(name, data)
    }
    return named
  }

  /** Frees the session. */
  async close(): Promise<void> {
    await this.#session.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
