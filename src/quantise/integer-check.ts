/** Checks that a file holds an integer graph that all other code can rely on: names, shapes, sizes of arrays, who reads whom. */
import type { IntegerGraph, IntegerNode, QuantParams } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import {
  at,
  type Fields,
  type Place,
  readChoice,
  readFields,
  readInteger,
  readList,
  readNumber,
  readText,
  refuse,
} from '../input/json-fields.ts'
import { pathName } from '../input/path-name.ts'

export const OPS = ['input', 'conv', 'add', 'slice', 'concat', 'max-pool', 'upsample'] as const
const MOST_BITS = 16
const MOST_SIDE = 65_536
type TypedArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Float64Array

/** @throws InputError naming the first field that is wrong. */
export function checkIntegerGraph(value: unknown, file: string, advice: string): IntegerGraph {
  const root: Place = { file, field: '', advice }
  const graph = readFields(value, root)
  readInteger(graph.weightBits, at(root, 'weightBits'), 1, MOST_BITS)
  readInteger(graph.activationBits, at(root, 'activationBits'), 1, MOST_BITS)
  const nodes = new Map<string, IntegerNode>()
  for (const [index, item] of readList(graph.nodes, at(root, 'nodes'), 1).entries()) {
    const place = at(at(root, 'nodes'), index)
    const node = checkNode(readFields(item, place), place, nodes)
    if ((node.op === 'input') !== (index === 0))
      refuse(at(place, 'op'), 'the input first, and only there', node.op)
    nodes.set(node.name, node)
  }
  checkDetect(graph, at(root, 'detect'), nodes)
  if (graph.head !== null) checkHead(readFields(graph.head, at(root, 'head')), at(root, 'head'))
  if (!(graph.aliases instanceof Map)) refuse(at(root, 'aliases'), 'a map of names', graph.aliases)
  for (const [name, target] of graph.aliases as ReadonlyMap<unknown, unknown>) {
    readText(name, at(root, 'aliases'))
    readText(target, at(root, 'aliases'))
  }
  return value as IntegerGraph
}

export function readShape(value: unknown, place: Place): Shape {
  const sides = readList(value, place, 3, 3).map((side, axis) =>
    readInteger(side, at(place, axis), 1, MOST_SIDE),
  )
  return sides as unknown as Shape
}

export function readQuant(value: Fields, place: Place): QuantParams {
  const bits = readInteger(value.bits, at(place, 'bits'), 1, MOST_BITS)
  const scale = readNumber(value.scale, at(place, 'scale'), Number.MIN_VALUE, Number.MAX_VALUE)
  return { scale, zeroPoint: readInteger(value.zeroPoint, at(place, 'zeroPoint'), 0, 2 ** bits - 1), bits }
}

function checkNode(node: Fields, place: Place, known: ReadonlyMap<string, IntegerNode>): IntegerNode {
  const name = pathName(readText(node.name, at(place, 'name')), place.file)
  if (known.has(name)) refuse(at(place, 'name'), 'a name of its own', name)
  const op = readChoice(node.op, at(place, 'op'), OPS)
  const shape = readShape(node.shape, at(place, 'shape'))
  readQuant(readFields(node.quant, at(place, 'quant')), at(place, 'quant'))
  if (op === 'input') return node as unknown as IntegerNode
  const [least, most] = op === 'add' ? [2, 2] : op === 'concat' ? [1, 64] : [1, 1]
  const inputs = readList(node.inputs, at(place, 'inputs'), least, most).map((input, index) => {
    const source = known.get(input as string)
    return source ?? refuse(at(at(place, 'inputs'), index), 'a tensor that was made before', input)
  })
  const expected = shapeAfter(node, op, shape, inputs, place)
  if (expected.join() !== shape.join()) refuse(at(place, 'shape'), `[${expected}]`, shape.join('x'))
  return node as unknown as IntegerNode
}

