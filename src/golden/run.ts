/** The specification: the integer graph, node by node, in plain loops. */
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { checkGraphAccumulators } from './accumulator.ts'
import { add } from './add.ts'
import { profileOf } from './code-range.ts'
import { type CodeTensor, checkCodes } from './codes.ts'
import { concat, slice } from './concat.ts'
import { convolve } from './conv.ts'
import { maxPool } from './max-pool.ts'
import type { Codes, IntegerGraph, IntegerNode } from './types.ts'
import { upsample } from './upsample.ts'

export interface RunOptions {
  /** Stop after this node; the default is the whole graph. */
  readonly until?: string
  /** Called with every tensor as it is made. */
  readonly onNode?: (node: IntegerNode, codes: Codes) => void
}

/** One node of the spec on given inputs, in the order of `node.inputs`; an input node passes its image. */
export function runSpecNode(
  node: IntegerNode,
  inputs: readonly CodeTensor[],
  profile: Profile = ASSAY,
): Codes {
  const first = inputs[0]
  if (first === undefined)
    throw new RangeError(`${node.name}: expected the ${node.op} node's inputs, got none`)
  switch (node.op) {
    case 'input':
      return first.codes
    case 'conv':
      return convolve(node, first, profile)
    case 'add':
      return add(node, first, inputs[1]!, profile)
    case 'slice':
      return slice(node, first)
    case 'concat':
      return concat(node, inputs, profile)
    case 'max-pool':
      return maxPool(node, first)
    case 'upsample':
      return upsample(node, first)
  }
}

/**
 * The reference: every node's tensor for one image, by the loops that docs/arithmetic.md is written in. Slow, about
 * 10 s for a 640x640 YOLOv8n; `Engine` gives the same codes fast.
 *
 * @param image codes of the input node, C order [c, h, w]
 * @returns every tensor by node name, in topological order
 * @throws RangeError for a wrong image, AccumulatorError for a graph that A-3 refuses
 */
export function runSpec(graph: IntegerGraph, image: Codes, options: RunOptions = {}): Map<string, Codes> {
  checkGraphAccumulators(graph)
  const tensors = new Map<string, CodeTensor>()
  const results = new Map<string, Codes>()
  for (const node of graph.nodes) {
    if (node.op === 'input') checkCodes(node.name, image, node.shape, node.quant.bits)
    const own: CodeTensor = { codes: image, shape: node.shape, quant: node.quant }
    const inputs =
      node.op === 'input' ? [own] : node.inputs.map((name) => findTensor(tensors, name, node.name))
    const codes = runSpecNode(node, inputs, profileOf(graph))
    tensors.set(node.name, { ...own, codes })
    results.set(node.name, codes)
    options.onNode?.(node, codes)
    if (node.name === options.until) break
  }
  return results
}

function findTensor(tensors: ReadonlyMap<string, CodeTensor>, name: string, reader: string): CodeTensor {
  const tensor = tensors.get(name)
  if (tensor === undefined) {
    throw new RangeError(
      `${reader} reads ${name}, which no node before it makes: give the nodes in topological order`,
    )
  }
  return tensor
}
