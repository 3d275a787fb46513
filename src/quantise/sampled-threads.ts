/** The float network on all cores: one session on one thread each, which share out the images. */
import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import type { FloatGraph } from '../graph/types.ts'
import { type PackedError, unpackError } from '../process/packed-error.ts'
import { callNative, startThread } from '../process/thread.ts'
import { countProducts } from './count-products.ts'
import type { FloatSamples, SampleSource, WantedPixels } from './float-samples.ts'
import { sessionsWithin } from './memory-need.ts'
import { describeSampled, type SampledModel, SampledNetwork } from './sampled-network.ts'

export interface SampledTask {
  readonly image: Float32Array
  readonly wanted: WantedPixels
}
/** What a thread answers to its model, which comes first, and then to each task. */
export type SampledReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly samples: FloatSamples }
  | { readonly kind: 'failed'; readonly error: PackedError }

/** Multiplications of all images below which starting threads takes longer than it saves. */
const WORTH_THREADS = 2 ** 33

class SampledThread implements AsyncDisposable {
  readonly #worker: Worker
  /** Settles when all that was asked is answered. */
  #last: Promise<unknown> = Promise.resolve()
  /** Tasks that wait or run. */
  load = 0

  constructor() {
    this.#worker = startThread(import.meta.url, 'sampled-thread')
  }

  /** @param moved memory of the model that is not needed here any more. */
  async open(model: SampledModel, moved: readonly ArrayBuffer[]): Promise<void> {
    await callNative(() => {
      this.#worker.postMessage(model, moved)
      return this.#answer()
    })
  }

  sample(task: SampledTask): Promise<FloatSamples> {
    this.load++
    const result = this.#last.then(async () => {
      const reply = await callNative(() => {
        this.#worker.postMessage(task, [task.image.buffer as ArrayBuffer])
        return this.#answer()
      })
      this.load--
      if (reply.kind !== 'done') throw new Error('Expected the samples of an image')
      return reply.samples
    })
    this.#last = result
    return result
  }

  #answer(): Promise<SampledReply> {
    return new Promise((resolve, reject) => {
      const settle = (reply: SampledReply): void => {
        this.#worker.off('error', reject).off('exit', end)
        if (reply.kind === 'failed') reject(unpackError(reply.error))
        else resolve(reply)
      }
      const end = (code: number): void => reject(new Error(`a thread of the float network ended (${code})`))
      this.#worker.once('message', settle).once('error', reject).once('exit', end)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }
}

export class SampledThreads implements SampleSource, AsyncDisposable {
  readonly atOnce: number
  readonly #threads: readonly SampledThread[]

  constructor(threads: readonly SampledThread[]) {
    this.#threads = threads
    this.atOnce = threads.length
  }

  /** Takes the bytes of the model. One thread opens it after the other: each needs several times its size meanwhile. */
  static async open(model: SampledModel, count: number): Promise<SampledThreads> {
    const threads = Array.from({ length: count }, () => new SampledThread())
    const all = new SampledThreads(threads)
    try {
      for (const [i, thread] of threads.entries())
        await thread.open(model, i === count - 1 ? [model.onnx.buffer as ArrayBuffer] : [])
    } catch (error) {
      await all[Symbol.asyncDispose]()
      throw error
    }
    return all
  }

  /** Takes the image: it is empty afterwards. */
  async sample(image: Float32Array, wanted: WantedPixels = new Map()): Promise<FloatSamples> {
    const thread = this.#threads.reduce((least, one) => (one.load < least.load ? one : least))
    return await thread.sample({ image, wanted })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread[Symbol.asyncDispose]()))
  }
}

/** The float network for so many images, on all cores where that is worth it and fits into memory. */
export async function openSampled(
  graph: FloatGraph,
  images: number,
  cores = availableParallelism(),
  memory = process.availableMemory(),
): Promise<SampleSource & AsyncDisposable> {
  const model = describeSampled(graph)
  const most = Math.min(cores, images, sessionsWithin(graph, memory))
  const threads = images * countProducts(graph) < WORTH_THREADS ? 1 : most
  return threads < 2 ? await SampledNetwork.open(model) : await SampledThreads.open(model, threads)
}
