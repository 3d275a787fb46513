/** Buses at a module's ports, as a test sees them. */
import type { SignalNames } from './boundary/bus-ports.ts'

export interface BusOptions {
  /** Ports of signals whose names say something else: `{ awvalid: 'mem_req_o' }`. */
  readonly signals?: SignalNames
  /** The clock at whose edges it moves. Default: the first. */
  readonly clock?: string
  /** Probability of a stall, 0 to below 1, of each channel in each cycle: of VALID that we drive, and of READY. */
  readonly stalls?: number
  /** Of stalls, latencies and the order of answers. Default: that of the simulation. */
  readonly seed?: number
}

export interface RegisterOptions extends BusOptions {
  /** Cycles within which a transfer must be answered. Default 10,000. */
  readonly withinCycles?: number
}

export interface PollDeadline {
  /** Default 10,000. */
  readonly withinCycles?: number
  /** Cycles from one read to the next. Default 0. */
  readonly every?: number
}

/** Of a value that is read: a function, or `(value & mask) === equals`. */
export type PollCondition = ((value: number) => boolean) | { readonly mask?: number; readonly equals: number }

/** Registers of a module, one transfer at a time, for which the clock runs. */
export interface Registers {
  /** @returns up to 53 bits @throws RangeError for more */
  read(address: number): Promise<number>
  /** All 64 bits. */
  readWide(address: number): Promise<bigint>
  /** @param strobes a bit for each byte that is written. Default: all. */
  write(address: number, value: number | bigint, strobes?: number): Promise<void>
  /** Reads until the condition holds. @returns the value for which it does, of which a number holds 53 bits */
  poll(address: number, condition: PollCondition, deadline?: PollDeadline): Promise<number>
}

export interface AxiMemoryOptions extends BusOptions {
  /** Its bytes: so many, all 0, or these themselves, which the model then reads and writes in place. */
  readonly bytes: number | Uint8Array<ArrayBuffer>
  /** Address of the first byte. Default 0. */
  readonly base?: number
  /** Cycles from an address to the first beat of its answer, or the least and the greatest. Default 1. */
  readonly latency?: number | readonly [least: number, greatest: number]
  /** Reads, and writes, that are under way at most. Default 16. */
  readonly outstanding?: number
  /** `none`, which is the default: answers come in the order of their addresses. `ids`: only within an ID. `beats`: beats of reads with several IDs take turns. */
  readonly reorder?: 'none' | 'ids' | 'beats'
  /** What an address outside does: it fails the test, which is the default, or is answered with DECERR. */
  readonly outside?: 'fail' | 'decode-error'
  /** Record in which cycle each word was written. Default: false. */
  readonly writeCycles?: boolean
}

/** When the words of a memory were written, from the one that holds the first byte that was asked for. */
export interface WriteCycles {
  /** Bytes of a word: those of the bus. */
  readonly wordBytes: number
  /** Cycle of the last write to each word; NaN of one that was not written. */
  readonly cycles: Float64Array
}

/** Addresses that are answered with an error. */
export interface AxiFault {
  readonly from: number
  /** The first address behind it. */
  readonly to: number
  /** Default `slave-error`. */
  readonly response?: 'slave-error' | 'decode-error'
  /** Default: both. */
  readonly on?: 'reads' | 'writes'
}

/** In the order of sim/axi-memory.h. */
export const AXI_COUNTS = [
  'readBursts',
  'writeBursts',
  'readBeats',
  'writeBeats',
  'readBytes',
  'writeBytes',
  'readLatency',
  'mostReadLatency',
  'writeLatency',
  'mostWriteLatency',
  'readWaits',
  'writeWaits',
] as const
/**
 * Latencies are cycles: of a read from its address to its last beat, of a write to its response; `readLatency` and `writeLatency` are
 * sums. Waits are cycles in which a VALID waited for its READY.
 */
export type AxiCounts = Readonly<Record<(typeof AXI_COUNTS)[number], number>>

/** A memory behind a bus of a model in any process. */
export interface MemoryBus {
  /** Bytes. */
  size(): Promise<number>
  /** The bytes at addresses `from` to `to` - 1. @throws RangeError for addresses outside */
  read(from: number, to: number): Promise<Uint8Array>
  write(address: number, bytes: Uint8Array): Promise<void>
  counts(): Promise<AxiCounts>
  /** When the bytes at addresses `from` to `to` - 1 were written. @throws RangeError without `writeCycles` */
  writeCycles(from: number, to: number): Promise<WriteCycles>
  /** Addresses of the pages of 4 KB, from the base, into which the module wrote. @throws RangeError without `writeCycles` */
  writtenPages(): Promise<readonly number[]>
  /** Whether no transaction is under way. */
  idle(): Promise<boolean>
}

/** What a register holds, as a number. @throws RangeError for more than 53 bits */
export function narrow(bus: string, address: number, value: bigint): number {
  if (value <= Number.MAX_SAFE_INTEGER) return Number(value)
  throw new RangeError(
    `${bus}: the register at ${hex(address)} holds 0x${value.toString(16)}, more than the 53 bits of a number. Read it with readWide.`,
  )
}

/** As a message says what was given. */
export const typeName = (value: unknown): string => value?.constructor.name ?? String(value)

/** An address or a value, as messages have it. */
export const hex = (value: number): string => `0x${value.toString(16)}`

/** A bus of `buses`: its kind, what the names of its signals begin with (default: its own name here), and its options. */
export type BusSetting =
  | ({ readonly kind: 'axi-memory'; readonly prefix?: string; readonly bytes: number } & Omit<
      AxiMemoryOptions,
      'bytes'
    >)
  | ({ readonly kind: 'axi-lite' | 'apb' | 'wishbone'; readonly prefix?: string } & RegisterOptions)
