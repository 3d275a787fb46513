/** Ports that carry several streams side by side: a bit of valid and ready and a slice of each field for every one. */
import type { Port } from './module-interface.ts'
import type { StreamPorts } from './types.ts'

/**
 * One of the streams on vector ports: see `StreamPorts.lane`.
 *
 * @throws Error where there is no such lane, or a field cannot be shared out.
 */
export function takeLane(stream: StreamPorts, index: number, count: number): StreamPorts {
  const { name, valid } = stream
  if (!(Number.isInteger(index) && index >= 0 && index < count))
    throw new Error(`Expected a lane from 0 to ${count - 1} of ${valid} for stream ${name}, got ${index}`)
  const odd = stream.fields.find(({ port }) => port.width % count !== 0)?.port
  if (odd !== undefined)
    throw new Error(`Expected ${count} slices of ${odd.name} for stream ${name}, got ${odd.width} bits`)
  const fields = stream.fields.map(({ name, port }) => ({
    name,
    port: { ...port, width: port.width / count, signed: false },
  }))
  return { ...stream, lane: { index, count }, fields }
}

/**
 * The streams of ports that were found by name: one, or `<name>_0`, `<name>_1`… where valid has several bits. None where ready or
 * a field cannot be shared out among them.
 */
export function splitLanes(
  stream: StreamPorts,
  valid: Port,
  ready: Port | undefined,
): readonly StreamPorts[] {
  const count = valid.width
  if (count === 1) return [stream]
  if (ready !== undefined && ready.width !== count) return []
  if (stream.fields.some(({ port }) => port.width % count !== 0)) return []
  return Array.from({ length: count }, (_, index) => ({
    ...takeLane(stream, index, count),
    name: `${stream.name}_${index}`,
  }))
}
