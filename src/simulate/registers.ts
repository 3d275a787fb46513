/** Registers of a model behind AXI4-Lite, APB or Wishbone: reads, writes, and polls, for which the clock runs. */
import { APB, AXI_SUBORDINATE, type BusKind, WISHBONE } from './boundary/bus-ports.ts'
import { type AGENT, type AttachedBus, attachBus } from './bus.ts'
import {
  hex,
  type PollCondition,
  type PollDeadline,
  type RegisterOptions,
  type Registers,
} from './bus-types.ts'
import { Status } from './instance.ts'
import type { Dut } from './types.ts'

const RESPONSES = ['OKAY', 'EXOKAY', 'SLVERR', 'DECERR'] as const
/** Reads after which a poll lets this process breathe. */
const BREATH = 4096
/** Of the last values of a poll, how many a message shows. */
const SHOWN = 8

/**
 * Drives an AXI4-Lite port of the module (or AXI4, with bursts of one beat), one transfer at a time. What the module breaks of the rules ends
 * the run with a `SimulationError` of kind `protocol`; an error response throws one of kind `bus-error`.
 *
 * ```ts
 * const control = axiLite(dut, 's_axi')
 * await control.write(0x00, 1)
 * await control.poll(0x04, (status) => (status & 2) !== 0, { withinCycles: 1e6 })
 * ```
 */
export const axiLite = <Ports>(dut: Dut<Ports>, name?: string, options: RegisterOptions = {}): Registers =>
  makeRegisters(dut, 'axiManager', AXI_SUBORDINATE, ['wdata', 'rdata', 'awaddr', 'araddr'], name, options)

/** As `axiLite`, over APB. */
export const apb = <Ports>(dut: Dut<Ports>, name?: string, options: RegisterOptions = {}): Registers =>
  makeRegisters(dut, 'apb', APB, ['pwdata', 'prdata', 'paddr', 'paddr'], name, options)

/** As `axiLite`, over Wishbone: classic cycles, and pipelined ones where the module has `stall`. Addresses are as its port `adr` takes them. */
export const wishbone = <Ports>(dut: Dut<Ports>, name?: string, options: RegisterOptions = {}): Registers =>
  makeRegisters(dut, 'wishbone', WISHBONE, ['dat', 'dat', 'adr', 'adr'], name, options)

function makeRegisters<Ports>(
  dut: Dut<Ports>,
  agent: keyof typeof AGENT,
  kind: BusKind,
  [writeData, readData, writeAddress, readAddress]: readonly [string, string, string, string],
  name: string | undefined,
  options: RegisterOptions,
): Registers {
  const bus = attachBus(dut, agent, kind, name, options)
  const { withinCycles = 10_000 } = options
  const width = (bus.port(writeData) ?? bus.port(readData))?.width ?? 0
  if (![8, 16, 32, 64].includes(width))
    throw new RangeError(`${bus.name}: expected registers of 8, 16, 32 or 64 bits, got ${width}`)
  const addressBits = (bus.port(writeAddress) ?? bus.port(readAddress))!.width
  const words = new BigUint64Array(new ArrayBuffer(24))
  const numbers = new Uint32Array(words.buffer)
  const every = BigInt(2 ** (width / 8) - 1)
  const transfer = (writes: boolean, address: number): void => {
    if (!Number.isSafeInteger(address) || address < 0 || address >= 2 ** addressBits)
      throw new RangeError(`${bus.name}: expected an address of ${addressBits} bits, got ${address}`)
    numbers[0] = address % 2 ** 32
    numbers[1] = Math.floor(address / 2 ** 32)
    run(bus, writes, address, words, withinCycles)
  }
  const read = (address: number): number => {
    transfer(false, address)
    return width <= 32 ? numbers[0]! : Number(words[0]!)
  }
  return {
    read: async (address) => read(address),
    readWide: async (address) => {
      transfer(false, address)
      return words[0]!
    },
    write: async (address, value, strobes) => {
      const wide = BigInt.asUintN(width, BigInt(value))
      if (wide !== BigInt(value) && BigInt.asIntN(width, BigInt(value)) !== BigInt(value))
        throw new RangeError(`${bus.name}: expected a value of ${width} bits, got ${value}`)
      words[1] = wide
      words[2] = strobes === undefined ? every : BigInt(strobes)
      transfer(true, address)
    },
    poll: (address, condition, deadline) => poll(bus, () => read(address), address, condition, deadline),
  }
}

function run(
  { instance, id, name }: AttachedBus,
  writes: boolean,
  address: number,
  words: BigUint64Array,
  withinCycles: number,
): void {
  instance.assertOpen()
  const { bridge, handle, host } = instance
  host.dirty = false
  const status = bridge.transfer(handle, id, writes ? 1 : 0, words, withinCycles)
  const what = `${writes ? 'write to' : 'read of'} ${hex(address)}`
  if (status === Status.budget)
    throw instance.fail(
      'cycle-budget',
      `${name}: no answer to the ${what} within ${withinCycles} cycles (withinCycles)`,
    )
  instance.check(status)
  const response = Number(words[1]!)
  if (response > 1)
    throw instance.fail(
      'bus-error',
      `${name}: the ${what} was answered with ${RESPONSES[response] ?? 'an error'}`,
    )
}

async function poll(
  { instance, name }: AttachedBus,
  read: () => number,
  address: number,
  condition: PollCondition,
  { withinCycles = 10_000, every = 0 }: PollDeadline = {},
): Promise<number> {
  const holds =
    typeof condition === 'function'
      ? condition
      : (value: number) => masked(value, condition.mask) === condition.equals
  const end = instance.cycle() + withinCycles
  const last: number[] = []
  for (let count = 1; ; count++) {
    if (instance.cycle() >= end) {
      const values = last.map(hex).join(', ') || 'none'
      throw instance.fail(
        'cycle-budget',
        `${name}: ${hex(address)} never came to ${describeCondition(condition)} within ${withinCycles} cycles (withinCycles), in ${count - 1} reads; its last values were ${values}`,
      )
    }
    const value = read()
    if (holds(value)) return value
    if (value !== last.at(-1)) last.push(value)
    if (last.length > SHOWN) last.shift()
    if (every > 0) instance.check(instance.bridge.tick(instance.handle, every))
    if (count % BREATH === 0) await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

/** Of values above 32 bits the bits of the mask, too. */
const masked = (value: number, mask: number | undefined): number =>
  mask === undefined ? value : Number(BigInt(value) & BigInt(mask))

const describeCondition = (condition: PollCondition): string => {
  if (typeof condition === 'function') return String(condition)
  const { mask, equals } = condition
  return `${hex(equals)}${mask === undefined ? '' : ` in the bits ${hex(mask)}`}`
}
