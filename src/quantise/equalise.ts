/**
 * Cross-layer equalisation: where two convolutions follow each other, the first's output channels may be divided and the second's
 * input channels multiplied by the same factors, which evens out the ranges within the tensor between them. After M. Nagel et al., "Data-free
 * quantization through weight equalization and bias correction", ICCV 2019, section 4.1: s = √(r₁ r₂) / r₂ makes both ranges √(r₁ r₂).
 *
 * It is exact if what lies between commutes with a positive factor per channel: nothing at all, slices, max-pools, upsampling, concats, ReLU. SiLU does not:
 * silu(x / s) ≠ silu(x) / s. One table per layer cannot hold a curve per channel either. In YOLOv8 only convolutions without activation
 * remain. They are the head's last, and no layer reads them, so there is no pair and nothing changes. This file exists for
 * graphs that have such pairs, and to show that none was overlooked.
 */
import type { ConvNode, FloatGraph } from '../graph/types.ts'

export interface EqualisablePair {
  readonly first: string
  readonly second: string
}

/** Pairs of convolutions with nothing but each other in between. */
export function findEqualisablePairs(graph: FloatGraph): readonly EqualisablePair[] {
  const logits = new Set(graph.head.levels.flatMap(({ box, cls }) => [box, cls]))
  const pairs: EqualisablePair[] = []
  for (const node of graph.nodes) {
    if (node.op !== 'conv' || node.activation !== 'none' || logits.has(node.name)) continue
    const readers = graph.nodes.filter(
      (reader) => reader.op !== 'input' && (reader.inputs as readonly string[]).includes(node.name),
    )
    const [only] = readers
    if (readers.length === 1 && only?.op === 'conv') pairs.push({ first: node.name, second: only.name })
  }
  return pairs
}

/** The graph with every pair equalised: it computes the same, up to rounding. The graph is fused. */
export function equaliseGraph(graph: FloatGraph): FloatGraph {
  const replaced = new Map<string, ConvNode>()
  const conv = (name: string): ConvNode =>
    replaced.get(name) ?? (graph.nodes.find((node) => node.name === name) as ConvNode)
  for (const pair of findEqualisablePairs(graph)) {
    const { first, second } = equalisePair(conv(pair.first), conv(pair.second))
    replaced.set(first.name, first)
    replaced.set(second.name, second)
  }
  if (replaced.size === 0) return graph
  return { ...graph, nodes: graph.nodes.map((node) => replaced.get(node.name) ?? node) }
}

function equalisePair(first: ConvNode, second: ConvNode): { first: ConvNode; second: ConvNode } {
  const [channels] = first.shape
  const size = first.weight.length / channels
  const taps = second.kernel * second.kernel
  const factors = Float64Array.from({ length: channels }, (_, channel) => {
    let [outgoing, incoming] = [0, 0]
    for (let i = channel * size; i < (channel + 1) * size; i++)
      outgoing = Math.max(outgoing, Math.abs(first.weight[i]!))
    for (let o = 0; o < second.shape[0]; o++)
      for (let tap = 0; tap < taps; tap++)
        incoming = Math.max(incoming, Math.abs(second.weight[(o * channels + channel) * taps + tap]!))
    // A dead channel has no range to even out.
    return outgoing === 0 || incoming === 0 ? 1 : Math.sqrt(outgoing / incoming)
  })
  return {
    first: {
      ...first,
      weight: first.weight.map((value, i) => value / factors[Math.floor(i / size)]!),
      bias: first.bias?.map((value, channel) => value / factors[channel]!) ?? null,
    },
    second: {
      ...second,
      weight: second.weight.map((value, i) => value * factors[Math.floor(i / taps) % channels]!),
    },
  }
}
