/**
 * Further threads for the engine. A call of the kernel is cut into shares, and each thread takes the next share until none is left:
 * rows or channels that do not depend on each other, so that the codes are the same whoever computes them. The thread that asks
 * takes shares too, and waits for nobody who has not begun one.
 */
import { availableParallelism } from 'node:os'
import type { Worker } from 'node:worker_threads'
import type { Crew } from '../golden/engine.ts'
import { bindKernel, type Kernel, type KernelCall, type SharedKernel } from '../golden/engine-kernel.ts'
import type { IntegerGraph } from '../golden/types.ts'
import type { FloatGraph } from '../graph/types.ts'
import { startThread } from '../process/thread.ts'
import { countProducts } from './count-products.ts'
import { CALLS, CrewDesk } from './crew-desk.ts'

/** Threads that share out one frame, at most: the layers of a small image have 20 rows. */
const MOST_THREADS = 8
/** Shares for each thread, so that none waits long for a slower one. */
const SHARES = 3

/** What a helper is told before the first call on a memory. */
export interface Introduction {
  readonly number: number
  readonly kernel: SharedKernel
}

export class EngineCrew implements Crew, Disposable {
  readonly shares: number
  readonly #desk = CrewDesk.create()
  readonly #helpers: readonly Worker[]
  #known: SharedKernel | null = null
  #own: Kernel | null = null
  #number = 0

  constructor(helpers: number) {
    this.shares = SHARES * (helpers + 1)
    this.#helpers = Array.from({ length: helpers }, () => {
      const helper = startThread(import.meta.url, 'crew-helper', this.#desk.buffer)
      // A helper that does not start is no fault: its shares are taken by the others.
      helper.on('error', () => {})
      helper.unref()
      return helper
    })
  }

  run(kernel: SharedKernel, call: KernelCall, shares: readonly (readonly number[])[]): void {
    this.#introduce(kernel)
    const own = this.#own!
    this.#desk.open(this.#number, CALLS.indexOf(call), shares)
    for (let share = this.#desk.take(); share !== null; share = this.#desk.take()) {
      own[call](...share.args)
      this.#desk.finish()
    }
    this.#desk.waitForAll()
  }

  /** The helpers end by themselves. */
  [Symbol.dispose](): void {
    this.#desk.close()
  }

  #introduce(kernel: SharedKernel): void {
    if (this.#known?.memory === kernel.memory) return
    this.#known = kernel
    this.#own = bindKernel(kernel)
    this.#number++
    const introduction: Introduction = { number: this.#number, kernel }
    for (const helper of this.#helpers) helper.postMessage(introduction)
  }
}

/** Multiplications of a network below which starting a thread takes longer than it saves. */
const WORTH_A_CREW = 2 ** 29

/** A crew for all cores; null where there is one core only, or little to compute. */
export function openCrew(
  graph: FloatGraph | IntegerGraph,
  cores = availableParallelism(),
): EngineCrew | null {
  const helpers = Math.min(cores, MOST_THREADS) - 1
  return helpers < 1 || countProducts(graph) < WORTH_A_CREW ? null : new EngineCrew(helpers)
}
