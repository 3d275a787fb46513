/** Products of tall matrices by onnxruntime, whose matrix multiplication is fifty times as fast as a loop here. */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { createOnnxBuilder } from './onnx-builder.ts'

export class GramProduct {
  readonly #session: InferenceSession

  /** Use `GramProduct.create`. */
  constructor(session: InferenceSession) {
    this.#session = session
  }

  static async create(threads = 2): Promise<GramProduct> {
    const onnx = createOnnxBuilder('gram')
    onnx.input('a', 'float', ['rows', 'columns'])
    onnx.input('b', 'float', ['rows', 'others'])
    onnx.node('Gemm', ['a', 'b'], 'product', { transA: 1 })
    onnx.output('product', 'float', ['columns', 'others'])
    const session = await InferenceSession.create(onnx.encode(), {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    })
    return new GramProduct(session)
  }

  /** Aᵀ B for row-major A [rows, columns] and B [rows, others]: [columns, others]. */
  async multiply(a: Float32Array, b: Float32Array, rows: number): Promise<Float32Array> {
    const { product } = await this.#session.run({
      a: new Tensor('float32', a, [rows, a.length / rows]),
      b: new Tensor('float32', b, [rows, b.length / rows]),
    })
    const data = product?.data
    if (!(data instanceof Float32Array)) throw new Error('onnxruntime returned no float product')
    return data
  }

  async close(): Promise<void> {
    await this.#session.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
