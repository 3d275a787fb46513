/** Runs a float graph with onnxruntime, of whose tensors only samples come out. */
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import type { FloatGraph, Shape } from '../graph/types.ts'
import {
  type FloatSamples,
  listObserved,
  listTargets,
  type SampleSource,
  type TensorSamples,
  type WantedPixels,
} from './float-samples.ts'
import { sampleNames, writeSampledOnnx } from './onnx-sampled.ts'
import { loadOnnxruntime, openSession } from './onnxruntime.ts'

/** What a session is opened from; it can be sent to another thread. */
export interface SampledModel {
  readonly onnx: Uint8Array
  readonly image: { readonly name: string; readonly shape: Shape }
  readonly observed: readonly string[]
  readonly targets: readonly string[]
}

export function describeSampled(graph: FloatGraph): SampledModel {
  const [input] = graph.nodes
  if (input?.op !== 'input') throw new Error('Expected a graph whose first node is its input')
  return {
    onnx: writeSampledOnnx(graph),
    image: { name: input.name, shape: input.shape },
    observed: [...listObserved(graph).keys()],
    targets: listTargets(graph),
  }
}

/** One session on one thread. */
export class SampledNetwork implements SampleSource, AsyncDisposable {
  readonly atOnce = 1
  readonly #session: InferenceSession
  readonly #model: Omit<SampledModel, 'onnx'>

  /** Use `SampledNetwork.open`. */
  constructor(session: InferenceSession, { image, observed, targets }: SampledModel) {
    this.#session = session
    this.#model = { image, observed, targets }
  }

  static async open(model: SampledModel): Promise<SampledNetwork> {
    // A plan of the whole run would hold twice the memory, and saves no time.
    const session = await openSession(model.onnx, 1, { enableMemPattern: false })
    return new SampledNetwork(session, model)
  }

  async sample(image: Float32Array, wanted: WantedPixels = new Map()): Promise<FloatSamples> {
    const { Tensor } = await loadOnnxruntime()
    const { name, shape } = this.#model.image
    const feeds: Record<string, Tensor> = { [name]: new Tensor('float32', image, [1, ...shape]) }
    for (const target of this.#model.targets) {
      const pixels = BigInt64Array.from(wanted.get(target) ?? [], BigInt)
      feeds[sampleNames(target).wanted] = new Tensor('int64', pixels, [pixels.length])
    }
    const results = await this.#session.run(feeds)
    const take = (output: string): Float32Array => {
      const data = results[output]?.data
      if (!(data instanceof Float32Array)) throw new Error(`onnxruntime returned no float tensor ${output}`)
      return data
    }
    const observed = this.#model.observed.map((tensor): readonly [string, TensorSamples] => {
      const { values, min, max, sum } = sampleNames(tensor)
      const channels = results[min] === undefined ? null : { min: take(min), max: take(max), sum: take(sum) }
      return [tensor, { values: take(values), channels }]
    })
    const targets = this.#model.targets.flatMap((target) =>
      wanted.has(target) ? [[target, take(sampleNames(target).pixels)] as const] : [],
    )
    return { observed: new Map(observed), targets: new Map(targets) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release()
  }
}
