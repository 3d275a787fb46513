/** What each port of a module is for, as far as names and widths tell. */
import { findClock } from '../simulate/boundary/clocks.ts'
import type { StreamMapping, StreamPorts } from '../simulate/boundary/types.ts'
import { findStreams, type ModuleInterface, type Port } from '../simulate/index.ts'
import { guessPorts, type ReadPort, streamOf } from './find-roles.ts'
import { isClock, isDone, isReset, isStart } from './guess.ts'

interface SortedPorts {
  /** All of them, found by name or guessed. */
  readonly streams: readonly StreamPorts[]
  readonly outputs: readonly StreamPorts[]
  /** The guessed ones. */
  readonly mapped: ReadonlyMap<string, StreamMapping>
  readonly reads: readonly ReadPort[]
  readonly buses: ReturnType<typeof guessPorts>['buses']
  readonly start: string | null
  readonly done: string | null
  /** Inputs without any other role. */
  readonly held: readonly Port[]
}

const portsOf = ({ valid, ready, fields }: StreamPorts): readonly string[] => [
  valid,
  ...(ready === null ? [] : [ready]),
  ...fields.map(({ port }) => port.name),
]

export function sortPorts(module: ModuleInterface): SortedPorts {
  const found = findStreams(module)
  const timing = module.ports.flatMap(({ name, direction, width }) =>
    direction === 'input' && width === 1 && (isClock(name) || isReset(name)) ? [name] : [],
  )
  const clock = findClock(module)
  const taken = new Set([...timing, ...(clock === undefined ? [] : [clock]), ...found.flatMap(portsOf)])
  const { reads, streams: mapped, buses } = guessPorts(module, taken)
  const streams = [...found, ...[...mapped].map(([name, own]) => streamOf(name, own, module))]
  const used = new Set([
    ...taken,
    ...streams.flatMap(portsOf),
    ...reads.map(({ data }) => data.name),
    ...buses.flatMap(({ inputs }) => inputs),
  ])
  const single = (direction: Port['direction'], is: (name: string) => boolean): string | null =>
    module.ports.find(
      (port) => port.direction === direction && port.width === 1 && !used.has(port.name) && is(port.name),
    )?.name ?? null
  const start = single('input', isStart)
  return {
    ...{ streams, mapped, reads, buses, start },
    outputs: streams.filter(({ direction }) => direction === 'output'),
    done: single('output', isDone),
    held: module.ports.filter(
      ({ name, direction }) => direction === 'input' && !used.has(name) && name !== start,
    ),
  }
}
