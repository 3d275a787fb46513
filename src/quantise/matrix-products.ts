/**
 * Products of large matrices by onnxruntime, whose multiplication is fifty times as fast as a loop here. Float32, row-major. A product is made in slices of
 * rows: onnxruntime computes without giving way, and seconds are too long for that.
 */
import type { InferenceSession } from 'onnxruntime-node'
import { giveWay } from '../input/give-way.ts'
import { createOnnxBuilder } from './onnx-builder.ts'
import { loadOnnxruntime } from './onnxruntime.ts'

/** Multiplications of a slice: a tenth of a second or two. */
const SLICE = 2 ** 31
/** With fewer rows onnxruntime adds in another order. */
const MIN_ROWS = 64

export class MatrixProducts {
  readonly #inner: InferenceSession
  readonly #outer: InferenceSession
  readonly #slice: number

  /** Use `MatrixProducts.create`. */
  constructor(inner: InferenceSession, outer: InferenceSession, slice: number) {
    this.#inner = inner
    this.#outer = outer
    this.#slice = slice
  }

  static async create(threads = 2, slice = SLICE): Promise<MatrixProducts> {
    const inner = await openGemm({ transA: 1 }, threads)
    return new MatrixProducts(inner, await openGemm({ transB: 1 }, threads), slice)
  }

  /** Aᵀ B for A [rows, columns] and B [rows, others]: [columns, others]. */
  async inner(a: Float32Array, b: Float32Array, rows: number): Promise<Float32Array> {
    const [columns, others] = [a.length / rows, b.length / rows]
    return await inSlices([columns, others, rows], this.#slice, (from, to) => {
      const part = takeColumns(a, columns, from, to)
      return run(this.#inner, part, [rows, to - from], b, [rows, others])
    })
  }

  /** A Bᵀ for A [rows, columns] and B [others, columns]: [rows, others]. */
  async outer(a: Float32Array, b: Float32Array, columns: number): Promise<Float32Array> {
    const [rows, others] = [a.length / columns, b.length / columns]
    return await inSlices([rows, others, columns], this.#slice, (from, to) => {
      const part = a.subarray(from * columns, to * columns)
      return run(this.#outer, part, [to - from, columns], b, [others, columns])
    })
  }

  async close(): Promise<void> {
    await this.#inner.release()
    await this.#outer.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** A product [rows, others] of sums of `depth`, some rows at a time. */
async function inSlices(
  [rows, others, depth]: readonly [number, number, number],
  slice: number,
  multiply: (from: number, to: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  const slices = Math.max(
    1,
    Math.min(Math.floor(rows / MIN_ROWS), Math.ceil((rows * others * depth) / slice)),
  )
  if (slices === 1) return multiply(0, rows)
  const product = new Float32Array(rows * others)
  for (let one = 0; one < slices; one++) {
    const [from, to] = [one, one + 1].map((edge) => Math.floor((edge * rows) / slices)) as [number, number]
    product.set(await multiply(from, to), from * others)
    await giveWay()
  }
  return product
}

function takeColumns(a: Float32Array, columns: number, from: number, to: number): Float32Array {
  if (from === 0 && to === columns) return a
  const part = new Float32Array((a.length / columns) * (to - from))
  for (let begin = from, at = 0; begin < a.length; begin += columns, at += to - from)
    part.set(a.subarray(begin, begin + to - from), at)
  return part
}

async function openGemm(attributes: Record<string, number>, threads: number): Promise<InferenceSession> {
  const onnx = createOnnxBuilder('gemm')
  onnx.input('a', 'float', ['ra', 'ca'])
  onnx.input('b', 'float', ['rb', 'cb'])
  onnx.node('Gemm', ['a', 'b'], 'product', attributes)
  onnx.output('product', 'float', ['rp', 'cp'])
  const { InferenceSession } = await loadOnnxruntime()
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
  const { Tensor } = await loadOnnxruntime()
  const { product } = await session.run({
    a: new Tensor('float32', a, aDims),
    b: new Tensor('float32', b, bDims),
  })
  const data = product?.data
  if (!(data instanceof Float32Array)) throw new Error('onnxruntime returned no float product')
  return data
}
