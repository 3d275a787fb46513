/** This program is a thread that opens the float network and runs it on one image after the other. */
import { parentPort } from 'node:worker_threads'
import { collectGarbage } from '../process/collect-garbage.ts'
import { packError } from '../process/packed-error.ts'
import type { FloatSamples } from './float-samples.ts'
import { type SampledModel, SampledNetwork } from './sampled-network.ts'
import type { SampledReply, SampledTask } from './sampled-threads.ts'

const port = parentPort!
let network: SampledNetwork | null = null

async function answer(message: SampledModel | SampledTask): Promise<SampledReply> {
  if ('onnx' in message) {
    network = await SampledNetwork.open(message)
    return { kind: 'ready' }
  }
  if (network === null) throw new Error('Expected a model before the first image')
  return { kind: 'done', samples: await network.sample(message.image, message.wanted) }
}

/** The memory of samples moves to the thread that asked. */
function listBuffers({ observed, targets }: FloatSamples): ArrayBuffer[] {
  const arrays = [...observed.values()].flatMap(({ values, channels }) =>
    channels === null ? [values] : [values, channels.min, channels.max, channels.sum],
  )
  return [...new Set([...arrays, ...targets.values()].map(({ buffer }) => buffer as ArrayBuffer))]
}

port.on('message', async (message: SampledModel | SampledTask) => {
  const reply = await answer(message).catch((error: unknown): SampledReply => {
    return { kind: 'failed', error: packError(error) }
  })
  port.postMessage(reply, reply.kind === 'done' ? listBuffers(reply.samples) : [])
  // The session has weights of its own: those of the model, up to 270 MB, are in nobody's hands once this turn ends.
  if (reply.kind === 'ready') setImmediate(collectGarbage)
})
