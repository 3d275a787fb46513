/** Which ports are valid/ready streams, by mapping or by convention. */
import { findAxiStreams } from './axi-stream.ts'
import { splitLanes, takeLane } from './lanes.ts'
import type { ModuleInterface, Port } from './module-interface.ts'
import type { StreamMapping, StreamMappings, StreamPorts } from './types.ts'

/**
 * Finds streams by their names: `<stream>_valid_i`, `<stream>_ready_o`, `<stream>_<field>_i` for an input, and
 * `<stream>_valid_o`, `<stream>_ready_i`, `<stream>_<field>_o` for an output. A port belongs to the stream with the
 * longest name that fits. AXI4-Stream ports are found too: see `findAxiStreams`. Where valid has several bits, there are as many
 * streams: see `splitLanes`.
 */
export function findStreams(module: ModuleInterface): readonly StreamPorts[] {
  const ports = new Map(module.ports.map((port) => [port.name, port]))
  const found: { readonly name: string; readonly direction: 'input' | 'output' }[] = []
  for (const port of module.ports) {
    const match = /^(\w+)_valid_(i|o)$/.exec(port.name)
    const direction = match?.[2] === 'i' ? 'input' : 'output'
    if (match?.[1] !== undefined && port.direction === direction && port.elements === null) {
      found.push({ name: match[1], direction })
    }
  }
  const axi = findAxiStreams(module).filter(({ name }) => !found.some((other) => other.name === name))
  const named = found.flatMap(({ name, direction }) => {
    const [forward, back] = direction === 'input' ? ['i', 'o'] : ['o', 'i']
    const valid = `${name}_valid_${forward}`
    const ready = ports.has(`${name}_ready_${back}`) ? `${name}_ready_${back}` : null
    const isNearest = (port: Port) =>
      !found.some(
        (other) =>
          other.direction === direction &&
          other.name.length > name.length &&
          port.name.startsWith(`${other.name}_`),
      )
    const fields = module.ports
      .filter((port) => port.direction === direction && port.name !== valid && port.elements === null)
      .filter(
        (port) => port.name.startsWith(`${name}_`) && port.name.endsWith(`_${forward}`) && isNearest(port),
      )
      .filter((port) => port.name.length > name.length + 3)
      .map((port) => ({ name: port.name.slice(name.length + 1, -2), port }))
    const answer = ready === null ? undefined : ports.get(ready)
    return splitLanes({ name, direction, valid, ready, fields }, ports.get(valid)!, answer)
  })
  return [...named, ...axi]
}

/**
 * The streams of a mapping, and those found by name on ports that the mapping leaves out. None is made of a name that maps to null.
 *
 * @throws Error when a named port does not exist, or has the wrong direction or width.
 */
export function resolveStreams(module: ModuleInterface, mapping: StreamMappings): readonly StreamPorts[] {
  const find = (name: string, direction: Port['direction'], stream: string): Port => {
    const port = module.ports.find((candidate) => candidate.name === name)
    if (port === undefined || port.direction !== direction || port.elements !== null) {
      const known = module.ports.map((candidate) => candidate.name).join(', ')
      throw new Error(
        `Expected an ${direction} port ${name} for stream ${stream} of ${module.name}, ports are ${known}`,
      )
    }
    return port
  }
  const given = Object.entries(mapping).flatMap(([name, own]) => (isMapped(own) ? [{ name, ...own }] : []))
  const mapped = given.map(({ name, direction, valid, ready, clock, lane, fields }) => {
    const back = direction === 'input' ? 'output' : 'input'
    const count = lane === undefined ? 1 : find(valid, direction, name).width
    for (const [flag, way] of [
      [valid, direction],
      [ready, back],
    ] as const) {
      if (flag === undefined) continue
      const { width } = find(flag, way, name)
      if (width === count) continue
      if (lane !== undefined)
        throw new Error(`Expected ${count} bits of ${flag} for stream ${name}, got ${width}`)
      const which = flag === valid ? `; name one of its lanes: lane: 0 to ${width - 1}` : ''
      throw new Error(`Expected a 1-bit port ${flag} for stream ${name}, got ${width} bits${which}`)
    }
    const stream: StreamPorts = {
      name,
      direction,
      valid,
      ready: ready ?? null,
      clock,
      fields: Object.entries(fields).map(([field, port]) => ({
        name: field,
        port: find(port, direction, name),
      })),
    }
    return lane === undefined ? stream : takeLane(stream, lane, count)
  })
  const base = ({ name, lane }: StreamPorts) => (lane === undefined ? name : name.replace(/_\d+$/, ''))
  // What is said of `s` holds for its lanes `s_0`, `s_1`.
  const ownOf = (stream: StreamPorts) =>
    stream.name in mapping ? mapping[stream.name] : mapping[base(stream)]
  const found = findStreams(module)
    .filter((stream) => ownOf(stream) !== null)
    .filter(({ name, valid }) => mapped.every((other) => other.valid !== valid && other.name !== name))
    .map((stream) => ({ ...stream, clock: ownOf(stream)?.clock }))
  for (const [name, own] of Object.entries(mapping)) {
    if (own === null || isMapped(own)) continue
    if (found.some((stream) => stream.name === name || base(stream) === name)) continue
    const names = found.map((stream) => stream.name).join(', ') || 'none'
    throw new Error(`Expected ${name} to be a stream of ${module.name}, streams found by name are ${names}`)
  }
  return [...mapped, ...found]
}

/** Whether it names the ports of the stream, and not only its clock. */
export const isMapped = (own: StreamMappings[string] | undefined): own is StreamMapping =>
  own !== null && own !== undefined && 'valid' in own
