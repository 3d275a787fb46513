/** From the fused float graph and the chosen ranges to the integer graph (clauses ). */

import { checkChannel } from '../golden/accumulator.ts'
import { makeHeadTables } from '../golden/head-tables.ts'
import type {
  Codes,
  IntegerAdd,
  IntegerConv,
  IntegerGraph,
  IntegerNode,
  QuantParams,
} from '../golden/types.ts'
import type { AddNode, ConvNode, FloatGraph, FloatNode } from '../graph/types.ts'
import { InputError } from '../input/input-error.ts'
import { type ActivationBits, groupBitsOf } from './activation-bits.ts'
import { type FixedMultiplier, toFixedMultiplier } from './multiplier.ts'
import type { Range } from './observers.ts'
import { findScaleGroups } from './scale-groups.ts'
import { quantiseWeights, type WeightCodes } from './weights.ts'

export type Scope = 'all' | 'no-last'

export interface LayerBits extends ActivationBits {
  readonly weightBits: number
}

export interface QuantiseOptions extends LayerBits {
  /** P of clause A-5. */
  readonly tableBits: number
  /** `no-last` leaves the detect head's final convolutions and all after them in float. */
  readonly scope: Scope
  /** Weights and biases chosen elsewhere (a better scale, a learned rounding), by layer name; nearest rounding otherwise. */
  readonly refined?: ReadonlyMap<string, RefinedLayer>
  /** Weight bits of single layers that differ from `weightBits` (mixed precision). */
  readonly layerWeightBits?: ReadonlyMap<string, number>
}

/** What refinement uses instead of a layer's nearest codes and its own bias. */
export interface RefinedLayer {
  readonly weights?: WeightCodes
  /** Real, one per output channel. */
  readonly bias?: Float64Array
}

/** Real ranges by key: a scale group's first tensor, or `<conv>.conv` for a pre-activation. */
export type Ranges = ReadonlyMap<string, Range>

/** The key under which the pre-activation of a convolution is observed and kept. */
export const preActivationKey = (conv: string): string => `${conv}.conv`

/** Codes 0 to 2^bits - 1 over the range; zero has a code of its own. A constant zero tensor gets scale 1. */
export function toQuantParams(range: Range, bits: number): QuantParams {
  const low = Math.min(0, range.low)
  const high = Math.max(0, range.high)
  const top = 2 ** bits - 1
  const scale = high > low ? (high - low) / top : 1
  // At most `top`, as high is at least 0.
  return { scale, zeroPoint: Math.round((0 - low) / scale), bits }
}

export const silu = (x: number): number => x / (1 + Math.exp(-x))

/** Clause A-5. */
export function makeActivationTable(index: QuantParams, output: QuantParams): Codes {
  const top = 2 ** output.bits - 1
  const table = output.bits > 8 ? new Uint16Array(2 ** index.bits) : new Uint8Array(2 ** index.bits)
  for (let p = 0; p < table.length; p++) {
    const real = silu(index.scale * (p - index.zeroPoint))
    const code = output.zeroPoint + Math.floor(real / output.scale + 0.5)
    table[p] = Math.max(0, Math.min(top, code))
  }
  return table
}

/** Names of the detect head's last convolutions. */
export function lastConvolutions(graph: FloatGraph): ReadonlySet<string> {
  return new Set(graph.head.levels.flatMap((level) => [level.box, level.cls]))
}

/** Makes integer nodes one by one, each in its final form; `refined` holds a convolution's refined weights and bias. */
export type NodeBuilder = (node: FloatNode, refined?: RefinedLayer) => IntegerNode

/** Every group and pre-activation must have a range; a missing one is a programming error. */
export function createNodeBuilder(graph: FloatGraph, ranges: Ranges, options: QuantiseOptions): NodeBuilder {
  const groups = findScaleGroups(graph)
  const rangeOf = (key: string): Range => {
    const range = ranges.get(key)
    if (range === undefined) throw new Error(`no calibrated range for ${key}`)
    return range
  }
  const input = graph.nodes[0]!
  const bits = groupBitsOf(input.name, options)
  const inputQuant = { scale: 1 / (2 ** bits - 1), zeroPoint: 0, bits }
  const quantOf = (name: string): QuantParams => {
    const group = groups.get(name)!
    return group === input.name ? inputQuant : toQuantParams(rangeOf(group), groupBitsOf(group, options))
  }
  return (node, refined = options.refined?.get(node.name)) => {
    const quant = quantOf(node.name)
    switch (node.op) {
      case 'conv': {
        const requant =
          node.activation === 'silu'
            ? toQuantParams(rangeOf(preActivationKey(node.name)), options.tableBits)
            : quant
        const scales = { input: quantOf(node.inputs[0]), requant, output: quant }
        return integerConv(node, scales, weightBitsOf(node.name, options), refined)
      }
      case 'add':
        return integerAdd(node, quantOf(node.inputs[0]), quantOf(node.inputs[1]), quant)
      case 'input':
      case 'slice':
      case 'concat':
      case 'max-pool':
      case 'upsample':
        return { ...node, quant }
    }
  }
}

