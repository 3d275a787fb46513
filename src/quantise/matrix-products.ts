/** Products of large matrices by onnxruntime, whose multiplication is fifty times as fast as a loop here. Float32, row-major. */

import { createOnnxBuilder } from './onnx-builder.ts'
import { InferenceSession, Tensor } from './onnxruntime.ts'

export class MatrixProducts {
  readonly #inner: InferenceSession
  readonly #outer: InferenceSession

  /** Use `MatrixProducts.create`. */
  constructor(inner: InferenceSession, outer: InferenceSession) {
    this.#inner = inner
    this.#outer = outer
  }

  static async create(threads = 2): Promise<MatrixProducts> {
    return new MatrixProducts(await openGemm({ transA: 1 }, threads), await openGemm({ transB: 1 }, threads))
  }

  /** Aᵀ B for A [rows, columns] and B [rows, others]: [columns, others]. */
  async inner(a: Float32Array, b: Float32Array, rows: number): Promise<Float32Array> {
    return await run(this.#inner, a, [rows, a.length / rows], b, [rows, b.length / rows])
  }

  /** A Bᵀ for A [rows, columns] and B [others, columns]: [rows, others]. */
  async outer(a: Float32Array, b: Float32Array, columns: number): Promise<Float32Array> {
    return await run(this.#outer, a, [a.length / columns, columns], b, [b.length / columns, columns])
  }

  async close(): Promise<void> {
    await this.#inner.release()
    await this.#outer.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

async function openGemm(attributes: Record<string, number>, threads: number): Promise<InferenceSession> {
  const onnx = createOnnxBuilder('gemm')
  onnx.input('a', 'float', ['ra', 'ca'])
  onnx.input('b', 'float', ['rb', 'cb'])
  onnx.node('Gemm', ['a', 'b'], 'product', attributes)
  onnx.output('product', 'float', ['rp', 'cp'])
  return await InferenceSession.create(onnx.encode(), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
}

async function run(
  session: InferenceSession,
  a: Float32Array,
  aDims: readonly number[],
  b: Float32Array,
  bDims: readonly number[],
): Promise<Float32Array> {
  const { product } = await session.run({
    a: new Tensor('float32', a, aDims),
    b: new Tensor('float32', b, bDims),
  })
  const data = product?.data
  if (!(data instanceof Float32Array)) throw new Error('onnxruntime returned no float product')
  return data
}
