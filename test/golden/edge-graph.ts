import type { IntegerConv, IntegerGraph } from '../../src/golden/types.ts'
import { randomConvGraph } from './random-graph.ts'

const MIN = -(2 ** 31)
const MAX = 2 ** 31 - 1

/** ±2^i ± {0, 1, 2} and the extremes of 32 bits: where carries, signs and saturation change. */
export function edgeAccumulators(): number[] {
  const values = new Set<number>([MIN, MAX])
  for (let i = 0; i <= 31; i++) {
    for (const sign of [-1, 1]) {
      for (const near of [-2, -1, 0, 1, 2]) values.add(sign * 2 ** i + near)
    }
  }
  return [...values].filter((value) => value >= MIN && value <= MAX)
}

/**
 * A 1x1 convolution of one pixel with a channel for each pair of an edge accumulator and a multiplier: the accumulator is the
 * bias, and weights are 0. Drives A-4 to its limits through a whole implementation.
 */
export function edgeGraph(shift: number, requantBits: number, requantZeroPoint: number): IntegerGraph {
  const biases = edgeAccumulators()
  const multipliers = [1, 2, 3, 0x7fff, 0x8000, 0x8001, 0xaaaa, 0xfffe, 0xffff]
  const channels = biases.length * multipliers.length
  const graph = randomConvGraph({ seed: 1, shape: [1, 1, 1] }, { channels, table: false })
  const [image, conv] = graph.nodes as [(typeof graph.nodes)[0], IntegerConv]
  const table =
    requantBits > 8
      ? Uint8Array.from({ length: 2 ** requantBits }, (_, i) => (i * 167 + (i >> 3)) & 255)
      : null
  const edge: IntegerConv = {
    ...conv,
    weight: new Int8Array(channels),
    bias: Int32Array.from({ length: channels }, (_, i) => biases[i % biases.length]!),
    multiplier: Uint16Array.from({ length: channels }, (_, i) => multipliers[Math.floor(i / biases.length)]!),
    shift: new Uint8Array(channels).fill(shift),
    requantBits,
    requantZeroPoint,
    table,
  }
  return { ...graph, nodes: [image, edge] }
}
