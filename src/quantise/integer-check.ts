/** Checks that a file holds an integer graph that all other code can rely on: names, shapes, sizes of arrays, who reads whom. */
import { checkProfile } from '../arithmetic/check-profile.ts'
import { factorTypes } from '../arithmetic/parameters.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { profileOf } from '../golden/code-range.ts'
import {
  type IntegerConv,
  type IntegerGraph,
  type IntegerHead,
  type IntegerNode,
  integerGraph,
} from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import { check, refuse } from '../input/schema.ts'
import { passesCodes } from './scale-groups.ts'

/** Refuses a value of the graph: its place, what belongs there, what is there. */
type Refuse = (keys: readonly PropertyKey[], expected: string, got: unknown) => never

/** @throws InputError naming the first field that is wrong. */
export function checkIntegerGraph(value: unknown, file: string, advice: string): IntegerGraph {
  const graph = check(integerGraph, value, file, advice)
  if (graph.profile !== undefined) checkProfile(graph.profile, `${file}: profile`)
  const nodes = new Map<string, IntegerNode>()
  for (const [index, node] of graph.nodes.entries()) {
    const wrong: Refuse = (keys, ...what) => refuse(file, ['nodes', index, ...keys], ...what, advice)
    if (nodes.has(node.name)) wrong(['name'], 'a name of its own', node.name)
    if ((node.op === 'input') !== (index === 0)) wrong(['op'], 'the input first, and only there', node.op)
    checkCode(node.quant.zeroPoint, node.quant.bits, ['quant', 'zeroPoint'], wrong)
    const expected = shapeAfter(node, nodes, wrong)
    if (expected.join() !== node.shape.join()) wrong(['shape'], `[${expected}]`, node.shape.join('x'))
    checkCodes(node, nodes, graph.profile, wrong)
    checkFactors(node, graph, wrong)
    nodes.set(node.name, node)
  }
  if (graph.head !== null) {
    const wrong: Refuse = (keys, ...what) => refuse(file, keys, ...what, advice)
    checkLevels(graph.detect, nodes, (keys, ...what) => wrong(['detect', 'levels', ...keys], ...what))
    checkTables(graph.head, graph.detect.levels, nodes, wrong)
  }
  return graph
}

export function checkCode(value: number, bits: number, keys: readonly PropertyKey[], wrong: Refuse): void {
  const most = 2 ** bits - 1
  if (value > most) wrong(keys, `a whole number from 0 to ${most}`, value)
}

/** Codes fit the bits of their tensor, whoever makes them, and pass on with scale and bits unchanged. */
function checkCodes(
  node: IntegerNode,
  known: ReadonlyMap<string, IntegerNode>,
  profile: Profile | undefined,
  wrong: Refuse,
): void {
  const { bits } = node.quant
  if (node.op === 'conv') {
    if (node.table === null) {
      if (node.requantBits !== bits) wrong(['requantBits'], `${bits}, as its codes have`, node.requantBits)
      return
    }
    for (const [index, code] of node.table.entries()) checkCode(code, bits, ['table', index], wrong)
  }
  if (node.op === 'input' || !passesCodes(node, profile)) return
  for (const input of node.inputs) {
    const own = known.get(input)!.quant
    for (const key of ['scale', 'zeroPoint', 'bits'] as const)
      if (node.quant[key] !== own[key])
        wrong(['quant', key], `${own[key]}, as its input ${input} has`, node.quant[key])
  }
}

/** What the stages of the graph's profile take, and nothing that they do not. */
function checkFactors(node: IntegerNode, graph: IntegerGraph, wrong: Refuse): void {
  const profile = profileOf(graph)
  const present = (key: string, is: boolean, wanted: boolean): void => {
    const what = `with profile ${profile.name}`
    if (is !== wanted) wrong([key], wanted ? `a value ${what}` : `no value ${what}`, is ? 'one' : 'none')
  }
  if (node.op === 'add') {
    const isStaged = graph.profile !== undefined && profile.add.form === 'stages'
    present('stages', node.stages !== undefined, isStaged)
  }
  if (node.op === 'concat') {
    present('stages', node.stages !== undefined, profile.concat?.form === 'stages')
    for (const [key, { length }] of Object.entries(node.stages ?? {}))
      if (length !== node.inputs.length)
        wrong(['stages', key], `${node.inputs.length} elements, one an input`, length)
  }
  if (node.op !== 'conv') return
  const types = factorTypes(profile.requantise)
  for (const key of ['multiplier', 'shift'] as const)
    if (!(node[key] instanceof types[key])) wrong([key], types[key].name, node[key])
  present('factor', node.factor !== undefined, types.hasFactor)
  const rectifies = profile.requantise.some(({ stage }) => stage === 'rectify')
  if (node.rectified === true && !rectifies) present('rectified', true, false)
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
    factor: channels,
    table: 2 ** requantBits,
  } as const
  for (const [key, length] of Object.entries(lengths)) {
    const array = node[key as keyof typeof lengths]
    if (array != null && array.length !== length) wrong([key], `${length} elements`, array)
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

/** An entry for each code of the logits, whose scale all levels share. */
function checkTables(
  head: IntegerHead,
  levels: IntegerGraph['detect']['levels'],
  nodes: ReadonlyMap<string, IntegerNode>,
  wrong: Refuse,
): void {
  for (const [key, table] of [
    ['box', 'expTable'],
    ['cls', 'sigmoidTable'],
  ] as const) {
    const [first, ...rest] = levels.map((level) => nodes.get(level[key])!.quant.bits)
    for (const [index, bits] of rest.entries())
      if (bits !== first)
        wrong(['detect', 'levels', index + 1, key], `a tensor of ${first} bits`, levels[index + 1]![key])
    if (head[table].length !== 2 ** first!) wrong(['head', table], `${2 ** first!} elements`, head[table])
  }
}
