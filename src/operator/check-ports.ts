/** Checks a configuration against the ports of its module: every name in it must be a port of the right direction. */
import { InputError } from '../input/input-error.ts'
import { suggest } from '../input/suggest.ts'
import { BUS_KINDS, findBus } from '../simulate/boundary/bus-ports.ts'
import { resolveStreams } from '../simulate/boundary/stream-ports.ts'
import type { StreamPorts } from '../simulate/boundary/types.ts'
import type { ModuleInterface, Port } from '../simulate/index.ts'
import type { OperatorConfig } from './operator-config.ts'
import { shapeOfBeat } from './streams.ts'
import type { StreamBinding } from './types.ts'

/** What names ports, of a configuration or of what it is for one layer. */
type PortSettings = Omit<OperatorConfig, 'layers' | 'withinCycles' | 'regions' | 'program'>

/** @throws InputError naming the first setting that does not fit, and the nearest port. */
export function checkPorts(config: PortSettings, module: ModuleInterface, where: string): void {
  const find = (setting: string, name: string, direction: Port['direction']): Port => {
    const port = module.ports.find((candidate) => candidate.name === name)
    if (port?.direction === direction && port.elements === null) return port
    const known = module.ports.flatMap((one) => (one.direction === direction ? [one.name] : []))
    throw new InputError(
      `${setting}: ${module.name} has no ${direction} ${name}, its ${direction}s are ${known.join(', ')}`,
      where,
      suggest(name, known),
    )
  }
  for (const name of Object.keys(config.ports ?? {})) find(`ports.${name}`, name, 'input')
  if (config.start !== undefined) find('start', config.start, 'input')
  if (config.done !== undefined && find('done', config.done, 'output').width !== 1)
    throw new InputError(`done: expected a port of 1 bit, ${config.done} has more`, where)
  if (config.clock === false && module.clocked === true)
    throw new InputError(
      `clock: false, but ${module.name} has processes that wait for an edge, and nothing else drives its clock`,
      where,
      'Name the clock.',
    )
  if (config.clock !== undefined && config.clock !== false) find('clock', config.clock, 'input')
  for (const port of Object.keys(config.clocks ?? {})) find(`clocks.${port}`, port, 'input')
  const { reset = [] } = config
  for (const { port } of reset === false ? [] : [reset].flat()) find('reset', port, 'input')
  for (const [index, { ports }] of (config.memories ?? []).entries()) {
    if (ports === undefined) continue
    find(`memories[${index}].ports.addr`, ports.addr, 'output')
    if (ports.enable !== undefined) find(`memories[${index}].ports.enable`, ports.enable, 'output')
    find(`memories[${index}].ports.data`, ports.data, 'input')
  }
  const streams = listStreams(config, module, where)
  for (const binding of [...(config.load ?? []), ...config.inputs])
    shapeOfBeat(findStream(streams, binding, 'input', where), binding, where)
  const { output } = config
  if ('stream' in output) shapeOfBeat(findStream(streams, output, 'output', where), output, where)
  for (const [name, { kind, prefix = name, signals }] of Object.entries(config.buses ?? {}))
    checkBus(name, () => findBus(module, BUS_KINDS[kind], prefix, signals), where)
}

function checkBus(name: string, find: () => unknown, where: string): void {
  try {
    find()
  } catch (error) {
    throw new InputError(`buses.${name}: ${error instanceof Error ? error.message : String(error)}`, where)
  }
}

/** @throws InputError if `streams` names a port that the module does not have. */
function listStreams(config: PortSettings, module: ModuleInterface, where: string): readonly StreamPorts[] {
  try {
    return resolveStreams(module, config.streams ?? {})
  } catch (error) {
    throw new InputError(`streams: ${error instanceof Error ? error.message : String(error)}`, where, '', {
      cause: error,
    })
  }
}

function findStream(
  streams: readonly StreamPorts[],
  { stream }: StreamBinding,
  direction: 'input' | 'output',
  where: string,
): StreamPorts {
  const found = streams.find(({ name }) => name === stream)
  if (found === undefined) {
    const known = streams.map(({ name }) => name)
    throw new InputError(
      `there is no stream ${stream}, streams are ${known.join(', ') || 'none'}`,
      where,
      suggest(stream, known) || 'Name its ports with `streams`.',
    )
  }
  if (found.direction === direction) return found
  throw new InputError(
    `stream ${stream} is an ${found.direction} of the module, expected an ${direction}`,
    where,
  )
}
