/** From the fused float graph and the chosen ranges to the integer graph (clauses ). */

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
import { toFixedMultiplier } from './multiplier.ts'
import type { Range } from './observers.ts'
import { findScaleGroups } from './scale-groups.ts'
import { quantiseWeights, type WeightCodes } from './weights.ts'

export type Scope = 'all' | 'no-last'

export interface LayerBits {
  readonly weightBits: number
  readonly activationBits: number
}

export interface QuantiseOptions extends LayerBits {
  /** P of clause A-5. */
  readonly tableBits: number
  /** `no-last` leaves the detect head's final convolutions and all after them in float. */
  readonly scope: Scope
  /** Weight codes chosen elsewhere (a learned rounding), by layer name; nearest rounding otherwise. */
  readonly weights?: ReadonlyMap<string, WeightCodes>
  /** Weight bits of single layers that differ from `weightBits` (mixed precision). */
  readonly layerWeightBits?: ReadonlyMap<string, number>
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
  return { scale, zeroPoint: Math.max(0, Math.min(top, Math.round(-low / scale))), bits }
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

/** Builds the integer graph. Every group and pre-activation must have a range; a missing one is a programming error. */
export function buildIntegerGraph(graph: FloatGraph, ranges: Ranges, options: QuantiseOptions): IntegerGraph {
  const groups = findScaleGroups(graph)
  const last = lastConvolutions(graph)
  const rangeOf = (key: string): Range => {
    const range = ranges.get(key)
    if (range === undefined) throw new Error(`no calibrated range for ${key}`)
    return range
  }
  const input = graph.nodes.find((node) => node.op === 'input')!
  const inputQuant = {
    scale: 1 / (2 ** options.activationBits - 1),
    zeroPoint: 0,
    bits: options.activationBits,
  }
  const quantOf = (name: string): QuantParams => {
    const group = groups.get(name)!
    return group === input.name ? inputQuant : toQuantParams(rangeOf(group), options.activationBits)
  }
  const toInteger = (node: FloatNode): IntegerNode => {
    const quant = quantOf(node.name)
    switch (node.op) {
      case 'conv':
        return integerConv(node, quantOf(node.inputs[0]), quant, rangeOf, options)
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
  const nodes = graph.nodes
    .filter((node) => options.scope === 'all' || !last.has(node.name))
    .map((node) => toInteger(node))
  const [level] = graph.head.levels
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

function integerConv(
  node: ConvNode,
  input: QuantParams,
  output: QuantParams,
  rangeOf: (key: string) => Range,
  options: QuantiseOptions,
): IntegerConv {
  const [outChannels] = node.shape
  const weightBits = options.layerWeightBits?.get(node.name) ?? options.weightBits
  const { codes, scale: weightScale } =
    options.weights?.get(node.name) ?? quantiseWeights(node.weight, node.bias!, input.scale, weightBits)
  const hasTable = node.activation === 'silu'
  const requant = hasTable ? toQuantParams(rangeOf(preActivationKey(node.name)), options.tableBits) : output
  const bias = new Int32Array(outChannels)
  const multiplier = new Uint16Array(outChannels)
  const shift = new Uint8Array(outChannels)
  const size = codes.length / outChannels
  for (let o = 0; o < outChannels; o++) {
    let sum = 0
    for (let i = o * size; i < (o + 1) * size; i++) sum += codes[i]!
    const step = input.scale * weightScale[o]!
    bias[o] = Math.round(node.bias![o]! / step) - input.zeroPoint * sum
    const fixed = toFixedMultiplier(step / requant.scale)
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
    table: hasTable ? makeActivationTable(requant, output) : null,
  }
}

function integerAdd(node: AddNode, a: QuantParams, b: QuantParams, output: QuantParams): IntegerAdd {
  const factors = [a.scale / output.scale, b.scale / output.scale] as const
  const { shift } = toFixedMultiplier(Math.max(...factors), 31)
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
