/**
 * The float graph: what the checkpoint computes, in single static assignment. Every node makes one tensor, and the
 * tensor carries the node's name, which is the checkpoint's own module name wherever one exists:
 *
 * | name               | what                                                             |
 * | ------------------ | ---------------------------------------------------------------- |
 * | `images`           | the input, RGB / 255                                             |
 * | `model.2.cv1`      | a `Conv` module (convolution, batch norm, activation)                  |
 * | `model.2.m.0`      | a `Bottleneck` with a shortcut: the residual add                 |
 * | `model.2.chunk`    | the second half of `cv1`'s channels, which the bottlenecks read  |
 * | `model.2.concat`   | the concatenation that `model.2.cv2` reads                       |
 * | `model.9.m@1`      | first application of the shared max-pool of SPPF                 |
 * | `model.22.cv3.0.2` | a last 1x1 convolution of the detect head (bias, no activation)  |
 *
 * Shapes are [channels, height, width]; the batch is always 1.
 */

import type { Activation } from './activation.ts'

/** The tensor that holds the picture: three planes, red, green and blue. */
export const IMAGES = 'images'

export type Shape = readonly [channels: number, height: number, width: number]

/** Batch norm as the checkpoint has it, before fusion. All arrays have one element per output channel. */
export interface BatchNorm {
  readonly gamma: Float32Array
  readonly beta: Float32Array
  readonly mean: Float32Array
  readonly variance: Float32Array
  readonly eps: number
}

export interface InputNode {
  readonly op: 'input'
  readonly name: string
  readonly shape: Shape
}

export interface ConvNode {
  readonly op: 'conv'
  readonly name: string
  readonly inputs: readonly [string]
  readonly shape: Shape
  /** [outChannels, inChannels, kernel, kernel], C order. */
  readonly weight: Float32Array
  /** One per output channel; null before fusion where the module has none. */
  readonly bias: Float32Array | null
  /** Present only in the unfused graph. */
  readonly batchNorm: BatchNorm | null
  readonly inChannels: number
  readonly kernel: number
  readonly stride: number
  readonly padding: number
  readonly activation: Activation
  /** Of `leaky-relu`. */
  readonly slope?: number | undefined
}

export interface AddNode {
  readonly op: 'add'
  readonly name: string
  readonly inputs: readonly [string, string]
  readonly shape: Shape
}

/** Channels [begin, begin + shape[0]) of the input. */
export interface SliceNode {
  readonly op: 'slice'
  readonly name: string
  readonly inputs: readonly [string]
  readonly shape: Shape
  readonly begin: number
}

export interface ConcatNode {
  readonly op: 'concat'
  readonly name: string
  readonly inputs: readonly string[]
  readonly shape: Shape
}

/** Stride 1, padding kernel >> 1: the shape does not change. */
export interface MaxPoolNode {
  readonly op: 'max-pool'
  readonly name: string
  readonly inputs: readonly [string]
  readonly shape: Shape
  readonly kernel: number
}

/** Nearest neighbour, factor 2. */
export interface UpsampleNode {
  readonly op: 'upsample'
  readonly name: string
  readonly inputs: readonly [string]
  readonly shape: Shape
}

export type FloatNode = InputNode | ConvNode | AddNode | SliceNode | ConcatNode | MaxPoolNode | UpsampleNode

/** One stride of the detect head: where its box and class logits are. */
export interface HeadLevel {
  readonly stride: number
  /** Name of the tensor of 4 * regMax box logits. */
  readonly box: string
  /** Name of the tensor of one logit per class. */
  readonly cls: string
}

export interface DetectHead {
  /** Name of the Detect module, e.g. `model.22`. */
  readonly name: string
  readonly levels: readonly HeadLevel[]
  /** Bins of the distribution focal loss, 16 in every public checkpoint. */
  readonly regMax: number
  readonly classes: readonly string[]
}

export interface FloatGraph {
  /** Topological order; the input comes first. */
  readonly nodes: readonly FloatNode[]
  readonly head: DetectHead
  /** Module names that have no node of their own, and the tensor they stand for: `model.2` -> `model.2.cv2`. */
  readonly aliases: ReadonlyMap<string, string>
}
