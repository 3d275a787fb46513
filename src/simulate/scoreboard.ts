/** Compares the beats that come out with those that a model predicts, in order. */
import { isDeepStrictEqual } from 'node:util'
import { type Beat, unpackBeats } from './beats.ts'
import type { BulkDut, Deadline, Stream } from './types.ts'

/** A beat came that was not the one expected, too few came, or one too many. */
export class ScoreboardError extends Error {
  override readonly name = 'ScoreboardError'
  /** Position of the beat, counted from the first one expected. */
  readonly index: number
  readonly expected: Beat | null
  readonly received: Beat | null

  constructor(message: string, index: number, expected: Beat | null, received: Beat | null) {
    super(message)
    this.index = index
    this.expected = expected
    this.received = received
  }
}

/** Compares the beats of one output stream with those that a model predicts, in order. */
export interface Scoreboard {
  /** Queues what has to come next. */
  expect(beats: readonly Beat[]): void
  /** Beats that were right. */
  readonly matched: number
  /** Beats that are still expected. */
  readonly outstanding: number
  /**
   * Runs the clock until every expected beat has come, and then `idleCycles` more (default 16), in which none may come.
   *
   * @throws ScoreboardError at the first beat that differs, with its number, and when one is left over; SimulationError
   *   when the beats do not come in time.
   */
  drain(options?: Deadline & { readonly idleCycles?: number }): Promise<void>
}

/**
 * A scoreboard on a stream of a model.
 *
 * ```ts
 * const board = scoreboard(dut, 'out')
 * board.expect(inputs.map(model))
 * await dut.in.send(inputs)
 * await board.drain()
 * ```
 */
export function scoreboard(dut: BulkDut, stream: string | Stream = 'out'): Scoreboard {
  const out = typeof stream === 'string' ? dut.stream(stream) : stream
  const queue: Beat[] = []
  /** Of the queue, whose beats before it have come. */
  let next = 0
  let matched = 0
  const { name } = out.ports
  const compare = (received: readonly Beat[]): void => {
    for (const beat of received) {
      const expected = queue[next]
      if (expected === undefined) {
        const text = `${name}: expected no beat after ${matched}, received ${show(beat)}`
        throw new ScoreboardError(text, matched, null, beat)
      }
      next++
      if (!isDeepStrictEqual(expected, beat)) {
        const later = queue.findIndex((other, index) => index >= next && isDeepStrictEqual(other, beat))
        const hint = later < 0 ? '' : ` (which was expected as beat ${matched + 1 + later - next})`
        const text = `${name}, beat ${matched}: expected ${show(expected)}, received ${show(beat)}${hint}`
        throw new ScoreboardError(text, matched, expected, beat)
      }
      matched++
    }
    if (next >= queue.length) {
      queue.length = 0
      next = 0
    }
  }
  return {
    expect: (beats) => {
      for (const beat of beats) queue.push(beat)
    },
    get matched() {
      return matched
    },
    get outstanding() {
      return queue.length - next
    },
    drain: async ({ idleCycles = 16, ...deadline } = {}) => {
      try {
        compare(await out.receive(queue.length - next, deadline))
      } catch (error) {
        // A wrong beat says more than that the last one is missing.
        if (!(error instanceof ScoreboardError)) compare(await takeAll(out))
        throw error
      }
      await dut.step(idleCycles)
      compare(await takeAll(out))
    },
  }
}

/** What has come, without running the clock. */
async function takeAll(stream: Stream): Promise<readonly Beat[]> {
  const { data, cycles } = await stream.receivePacked()
  return unpackBeats(stream.ports, data, cycles.length)
}

const show = (beat: Beat): string =>
  `{ ${Object.entries(beat)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')} }`
