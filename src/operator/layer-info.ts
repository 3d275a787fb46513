/** What a configuration may ask about a layer. Codes and zero points are the hardware's own. */
import { codeOffset, codeRange, paddingCode, profileOf } from '../golden/code-range.ts'
import { parameterWidths } from '../golden/parameter-widths.ts'
import type { IntegerGraph, IntegerNode } from '../golden/types.ts'
import { channelRanges } from './channel-ranges.ts'
import type { LayerInfo, LayerInput } from './types.ts'

type OperatorNode = Extract<IntegerNode, { op: 'conv' | 'add' | 'max-pool' | 'upsample' }>

const isOperator = (node: IntegerNode): node is OperatorNode =>
  node.op === 'conv' || node.op === 'add' || node.op === 'max-pool' || node.op === 'upsample'

/** The layers that compute something, in order. */
export function listLayers(graph: IntegerGraph): readonly LayerInfo[] {
  const profile = profileOf(graph)
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]))
  const widths = parameterWidths(profile)
  const own = ({ zeroPoint, bits }: IntegerNode['quant']): number => zeroPoint - codeOffset(profile, bits)
  return graph.nodes.filter(isOperator).map((node) => {
    const sources = node.inputs.map((name) => nodes.get(name)!)
    const inputs = sources.map(
      ({ name, quant }): LayerInput => ({
        name,
        ...quant,
        zeroPoint: own(quant),
        ranges: channelRanges(nodes, name),
      }),
    )
    const input = sources[0]!
    const [inputChannels, inputHeight, inputWidth] = input.shape
    const [outputChannels, outputHeight, outputWidth] = node.shape
    const inputBits = Math.max(...inputs.map(({ bits }) => bits))
    const conv = node.op === 'conv' ? node : null
    const requantBits = conv?.requantBits ?? node.quant.bits
    const [requantMin, requantMax] = codeRange(profile, requantBits)
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
      padCode:
        (conv === null ? 0 : paddingCode(profile, input.quant)) - codeOffset(profile, input.quant.bits),
      zeroPoint: own({
        ...node.quant,
        zeroPoint: conv?.requantZeroPoint ?? node.quant.zeroPoint,
        bits: requantBits,
      }),
      inputZeroPoint: inputs[0]!.zeroPoint,
      secondZeroPoint: inputs[1]?.zeroPoint ?? 0,
      outputZeroPoint: own(node.quant),
      requantBits,
      requantMin,
      requantMax,
      signedCodes: profile.codes.signed ? 1 : 0,
      hasTable: conv !== null && conv.table !== null ? 1 : 0,
      weightBits: conv?.weightBits ?? graph.weightBits,
      activationBits: Math.max(inputBits, node.quant.bits),
      inputBits,
      outputBits: node.quant.bits,
      accumulatorBits: profile.accumulator.bits,
      biasBits: widths.bias,
      multiplierBits: widths.multiplier,
      shiftBits: widths.shift,
      macs:
        conv === null
          ? 0
          : (conv.weight.length / outputChannels) * outputChannels * outputHeight * outputWidth,
      inputs,
      profile,
      node,
    }
  })
}
