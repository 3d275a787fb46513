/** The calls of the kernel that compute a node or move its codes. */
import { GROUP } from './engine-kernel.ts'
import { type Layout, type Placement, tallyBytes } from './engine-layout.ts'
import { type KernelWork, type Plan, sumsOf } from './engine-plan.ts'
import { addByProfile, addProducts, carriedZeroPoint, finishOf, recordsOf } from './engine-profile-calls.ts'
import type { IntegerAdd, IntegerConcat, IntegerConv, IntegerNode } from './types.ts'

/** @param tallied the accumulators of a convolution are kept, for `tallySums`. */
export function computeNode(
  node: Exclude<IntegerNode, { op: 'input' }>,
  plan: Plan,
  tallied: boolean,
): readonly KernelWork[] {
  const { nodes, layout } = plan
  const { tensors } = layout
  const [channels, height, width] = node.shape
  const input = tensors.get(node.inputs[0]!)!
  const output = tensors.get(node.name)!
  const size = { bytes: 2 * channels, height, width, factor: 1 }
  switch (node.op) {
    case 'conv': {
      const isVector = plan.ways.get(node.name) !== 'products'
      return [isVector ? convolve(node, plan, tallied) : addProducts(node, plan, tallied)]
    }
    case 'add':
      return [layout.stages === null ? addCodes(node, nodes, layout) : addByProfile(node, plan)]
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

function convolve(node: IntegerConv, plan: Plan, tallied: boolean): KernelWork {
  const { layout } = plan
  const input = layout.tensors.get(node.inputs[0])!
  const output = layout.tensors.get(node.name)!
  const at = layout.convs.get(node.name)!
  const corner = input.address - node.padding * (input.row + input.pixel)
  const [, height, width] = node.shape
  const largest = 2 ** node.requantBits - 1
  const isSingle = plan.ways.get(node.name) === 'single'
  const finish = isSingle ? { table: at.table, base: output.base } : finishOf(node, plan)
  const zeroPoint = carriedZeroPoint(node, plan.profile)
  // biome-ignore format: in the order of the kernel's parameters
  const argumentsOf = (first: number, count: number, share: number) => [
    corner + first * node.stride * input.row, input.row, input.pixel, node.kernel, at.run,
    at.weights, at.parameters, finish.table, zeroPoint, largest, finish.base,
    output.address + first * output.row, output.row, output.pixel, at.groups, count, width, node.stride,
    tallied ? sumsOf(node, layout, first, isSingle ? 4 : 8) : 0,
    ...(isSingle ? [0, 0, 0] : recordsOf(node, layout, share)),
  ]
  return { call: 'conv', total: height, unit: 1, argumentsOf }
}

/** The tally of the accumulators of a convolution, in the same shares. */
export function tallySums(node: IntegerConv, { layout, profile }: Plan): KernelWork {
  const [channels, height, width] = node.shape
  const zeroPoint = carriedZeroPoint(node, profile)
  const { parameters, table } = layout.convs.get(node.name)!
  // biome-ignore format: in the order of the kernel's parameters
  const argumentsOf = (first: number, count: number) => [
    sumsOf(node, layout, first, 4), count * width, channels, parameters, table, zeroPoint,
    2 ** node.requantBits - 1, layout.tallies + first * tallyBytes(node),
  ]
  return { call: 'tally', total: height, unit: 1, argumentsOf }
}

function addCodes(node: IntegerAdd, nodes: Plan['nodes'], { tensors }: Layout): KernelWork {
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

function concatenate(
  node: IntegerConcat,
  nodes: Plan['nodes'],
  { tensors, concats }: Layout,
): readonly KernelWork[] {
  const tables = concats.get(node.name)
  const to = tensors.get(node.name)!
  const [, height, width] = node.shape
  let before = 0
  return node.inputs.map((name, i) => {
    const bytes = 2 * nodes.get(name)!.shape[0]
    const part = { ...to, address: to.address + before }
    before += bytes
    const from = tensors.get(name)!
    return tables === undefined
      ? copyPixels(from, part, { bytes, height, width, factor: 1 })
      : mapPixels(from, part, tables[i]!, { bytes, height, width })
  })
}

/** By a table that codes index. */
function mapPixels(
  from: Placement,
  to: Placement,
  table: number,
  { bytes, height, width }: Omit<CopySize, 'factor'>,
): KernelWork {
  const stored = table + 2 * from.base
  // biome-ignore format: in the order of the kernel's parameters
  const argumentsOf = (first: number, count: number) => [
    from.address + first * from.row, from.row, from.pixel, stored,
    to.address + first * to.row, to.row, to.pixel, bytes, count, width,
  ]
  return { call: 'mapCodes', total: height, unit: 1, argumentsOf }
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
