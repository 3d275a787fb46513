import { describe, expect, test } from 'vitest'
import { Engine } from '../../src/golden/engine.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { IntegerAdd, IntegerGraph } from '../../src/golden/types.ts'
import { RandomGraphMaker, randomImage } from './random-graph.ts'

/** A-6 in integers of any width. */
function addWide(
  node: IntegerAdd,
  codes: readonly [number, number],
  zeros: readonly [number, number],
): number {
  const [a, b] = codes.map((code, i) => BigInt(code - zeros[i]!) * BigInt(node.multipliers[i]!)) as [
    bigint,
    bigint,
  ]
  const shift = BigInt(node.shift)
  const code = BigInt(node.quant.zeroPoint) + ((a + b + (1n << (shift - 1n))) >> shift)
  const largest = (1n << BigInt(node.quant.bits)) - 1n
  return Number(code < 0n ? 0n : code > largest ? largest : code)
}

/** The sum of the two halves of a copied image of 2 x 12 x 12, with these parameters. */
function addGraph(
  bits: number,
  zeroPoint: number,
  multipliers: readonly [number, number],
  shift: number,
): IntegerGraph {
  const maker = new RandomGraphMaker({ seed: 1, shape: [2, 12, 12], activationBits: bits })
  maker.slice('a', 'images', 0, 1)
  maker.slice('b', 'images', 1, 1)
  maker.add('sum', 'a', 'b', zeroPoint)
  const graph = maker.graph()
  const zeros: Record<string, number> = { images: 3, a: 3, b: 2 ** bits - 1 }
  const nodes = graph.nodes.map((node) => {
    if (node.op === 'add') return { ...node, multipliers, shift }
    return { ...node, quant: { ...node.quant, zeroPoint: zeros[node.name]! } }
  })
  return { ...graph, nodes }
}

describe('A-6: the spec and the engine equal a wide reference', () => {
  test.each([4, 8, 15, 16])('%i bits', (bits) => {
    const largest = 2 ** bits - 1
    let compared = 0
    for (const zeroPoint of [0, 1, 2 ** (bits - 1), largest]) {
      for (const multipliers of [
        [1, 1],
        [0xffff, 0xffff],
        [0x8000, 0xffff],
        [0xffff, 1],
      ] as const) {
        for (const shift of [1, 2, 3, 15, 16, 17, 30, 31]) {
          const graph = addGraph(bits, zeroPoint, multipliers, shift)
          const image = randomImage(graph, shift)
          image.set([0, largest, 0, largest])
          image.set([0, 0, largest, largest], 144)
          const spec = runSpec(graph, image).get('sum')!
          const engine = Engine.create(graph).run(image).get('sum')!
          const node = graph.nodes[3] as IntegerAdd
          for (let i = 0; i < 144; i++, compared++) {
            const wide = addWide(node, [image[i]!, image[144 + i]!], [3, largest])
            if (spec[i] === wide && engine[i] === wide) continue
            expect.fail(
              `${image[i]}, ${image[144 + i]} M ${multipliers} s ${shift} Z ${zeroPoint}: expected ${wide}, spec ${spec[i]}, engine ${engine[i]}`,
            )
          }
        }
      }
    }
    expect(compared).toBe(4 * 4 * 8 * 144)
  })
})
