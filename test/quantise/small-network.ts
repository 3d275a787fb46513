/** A float network of 1x1 convolutions with a head of one level, and what it gives, by plain loops. */

import { silu } from '../../src/graph/activation.ts'
import type { ConvNode, FloatGraph } from '../../src/graph/types.ts'
import { createRandom } from '../golden/random.ts'

const SIDE = 16
const CHANNELS = 4
const random = createRandom(17)

function conv(name: string, input: string, from: number, to: number, activation: 'silu' | 'none'): ConvNode {
  return {
    ...{ op: 'conv', name, inputs: [input], shape: [to, SIDE, SIDE], inChannels: from, kernel: 1, stride: 1 },
    ...{ padding: 0, batchNorm: null, activation },
    // Some weights far larger than the rest: what one observer cuts another keeps.
    weight: Float32Array.from({ length: from * to }, () => 4 * (random.next() - 0.5) ** 3 * 8),
    bias: Float32Array.from({ length: to }, () => random.next() - 0.5),
  }
}

/** `a` and `b` with SiLU, `sum` of the two, then the logits. */
export const smallGraph: FloatGraph = {
  nodes: [
    { op: 'input', name: 'images', shape: [3, SIDE, SIDE] },
    conv('a', 'images', 3, CHANNELS, 'silu'),
    conv('b', 'a', CHANNELS, CHANNELS, 'silu'),
    { op: 'add', name: 'sum', inputs: ['a', 'b'], shape: [CHANNELS, SIDE, SIDE] },
    conv('box', 'sum', CHANNELS, 8, 'none'),
    conv('cls', 'sum', CHANNELS, 2, 'none'),
  ],
  head: { name: 'head', levels: [{ stride: 1, box: 'box', cls: 'cls' }], regMax: 2, classes: ['x', 'y'] },
  aliases: new Map(),
}

/** The same with a concat of `a`, `sum` and `a` again before the logits. */
export const concatGraph: FloatGraph = {
  ...smallGraph,
  nodes: [
    ...smallGraph.nodes.slice(0, 4),
    { op: 'concat', name: 'cat', inputs: ['a', 'sum', 'a'], shape: [3 * CHANNELS, SIDE, SIDE] },
    conv('box', 'cat', 3 * CHANNELS, 8, 'none'),
    conv('cls', 'cat', 3 * CHANNELS, 2, 'none'),
  ],
}

/** Pixels of 0 to 255, most of them dark. */
export function smallImage(seed: number): Uint8Array {
  const { next } = createRandom(seed)
  return Uint8Array.from({ length: 3 * SIDE * SIDE }, () => Math.floor(256 * next() ** 4))
}

/** Every tensor by its name, and what convolutions give before SiLU. */
export function runSmall(graph: FloatGraph, image: Float32Array): Map<string, Float32Array> {
  const tensors = new Map([['images', image]])
  for (const node of graph.nodes) {
    if (node.op === 'add') {
      const [a, b] = node.inputs.map((name) => tensors.get(name)!) as [Float32Array, Float32Array]
      tensors.set(
        node.name,
        a.map((value, i) => value + b[i]!),
      )
    }
    if (node.op === 'concat')
      tensors.set(node.name, Float32Array.from(node.inputs.flatMap((name) => [...tensors.get(name)!])))
    if (node.op !== 'conv') continue
    const input = tensors.get(node.inputs[0])!
    const area = SIDE * SIDE
    const sums = Float32Array.from({ length: node.shape[0] * area }, (_, i) => {
      const [o, cell] = [Math.floor(i / area), i % area]
      let sum = node.bias![o]!
      for (let c = 0; c < node.inChannels; c++)
        sum += node.weight[o * node.inChannels + c]! * input[c * area + cell]!
      return sum
    })
    tensors.set(`${node.name}.conv`, sums)
    tensors.set(node.name, node.activation === 'silu' ? sums.map(silu) : sums)
  }
  return tensors
}
