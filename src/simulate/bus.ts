/** A bus of a running model, bound to its ports in C++. */
import { type BusKind, findBus } from './boundary/bus-ports.ts'
import { clockIndex } from './boundary/clocks.ts'
import type { Port } from './boundary/module-interface.ts'
import type { BusOptions } from './bus-types.ts'
import { modelOf } from './dut.ts'
import type { Instance } from './instance.ts'

export interface AttachedBus {
  readonly instance: Instance
  readonly id: number
  readonly name: string
  /** The port of a signal, or null. */
  readonly port: (signal: string) => Port | null
}

/** By instance, the buses of the ports that are driven. */
const owners = new WeakMap<Instance, Map<string, string>>()

/** @throws Error for a port that belongs to another bus: each would undo what the other drives */
function claimPorts(instance: Instance, name: string, ports: readonly Port[]): void {
  const own = owners.get(instance) ?? new Map<string, string>()
  owners.set(instance, own)
  for (const port of ports)
    if (own.has(port.name))
      throw new Error(
        `${name}: the port ${port.name} belongs to ${own.get(port.name)} already. Make a bus once, and use it where it is needed.`,
      )
  for (const port of ports) own.set(port.name, name)
}

/** @throws RangeError naming the option of a bus that is no whole number in a range */
export function checkWhole(what: string, value: unknown, low: number, high: number): number {
  if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high) return value as number
  throw new RangeError(`${what}: expected a whole number from ${low} to ${high}, got ${value}`)
}

/** @throws TypeError naming the option of a bus that is none of its choices */
export function checkChoice<Choice extends string>(
  what: string,
  value: Choice,
  choices: readonly Choice[],
): Choice {
  if (choices.includes(value)) return value
  throw new TypeError(`${what}: expected ${choices.join(', ')}, got ${value}`)
}

/** Numbers of sim/agent-calls.h. */
export const AGENT = { axiMemory: 0, axiManager: 1, apb: 2, wishbone: 3 } as const

/** @param dut a model of this process @param check refuses a bus before it is made @throws Error for a bus or a signal that the module does not have, RangeError for stalls that let nothing through */
export function attachBus(
  dut: object,
  agent: keyof typeof AGENT,
  kind: BusKind,
  name: string | undefined,
  { signals, clock, stalls = 0, seed }: BusOptions,
  check: (bus: Pick<AttachedBus, 'name' | 'port'>) => void,
): AttachedBus {
  const { instance, clocks, seed: own } = modelOf(dut)
  instance.assertOpen()
  if (!(stalls >= 0 && stalls < 1))
    throw new RangeError(`Expected a stall probability from 0 to below 1, got ${stalls}`)
  const bus = findBus(instance.built.module, kind, name, signals)
  if (seed !== undefined && !Number.isSafeInteger(seed))
    throw new RangeError(`Expected a whole number as the seed of ${bus.name}, got ${seed}`)
  const { bridge, handle } = instance
  const port = (signal: string): Port | null =>
    bus.ports[kind.signals.findIndex((one) => one.name === signal)] ?? null
  check({ name: bus.name, port })
  const present = bus.ports.filter((one) => one !== null)
  claimPorts(instance, bus.name, present)
  const id = bridge.agentAdd(
    handle,
    AGENT[agent],
    bus.name,
    Int32Array.from(bus.ports, (one) => (one === null ? -1 : instance.portIndex(one.name))),
    Buffer.from(`${present.map((one) => one.name).join('\0')}\0`),
    clockIndex(clocks, clock, `bus ${bus.name}`),
  )
  // Buses of one seed must not stall in step.
  bridge.agentStalls(handle, id, stalls, (seed ?? own) * 1009 + id + 500)
  return { instance, id, name: bus.name, port }
}
