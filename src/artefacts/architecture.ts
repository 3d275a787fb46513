/** The compressed architecture: every layer in numbers, and its size before and after quantisation. */
import type { Profile } from '../arithmetic/profile.ts'
import { hardwareQuant, profileOf } from '../golden/code-range.ts'
import type { IntegerConv, IntegerGraph, IntegerNode, QuantParams } from '../golden/types.ts'
import type { FloatGraph } from '../graph/types.ts'

/** Real values that the least and the greatest code stand for. */
export interface TensorRange extends QuantParams {
  readonly name: string
  readonly low: number
  readonly high: number
}

const rangeOf = (name: string, quant: QuantParams, profile: Profile): TensorRange => ({
  name,
  ...hardwareQuant(profile, quant),
  low: quant.scale * (0 - quant.zeroPoint),
  high: quant.scale * (2 ** quant.bits - 1 - quant.zeroPoint),
})

/** The table's index as a tensor. */
const indexQuant = (node: IntegerConv): QuantParams => ({
  scale: node.requantScale,
  zeroPoint: node.requantZeroPoint,
  bits: node.requantBits,
})

/** The range of every tensor in graph order; `<conv>.conv` is what a convolution gives before its activation (the table's index). */
export function listRanges(graph: IntegerGraph): readonly TensorRange[] {
  const profile = profileOf(graph)
  return graph.nodes.flatMap((node) => [
    ...(node.op === 'conv' && node.table !== null
      ? [rangeOf(`${node.name}.conv`, indexQuant(node), profile)]
      : []),
    rangeOf(node.name, node.quant, profile),
  ])
}

/** Bytes before are those of the float weights at `storedBytes` each; bytes after are whole bits, rounded up once a layer. */
export function describeArchitecture(float: FloatGraph, graph: IntegerGraph, storedBytes: number) {
  const profile = profileOf(graph)
  const layers = graph.nodes.map((node) => describeNode(node, profile))
  const kept = new Set(graph.nodes.map((node) => node.name))
  const floatLayers = float.nodes.filter((node) => node.op === 'conv' && !kept.has(node.name))
  const parameters = float.nodes.reduce(
    (sum, node) => sum + (node.op === 'conv' ? node.weight.length + node.shape[0] : 0),
    0,
  )
  const sum = (of: (size: LayerSize) => number): number =>
    layers.reduce((total, { size }) => total + (size === null ? 0 : of(size)), 0)
  const floatParameters = floatLayers.reduce(
    (total, node) => total + (node.op === 'conv' ? node.weight.length + node.shape[0] : 0),
    0,
  )
  return {
    format: 'assay architecture',
    version: 1,
    input: graph.nodes[0]!.shape,
    classes: graph.detect.classes,
    strides: graph.detect.levels.map((level) => level.stride),
    regMax: graph.detect.regMax,
    weightBits: graph.weightBits,
    activationBits: graph.activationBits,
    profile: profile.name,
    layers,
    /** Convolutions that stay in float (`--scope no-last`). */
    float: floatLayers.map(({ name }) => name),
    size: {
      parameters,
      floatBytes: parameters * 4,
      storedBytes: parameters * storedBytes,
      weightBytes: sum((size) => size.weightBytes),
      parameterBytes: sum((size) => size.parameterBytes),
      tableBytes: sum((size) => size.tableBytes),
      headTableBytes:
        graph.head === null ? 0 : graph.head.expTable.byteLength + graph.head.sigmoidTable.byteLength,
      floatLayerBytes: floatParameters * 4,
    },
  }
}

interface LayerSize {
  readonly parameters: number
  readonly floatBytes: number
  readonly weightBytes: number
  /** Bias (4), multiplier (2, or 4 above 16 bits) and shift (1) of every output channel. */
  readonly parameterBytes: number
  readonly tableBytes: number
}

function sizeOf(node: IntegerConv): LayerSize {
  const parameters = node.weight.length + node.shape[0]
  const tableBits = node.table === null ? 0 : node.table.length * node.quant.bits
  return {
    parameters,
    floatBytes: parameters * 4,
    weightBytes: Math.ceil((node.weight.length * node.weightBits) / 8),
    parameterBytes: node.shape[0] * (4 + node.multiplier.BYTES_PER_ELEMENT + 1),
    tableBytes: Math.ceil(tableBits / 8),
  }
}

function describeNode(node: IntegerNode, profile: Profile) {
  return {
    op: node.op,
    inputs: node.op === 'input' ? [] : node.inputs,
    shape: node.shape,
    ...rangeOf(node.name, node.quant, profile),
    ...detailsOf(node, profile),
    size: node.op === 'conv' ? sizeOf(node) : null,
  }
}

function detailsOf(node: IntegerNode, profile: Profile): object {
  switch (node.op) {
    case 'conv': {
      const { inChannels, kernel, stride, padding, weightBits, requantBits } = node
      const { name: _name, ...index } = rangeOf(node.name, indexQuant(node), profile)
      return {
        weightShape: [node.shape[0], inChannels, kernel, kernel],
        kernel,
        stride,
        padding,
        weightBits,
        weightScales: [...node.weightScale],
        biases: [...node.bias],
        multipliers: [...node.multiplier],
        shifts: [...node.shift],
        requantBits,
        activation: node.activation ?? (node.table === null ? 'none' : 'silu'),
        table: node.table === null ? null : { entries: node.table.length, index },
      }
    }
    case 'add':
      return { multipliers: node.multipliers, shift: node.shift }
    case 'slice':
      return { begin: node.begin }
    case 'max-pool':
      return { kernel: node.kernel }
    case 'concat':
      return node.stages === undefined
        ? {}
        : { multipliers: node.stages.multipliers, shifts: node.stages.shifts }
    case 'input':
    case 'upsample':
      return {}
  }
}
