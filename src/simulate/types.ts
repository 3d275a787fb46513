/** What a test is given: options, streams, and a model in this process or in a child process. */
import type { Beat } from './beats.ts'
import type { ModuleInterface } from './boundary/module-interface.ts'
import type { Boundary, StreamPorts } from './boundary/types.ts'
import type { BuildOptions } from './build/types.ts'
import type { BusSetting, MemoryBus, Registers } from './bus-types.ts'
import type { Memory, MemoryMapping } from './memories.ts'
import type { OpenedFile } from './opened-files.ts'
import type { PortValue } from './ports.ts'

export type PortValues = Readonly<Record<string, PortValue>>

/** Ports of a module whose types nobody has written: numbers, as nearly all are. See `generatePortTypes`. */
export interface LoosePorts {
  [port: string]: number
}

/** Cycles in which a sender holds back, or a receiver is not ready. */
export type Stalls =
  | {
      /** At random. 0 to 1 (below 1, or nothing ever moves). */
      readonly probability: number
      /** Default: the seed of the simulation. */
      readonly seed?: number
    }
  | {
      /**
       * Over and over: `1` lets a beat through, `0` stalls; `'1'` never stalls, `'1000'` is one cycle in four. A receiver
       * takes a step each cycle, a sender each cycle in which it could offer a new beat.
       */
      readonly pattern: string
    }

export interface SimulateOptions extends BuildOptions, Boundary {
  /** `{ weights: 'w.mem' }` becomes `+weights=w.mem`; true is a plusarg without a value. */
  readonly plusargs?: Readonly<Record<string, string | number | true>>
  /** Of `$random`, of stalls, of `randomiseUnknowns`. Default: `ASSAY_SEED` of the environment, or 1. */
  readonly seed?: number
  /** Stalls of every stream. */
  readonly stalls?: Stalls
  /** Memories outside the module, served at its ports. */
  readonly memories?: Readonly<Record<string, MemoryMapping>>
  /** Memories and registers behind AXI, APB and Wishbone, by a name. */
  readonly buses?: Readonly<Record<string, BusSetting>>
  /** Build with waveforms, and write those of cycles fromCycle to toCycle - 1 to an FST file. */
  readonly waveform?: { readonly file: string; readonly fromCycle?: number; readonly toCycle?: number }
}

export interface Deadline {
  /** Default 10,000, or 16 for each beat that is waited for where that is more. */
  readonly withinCycles?: number
  /** Called about every 50 ms, with the beats that are still queued, of an input, or have come, of an output. */
  readonly onProgress?: (at: { readonly cycle: number; readonly beats: number }) => void
}

export interface RunOptions {
  /** A 1-bit port: the run ends after the first edge that leaves it at 1. At least one cycle is run. */
  readonly until: string
  readonly withinCycles: number
  /** Give up when no beat moved for so many cycles. */
  readonly noProgressCycles?: number
  /** The stream whose beats count as progress. Default: any. */
  readonly progress?: string
  /** Ports to show in an error. Default: outputs of up to 32 bits. */
  readonly watch?: readonly string[]
  /** Time budget; an endless loop inside one cycle can only be stopped in a child process. */
  readonly deadlineMs?: number
  /** Called about every 50 ms. */
  readonly onProgress?: (at: { readonly cycle: number }) => void
}

export interface RunResult {
  /** Clock cycles of this run. */
  readonly cycles: number
  /** Clock cycles before this run, reset included: what `PackedBeats.cycles` counts from. */
  readonly startCycle: number
  readonly seconds: number
}

/** Beats as bytes (fields in port order, each little-endian in whole bytes), and the cycle in which each moved. */
export interface PackedBeats {
  readonly data: Uint8Array<ArrayBuffer>
  readonly cycles: Float64Array<ArrayBuffer>
}