/** The shape that the inputs give; fields of the operation are checked on the way. */
function shapeAfter(
  node: Fields,
  op: Exclude<(typeof OPS)[number], 'input'>,
  [channels]: Shape,
  inputs: readonly IntegerNode[],
  place: Place,
): readonly number[] {
  const [from, height, width] = inputs[0]!.shape
  switch (op) {
    case 'conv':
      return checkConv(node, channels, inputs[0]!.shape, place)
    case 'slice': {
      readInteger(node.begin, at(place, 'begin'), 0, Math.max(0, from - channels))
      return [Math.min(channels, from), height, width]
    }
    case 'concat': {
      const odd = inputs.find(({ shape }) => shape[1] !== height || shape[2] !== width)
      if (odd !== undefined)
        refuse(at(place, 'inputs'), `${height}x${width} of every input`, odd.shape.join('x'))
      return [inputs.reduce((sum, { shape }) => sum + shape[0], 0), height, width]
    }
    case 'upsample':
      return [from, height * 2, width * 2]
    case 'max-pool':
      readInteger(node.kernel, at(place, 'kernel'), 1, 255)
      return [from, height, width]
    case 'add':
      for (const index of [0, 1])
        readInteger(
          readList(node.multipliers, at(place, 'multipliers'), 2, 2)[index],
          at(place, 'multipliers'),
          0,
          2 ** 31,
        )
      readInteger(node.shift, at(place, 'shift'), 0, 63)
      if (inputs[1]!.shape.join() !== inputs[0]!.shape.join())
        refuse(at(place, 'inputs'), 'two tensors of one shape', inputs[1]!.shape.join('x'))
      return [from, height, width]
  }
}

function checkConv(
  node: Fields,
  channels: number,
  [from, height, width]: Shape,
  place: Place,
): readonly number[] {
  const integer = (key: string, low: number, high: number) =>
    readInteger(node[key], at(place, key), low, high)
  integer('inChannels', from, from)
  const [kernel, stride, padding] = [
    integer('kernel', 1, 255),
    integer('stride', 1, 255),
    integer('padding', 0, 254),
  ]
  const bits = integer('requantBits', 1, MOST_BITS)
  integer('requantZeroPoint', 0, 2 ** bits - 1)
  integer('weightBits', 1, MOST_BITS)
  readNumber(node.requantScale, at(place, 'requantScale'), Number.MIN_VALUE, Number.MAX_VALUE)
  const array = (
    key: string,
    length: number,
    ...types: readonly (abstract new (
      ...args: never
    ) => TypedArray)[]
  ) => {
    const value = node[key] as TypedArray
    if (!types.some((type) => value instanceof type) || value.length !== length)
      refuse(at(place, key), `${types.map(({ name }) => name).join(' or ')} of ${length}`, value)
  }
  array('weight', channels * from * kernel * kernel, Int8Array, Int16Array)
  array('weightScale', channels, Float64Array)
  array('bias', channels, Int32Array)
  array('multiplier', channels, Uint16Array)
  array('shift', channels, Uint8Array)
  if (node.table !== null) array('table', 2 ** bits, Uint8Array, Uint16Array)
  const side = (size: number) => Math.floor((size + 2 * padding - kernel) / stride) + 1
  return [channels, side(height), side(width)]
}

function checkDetect(graph: Fields, place: Place, nodes: ReadonlyMap<string, IntegerNode>): void {
  const detect = readFields(graph.detect, place)
  pathName(readText(detect.name, at(place, 'name')), place.file)
  const regMax = readInteger(detect.regMax, at(place, 'regMax'), 1, 1024)
  const classes = readList(detect.classes, at(place, 'classes'), 1)
  for (const [index, name] of classes.entries()) readText(name, at(at(place, 'classes'), index), /^/)
  for (const [index, item] of readList(detect.levels, at(place, 'levels'), 1, 16).entries()) {
    const own = at(at(place, 'levels'), index)
    const level = readFields(item, own)
    readInteger(level.stride, at(own, 'stride'), 1, 8192)
    // `--scope no-last` leaves the logits to the float network.
    if (graph.head === null) continue
    const grids = (['box', 'cls'] as const).map((key) => {
      const node = nodes.get(String(level[key]))
      const channels = key === 'box' ? 4 * regMax : classes.length
      if (node?.shape[0] !== channels) refuse(at(own, key), `a tensor of ${channels} channels`, level[key])
      return node!.shape.slice(1).join('x')
    })
    if (grids[0] !== grids[1]) refuse(own, `one grid, ${grids[0]}`, grids[1])
  }
}

function checkHead(head: Fields, place: Place): void {
  for (const key of ['expTable', 'sigmoidTable'] as const) {
    const table = head[key]
    if (!(table instanceof Uint16Array) || table.length === 0)
      refuse(at(place, key), 'a table of 16 bits', table)
  }
}
