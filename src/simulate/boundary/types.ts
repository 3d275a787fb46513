/** How a test says what a module's ports mean: clocks, resets, streams. */
import type { Port } from './module-interface.ts'

/** When a clock rises, in units of time that all clocks share. */
export interface ClockTiming {
  /** At least 2. The low part comes first, and is the longer one of an odd period. */
  readonly period: number
  /** Delay of all its edges. Default 0. */
  readonly phase?: number
}

export interface ResetPort {
  readonly port: string
  readonly active: 0 | 1
  /** Default 2. */
  readonly cycles?: number
}

/** The ports of a valid/ready stream. */
export interface StreamPorts {
  readonly name: string
  /** As the module sees it: beats are sent to an input and received from an output. */
  readonly direction: 'input' | 'output'
  readonly valid: string
  /** Null: the receiving side is always ready. */
  readonly ready: string | null
  /** The clock at whose edges beats move. Absent: the first. */
  readonly clock?: string
  /** Of ports that carry several streams side by side: the bit of valid and ready, and the slice of each field. */
  readonly lane?: { readonly index: number; readonly count: number }
  /** In port order, which is also the order inside a packed beat. The width is that of a lane. */
  readonly fields: readonly { readonly name: string; readonly port: Port }[]
}

/** Names the ports of a stream that does not follow the naming convention; fields by name, in packing order. */
export interface StreamMapping {
  readonly direction: 'input' | 'output'
  readonly valid: string
  readonly ready?: string
  /** The clock at whose edges beats move. Default: the first. */
  readonly clock?: string
  /** Where valid has a bit for each of several streams: which of them this is. */
  readonly lane?: number
  readonly fields: Readonly<Record<string, string>>
}

/** The clock at whose edges the beats of a stream that is found by name move. */
export interface StreamClock {
  readonly clock: string
}

/** By name of the stream; null for one that nobody drives or records. */
export type StreamMappings = Readonly<Record<string, StreamMapping | StreamClock | null>>

/** What a simulation says of its module's ports where their names do not. */
export interface Boundary {
  /**
   * Default: the input that is called like a clock (`clk_i`, `clock`, `ap_clk`, `S_AXI_ACLK`, in any case). A module without
   * processes that wait for an edge needs none: a tick settles it. `false` leaves the clock to the test.
   */
  readonly clock?: string | false
  /** Several clocks, by port. The first one is the one that `tick`, `cycle` and deadlines count. */
  readonly clocks?: Readonly<Record<string, ClockTiming>>
  /** Default: the inputs called `rst_ni`, `rst_n`, `rst_i` or the like, for 2 cycles; false leaves reset to the test. */
  readonly reset?: false | ResetPort | readonly ResetPort[]
  /**
   * Streams whose ports are not named by the convention. For one that is: its clock where there are several, or null where
   * nobody drives or records it.
   */
  readonly streams?: StreamMappings
}
