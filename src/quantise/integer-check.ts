/** Checks that a file holds an integer graph that all other code can rely on: names, shapes, sizes of arrays, who reads whom. */
import * as v from 'valibot'
import type { IntegerConv, IntegerGraph, IntegerNode } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import {
  check,
  choiceOf,
  fileName,
  listOf,
  openObject,
  real,
  refuse,
  text,
  tupleOf,
  whole,
} from '../input/schema.ts'

const MOST_BITS = 16
const side = whole(1, 65_536)
/** Larger than zero. */
const scale = real(Number.MIN_VALUE)
const oneOf = <First, Second>(first: v.Class & (new () => First), second: v.Class & (new () => Second)) =>
  v.union([v.instance(first), v.instance(second)])

export const bits = whole(1, MOST_BITS)
export const shape = tupleOf(side, side, side)
/** Scale and zero point of a tensor; the zero point is a code. */
export const quantEntries = { scale, zeroPoint: whole(0, 2 ** MOST_BITS - 1), bits }

const code = whole(0, 2 ** MOST_BITS - 1)
const base = { name: fileName, shape, quant: openObject(quantEntries) }
const one = { ...base, inputs: tupleOf(v.string()) }
const table = v.pipe(v.instance(Uint16Array, 'a table of 16 bits'), v.minLength(1, 'a table of 16 bits'))
const multiplier = whole(0, 2 ** 31)

const node = choiceOf('op', [
  openObject({ op: v.literal('input'), ...base }),
  openObject({
    op: v.literal('conv'),
    ...one,
    inChannels: side,
    kernel: whole(1, 255),
    stride: whole(1, 255),
    padding: whole(0, 254),
    requantBits: bits,
    requantZeroPoint: code,
    requantScale: scale,
    weightBits: bits,
    weight: oneOf(Int8Array, Int16Array),
    weightScale: v.instance(Float64Array),
    bias: v.instance(Int32Array),
    multiplier: v.instance(Uint16Array),
    shift: v.instance(Uint8Array),
    table: v.nullable(oneOf(Uint8Array, Uint16Array)),
  }),
  openObject({
    op: v.literal('add'),
    ...base,
    inputs: tupleOf(v.string(), v.string()),
    multipliers: tupleOf(multiplier, multiplier),
    shift: whole(0, 63),
  }),
  openObject({ op: v.literal('slice'), ...one, begin: whole(0, 65_535) }),
  openObject({ op: v.literal('concat'), ...base, inputs: listOf(v.string(), 1, 64) }),
  openObject({ op: v.literal('max-pool'), ...one, kernel: whole(1, 255) }),
  openObject({ op: v.literal('upsample'), ...one }),
])
export const op = v.picklist(node.options.map(({ entries }) => entries.op.literal))

const GRAPH = openObject({
  weightBits: bits,
  activationBits: bits,
  nodes: listOf(node, 1),
  detect: openObject({
    name: fileName,
    regMax: whole(1, 1024),
    classes: listOf(v.string(), 1),
    // `--scope no-last` leaves the logits to the float network, whose names these then are.
    levels: listOf(openObject({ stride: whole(1, 8192), box: v.string(), cls: v.string() }), 1, 16),
  }),
  head: v.nullable(openObject({ expTable: table, sigmoidTable: table })),
  aliases: v.map(text, text),
})

/** Refuses a value of the graph: its place, what belongs there, what is there. */
type Refuse = (keys: readonly PropertyKey[], expected: string, got: unknown) => never

