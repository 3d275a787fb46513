/** Folds batch norms into their convolutions. */
import type { ConvNode, FloatGraph } from './types.ts'

/**
 * The same network without batch norms: `w' = w · γ / √(σ² + ε)`, `b' = β + (b − μ) · γ / √(σ² + ε)`, in double precision, rounded to
 * float32 once (Ioffe and Szegedy 2015, at inference). Every convolution of the result has a bias.
 */
export function fuse(graph: FloatGraph): FloatGraph {
  return { ...graph, nodes: graph.nodes.map((node) => (node.op === 'conv' ? fuseConv(node) : node)) }
}

function fuseConv(node: ConvNode): ConvNode {
  const channels = node.shape[0]
  if (!node.batchNorm) return { ...node, bias: node.bias ?? new Float32Array(channels) }
  const { gamma, beta, mean, variance, eps } = node.batchNorm
  const weight = new Float32Array(node.weight.length)
  const bias = new Float32Array(channels)
  const taps = node.weight.length / channels
  for (let o = 0; o < channels; o++) {
    const factor = gamma[o]! / Math.sqrt(variance[o]! + eps)
    for (let i = o * taps; i < (o + 1) * taps; i++) weight[i] = node.weight[i]! * factor
    bias[o] = beta[o]! + ((node.bias?.[o] ?? 0) - mean[o]!) * factor
  }
  return { ...node, weight, bias, batchNorm: null }
}
