/** What a configuration may ask about a layer. */
import type { IntegerGraph, IntegerNode } from '../golden/types.ts'
import type { LayerInfo } from './types.ts'

type OperatorNode = Extract<IntegerNode, { op: 'conv' | 'add' | 'max-pool' | 'upsample' }>

const isOperator = (node: IntegerNode): node is OperatorNode =>
  node.op === 'conv' || node.op === 'add' || node.op === 'max-pool' || node.op === 'upsample'

/** The layers that compute something, in order. */
export function listLayers(graph: IntegerGraph): readonly LayerInfo[] {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  return graph.nodes.filter(isOperator).map((node) => {
    const input = nodes.get(node.inputs[0])!
    const [inputChannels, inputHeight, inputWidth] = input.shape
    const [outputChannels, outputHeight, outputWidth] = node.shape
    const inputBits = Math.max(...node.inputs.map((name) => nodes.get(name)!.quant.bits))
    const conv = node.op === 'conv' ? node : null
    const requantBits = conv?.requantBits ?? node.quant.bits
    const kernel = node.op === 'conv' || node.op === 'max-pool' ? node.kernel : 1
    return {
      name: node.name,
      op: node.op,
      inputChannels,
      inputHeight,
      inputWidth,
      outputChannels,
      outputHeight,
      outputWidth,
      kernel,
      stride: conv?.stride ?? 1,
      padding: conv?.padding ?? kernel >> 1,
      padCode: conv === null ? 0 : input.quant.zeroPoint,
      zeroPoint: conv?.requantZeroPoint ?? node.quant.zeroPoint,
      requantBits,
      requantMax: 2 ** requantBits - 1,
      hasTable: conv !== null && conv.table !== null ? 1 : 0,
      weightBits: conv?.weightBits ?? graph.weightBits,
      activationBits: Math.max(inputBits, node.quant.bits),
      inputBits,
      outputBits: node.quant.bits,
      macs:
        conv === null
          ? 0
          : (conv.weight.length / outputChannels) * outputChannels * outputHeight * outputWidth,
      node,
    }
  })
}