/** @throws InputError naming the first field that is wrong. */
export function checkIntegerGraph(value: unknown, file: string, advice: string): IntegerGraph {
  const graph: IntegerGraph = check(GRAPH, value, file, advice)
  const nodes = new Map<string, IntegerNode>()
  for (const [index, node] of graph.nodes.entries()) {
    const wrong: Refuse = (keys, ...what) => refuse(file, ['nodes', index, ...keys], ...what, advice)
    if (nodes.has(node.name)) wrong(['name'], 'a name of its own', node.name)
    if ((node.op === 'input') !== (index === 0)) wrong(['op'], 'the input first, and only there', node.op)
    checkCode(node.quant.zeroPoint, node.quant.bits, ['quant', 'zeroPoint'], wrong)
    const expected = shapeAfter(node, nodes, wrong)
    if (expected.join() !== node.shape.join()) wrong(['shape'], `[${expected}]`, node.shape.join('x'))
    nodes.set(node.name, node)
  }
  if (graph.head !== null)
    checkLevels(graph.detect, nodes, (keys, ...what) =>
      refuse(file, ['detect', 'levels', ...keys], ...what, advice),
    )
  return graph
}

export function checkCode(value: number, bits: number, keys: readonly PropertyKey[], wrong: Refuse): void {
  const most = 2 ** bits - 1
  if (value > most) wrong(keys, `a whole number from 0 to ${most}`, value)
}

/** The shape that the inputs give. */
function shapeAfter(
  node: IntegerNode,
  known: ReadonlyMap<string, IntegerNode>,
  wrong: Refuse,
): readonly number[] {
  if (node.op === 'input') return node.shape
  const shapes = node.inputs.map((name, index) => {
    const source = known.get(name)
    return (source ?? wrong(['inputs', index], 'a tensor that was made before', name)).shape
  })
  const [[from, height, width], second] = shapes as [Shape, Shape | undefined]
  const [channels] = node.shape
  switch (node.op) {
    case 'conv':
      return checkConv(node, shapes[0]!, wrong)
    case 'slice': {
      const last = Math.max(0, from - channels)
      if (node.begin > last) wrong(['begin'], `a whole number from 0 to ${last}`, node.begin)
      return [Math.min(channels, from), height, width]
    }
    case 'concat': {
      const odd = shapes.find((shape) => shape[1] !== height || shape[2] !== width)
      if (odd !== undefined) wrong(['inputs'], `${height}x${width} of every input`, odd.join('x'))
      return [shapes.reduce((sum, [channels]) => sum + channels, 0), height, width]
    }
    case 'upsample':
      return [from, height * 2, width * 2]
    case 'max-pool':
      return [from, height, width]
    case 'add':
      if (second!.join() !== shapes[0]!.join())
        wrong(['inputs'], 'two tensors of one shape', second!.join('x'))
      return [from, height, width]
  }
}

function checkConv(node: IntegerConv, [from, height, width]: Shape, wrong: Refuse): readonly number[] {
  const { kernel, stride, padding, requantBits } = node
  const [channels] = node.shape
  if (node.inChannels !== from) wrong(['inChannels'], `${from}, as its input has`, node.inChannels)
  checkCode(node.requantZeroPoint, requantBits, ['requantZeroPoint'], wrong)
  const lengths = {
    weight: channels * from * kernel * kernel,
    weightScale: channels,
    bias: channels,
    multiplier: channels,
    shift: channels,
    table: 2 ** requantBits,
  } as const
  for (const [key, length] of Object.entries(lengths)) {
    const array = node[key as keyof typeof lengths]
    if (array !== null && array.length !== length) wrong([key], `${length} elements`, array)
  }
  const sideAfter = (size: number) => Math.floor((size + 2 * padding - kernel) / stride) + 1
  return [channels, sideAfter(height), sideAfter(width)]
}

function checkLevels(
  { levels, regMax, classes }: IntegerGraph['detect'],
  nodes: ReadonlyMap<string, IntegerNode>,
  wrong: Refuse,
): void {
  for (const [index, level] of levels.entries()) {
    const [box, cls] = (['box', 'cls'] as const).map((key) => {
      const node = nodes.get(level[key])
      const channels = key === 'box' ? 4 * regMax : classes.length
      if (node?.shape[0] !== channels) wrong([index, key], `a tensor of ${channels} channels`, level[key])
      return node!.shape.slice(1).join('x')
    })
    if (box !== cls) wrong([index], `one grid, ${box}`, cls)
  }
}
