/** A graph of one layer alone, for an engine that computes nothing else. */
import type { Profile } from '../arithmetic/profile.ts'
import type { IntegerGraph, IntegerNode } from './types.ts'

/** A tensor that the layer reads. */
type Read = Pick<IntegerNode, 'name' | 'shape' | 'quant'>

/** @param inputs each once, however often the layer reads it */
export const layerGraph = (
  node: IntegerNode,
  inputs: readonly Read[],
  profile: Profile | undefined,
): IntegerGraph => ({
  nodes: [...inputs.map(({ name, shape, quant }) => ({ op: 'input' as const, name, shape, quant })), node],
  detect: { name: '', levels: [], regMax: 0, classes: [] },
  head: null,
  aliases: new Map(),
  weightBits: 8,
  activationBits: node.quant.bits,
  profile,
})
