/** Registers of a model behind AXI4-Lite, APB or Wishbone: reads, writes, and polls, for which the clock runs. */
import { APB, AXI_SUBORDINATE, type BusKind, WISHBONE } from './boundary/bus-ports.ts'
import { type AGENT, type AttachedBus, attachBus, checkWhole } from './bus.ts'
import {
  hex,
  narrow,
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
  makeRegisters(
    dut,
    'axiManager',
    AXI_SUBORDINATE,
    ['wdata', 'rdata', 'awaddr', 'araddr', 'wstrb'],
    name,
    options,
  )

/** As `axiLite`, over APB. */
export const apb = <Ports>(dut: Dut<Ports>, name?: string, options: RegisterOptions = {}): Registers =>
  makeRegisters(dut, 'apb', APB, ['pwdata', 'prdata', 'paddr', 'paddr', 'pstrb'], name, options)

/** As `axiLite`, over Wishbone: classic cycles, and pipelined ones where the module has `stall`. Addresses are as its port `adr` takes them. */
export const wishbone = <Ports>(dut: Dut<Ports>, name?: string, options: RegisterOptions = {}): Registers =>
  makeRegisters(dut, 'wishbone', WISHBONE, ['dat', 'dat', 'adr', 'adr', 'sel'], name, options)

function makeRegisters<Ports>(
  dut: Dut<Ports>,
  agent: keyof typeof AGENT,
  kind: BusKind,
  [writeData, readData, writeAddress, readAddress, strobe]: readonly [string, string, string, string, string],
  name: string | undefined,
  options: RegisterOptions,
): Registers {
  const { withinCycles = 10_000 } = options
  checkWhole('withinCycles', withinCycles, 1, Number.MAX_SAFE_INTEGER)
  const widthOf = (port: AttachedBus['port']): number => (port(writeData) ?? port(readData))?.width ?? 0
  const bus = attachBus(dut, agent, kind, name, options, ({ name: own, port }) => {
    if (![8, 16, 32, 64].includes(widthOf(port)))
      throw new RangeError(`${own}: expected registers of 8, 16, 32 or 64 bits, got ${widthOf(port)}`)
  })
  const width = widthOf(bus.port)
  const addressBits = (bus.port(writeAddress) ?? bus.port(readAddress))!.width
  const words = new BigUint64Array(new ArrayBuffer(24))
  const numbers = new Uint32Array(words.buffer)
  // Address, data and strobes, each of 64 bits: as numbers of 32, since a bigint costs more than the transfer.
  const every = 2 ** (width / 8) - 1
  const [least, most] = [-(2n ** BigInt(width - 1)), 2n ** BigInt(width) - 1n]
  const transfer = (writes: boolean, address: number, strobes = every): void => {
    if (!Number.isSafeInteger(address) || address < 0 || address >= 2 ** addressBits)
      throw new RangeError(`${bus.name}: expected an address of ${addressBits} bits, got ${address}`)
    numbers[0] = address % 2 ** 32
    numbers[1] = Math.floor(address / 2 ** 32)
    numbers[4] = strobes
    run(bus, writes, address, words, withinCycles)
  }
  const readWide = (address: number): bigint => {
    transfer(false, address)
    return words[0]!
  }
  const read = (address: number): number => {
    transfer(false, address)
    if (width <= 32 || numbers[1] === 0) return numbers[0]!
    return narrow(bus.name, address, words[0]!)
  }
  return {
    read: async (address) => read(address),
    readWide: async (address) => readWide(address),
    write: async (address, value, strobes) => {
      const given = typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value) : null
      if (given === null || given < least || given > most)
        throw new RangeError(`${bus.name}: expected a value of ${width} bits, got ${value}`)
      words[1] = given
      transfer(true, address, checkStrobes(bus, strobes, every, strobe))
    },
    poll: (address, condition, deadline) =>
      poll(
        bus,
        () => (typeof condition === 'function' || width <= 32 ? read(address) : readWide(address)),
        address,
        condition,
        deadline,
      ),
  }
}

/** @throws RangeError for strobes of other bytes than a register has, Error where the module has no port for them */
function checkStrobes(
  { name, port }: AttachedBus,
  strobes: number | undefined,
  every: number,
  signal: string,
): number {
  if (strobes === undefined) return every
  checkWhole(`${name}: strobes`, strobes, 0, every)
  if (strobes !== every && port(signal) === null)
    throw new Error(`${name}: the module has no ${signal}, so that every write is of all bytes`)
  return strobes
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
  read: () => number | bigint,
  address: number,
  condition: PollCondition,
  { withinCycles = 10_000, every = 0 }: PollDeadline = {},
): Promise<number> {
  checkWhole('withinCycles', withinCycles, 1, Number.MAX_SAFE_INTEGER)
  checkWhole('every', every, 0, Number.MAX_SAFE_INTEGER)
  const holds = compile(condition)
  const end = instance.cycle() + withinCycles
  const last: (number | bigint)[] = []
  for (let count = 1; ; count++) {
    const left = end - instance.cycle()
    if (left <= 0) {
      const values = last.map((value) => `0x${value.toString(16)}`).join(', ') || 'none'
      throw instance.fail(
        'cycle-budget',
        `${name}: ${hex(address)} never came to ${describeCondition(condition)} within ${withinCycles} cycles (withinCycles), in ${count - 1} reads; its last values were ${values}`,
      )
    }
    const value = read()
    if (holds(value)) return Number(value)
    if (value !== last.at(-1)) last.push(value)
    if (last.length > SHOWN) last.shift()
    if (every > 0) instance.check(instance.bridge.tick(instance.handle, Math.min(every, left)))
    if (count % BREATH === 0) await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

/** @throws TypeError for what is no condition, and, once it is asked, for a function that gives a promise: one is always true */
function compile(condition: PollCondition): (value: number | bigint) => boolean {
  if (typeof condition === 'function')
    return (value) => {
      const holds: unknown = condition(value as number)
      if (typeof holds === 'object' && holds !== null)
        throw new TypeError('Expected a condition that gives true or false, got one that gives a promise')
      return Boolean(holds)
    }
  const { mask, equals } = condition ?? {}
  if (!Number.isSafeInteger(equals) || (mask !== undefined && !Number.isSafeInteger(mask)))
    throw new TypeError(
      `Expected a condition, a function or { mask, equals } of whole numbers, got ${JSON.stringify(condition)}`,
    )
  const wanted = BigInt(equals)
  if (mask === undefined) return (value) => (typeof value === 'number' ? value === equals : value === wanted)
  const bits = BigInt(mask)
  const isNarrow = mask >= 0 && mask < 2 ** 32
  return (value) =>
    typeof value === 'number' && isNarrow
      ? (value & mask) >>> 0 === equals
      : (BigInt(value) & bits) === wanted
}

const describeCondition = (condition: PollCondition): string => {
  if (typeof condition === 'function') return String(condition)
  const { mask, equals } = condition
  return `${hex(equals)}${mask === undefined ? '' : ` in the bits ${hex(mask)}`}`
}
