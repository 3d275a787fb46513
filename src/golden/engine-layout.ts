/** Where tensors and parameters lie in the engine's memory. */

import { profileOf } from './code-range.ts'
import { GROUP } from './engine-kernel.ts'
import { placeStages, type StageLayout } from './engine-stage-layout.ts'
import type { IntegerConv, IntegerGraph, IntegerNode } from './types.ts'

/** Bytes of a vector, to which everything is aligned. */
export const VECTOR = 16
/** Bytes of the parameters of a group: int32 bias[8], double scale[8]. */
export const PARAMETER_BYTES = GROUP * (4 + 8)

/** Byte of a tally at which its codes begin. */
export const TALLY_CODES = 64

/** Where a tensor lies in the engine's memory: int16, [height, width, lanes], with a frame around it. */
export interface Placement {
  /** Byte address of channel 0 of pixel (0, 0), inside the frame. */
  readonly address: number
  /** First byte of the frame, the bytes from there to the end, and the pixels of the frame at each side. */
  readonly begin: number
  readonly bytes: number
  readonly frame: number
  /** Bytes from a row to the next, and from a pixel to the next. */
  readonly row: number
  readonly pixel: number
  /** What is subtracted from a code to store it: 0, or 32768 for 16-bit codes. */
  readonly base: number
}

/** Addresses of a convolution's parameters. */
export interface ConvPlacement {
  readonly weights: number
  readonly weightBytes: number
  readonly parameters: number
  /** 0 where there is no table. */
  readonly table: number
  /** Bytes of the taps of one kernel row. */
  readonly run: number
  readonly groups: number
}

export interface Layout {
  readonly tensors: ReadonlyMap<string, Placement>
  readonly convs: ReadonlyMap<string, ConvPlacement>
  /** Of each concat that requantises, the tables of its inputs: int16, by code. */
  readonly concats: ReadonlyMap<string, readonly number[]>
  /** Room for the codes of the largest tensor, and for the weights of the largest convolution. */
  readonly staging: number
  /** Room for the sums of a convolution's weights, two doubles a channel. */
  readonly weightSums: number
  /** Room for the accumulators of the largest convolution, and for a tally of each of its rows; 0 if nobody wants them. */
  readonly sums: number
  readonly tallies: number
  /** What the stages of a profile need; null for that of docs/arithmetic.md. */
  readonly stages: StageLayout | null
  readonly totalBytes: number
}

/**
 * Gives every tensor and every parameter its place, without overlap.
 *
 * @param shares into which a call is cut at most: each has a row to work on
 */
export function planLayout(graph: IntegerGraph, withTallies = false, shares = 1): Layout {
  let top = VECTOR
  const allocate = (bytes: number): number => {
    const address = top
    top += roundUp(bytes, VECTOR)
    return address
  }
  const tensors = new Map<string, Placement>()
  const convs = new Map<string, ConvPlacement>()
  const concats = new Map<string, readonly number[]>()
  const bits = new Map(graph.nodes.map(({ name, quant }) => [name, quant.bits]))
  const { concat } = profileOf(graph)
  const frames = findFrames(graph)
  let overrun = 0
  for (const node of graph.nodes) {
    const placement = placeTensor(node, frames.get(node.name) ?? 0, allocate, feedsOnlyConvs(graph, node))
    tensors.set(node.name, placement)
    if (node.op === 'concat' && concat !== undefined)
      concats.set(
        node.name,
        node.inputs.map((name) => allocate(2 * 2 ** bits.get(name)!)),
      )
    if (node.op !== 'conv') continue
    const groups = Math.ceil(node.shape[0] / GROUP)
    const { pixel } = tensors.get(node.inputs[0])!
    const run = node.kernel * pixel
    const weightBytes = groups * node.kernel * run * GROUP
    convs.set(node.name, {
      groups,
      run,
      weightBytes,
      weights: allocate(weightBytes),
      parameters: allocate(groups * PARAMETER_BYTES),
      table: node.table === null ? 0 : allocate(node.table.length * 2),
    })
    overrun = Math.max(overrun, 4 * node.stride * pixel + run)
  }
  const largest = Math.max(...graph.nodes.map(({ shape }) => shape[0] * shape[1] * shape[2]))
  const weights = Math.max(0, ...graph.nodes.map((node) => (node.op === 'conv' ? node.weight.byteLength : 0)))
  const staging = allocate(Math.max(largest * 2, weights))
  const channels = Math.max(...graph.nodes.map(({ op, shape }) => (op === 'conv' ? shape[0] : 0)))
  const weightSums = allocate(channels * 2 * 8)
  const room = (bytes: (node: IntegerNode) => number): number =>
    withTallies ? allocate(Math.max(0, ...graph.nodes.map(bytes))) : 0
  const stages = placeStages(graph, allocate, shares, withTallies)
  // Those before stages are int64.
  const sums = room((node) => sumsBytes(node) * (stages === null ? 1 : 2))
  const tallies = room((node) => (node.op === 'conv' ? node.shape[1] * tallyBytes(node) : 0))
  // The last tile of a row may read past the end of its tensor.
  return { tensors, convs, concats, staging, weightSums, sums, tallies, stages, totalBytes: top + overrun }
}

/** Bytes of a convolution's accumulators, int32 [group][y][x][8]. */
const sumsBytes = ({ op, shape: [channels, height, width] }: IntegerNode): number =>
  op === 'conv' ? roundUp(channels, GROUP) * height * width * 4 : 0

/** Bytes of a tally: six counts, then a byte for each code. */
export const tallyBytes = ({ requantBits }: IntegerConv): number =>
  roundUp(TALLY_CODES + 2 ** requantBits, VECTOR)

/** Widest padding with which a tensor is read. */
function findFrames(graph: IntegerGraph): Map<string, number> {
  const frames = new Map<string, number>()
  for (const node of graph.nodes) {
    if (node.op !== 'conv') continue
    const [input] = node.inputs
    frames.set(input, Math.max(frames.get(input) ?? 0, node.padding))
  }
  return frames
}

/** An image that only convolutions read may have groups of 4 channels, which halves the first layer's work. */
function feedsOnlyConvs(graph: IntegerGraph, node: IntegerNode): boolean {
  if (node.op !== 'input') return false
  return graph.nodes.every(
    (reader) => reader.op === 'conv' || reader.op === 'input' || !reader.inputs.includes(node.name),
  )
}

function placeTensor(
  node: IntegerNode,
  frame: number,
  allocate: (bytes: number) => number,
  narrow: boolean,
): Placement {
  const [channels, height, width] = node.shape
  const lanes = narrow && channels <= 4 ? 4 : roundUp(channels, GROUP)
  const pixel = lanes * 2
  const row = (width + 2 * frame) * pixel
  const bytes = (height + 2 * frame) * row
  const begin = allocate(bytes)
  const base = node.quant.bits === 16 ? 32768 : 0
  return { address: begin + frame * (row + pixel), begin, bytes, frame, row, pixel, base }
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit
}
