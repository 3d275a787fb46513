/** The float network, the student and its back-propagation in one graph of onnxruntime: a run is one step of learning on one crop. */
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { buildFloatOnnx } from '../quantise/onnx-float.ts'
import { loadOnnxruntime, openSession } from '../quantise/onnxruntime.ts'
import { addGradients } from './gradients.ts'
import { addLosses } from './losses.ts'
import type { Arrays } from './parameters.ts'
import { addStudent, type Student } from './student.ts'

/** As many everywhere: sums of float32 depend on it. */
const THREADS = 2

export class TrainingNetwork implements AsyncDisposable {
  readonly #session: InferenceSession
  readonly #dims: ReadonlyMap<string, readonly number[]>

  /** Use `TrainingNetwork.open`. */
  constructor(session: InferenceSession, dims: ReadonlyMap<string, readonly number[]>) {
    this.#session = session
    this.#dims = dims
  }

  /** @param features tensors between modules that are compared, too. */
  static async open(student: Student, features: readonly string[]): Promise<TrainingNetwork> {
    const onnx = buildFloatOnnx(student.graph)
    addStudent(onnx, student)
    addGradients(onnx, student, addLosses(onnx, student.graph, features))
    const dims = onnx.model().inputs.map(({ name, dims }) => [name, dims.map(Number)] as const)
    return new TrainingNetwork(await openSession(onnx.encode(), THREADS), new Map(dims))
  }

  /** The losses and slopes, by name, for the image and the parameters. */
  async run(inputs: Arrays): Promise<Arrays> {
    const { Tensor } = await loadOnnxruntime()
    const feeds: Record<string, Tensor> = {}
    for (const [name, values] of inputs) feeds[name] = new Tensor('float32', values, this.#dims.get(name)!)
    const results = await this.#session.run(feeds)
    const arrays: Arrays = new Map()
    for (const [name, { data }] of Object.entries(results)) {
      if (!(data instanceof Float32Array)) throw new Error(`onnxruntime returned no float tensor ${name}`)
      arrays.set(name, data)
    }
    return arrays
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release()
  }
}
