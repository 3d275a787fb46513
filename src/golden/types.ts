/**
 * The integer graph: the network as hardware computes it. The float graph's names and shapes are kept; every tensor has a
 * scale and a zero point (clause A-1), every convolution its integer parameters. Plain data, no methods,
 * so that it can be written to a file and read back.
 */
import type { DetectHead, Shape } from '../graph/types.ts'

/** Codes of a tensor, C order [c, h, w]; Uint16Array when activations have more than 8 bits. */
export type Codes = Uint8Array | Uint16Array

/** real = scale * (code - zeroPoint), 0 <= code < 2^bits. */
export interface QuantParams {
  readonly scale: number
  readonly zeroPoint: number
  readonly bits: number
}

interface IntegerNodeBase {
  readonly name: string
  readonly shape: Shape
  /** Scale and zero point of the tensor this node makes. */
  readonly quant: QuantParams
}

export interface IntegerInput extends IntegerNodeBase {
  readonly op: 'input'
}

export interface IntegerConv extends IntegerNodeBase {
  readonly op: 'conv'
  readonly inputs: readonly [string]
  readonly inChannels: number
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  readonly weightBits: number
  /** [outChannels, inChannels, kernel, kernel], |w| <= 2^(weightBits-1) - 1. */
  readonly weight: Int8Array | Int16Array
  /** Real weight = weightScale[o] * code. */
  readonly weightScale: Float64Array
  /** B of clause A-3: the zero point of the input is folded in. */
  readonly bias: Int32Array
  /** M of clause A-4, one per output channel, below 2^16. */
  readonly multiplier: Uint16Array
  /** s of clause A-4, one per output channel, 0 to 47. */
  readonly shift: Uint8Array
  /** Z added after the shift: of the table's index where there is a table, else of the output. */
  readonly requantZeroPoint: number
  /** Width of the requantised code: P where there is a table, else A. It is clamped to 0 .. 2^bits - 1. */
  readonly requantBits: number
  /** Scale of the requantised code: of the pre-activation where there is a table, else of the output. */
  readonly requantScale: number
  /** 2^requantBits output codes, or null if the requantised code is the output. */
  readonly table: Codes | null
}

/** */
export interface IntegerAdd extends IntegerNodeBase {
  readonly op: 'add'
  readonly inputs: readonly [string, string]
  readonly multipliers: readonly [number, number]
  readonly shift: number
}

export interface IntegerSlice extends IntegerNodeBase {
  readonly op: 'slice'
  readonly inputs: readonly [string]
  readonly begin: number
}

export interface IntegerConcat extends IntegerNodeBase {
  readonly op: 'concat'
  readonly inputs: readonly string[]
}

export interface IntegerMaxPool extends IntegerNodeBase {
  readonly op: 'max-pool'
  readonly inputs: readonly [string]
  readonly kernel: number
}

export interface IntegerUpsample extends IntegerNodeBase {
  readonly op: 'upsample'
  readonly inputs: readonly [string]
}

export type IntegerNode =
  | IntegerInput
  | IntegerConv
  | IntegerAdd
  | IntegerSlice
  | IntegerConcat
  | IntegerMaxPool
  | IntegerUpsample

/** Integer decode and q_NMS; null in a graph quantised with `--scope no-last`. */
export interface IntegerHead {
  /** E of A-8: 2^A entries, unsigned 16 bits; the index is (largest logit code - logit code). */
  readonly expTable: Uint16Array
  /** 2^A entries, unsigned 16 bits: 65536 * sigmoid(logit), at most 65535. */
  readonly sigmoidTable: Uint16Array
}

export interface IntegerGraph {
  /** Topological order; the input comes first. */
  readonly nodes: readonly IntegerNode[]
  readonly detect: DetectHead
  readonly head: IntegerHead | null
  readonly aliases: ReadonlyMap<string, string>
  readonly weightBits: number
  readonly activationBits: number
}

/** Run-time settings of q_NMS. */
export interface NmsOptions {
  /** A candidate needs a class-logit code of at least this. */
  readonly minCode: number
  /** T of A-10: round(iou * 2^10). */
  readonly iouThreshold: number
  /** K: candidates kept for suppression; the K first in the total order survive. */
  readonly capacity: number
  /** Boxes kept at most. */
  readonly maxDetections: number
  /** false: an anchor gives its best class. true: every class of an anchor above the threshold is a candidate. */
  readonly multiLabel: boolean
}

/** Corners in sixteenths of a pixel of the network's input; not clipped. */
export interface IntegerBox {
  readonly x0: number
  readonly y0: number
  readonly x1: number
  readonly y1: number
  readonly classIndex: number
  /** Class-logit code. */
  readonly code: number
  /** Unsigned 16 bits: score * 65536. */
  readonly score: number
  /** Anchor index: levels in stride order, row-major within a level. */
  readonly anchor: number
}

export interface NmsResult {
  readonly boxes: readonly IntegerBox[]
  /** Candidates above the threshold, before the capacity cut. */
  readonly candidates: number
  /** True if candidates > capacity: the last ones in the order were dropped. */
  readonly overflow: boolean
}
