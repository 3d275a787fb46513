/** The calls of the kernel that compute a node or move its codes. */
import type { KernelCall } from './engine-kernel.ts'
import { GROUP, type Layout, type Placement, tallyBytes } from './engine-layout.ts'
import type { IntegerAdd, IntegerConcat, IntegerConv, IntegerNode } from './types.ts'

/** A call whose rows or channels are independent of each other, so that it may be made in shares. */
export interface KernelWork {
  readonly call: KernelCall
  /** Rows or channels. */
  readonly total: number
  /** So many of them stay together. */
  readonly unit: number
  /** The arguments for `count` of them from `first` on. */
  readonly argumentsOf: (first: number, count: number) => readonly number[]
}

type Nodes = ReadonlyMap<string, IntegerNode>

/** @param tallied the accumulators of a convolution are kept, for `tallySums`. */
export function computeNode(
  node: Exclude<IntegerNode, { op: 'input' }>,
  nodes: Nodes,
  layout: Layout,
  tallied: boolean,
): readonly KernelWork[] {
  const { tensors } = layout
  const [channels, height, width] = node.shape
  const input = tensors.get(node.inputs[0]!)!
  const output = tensors.get(node.name)!
  const size = { bytes: 2 * channels, height, width, factor: 1 }
  switch (node.op) {
    case 'conv':
      return [convolve(node, layout, tallied)]
    case 'add':
      return [addCodes(node, nodes, layout)]
    case 'max-pool': {
      const reach = node.kernel >> 1
      const { address, row, pixel } = output
      const whole = [input.address, input.row, address, row, pixel, height, width, reach]
      // Rows look beyond those of their share, up to the edge of the image: it stays whole.
      return [{ call: 'maxPool', total: height, unit: height, argumentsOf: () => whole }]
    }
    case 'upsample':
      return [copyPixels(input, output, { ...size, factor: 2 })]
    case 'slice':
      return [copyPixels({ ...input, address: input.address + 2 * node.begin }, output, size)]
    case 'concat':
      return concatenate(node, nodes, layout)
  }
}

function convolve(node: IntegerConv, layout: Layout, tallied: boolean): KernelWork {
  const input = layout.tensors.get(node.inputs[0])!
  const output = layout.tensors.get(node.name)!
  const at = layout.convs.get(node.name)!
  const corner = input.address - node.padding * (input.row + input.pixel)
  const [, height, width] = node.shape
  const largest = 2 ** node.requantBits - 1
  // biome-ignore format: in the order of the kernel's parameters
  const argumentsOf = (first: number, count: number) => [
    corner + first * node.stride * input.row, input.row, input.pixel, node.kernel, at.run,
    at.weights, at.parameters, at.table, node.requantZeroPoint, largest, output.base,
    output.address + first * output.row, output.row, output.pixel, at.groups, count, width, node.stride,
    tallied ? sumsOf(node, layout, first) : 0,
  ]
  return { call: 'conv', total: height, unit: 1, argumentsOf }
}

/** The accumulators of a share that begins with this row: [group][y][x][8] of the share, behind those of the rows before. */
const sumsOf = ({ name, shape: [, , width] }: IntegerConv, { sums, convs }: Layout, row: number): number =>
  sums + row * width * convs.get(name)!.groups * GROUP * 4

/** The tally of the accumulators of a convolution, in the same shares. */
export function tallySums(node: IntegerConv, layout: Layout): KernelWork {
  const [channels, height, width] = node.shape
  const { parameters } = layout.convs.get(node.name)!
  // biome-ignore format: in the order of the kernel's parameters
  const argumentsOf = (first: number, count: number) => [
    sumsOf(node, layout, first), count * width, channels, parameters, node.requantZeroPoint,
    2 ** node.requantBits - 1, layout.tallies + first * tallyBytes(node),
  ]
  return { call: 'tally', total: height, unit: 1, argumentsOf }
}

function addCodes(node: IntegerAdd, nodes: Nodes, { tensors }: Layout): KernelWork {
  const { address, row, pixel, base } = tensors.get(node.name)!
  const operands = (first: number): readonly number[] =>
    node.inputs.flatMap((name, i) => {
      const own = tensors.get(name)!
      // The kernel adds the output's base to what is stored; an operand may have another.
      const zeroPoint = nodes.get(name)!.quant.zeroPoint + base - own.base
      return [own.address + first * own.row, own.row, zeroPoint, node.multipliers[i]!]
    })
  const { zeroPoint, bits } = node.quant
  const [, height, width] = node.shape
  const lanes = width * (pixel / 2)
  // biome-ignore format: in the order of the kernel's parameters
  const argumentsOf = (first: number, count: number) => [
    ...operands(first), address + first * row, row, zeroPoint, node.shift, 2 ** bits - 1, base, lanes, count,
  ]
  return { call: 'add', total: height, unit: 1, argumentsOf }
}

function concatenate(node: IntegerConcat, nodes: Nodes, { tensors }: Layout): readonly KernelWork[] {
  const to = tensors.get(node.name)!
  const [, height, width] = node.shape
  let before = 0
  return node.inputs.map((name) => {
    const bytes = 2 * nodes.get(name)!.shape[0]
    const part = { ...to, address: to.address + before }
    before += bytes
    return copyPixels(tensors.get(name)!, part, { bytes, height, width, factor: 1 })
  })
}

interface CopySize {
  /** Of a pixel. */
  readonly bytes: number
  readonly height: number
  readonly width: number
  /** How often each pixel is used in a row and in a column. */
  readonly factor: number
}

function copyPixels(from: Placement, to: Placement, { bytes, height, width, factor }: CopySize): KernelWork {
  // biome-ignore format: in the order of the kernel's parameters
  const argumentsOf = (first: number, count: number) => [
    from.address + (first / factor) * from.row, from.row, from.pixel,
    to.address + first * to.row, to.row, to.pixel, bytes, count, width, factor,
  ]
  return { call: 'copy', total: height, unit: factor, argumentsOf }
}

/** Codes of a tensor from the staging area to its place (`pack`), or back. */
export function moveCodes(
  call: 'pack' | 'unpack',
  { name, shape: [channels, height, width] }: IntegerNode,
  { staging, tensors }: Layout,
  wide: boolean,
): KernelWork {
  const { base, address, row, pixel } = tensors.get(name)!
  const plane = (wide ? 2 : 1) * height * width
  // biome-ignore format: in the order of the kernel's parameters
  const argumentsOf = (first: number, count: number) => [
    staging + first * plane, wide ? 1 : 0, base, address + 2 * first, row, pixel, count, height, width,
  ]
  // `unpack` moves blocks of channels.
  return { call, total: channels, unit: call === 'unpack' ? GROUP : 1, argumentsOf }
}
