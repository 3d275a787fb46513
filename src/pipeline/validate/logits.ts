/** This file dequantises the logits of an integer run. If the last convolutions were left in float, it runs them in float. */
import { dequantise } from '../../golden/codes.ts'
import type { Codes, IntegerGraph, IntegerNode } from '../../golden/types.ts'
import type { ConvNode, FloatGraph } from '../../graph/types.ts'

/** Names the tensors that boxes are made from: the logits, or the inputs of the head's last convolutions. */
export function logitTensors(graph: IntegerGraph): ReadonlySet<string> {
  const made = new Set(graph.nodes.map((node) => node.name))
  const logits = graph.detect.levels.flatMap((level) => [level.box, level.cls])
  if (logits.every((name) => made.has(name))) return new Set(logits)
  const read = new Set(graph.nodes.flatMap((node) => (node.op === 'input' ? [] : [...node.inputs])))
  return new Set([...made].filter((name) => !read.has(name)))
}

/**
 * Returns the logits by name, [channels, height, width].
 *
 * @param float the fused graph. It holds the last convolutions of a graph that was quantised without them.
 */
export function finishLogits(
  graph: IntegerGraph,
  float: FloatGraph | null,
  codes: ReadonlyMap<string, Codes>,
): Map<string, Float32Array> {
  const nodes = new Map<string, IntegerNode>(graph.nodes.map((node) => [node.name, node]))
  const real = (name: string): Float32Array => dequantise(codes.get(name)!, nodes.get(name)!.quant)
  const logits = new Map<string, Float32Array>()
  for (const name of graph.detect.levels.flatMap((level) => [level.box, level.cls])) {
    if (nodes.has(name)) {
      logits.set(name, real(name))
      continue
    }
    const last = float?.nodes.find((node) => node.name === name)
    if (last?.op !== 'conv') throw new Error(`Expected the float graph to have the convolution ${name}`)
    logits.set(name, convolvePoints(last, real(last.inputs[0])))
  }
  return logits
}

/** Computes a 1x1 convolution with bias and without activation, in float32. */
export function convolvePoints(node: ConvNode, input: Float32Array): Float32Array {
  if (node.kernel !== 1 || node.stride !== 1 || node.activation !== 'none' || node.batchNorm !== null)
    throw new Error(`Expected ${node.name} to be a plain 1x1 convolution`)
  const [outputs, height, width] = node.shape
  const cells = height * width
  const result = new Float32Array(outputs * cells)
  for (let o = 0; o < outputs; o++) {
    const plane = result.subarray(o * cells, (o + 1) * cells)
    plane.fill(node.bias?.[o] ?? 0)
    for (let i = 0; i < node.inChannels; i++) {
      const weight = node.weight[o * node.inChannels + i]!
      const source = input.subarray(i * cells, (i + 1) * cells)
      for (let cell = 0; cell < cells; cell++) plane[cell]! += weight * source[cell]!
    }
  }
  return result
}
