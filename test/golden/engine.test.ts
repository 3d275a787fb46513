import { describe, expect, test } from 'vitest'
import { Engine } from '../../src/golden/engine.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { Codes, IntegerGraph } from '../../src/golden/types.ts'
import { edgeGraph } from './edge-graph.ts'
import { expectSameTensors } from './expect-same.ts'
import { randomConvGraph, randomGraph, randomImage } from './random-graph.ts'

/** Runs both on every image and compares every element; returns the spec's tensors. */
function compare(graph: IntegerGraph, engine = Engine.create(graph), seed = 1): Map<string, Codes> {
  const image = randomImage(graph, seed)
  const spec = runSpec(graph, image)
  expectSameTensors(graph, spec, engine.run(image))
  return spec
}

describe('a convolution equals the spec', () => {
  const cases = [1, 3, 7, 17, 33].flatMap((channels, i) =>
    [1, 3, 5].flatMap((kernel) =>
      [1, 2].map((stride) => ({ channels, kernel, stride, outChannels: [17, 33, 1, 8, 7][i]! })),
    ),
  )
  test.each(cases)(
    '$channels channels to $outChannels, kernel $kernel, stride $stride',
    ({ channels, kernel, stride, outChannels }) => {
      for (const [height, width] of [
        [1, 1],
        [7, 11],
        [12, 6],
        [5, 9],
      ] as const) {
        const seed = channels * 1000 + kernel * 100 + stride * 10 + height
        const shape = [channels, height, width] as const
        compare(
          randomConvGraph(
            { seed, shape },
            { channels: outChannels, kernel, stride, table: height % 2 === 1 },
          ),
        )
      }
    },
  )
})

describe('a network with every operator equals the spec', () => {
  test.each([
    { weightBits: 8, activationBits: 8, tableBits: 8 },
    { weightBits: 8, activationBits: 8, tableBits: 12 },
    { weightBits: 8, activationBits: 8, tableBits: null },
    { weightBits: 4, activationBits: 8, tableBits: 10 },
    { weightBits: 6, activationBits: 5, tableBits: 8 },
    { weightBits: 2, activationBits: 4, tableBits: 4 },
    { weightBits: 12, activationBits: 10, tableBits: 11 },
    { weightBits: 16, activationBits: 15, tableBits: 12 },
    { weightBits: 16, activationBits: 16, tableBits: 16 },
    { weightBits: 8, activationBits: 16, tableBits: null },
  ])('W$weightBits A$activationBits P$tableBits', (bits) => {
    for (const [height, width] of [
      [20, 20],
      [23, 29],
    ] as const) {
      const graph = randomGraph({ seed: height, shape: [3, height, width], ...bits })
      const spec = compare(graph)
      const computed = graph.nodes.filter(({ op }) => op === 'conv' || op === 'add')
      expect(computed.length).toBeGreaterThan(8)
      for (const { name } of computed) {
        const codes = spec.get(name)!
        const possible = Math.min(2 ** bits.activationBits, codes.length)
        expect(new Set(codes).size, `${name} uses the range`).toBeGreaterThan(possible / 4)
      }
    }
  })
})

describe('the edges of A-4 equal the spec', () => {
  test.each([0, 1, 2, 7, 15, 16, 17, 30, 31, 32, 33, 46, 47])('shift %i', (shift) => {
    for (const [bits, zeroPoint] of [
      [8, 0],
      [8, 255],
      [12, 2048],
      [16, 40000],
      [4, 7],
    ] as const) {
      compare(edgeGraph(shift, bits, zeroPoint))
    }
  })
})

test('a second image is not touched by the first', () => {
  const graph = randomGraph({ seed: 5 })
  const engine = Engine.create(graph)
  for (const seed of [1, 2, 3]) compare(graph, engine, seed)
})

test('runLayer computes one node from given tensors, in any order', () => {
  const graph = randomGraph({ seed: 6, shape: [3, 21, 18] })
  const engine = Engine.create(graph)
  const spec = runSpec(graph, randomImage(graph, 9))
  for (const node of graph.nodes.toReversed()) {
    const inputs = node.op === 'input' ? [spec.get(node.name)!] : node.inputs.map((name) => spec.get(name)!)
    const codes = engine.runLayer(node.name, inputs)
    expectSameTensors(graph, new Map([[node.name, spec.get(node.name)!]]), new Map([[node.name, codes]]))
  }
})

test('only the wanted tensors are returned', () => {
  const graph = randomGraph({ seed: 7 })
  const results = Engine.create(graph).run(randomImage(graph, 1), { only: new Set(['deep', 'logits']) })
  expect([...results.keys()]).toEqual(['deep', 'logits'])
})

test('what does not fit is refused with its place', () => {
  const graph = randomGraph({ seed: 8 })
  const engine = Engine.create(graph)
  expect(() => engine.run(new Uint8Array(7))).toThrow('images: expected 1200 codes (3x20x20), got 7')
  expect(() => engine.runLayer('model.99', [])).toThrow('runLayer: the graph has no node model.99')
  expect(() => engine.runLayer('shortcut', [])).toThrow('shortcut: expected 2 inputs (chunk, cv2), got 0')
  const narrow = Engine.create(randomGraph({ seed: 8, activationBits: 4 }))
  expect(() => narrow.run(new Uint8Array(1200).fill(16))).toThrow('code 16 at element 0 does not fit 4 bits')
})
