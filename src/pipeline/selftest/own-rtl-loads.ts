/** This file flips one bit of what the user's module is sent and computes the expected result with the reference model. */
import { compareTensors } from '../../diff/compare.ts'
import { runSpecNode } from '../../golden/run.ts'
import type { Codes, IntegerConv, IntegerGraph } from '../../golden/types.ts'
import { outputOffset } from '../../operator/beats.ts'
import type { LayerInfo, TensorName } from '../../operator/types.ts'
import type { Golden } from '../bench/reference.ts'
import { CHANGES } from './roms.ts'
import { pick, type Random, type Red } from './run.ts'

/** A layer with one flipped bit in what the module is sent, and what the reference model computes for it. */
interface Planned {
  readonly layer: LayerInfo
  readonly sent: Golden
  readonly expected: Red
}

const ATTEMPTS = 20

export function planLoad(
  graph: IntegerGraph,
  layer: LayerInfo,
  tensor: TensorName,
  golden: Golden,
  random: Random,
): Planned | null {
  const { node } = layer
  if (node.op === 'input') return null
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { changed, sent } = flipSent(graph, layer, tensor, golden, random)
    if (changed === node && sent === golden) return null
    const inputs = node.inputs.map((name) => {
      const { shape, quant } = graph.nodes.find((candidate) => candidate.name === name)!
      return { codes: sent.get(name)!, shape, quant }
    })
    const { mismatches, first } = compareTensors(
      golden.get(node.name)!,
      runSpecNode(changed, inputs, layer.profile),
      node.shape,
      undefined,
      outputOffset(layer),
    )
    if (first === null) continue
    return {
      layer: { ...layer, node: changed },
      sent,
      expected: { layer: node.name, mismatches, first, field: null },
    }
  }
  return null
}

function flipSent(
  graph: IntegerGraph,
  { node, profile }: LayerInfo,
  tensor: TensorName,
  golden: Golden,
  random: Random,
): { readonly changed: LayerInfo['node']; readonly sent: Golden } {
  if (tensor === 'input' || tensor === 'second') {
    const name = 'inputs' in node ? node.inputs[tensor === 'input' ? 0 : 1] : undefined
    if (name === undefined) return { changed: node, sent: golden }
    const { quant } = graph.nodes.find((candidate) => candidate.name === name)!
    return {
      changed: node,
      sent: new Map(golden).set(name, flipCodes(golden.get(name)!, quant.bits, random).codes),
    }
  }
  if (node.op !== 'conv') return { changed: node, sent: golden }
  return { changed: flipParameter(node, tensor, profile.bias.shift, random), sent: golden }
}

/** @param aligned bits below a bias that no memory holds */
function flipParameter(node: IntegerConv, tensor: TensorName, aligned: number, random: Random): IntegerConv {
  const channel = pick(random, node.shape[0])
  switch (tensor) {
    case 'weights':
      return CHANGES.weights(node, random, 0)
    case 'table':
      return CHANGES.tables(node, random, 0)
    case 'bias': {
      const bias = node.bias.slice()
      bias[channel]! ^= 1 << Math.min(Math.max(6, aligned) + pick(random, 8), 31)
      return { ...node, bias }
    }
    case 'multiplier': {
      const multiplier = node.multiplier.slice()
      multiplier[channel]! ^= 1 << (8 + pick(random, 7))
      return { ...node, multiplier }
    }
    case 'shift': {
      const shift = node.shift.slice()
      shift[channel]! ^= 1
      return { ...node, shift }
    }
    case 'factor': {
      if (node.factor === undefined) return node
      const factor = node.factor.slice()
      new Uint32Array(factor.buffer)[channel]! ^= 1 << (16 + pick(random, 7))
      return { ...node, factor }
    }
    default:
      return CHANGES.params(node, random, 0)
  }
}

export function flipCodes(codes: Codes, bits: number, random: Random) {
  const element = pick(random, codes.length)
  const bit = pick(random, bits)
  const flipped = codes.slice() as Codes
  flipped[element]! ^= 1 << bit
  return { codes: flipped, element, bit }
}
