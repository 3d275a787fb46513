/** This program is a further thread of the engine: it takes shares of the kernel's calls until the crew is closed. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { bindKernel, type Kernel } from '../golden/engine-kernel.ts'
import { CrewDesk } from './crew-desk.ts'
import type { Introduction } from './engine-crew.ts'

const desk = new CrewDesk(workerData as SharedArrayBuffer)
let known = 0
let kernel: Kernel | null = null

/** The kernel on a memory: the crew has said which before it laid out a share that needs it. */
function kernelOf(memory: number): Kernel {
  while (kernel === null || known !== memory) {
    const received = receiveMessageOnPort(parentPort!)
    if (received === undefined) throw new Error('Expected to be told of a memory before its first share')
    const introduction = received.message as Introduction
    if (introduction.number !== memory) continue
    known = introduction.number
    kernel = bindKernel(introduction.kernel)
  }
  return kernel
}

while (desk.waitForWork()) {
  const share = desk.take()
  if (share === null) continue
  kernelOf(share.memory)[share.call](...share.args)
  desk.finish()
}
