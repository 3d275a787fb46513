/** The buses that the options of a simulation name. */
import { axiMemory } from './axi-memory.ts'
import { type BusSetting, type MemoryBus, type Registers, typeName } from './bus-types.ts'
import { modelOf } from './dut.ts'
import { apb, axiLite, wishbone } from './registers.ts'
import type { Dut } from './types.ts'

const MAKERS = { 'axi-lite': axiLite, apb, wishbone } as const

/** Attaches them to a model that is open. @throws Error for a bus that the module does not have */
export function attachBuses<Ports>(dut: Dut<Ports>, settings: Readonly<Record<string, BusSetting>>): void {
  const { registers, memoryBuses } = modelOf(dut)
  for (const [name, setting] of Object.entries(settings)) {
    const { prefix = name } = setting
    if (setting.kind === 'axi-memory') memoryBuses.set(name, openMemory(dut, prefix, setting))
    else registers.set(name, MAKERS[setting.kind](dut, prefix, setting) as Registers)
  }
}

function openMemory<Ports>(
  dut: Dut<Ports>,
  prefix: string,
  setting: Extract<BusSetting, { kind: 'axi-memory' }>,
): MemoryBus {
  const memory = axiMemory(dut, prefix, setting)
  return {
    size: async () => memory.bytes.length,
    read: async (from, to) => memory.at(from, to).slice(),
    write: async (address, bytes) => {
      // An array of other numbers would be cut to bytes in silence.
      if (!(bytes instanceof Uint8Array))
        throw new TypeError(`${memory.name}: expected a Uint8Array to write, got ${typeName(bytes)}`)
      memory.at(address, address + bytes.length).set(bytes)
    },
    counts: async () => memory.counts(),
    writeCycles: async (from, to) => memory.writeCycles(from, to),
    writtenPages: async () => memory.writtenPages(),
    idle: async () => memory.idle(),
  }
}