/** The nodes that a scope makes integer. */
export function nodesInScope(graph: FloatGraph, scope: Scope): readonly FloatNode[] {
  const last = lastConvolutions(graph)
  return graph.nodes.filter((node) => scope === 'all' || !last.has(node.name))
}

/** Builds the integer graph. */
export function buildIntegerGraph(graph: FloatGraph, ranges: Ranges, options: QuantiseOptions): IntegerGraph {
  const build = createNodeBuilder(graph, ranges, options)
  const nodes = nodesInScope(graph, options.scope).map((node) => build(node))
  return assembleGraph(graph, nodes, options)
}

/** Integer nodes with the tables of the head that follow from their scales. */
export function assembleGraph(
  graph: FloatGraph,
  nodes: readonly IntegerNode[],
  options: QuantiseOptions,
): IntegerGraph {
  const [level] = graph.head.levels
  const quantOf = (name: string): QuantParams => nodes.find((node) => node.name === name)!.quant
  const head = options.scope === 'all' ? makeHeadTables(quantOf(level!.box), quantOf(level!.cls)) : null
  return {
    nodes,
    detect: graph.head,
    head,
    aliases: graph.aliases,
    weightBits: options.weightBits,
    activationBits: options.activationBits,
  }
}

/** W of a layer: its own where mixed precision gives it one. */
export const weightBitsOf = (
  layer: string,
  options: Pick<QuantiseOptions, 'weightBits' | 'layerWeightBits'>,
): number => options.layerWeightBits?.get(layer) ?? options.weightBits

/** @throws InputError naming the layer whose scales are too far apart: its weights are not those of a trained model. */
function fixedMultiplier(layer: string, factor: number, maxShift?: number): FixedMultiplier {
  try {
    return toFixedMultiplier(factor, maxShift)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new InputError(
      `cannot be requantised (A-4): ${error.message}`,
      layer,
      'Its weights, or those before it, are far from those of a trained model: check the checkpoint.',
      { cause: error },
    )
  }
}

interface ConvScales {
  readonly input: QuantParams
  /** Parameters of the requantised sums, which index the activation's table, or are the output where there is none. */
  readonly requant: QuantParams
  readonly output: QuantParams
}

function integerConv(
  node: ConvNode,
  { input, requant, output }: ConvScales,
  weightBits: number,
  refined: RefinedLayer | undefined,
): IntegerConv {
  const [outChannels] = node.shape
  const realBias = refined?.bias ?? node.bias!
  const { codes, scale: weightScale } =
    refined?.weights ?? quantiseWeights(node.weight, realBias, input.scale, weightBits)
  const bias = new Int32Array(outChannels)
  const multiplier = new Uint16Array(outChannels)
  const shift = new Uint8Array(outChannels)
  const size = codes.length / outChannels
  for (let o = 0; o < outChannels; o++) {
    let [positive, negative] = [0, 0]
    for (let i = o * size; i < (o + 1) * size; i++) {
      const code = codes[i]!
      if (code > 0) positive += code
      else negative += code
    }
    const step = input.scale * weightScale[o]!
    const folded = Math.round(realBias[o]! / step) - input.zeroPoint * (positive + negative)
    checkChannel(node.name, o, { positive, negative, bias: folded }, input.bits)
    bias[o] = folded
    const fixed = fixedMultiplier(node.name, step / requant.scale)
    multiplier[o] = fixed.multiplier
    shift[o] = fixed.shift
  }
  return {
    op: 'conv',
    name: node.name,
    shape: node.shape,
    quant: output,
    inputs: node.inputs,
    inChannels: node.inChannels,
    kernel: node.kernel,
    stride: node.stride,
    padding: node.padding,
    weightBits,
    weight: codes,
    weightScale,
    bias,
    multiplier,
    shift,
    requantZeroPoint: requant.zeroPoint,
    requantBits: requant.bits,
    requantScale: requant.scale,
    table: node.activation === 'silu' ? makeActivationTable(requant, output) : null,
  }
}

function integerAdd(node: AddNode, a: QuantParams, b: QuantParams, output: QuantParams): IntegerAdd {
  const factors = [a.scale / output.scale, b.scale / output.scale] as const
  const { shift } = fixedMultiplier(node.name, Math.max(...factors), 31)
  const multipliers = factors.map((factor) => Math.round(factor * 2 ** shift))
  return {
    op: 'add',
    name: node.name,
    shape: node.shape,
    quant: output,
    inputs: node.inputs,
    multipliers: [multipliers[0]!, multipliers[1]!],
    shift,
  }
}
