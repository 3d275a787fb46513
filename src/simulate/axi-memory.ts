/** A memory behind an AXI4 manager of a model. */
import { AXI_MANAGER } from './boundary/bus-ports.ts'
import { attachBus, checkChoice, checkWhole } from './bus.ts'
import {
  AXI_COUNTS,
  type AxiCounts,
  type AxiFault,
  type AxiMemoryOptions,
  hex,
  typeName,
  type WriteCycles,
} from './bus-types.ts'
import type { Dut } from './types.ts'

export interface AxiMemory {
  readonly name: string
  readonly base: number
  /** All bytes, in place. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The bytes at addresses `from` to `to` - 1, in place. @throws RangeError for addresses outside */
  at(from: number, to: number): Uint8Array<ArrayBuffer>
  /** From here on these addresses, and no others, are answered with an error; their bytes are neither read nor written. */
  answerWithErrors(faults: readonly AxiFault[]): void
  counts(): AxiCounts
  /** When the module wrote the bytes at addresses `from` to `to` - 1. @throws RangeError without the option `writeCycles` */
  writeCycles(from: number, to: number): WriteCycles
  /** Addresses of the pages of 4 KB, from `base`, into which the module wrote. @throws RangeError without the option `writeCycles` */
  writtenPages(): readonly number[]
  /** Whether no transaction is under way. */
  idle(): boolean
}

const MOST_OUTSTANDING = 1024
const MOST_LATENCY = 1_000_000

/**
 * Serves an AXI4 or AXI4-Lite manager of the module from memory, in C++: bursts INCR, WRAP and FIXED, narrow and unaligned transfers,
 * IDs, strobes, 8 to 1,024 bits. Data before addresses and answers in another order are as the specification allows them (IHI 0022H). A
 * rule that the module breaks ends the run with a `SimulationError` of kind `protocol`, which names signal, rule and cycle. An exclusive
 * access is answered with OKAY: the memory has no monitor.
 *
 * ```ts
 * const memory = axiMemory(dut, 'm_axi', { bytes: 1 << 20, latency: [4, 20], stalls: 0.2 })
 * memory.at(0x1000, 0x1040).set(weights)
 * ```
 *
 * @param name what the names of its signals begin with, in any case; undefined for the only one
 */
export function axiMemory<Ports>(
  dut: Dut<Ports>,
  name: string | undefined,
  options: AxiMemoryOptions,
): AxiMemory {
  const {
    bytes: given,
    base = 0,
    latency = 1,
    outstanding = 16,
    reorder = 'none',
    outside = 'fail',
    writeCycles = false,
  } = options
  checkChoice('reorder', reorder, ['none', 'ids', 'beats'])
  checkChoice('outside', outside, ['fail', 'decode-error'])
  if (typeof given !== 'number' && !(given instanceof Uint8Array))
    throw new TypeError(`bytes: expected how many, or a Uint8Array, got ${typeName(given)}`)
  const bytes =
    typeof given === 'number'
      ? new Uint8Array(new ArrayBuffer(checkWhole('bytes', given, 1, 2 ** 32)))
      : given
  checkWhole('base', base, 0, Number.MAX_SAFE_INTEGER - bytes.length)
  const [least, most] = typeof latency === 'number' ? [latency, latency] : latency
  checkWhole('latency', least, 1, MOST_LATENCY)
  checkWhole('latency', most, least, MOST_LATENCY)
  const values = [base, least, most, checkWhole('outstanding', outstanding, 1, MOST_OUTSTANDING)]
  const bus = attachBus(dut, 'axiMemory', AXI_MANAGER, name, options, ({ name: own, port }) => {
    const width = (port('rdata') ?? port('wdata'))!.width
    checkWidth(own, width, port('wdata')?.width)
    const word = width / 8
    if (base % word !== 0 || bytes.length % word !== 0 || bytes.length === 0)
      throw new RangeError(
        `${own}: base and bytes must be multiples of the ${word} bytes of a beat, got ${base} and ${bytes.length}`,
      )
  })
  const { instance, id } = bus
  const word = (bus.port('rdata') ?? bus.port('wdata'))!.width / 8
  const flags = [reorder !== 'none', reorder === 'beats', outside === 'decode-error'].map(Number)
  const { bridge, handle } = instance
  bridge.axiMemory(handle, id, bytes, bytes.length, Float64Array.of(...values, ...flags))
  if (writeCycles) bridge.axiRecord(handle, id)
  const requireCycles = (): void => {
    instance.assertOpen()
    if (!writeCycles) throw new RangeError(`${bus.name}: records no cycles without { writeCycles: true }`)
  }
  const keeper: AxiMemory = {
    name: bus.name,
    base,
    bytes,
    at: (from, to) => {
      if (from >= base && to >= from && to - base <= bytes.length)
        return bytes.subarray(from - base, to - base)
      throw new RangeError(
        `Expected addresses of ${bus.name}, ${hex(base)} to ${hex(base + bytes.length)}, got ${hex(from)} to ${hex(to)}`,
      )
    },
    answerWithErrors: (faults) => {
      instance.assertOpen()
      const list = faults.flatMap((fault) => faultNumbers(bus.name, fault))
      bridge.axiFaults(handle, id, Float64Array.from(list), faults.length)
    },
    counts: () => {
      instance.assertOpen()
      const counts = new Float64Array(AXI_COUNTS.length)
      bridge.axiCounts(handle, id, counts)
      return Object.fromEntries(AXI_COUNTS.map((key, index) => [key, counts[index]!])) as AxiCounts
    },
    writtenPages: () => {
      requireCycles()
      const pages: number[] = []
      for (let page = 0; ; page++) {
        page = bridge.axiPage(handle, id, page)
        if (page < 0) return pages
        pages.push(base + page * 4096)
      }
    },
    writeCycles: (from, to) => {
      requireCycles()
      keeper.at(from, to)
      const first = Math.floor((from - base) / word)
      const cycles = new Float64Array(Math.ceil((to - base) / word) - first)
      bridge.axiWritten(handle, id, first, cycles, cycles.length)
      return { wordBytes: word, cycles }
    },
    idle: () => {
      instance.assertOpen()
      return bridge.axiIdle(handle, id) === 1
    },
  }
  // The model works on these bytes: they live as long as it does.
  instance.kept.push(keeper)
  return keeper
}

function checkWidth(name: string, read: number, write: number | undefined): void {
  const isWord = read >= 8 && read <= 1024 && Number.isInteger(Math.log2(read))
  if (!isWord || (write !== undefined && write !== read))
    throw new RangeError(
      `${name}: expected data of 8, 16, … 1024 bits both ways, got ${read}${write === undefined ? '' : ` and ${write}`}`,
    )
}

/** First and last address, response, and which accesses: as sim/agent-calls.h has them. */
function faultNumbers(name: string, { from, to, response = 'slave-error', on }: AxiFault): readonly number[] {
  const [first, end] = [`${name}: from`, `${name}: to`]
  checkWhole(first, from, 0, 2 ** 53 - 2)
  checkWhole(end, to, from + 1, 2 ** 53 - 1)
  checkChoice(`${name}: response`, response, ['slave-error', 'decode-error'])
  if (on !== undefined) checkChoice(`${name}: on`, on, ['reads', 'writes'])
  return [from, to - 1, response === 'slave-error' ? 2 : 3, on === 'reads' ? 1 : on === 'writes' ? 2 : 3]
}
