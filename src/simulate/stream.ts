import { type Beat, countBeatBytes, packBeats, unpackBeats } from './beats.ts'
import type { StreamPorts } from './boundary/types.ts'
import { type Instance, Status } from './instance.ts'
import type { Deadline, PackedBeats, Stalls, Stream } from './types.ts'

/** Runs the clock in slices, so that the process stays alive; returns the status that ended it. */
export type RunSlices = (goal: {
  readonly untilStream: number
  readonly level: number
  readonly cycles: number
}) => Promise<number>

/**
 * A stream of an instance. Its ports are the test's to drive until the first `send` or `receive`; from then on the
 * bridge drives them. An output without ready is recorded from the start.
 */
export function makeStream(
  instance: Instance,
  ports: StreamPorts,
  runSlices: RunSlices,
  seed: number,
  clock: number,
  /** Takes what was received last, by the stream's name. */
  received: Map<string, PackedBeats>,
): Stream {
  const { bridge, handle } = instance
  const beatBytes = countBeatBytes(ports)
  const fields = Int32Array.from(ports.fields, ({ port }) => instance.portIndex(port.name))
  const id = bridge.streamAdd(
    handle,
    ports.direction === 'input' ? 1 : 0,
    instance.portIndex(ports.valid),
    ports.ready === null ? -1 : instance.portIndex(ports.ready),
    fields,
    fields.length,
  )
  if (clock > 0) bridge.streamClock(handle, id, clock)
  let driven = false
  const drive = (way: 'input' | 'output'): void => {
    instance.assertOpen()
    if (ports.direction !== way) {
      const verb = way === 'input' ? 'send to' : 'receive from'
      throw new TypeError(
        `Expected an ${way} stream to ${verb}, ${ports.name} of ${instance.built.top} is an ${ports.direction}`,
      )
    }
    if (!driven) bridge.streamDrive(handle, id, 1)
    driven = true
  }
  if (ports.direction === 'output' && ports.ready === null) drive('output')

  const take = (count: number): PackedBeats => {
    const data = new Uint8Array(count * beatBytes)
    const cycles = new Float64Array(count)
    if (count > 0) bridge.streamTake(handle, id, count, data, cycles)
    return { data, cycles }
  }
  const runTo = async (level: number, { withinCycles = 10_000 }: Deadline, goal: string): Promise<void> => {
    const status = await runSlices({ untilStream: id, level, cycles: withinCycles })
    if (status === Status.done) return
    const watch = [ports.valid, ...(ports.ready === null ? [] : [ports.ready])]
    const have = bridge.streamLevel(handle, id)
    if (status === Status.budget) {
      throw instance.fail(
        'cycle-budget',
        `expected ${goal} within ${withinCycles} cycles, ${describe(have)}`,
        watch,
      )
    }
    instance.check(status)
  }
  const describe = (have: number): string =>
    ports.direction === 'input' ? `${have} are still queued` : `${have} came`

  const stream: Stream = {
    ports,
    beatBytes,
    send: async (beats: readonly Beat[]) => {
      drive('input')
      bridge.streamPush(handle, id, packBeats(ports, beats), beats.length)
    },
    sendPacked: async (data) => {
      drive('input')
      if (beatBytes === 0 || data.length % beatBytes !== 0) {
        throw new RangeError(
          `Expected whole beats of ${beatBytes} bytes for ${ports.name}, got ${data.length} bytes`,
        )
      }
      bridge.streamPush(handle, id, data, data.length / beatBytes)
    },
    flush: async (deadline = {}) => {
      drive('input')
      await runTo(0, deadline, `all beats of ${ports.name} to go in`)
    },
    receive: async (count, deadline) =>
      unpackBeats(ports, (await stream.receivePacked(count, deadline)).data, count),
    receivePacked: async (count, deadline = {}) => {
      drive('output')
      if (count !== undefined) await runTo(count, deadline, `${count} beats of ${ports.name}`)
      const beats = take(count ?? bridge.streamLevel(handle, id))
      received.set(ports.name, beats)
      return beats
    },
    stall: async (stalls: Stalls) => {
      instance.assertOpen()
      if ('pattern' in stalls) {
        const { pattern } = stalls
        if (!/^[01]*1[01]*$/.test(pattern))
          throw new RangeError(`Expected a stall pattern of 0 and 1 with a 1 in it, got ${pattern}`)
        const steps = Uint8Array.from(pattern, Number)
        bridge.streamPattern(handle, id, steps, steps.length)
        return
      }
      const { probability, seed: own } = stalls
      bridge.streamPattern(handle, id, new Uint8Array(1), 0)
      if (!(probability >= 0 && probability < 1)) {
        throw new RangeError(`Expected a stall probability from 0 to below 1, got ${probability}`)
      }
      // Streams of one seed must not stall in step.
      bridge.streamStalls(handle, id, probability, (own ?? seed) * 1009 + id)
    },
  }
  return stream
}
