/** Random networks that end in a detect head. */
import { makeHeadTables } from '../../src/golden/head-tables.ts'
import type { IntegerGraph } from '../../src/golden/types.ts'
import type { Shape } from '../../src/graph/types.ts'
import { RandomGraphMaker } from './random-graph.ts'

/**
 * A network whose logits are convolutions of the image: two levels, the second of half the size where the image is large enough, or `count`,
 * each of half the size of the one before, from the stride `first`. With a `stemStride` of 2 the image can be stored space-to-depth.
 */
export function headGraph(
  shape: Shape,
  classes: number,
  { seed = 1, first = 8, count = Math.min(shape[1], shape[2]) > 1 ? 2 : 1, stemStride = 1, bits = 8 } = {},
): IntegerGraph {
  const middle = 2 ** (bits - 1)
  const maker = new RandomGraphMaker({ seed, shape, activationBits: bits, tableBits: bits })
  const stem = maker.conv('stem', 'images', { channels: 17, kernel: 3, stride: stemStride })
  const froms = [stem]
  while (froms.length < count)
    froms.push(maker.conv(`down${froms.length}`, froms.at(-1)!, { channels: 17, kernel: 3, stride: 2 }))
  const levels = froms.map((from, index) => ({
    stride: first << index,
    box: maker.conv(`box${index}`, from, { channels: 64, table: false, zeroPoint: middle }),
    cls: maker.conv(`cls${index}`, from, { channels: classes, table: false, zeroPoint: middle }),
  }))
  const graph = maker.graph(levels)
  const quant = (scale: number, zeroPoint: number) => ({ scale, zeroPoint, bits })
  // Class logits of half the deviation do not saturate: one of them is the largest.
  const nodes = graph.nodes.map((node) =>
    node.op === 'conv' && node.name.startsWith('cls')
      ? { ...node, shift: node.shift.map((shift) => shift + 1) }
      : node,
  )
  return {
    ...graph,
    nodes,
    detect: { ...graph.detect, classes: Array.from({ length: classes }, (_, i) => `class ${i}`) },
    head: makeHeadTables(quant(12 / (2 * middle), middle), quant(24 / (2 * middle), middle)),
  }
}
