/** Writes a float graph, fused or not, as an ONNX file under the checkpoint's own names. */
import type { ConvNode, FloatGraph, FloatNode } from '../graph/types.ts'
import { createOnnxBuilder, type OnnxBuilder } from './onnx-builder.ts'
import { addFloatDecode } from './onnx-decode.ts'
import { addActivation, addOperator, windowOf } from './onnx-operators.ts'

export interface FloatOnnxOptions {
  /**
   * Tensors to expose as graph outputs. `all`: every node's output, and under `<name>.conv` what a convolution with an activation
   * gives before it (batch norm included). `logits`: the head's. Names: those alone, `<name>.conv` and aliases included.
   */
  readonly activations?: 'all' | 'logits' | readonly string[]
  /** Appends the box decode: outputs `boxes` [1, anchors, 4] in pixels and `scores` [1, anchors, classes]. True unless told. */
  readonly decode?: boolean
}

/** The bytes of the .onnx file. Input `images` [1, 3, height, width], RGB / 255. Throws Error for an output that no node makes. */
export function writeFloatOnnx(graph: FloatGraph, options: FloatOnnxOptions = {}): Uint8Array {
  const onnx = buildFloatOnnx(graph)
  const shapes = new Map<string, readonly number[]>()
  for (const node of graph.nodes) {
    const dims = [1, ...node.shape]
    shapes.set(node.name, dims)
    if (hasPreActivation(node)) shapes.set(`${node.name}.conv`, dims)
  }
  for (const name of listOutputs(graph, options.activations ?? [])) {
    const dims = shapes.get(name)
    if (!dims) throw new Error(`Expected a tensor of the graph to expose, got ${name}`)
    onnx.output(name, 'float', dims)
  }
  const { shape } = graph.nodes[0] ?? { shape: [3, 0, 0] }
  if (options.decode ?? true)
    addFloatDecode(onnx, graph.head, { height: shape[1] ?? 0, width: shape[2] ?? 0 })
  return onnx.encode()
}

/** The graph without outputs. */
export function buildFloatOnnx(graph: FloatGraph): OnnxBuilder {
  const onnx = createOnnxBuilder(graph.head.name, { metadata: { names: graph.head.classes.join('\n') } })
  for (const node of graph.nodes) {
    addNode(onnx, node)
    if (node.op !== 'input') onnx.describe(node.name, 'float', [1, ...node.shape])
  }
  return onnx
}

/** True if `<name>.conv` exists beside `<name>`. */
export function hasPreActivation(node: FloatNode): node is ConvNode {
  return node.op === 'conv' && node.activation !== 'none'
}

/** The names that a choice of activations stands for, aliases resolved, each once. */
export function listOutputs(graph: FloatGraph, choice: 'all' | 'logits' | readonly string[]): string[] {
  if (choice === 'logits') return graph.head.levels.flatMap(({ box, cls }) => [box, cls])
  if (choice !== 'all') return [...new Set(choice.map((name) => graph.aliases.get(name) ?? name))]
  return graph.nodes.flatMap((node) => {
    if (node.op === 'input') return []
    return hasPreActivation(node) ? [`${node.name}.conv`, node.name] : [node.name]
  })
}

function addNode(onnx: OnnxBuilder, node: FloatNode): void {
  const { name } = node
  switch (node.op) {
    case 'input':
      onnx.input(name, 'float', [1, ...node.shape])
      return
    case 'conv':
      addConv(onnx, node)
      return
    default:
      addOperator(onnx, node, name)
  }
}

function addConv(onnx: OnnxBuilder, node: ConvNode): void {
  const { name, kernel, stride, padding, batchNorm } = node
  // The head's plain convolutions are modules themselves; the others are the child `conv` of theirs.
  const own = node.activation === 'none' && !batchNorm ? name : `${name}.conv`
  const result = node.activation === 'none' ? name : `${name}.conv`
  const dims = [node.shape[0], node.inChannels, kernel, kernel]
  const inputs = [...node.inputs, onnx.constant(`${own}.weight`, node.weight, dims)]
  if (node.bias) inputs.push(onnx.constant(`${own}.bias`, node.bias))
  const sum = onnx.node(
    'Conv',
    inputs,
    batchNorm ? `${name}.conv.sum` : result,
    windowOf(kernel, stride, padding),
  )
  if (batchNorm) {
    const parameters = [
      onnx.constant(`${name}.bn.weight`, batchNorm.gamma),
      onnx.constant(`${name}.bn.bias`, batchNorm.beta),
      onnx.constant(`${name}.bn.running_mean`, batchNorm.mean),
      onnx.constant(`${name}.bn.running_var`, batchNorm.variance),
    ]
    onnx.node('BatchNormalization', [sum, ...parameters], result, { epsilon: { float: batchNorm.eps } })
  }
  if (node.activation === 'none') return
  addActivation(onnx, node, result, name)
}
