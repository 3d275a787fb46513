/** Where the threads of a crew find their work: shares of one call after the other, in memory that all of them see. */
import type { KernelCall } from '../golden/engine-kernel.ts'

/** In an order that both sides know. */
export const CALLS: readonly KernelCall[] = [
  'conv',
  'add',
  'maxPool',
  'copy',
  'pack',
  'unpack',
  'packWeights',
  'tally',
  'convProducts',
  'addStages',
  'addFloats',
  'mapCodes',
]

/** The words at the beginning. */
const TICKET = 0
const DONE = 1
const SHARES = 2
const CALL = 3
const MEMORY = 4
const CLOSED = 5
/** The arguments of a share: their number, then each of them. */
const ARGUMENTS = 8
const ROOM = 32
const MOST_SHARES = 32

/** A ticket is the number of the call and, in its low bits, that of the next share; this one stands for no share at all. */
const SHARE_BITS = 8
const NO_SHARE = 2 ** SHARE_BITS - 1

/** Looks before a thread sleeps: the next call often comes within microseconds. */
const LOOKS = 2000
/** A share takes milliseconds. */
const LIMIT_MS = 120_000

export interface Share {
  readonly memory: number
  readonly call: KernelCall
  readonly args: readonly number[]
}

export class CrewDesk {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
  }

  static create(): CrewDesk {
    const desk = new CrewDesk(new SharedArrayBuffer(4 * (ARGUMENTS + MOST_SHARES * ROOM)))
    desk.#words[TICKET] = NO_SHARE
    return desk
  }

  /** Lays out the shares of a call. The one before must be finished. */
  open(memory: number, call: number, shares: readonly (readonly number[])[]): void {
    if (shares.length > MOST_SHARES) throw new RangeError(`Expected at most ${MOST_SHARES} shares`)
    const words = this.#words
    const ticket = ((Atomics.load(words, TICKET) >> SHARE_BITS) + 1) << SHARE_BITS
    // Whoever has read the older ticket can no longer take a share with it, so that the arguments may change.
    Atomics.store(words, TICKET, ticket | NO_SHARE)
    Atomics.store(words, DONE, 0)
    words[SHARES] = shares.length
    words[CALL] = call
    words[MEMORY] = memory
    for (const [i, args] of shares.entries()) {
      const at = ARGUMENTS + i * ROOM
      words[at] = args.length
      words.set(args, at + 1)
    }
    Atomics.store(words, TICKET, ticket)
    Atomics.notify(words, TICKET)
  }

  /** The next share; null if none is left. */
  take(): Share | null {
    const words = this.#words
    for (;;) {
      const ticket = Atomics.load(words, TICKET)
      const share = ticket & NO_SHARE
      if (share >= words[SHARES]!) return null
      const at = ARGUMENTS + share * ROOM
      const args = [...words.subarray(at + 1, at + 1 + words[at]!)]
      const [memory, call] = [words[MEMORY]!, CALLS[words[CALL]!]!]
      // Succeeds only if nobody has taken it, and then what was read is whole.
      if (Atomics.compareExchange(words, TICKET, ticket, ticket + 1) === ticket) return { memory, call, args }
    }
  }

  /** Says that a share is done. */
  finish(): void {
    Atomics.add(this.#words, DONE, 1)
    Atomics.notify(this.#words, DONE)
  }

  /** Waits until every share that was taken is done. */
  waitForAll(): void {
    const words = this.#words
    for (let looks = 0; ; looks++) {
      const done = Atomics.load(words, DONE)
      if (done === words[SHARES]) return
      if (looks > LOOKS && Atomics.wait(words, DONE, done, LIMIT_MS) === 'timed-out')
        throw new Error('Expected a thread of the engine to finish its share within two minutes')
    }
  }

  close(): void {
    Atomics.store(this.#words, CLOSED, 1)
    // A ticket that nobody has read wakes those who wait.
    Atomics.add(this.#words, TICKET, 1 << SHARE_BITS)
    Atomics.notify(this.#words, TICKET)
  }

  /** Waits for a share that is left; false once the desk is closed. */
  waitForWork(): boolean {
    const words = this.#words
    for (let looks = 0; ; looks++) {
      const ticket = Atomics.load(words, TICKET)
      if (Atomics.load(words, CLOSED) === 1) return false
      if ((ticket & NO_SHARE) < words[SHARES]!) return true
      if (looks > LOOKS) Atomics.wait(words, TICKET, ticket)
    }
  }
}
