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

/** Numbers of sim/agent-calls.h. */
export const AGENT = { axiMemory: 0, axiManager: 1, apb: 2, wishbone: 3 } as const

/** @param dut a model of this process @throws Error for a bus or a signal that the module does not have, RangeError for stalls that let nothing through */
export function attachBus(
  dut: object,
  agent: keyof typeof AGENT,
  kind: BusKind,
  name: string | undefined,
  { signals, clock, stalls = 0, seed }: BusOptions,
): AttachedBus {
  const { instance, clocks, seed: own } = modelOf(dut)
  instance.assertOpen()
  if (!(stalls >= 0 && stalls < 1))
    throw new RangeError(`Expected a stall probability from 0 to below 1, got ${stalls}`)
  const bus = findBus(instance.built.module, kind, name, signals)
  const { bridge, handle } = instance
  const present = bus.ports.filter((port) => port !== null)
  const id = bridge.agentAdd(
    handle,
    AGENT[agent],
    bus.name,
    Int32Array.from(bus.ports, (port) => (port === null ? -1 : instance.portIndex(port.name))),
    Buffer.from(`${present.map((port) => port.name).join('\0')}\0`),
    clockIndex(clocks, clock, `bus ${bus.name}`),
  )
  // Buses of one seed must not stall in step.
  bridge.agentStalls(handle, id, stalls, (seed ?? own) * 1009 + id + 500)
  const port = (signal: string): Port | null =>
    bus.ports[kind.signals.findIndex((one) => one.name === signal)] ?? null
  return { instance, id, name: bus.name, port }
}