/** A valid/ready stream of a model. */
export interface Stream {
  readonly ports: StreamPorts
  readonly beatBytes: number
  /** Queues beats; they go in while the clock runs. */
  send(beats: readonly Beat[]): Promise<void>
  sendPacked(data: Uint8Array): Promise<void>
  /** Runs the clock until all queued beats are in. */
  flush(deadline?: Deadline): Promise<void>
  /** Runs the clock until `count` beats have come, and takes them. Later beats are kept for the next call. */
  receive(count: number, deadline?: Deadline): Promise<Beat[]>
  /** As `receive`; without a count it takes what has come, and runs nothing. */
  receivePacked(count?: number, deadline?: Deadline): Promise<PackedBeats>
  /** Sets the stalls from here on. */
  stall(stalls: Stalls): Promise<void>
}

/** What a model in this process and one in a child process have in common. */
export interface BulkDut extends AsyncDisposable {
  readonly module: ModuleInterface
  read(...names: readonly string[]): Promise<PortValue[]>
  write(values: PortValues): Promise<void>
  step(cycles?: number): Promise<void>
  /** Clock cycles since the first edge, reset included. */
  readCycle(): Promise<number>
  run(options: RunOptions): Promise<RunResult>
  stream(name: string): Stream
  /** Registers of `buses`. */
  registers(name: string): Registers
  /** A memory of `buses`. */
  memoryBus(name: string): MemoryBus
  /** All words of a memory of `memories`, in order. */
  readMemory(name: string): Promise<(number | bigint)[]>
  /**
   * The writes that a stream showed in its last `receivePacked`, against the memory that should hold them.
   * @returns null where the model shows no such memory.
   */
  checkMemory(check: MemoryCheck): Promise<MemoryVerdict | null>
  /** What the model printed since the last call. */
  takeOutput(): Promise<string>
  /** Files that the model has opened to read since it was opened, `$readmemh` and `$fopen` alike. */
  openedFiles(): Promise<readonly OpenedFile[]>
  close(): Promise<void>
}

/** A model in a process of its own. */
export interface ChildDut extends BulkDut {
  /** Takes the model back to where it was when it was opened: powered up, and through its reset. @param plusargs other ones */
  restart(plusargs?: SimulateOptions['plusargs'], seed?: number): Promise<void>
}

/** A model in this process: ports are read and written in place. */
export interface Dut<Ports = LoosePorts> extends BulkDut {
  readonly ports: Ports
  /** Of `$random` and of stalls: what replays this simulation. */
  readonly seed: number
  /** A memory of `memories`. */
  memory(name: string): Memory
  /**
   * Keeps the state of this moment: registers, memories, clocks, random values, the cycle. Beats that are queued or
   * recorded are not part of it. @returns false where this model has none: its state is more than plain memory, it
   * records a waveform, or it does not run in Verilator.
   */
  snapshot(): boolean
  /** Back to the snapshot, with all streams empty. It costs what was written since. */
  restore(): void
  /** A variable inside the model that a `.vlt` file among the sources keeps public; null where there is none. */
  variable(scope: string, name: string): ModelVariable | null
  /** Clock cycles since the first edge, reset included. */
  readonly cycle: number
  /** Whether `$finish` came. */
  readonly finished: boolean
  /** Runs clock cycles. */
  tick(cycles?: number): void
  /** Runs the clock until the condition holds, tested before each cycle; returns the cycles it took. */
  until(condition: () => boolean, deadline?: Deadline): number
  /** The stream named `in`. */
  readonly in: Stream
  /** The stream named `out`. */
  readonly out: Stream
}

/** A stream that shows every write into a memory, and where that memory is. */
export interface MemoryCheck {
  readonly stream: string
  /** Fields of the stream: who wrote, the word's address, the word. */
  readonly writer: string
  readonly address: string
  readonly data: string
  /** Scopes of the banks: address a is word floor(a / banks) of bank a mod banks. */
  readonly banks: readonly string[]
  /** The memory's name in each scope. */
  readonly variable: string
}

/** A variable of the model, as Verilator keeps it: words one after another, each little-endian in whole entries. */
export interface ModelVariable {
  readonly bytes: Uint8Array
  readonly entryBytes: number
}

export interface MemoryVerdict {
  /** Words that were written and are still there to be compared: the last write to each address. */
  readonly checked: number
  /** By writer, the words that the memory does not hold. */
  readonly lost: ReadonlyMap<number, number>
}
