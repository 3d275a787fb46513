/** From the fused float graph and the chosen ranges to the integer graph (clauses ). */

import { ASSAY } from '../arithmetic/built-in.ts'
import { makeHeadTables } from '../golden/head-tables.ts'
import type { IntegerGraph, IntegerNode, QuantParams } from '../golden/types.ts'
import type { FloatGraph, FloatNode } from '../graph/types.ts'
import { type ActivationBits, groupBitsOf } from './activation-bits.ts'
import { readsIndex } from './activation-table.ts'
import { imageQuant } from './code-ranges.ts'
import { integerAdd, integerConcat, integerConv, type RefinedLayer } from './integer-nodes.ts'
import type { Range } from './observers.ts'
import { findScaleGroups } from './scale-groups.ts'

export type { RefinedLayer } from './integer-nodes.ts'

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

/** Names of the detect head's last convolutions. */
export function lastConvolutions(graph: FloatGraph): ReadonlySet<string> {
  return new Set(graph.head.levels.flatMap((level) => [level.box, level.cls]))
}

/** Makes integer nodes one by one, each in its final form; `refined` holds a convolution's refined weights and bias. */
export type NodeBuilder = (node: FloatNode, refined?: RefinedLayer) => IntegerNode

/** Every group and pre-activation must have a range; a missing one is a programming error. */
export function createNodeBuilder(graph: FloatGraph, ranges: Ranges, options: QuantiseOptions): NodeBuilder {
  const { profile = ASSAY } = options
  const groups = findScaleGroups(graph, profile)
  const rangeOf = (key: string): Range => {
    const range = ranges.get(key)
    if (range === undefined) throw new Error(`no calibrated range for ${key}`)
    return range
  }
  const input = graph.nodes[0]!
  const bits = groupBitsOf(input.name, options)
  const inputQuant = imageQuant(bits, options.profile)
  const quantOf = (name: string): QuantParams => {
    const group = groups.get(name)!
    return group === input.name ? inputQuant : toQuantParams(rangeOf(group), groupBitsOf(group, options))
  }
  return (node, refined = options.refined?.get(node.name)) => {
    const quant = quantOf(node.name)
    switch (node.op) {
      case 'conv': {
        const requant = readsIndex(node, profile)
          ? toQuantParams(rangeOf(preActivationKey(node.name)), options.tableBits)
          : quant
        const scales = { input: quantOf(node.inputs[0]), requant, output: quant }
        return integerConv(node, scales, { profile, weightBits: weightBitsOf(node.name, options), refined })
      }
      case 'add':
        return integerAdd(node, [quantOf(node.inputs[0]), quantOf(node.inputs[1])], quant, profile)
      case 'concat':
        return integerConcat(node, node.inputs.map(quantOf), quant, profile)
      case 'input':
      case 'slice':
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
    ...(options.profile === undefined || options.profile === ASSAY ? {} : { profile: options.profile }),
  }
}

/** W of a layer: its own where mixed precision gives it one. */
export const weightBitsOf = (
  layer: string,
  options: Pick<QuantiseOptions, 'weightBits' | 'layerWeightBits'>,
): number => options.layerWeightBits?.get(layer) ?? options.weightBits
