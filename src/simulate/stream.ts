/** A valid/ready stream of a model in this process: beats go in and out in batches, and the clock runs as far as they need. */
import { type Beat, countBeatBytes, packBeats, unpackBeats } from './beats.ts'
import type { StreamPorts } from './boundary/types.ts'
import { type Instance, Status } from './instance.ts'
import { runSlices } from './run.ts'
import type { Deadline, PackedBeats, Stalls, Stream } from './types.ts'

/** A stream, with what the model knows of it. */
export interface ModelStream extends Stream {
  /** The bridge's number of it. */
  readonly id: number
  /** What was received last; null before. */
  readonly received: PackedBeats | null
}

/** A stream as the bridge has it. */
interface Attached {
  readonly instance: Instance
  readonly ports: StreamPorts
  readonly id: number
  readonly beatBytes: number
  /** Whether the bridge drives its ports. */
  isDriven: boolean
  received: PackedBeats | null
}

/**
 * A stream of an instance. Its ports are the test's to drive until the first `send` or `receive`; from then on the
 * bridge drives them. An output without ready is recorded from the start.
 *
 * @param how `clock`: index of the clock at whose edges beats move. `seed`: of its stalls, where they have none.
 * @throws RangeError for stalls that let nothing through.
 */
export function makeStream(
  instance: Instance,
  ports: StreamPorts,
  { clock, seed, stalls }: { readonly clock: number; readonly seed: number; readonly stalls?: Stalls },
): ModelStream {
  const stream = attach(instance, ports, clock)
  if (stalls !== undefined) setStalls(stream, stalls, seed)
  const { id, beatBytes } = stream
  return {
    ports,
    beatBytes,
    id,
    get received() {
      return stream.received
    },
    send: async (beats) => sendBeats(stream, beats),
    sendPacked: async (data) => sendPacked(stream, data),
    flush: (deadline) => flush(stream, deadline),
    receive: async (count, deadline) =>
      unpackBeats(ports, (await receivePacked(stream, count, deadline)).data, count),
    receivePacked: (count, deadline) => receivePacked(stream, count, deadline),
    stall: async (stalls) => setStalls(stream, stalls, seed),
  }
}

function attach(instance: Instance, ports: StreamPorts, clock: number): Attached {
  const { bridge, handle } = instance
  const { direction, valid, ready, lane } = ports
  const fields = Int32Array.from(ports.fields, ({ port }) => instance.portIndex(port.name))
  const id = bridge.streamAdd(
    handle,
    direction === 'input' ? 1 : 0,
    instance.portIndex(valid),
    ready === null ? -1 : instance.portIndex(ready),
    fields,
    fields.length,
  )
  if (lane !== undefined) bridge.streamLane(handle, id, lane.index, lane.count)
  if (clock > 0) bridge.streamClock(handle, id, clock)
  if (direction === 'output' && ready !== null) {
    const names = [valid, ready, ...ports.fields.map(({ port }) => port.name)]
    bridge.streamRules(handle, id, Buffer.from(`${names.join('\0')}\0`))
  }
  const beatBytes = countBeatBytes(ports)
  const stream: Attached = { instance, ports, id, beatBytes, isDriven: false, received: null }
  if (direction === 'output' && ready === null) drive(stream, 'output')
  return stream
}

/** Lets the bridge drive the ports. @throws TypeError for a stream that goes the other way. */
function drive(stream: Attached, way: 'input' | 'output'): void {
  const { instance, ports, id } = stream
  instance.assertOpen()
  if (ports.direction !== way) {
    const verb = way === 'input' ? 'send to' : 'receive from'
    throw new TypeError(
      `Expected an ${way} stream to ${verb}, ${ports.name} of ${instance.built.top} is an ${ports.direction}`,
    )
  }
  if (!stream.isDriven) instance.bridge.streamDrive(instance.handle, id, 1)
  stream.isDriven = true
}

function sendBeats(stream: Attached, beats: readonly Beat[]): void {
  const { instance, ports, id } = stream
  drive(stream, 'input')
  instance.bridge.streamPush(instance.handle, id, packBeats(ports, beats), beats.length)
}

function sendPacked(stream: Attached, data: Uint8Array): void {
  const { instance, ports, id, beatBytes } = stream
  drive(stream, 'input')
  if (beatBytes === 0 || data.length % beatBytes !== 0)
    throw new RangeError(
      `Expected whole beats of ${beatBytes} bytes for ${ports.name}, got ${data.length} bytes`,
    )
  instance.bridge.streamPush(instance.handle, id, data, data.length / beatBytes)
}

async function flush(stream: Attached, deadline: Deadline = {}): Promise<void> {
  drive(stream, 'input')
  await runTo(stream, 0, deadline, `all beats of ${stream.ports.name} to go in`)
}

async function receivePacked(
  stream: Attached,
  count: number | undefined,
  deadline: Deadline = {},
): Promise<PackedBeats> {
  const { instance, ports, id } = stream
  drive(stream, 'output')
  if (count !== undefined) await runTo(stream, count, deadline, `${count} beats of ${ports.name}`)
  stream.received = take(stream, count ?? instance.bridge.streamLevel(instance.handle, id))
  return stream.received
}

function take({ instance, id, beatBytes }: Attached, count: number): PackedBeats {
  const data = new Uint8Array(count * beatBytes)
  const cycles = new Float64Array(count)
  if (count > 0) instance.bridge.streamTake(instance.handle, id, count, data, cycles)
  return { data, cycles }
}

/** Runs the clock until so many beats are queued, of an input, or have come, of an output. */
async function runTo(
  { instance, ports, id }: Attached,
  level: number,
  deadline: Deadline,
  goal: string,
): Promise<void> {
  const moves = Math.abs(instance.bridge.streamLevel(instance.handle, id) - level)
  const { withinCycles = Math.max(10_000, 16 * moves), onProgress } = deadline
  const onSlice = (): void =>
    onProgress?.({ cycle: instance.cycle(), beats: instance.bridge.streamLevel(instance.handle, id) })
  const status = await runSlices(instance, { untilStream: id, level, cycles: withinCycles, onSlice })
  if (status === Status.done) return
  if (status === Status.budget) {
    const have = instance.bridge.streamLevel(instance.handle, id)
    const stands = ports.direction === 'input' ? `${have} are still queued` : `${have} came`
    const watch = ports.ready === null ? [ports.valid] : [ports.valid, ports.ready]
    throw instance.fail(
      'cycle-budget',
      `expected ${goal} within ${withinCycles} cycles (withinCycles), ${stands}`,
      watch,
    )
  }
  instance.check(status)
}

function setStalls({ instance, id }: Attached, stalls: Stalls, ownSeed: number): void {
  const { bridge, handle } = instance
  instance.assertOpen()
  if ('pattern' in stalls) {
    const { pattern } = stalls
    if (!/^[01]*1[01]*$/.test(pattern))
      throw new RangeError(`Expected a stall pattern of 0 and 1 with a 1 in it, got ${pattern}`)
    const steps = Uint8Array.from(pattern, Number)
    bridge.streamPattern(handle, id, steps, steps.length)
    return
  }
  const { probability, seed = ownSeed } = stalls
  bridge.streamPattern(handle, id, new Uint8Array(1), 0)
  if (!(probability >= 0 && probability < 1))
    throw new RangeError(`Expected a stall probability from 0 to below 1, got ${probability}`)
  // Streams of one seed must not stall in step.
  bridge.streamStalls(handle, id, probability, seed * 1009 + id)
}
