/** The architecture of a graph in numbers, which `assay inspect` shows. */
import type { Activation } from './activation.ts'
import type { FloatGraph, FloatNode, Shape } from './types.ts'

export interface LayerDescription {
  readonly name: string
  readonly op: FloatNode['op']
  readonly shape: Shape
  /** Kernel size of convolutions and max-pools; null for the others. */
  readonly kernel: number | null
  readonly stride: number | null
  readonly activation: Activation
  /** Weights, bias, and gamma and beta of the batch norm. */
  readonly parameters: number
  /** The same after fusion. */
  readonly fusedParameters: number
  /** Multiply-accumulates for one image. */
  readonly macs: number
  readonly batchNorm: boolean
}

export interface GraphTotals {
  readonly layers: number
  readonly convolutions: number
  readonly batchNorms: number
  readonly parameters: number
  readonly fusedParameters: number
  readonly macs: number
}

export interface GraphDescription {
  readonly layers: readonly LayerDescription[]
  readonly totals: GraphTotals
}

/** One row per node. The fixed bins of the head's DFL are parameters of the checkpoint, and are counted in the totals. */
export function describeGraph(graph: FloatGraph): GraphDescription {
  const layers = graph.nodes.map(describeNode)
  const add = (count: (layer: LayerDescription) => number): number =>
    layers.reduce((sum, layer) => sum + count(layer), 0)
  const { regMax } = graph.head
  return {
    layers,
    totals: {
      layers: layers.length,
      convolutions: add((layer) => Number(layer.op === 'conv')),
      batchNorms: add((layer) => Number(layer.batchNorm)),
      parameters: add((layer) => layer.parameters) + regMax,
      fusedParameters: add((layer) => layer.fusedParameters) + regMax,
      macs: add((layer) => layer.macs),
    },
  }
}

function describeNode(node: FloatNode): LayerDescription {
  const { name, op, shape } = node
  const plain = { name, op, shape, activation: 'none', parameters: 0, fusedParameters: 0, macs: 0 } as const
  if (node.op === 'max-pool') return { ...plain, kernel: node.kernel, stride: 1, batchNorm: false }
  if (node.op !== 'conv') return { ...plain, kernel: null, stride: null, batchNorm: false }
  const [channels, height, width] = shape
  return {
    ...plain,
    kernel: node.kernel,
    stride: node.stride,
    activation: node.activation,
    parameters: node.weight.length + (node.bias?.length ?? 0) + (node.batchNorm ? 2 * channels : 0),
    fusedParameters: node.weight.length + channels,
    macs: channels * height * width * node.inChannels * node.kernel * node.kernel,
    batchNorm: node.batchNorm !== null,
  }
}
