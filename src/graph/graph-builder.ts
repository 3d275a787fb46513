/** Collects nodes in topological order and knows the shape of every tensor. */
import { InputError } from '../input/input-error.ts'
import type { FloatNode, Shape } from './types.ts'

export interface GraphBuilder {
  readonly nodes: readonly FloatNode[]
  readonly aliases: ReadonlyMap<string, string>
  /** Appends a node and returns its name. Throws InputError for a name used twice. */
  add(node: FloatNode): string
  /** Makes `name` stand for an existing tensor. */
  alias(name: string, tensor: string): void
  /** Shape of a tensor. */
  shapeOf(tensor: string): Shape
  concat(name: string, inputs: readonly string[]): string
  slice(name: string, input: string, begin: number, channels: number): string
  sum(name: string, a: string, b: string): string
  maxPool(name: string, input: string, kernel: number): string
  upsample(name: string, input: string): string
}

/** Most elements of one tensor. No picture and no network needs more, but a damaged padding asks for more. */
const MAX_ELEMENTS = 2 ** 30

export function createGraphBuilder(): GraphBuilder {
  const nodes: FloatNode[] = []
  const shapes = new Map<string, Shape>()
  const aliases = new Map<string, string>()

  function shapeOf(tensor: string): Shape {
    const shape = shapes.get(tensor)
    if (!shape) throw new InputError('a layer reads this tensor before it is made.', tensor)
    return shape
  }

  function add(node: FloatNode): string {
    const elements = node.shape.reduce((product, side) => product * side, 1)
    if (!node.shape.every((side) => Number.isInteger(side) && side >= 1) || elements > MAX_ELEMENTS)
      throw new InputError(`the tensor would have the shape [${node.shape}].`, node.name)
    if (shapes.has(node.name)) throw new InputError('two layers have this name.', node.name)
    nodes.push(node)
    shapes.set(node.name, node.shape)
    return node.name
  }

  return {
    nodes,
    aliases,
    add,
    shapeOf,
    alias: (name, tensor) => aliases.set(name, tensor),
    concat(name, inputs) {
      const parts = inputs.map(shapeOf)
      const [, height = 0, width = 0] = parts[0] ?? []
      const odd = parts.findIndex((part) => part[1] !== height || part[2] !== width)
      if (parts.length === 0 || odd >= 0) {
        const sizes = parts.map((part, i) => `${inputs[i]} ${part[1]}x${part[2]}`).join(', ')
        throw new InputError(`expected inputs of one height and width, got ${sizes}.`, name)
      }
      const channels = parts.reduce((sum, part) => sum + part[0], 0)
      return add({ op: 'concat', name, inputs, shape: [channels, height, width] })
    },
    slice(name, input, begin, channels) {
      const [available, height, width] = shapeOf(input)
      if (begin + channels > available) {
        throw new InputError(`expected ${begin + channels} channels in ${input}, got ${available}.`, name)
      }
      return add({ op: 'slice', name, inputs: [input], begin, shape: [channels, height, width] })
    },
    sum(name, a, b) {
      const shape = shapeOf(a)
      if (shape.join() !== shapeOf(b).join()) {
        throw new InputError(`expected two tensors of one shape, got [${shape}] and [${shapeOf(b)}].`, name)
      }
      return add({ op: 'add', name, inputs: [a, b], shape })
    },
    maxPool: (name, input, kernel) =>
      add({ op: 'max-pool', name, inputs: [input], kernel, shape: shapeOf(input) }),
    upsample(name, input) {
      const [channels, height, width] = shapeOf(input)
      return add({ op: 'upsample', name, inputs: [input], shape: [channels, height * 2, width * 2] })
    },
  }
}
