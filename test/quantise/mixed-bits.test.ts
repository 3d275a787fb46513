/** Tensors of different bits in one network: spec, engine and onnxruntime agree on every element. */
import { describe, expect, test } from 'vitest'
import { Engine } from '../../src/golden/engine.ts'
import { runSpec } from '../../src/golden/run.ts'
import { expectSameTensors } from '../golden/expect-same.ts'
import { randomGraph, randomImage } from '../golden/random-graph.ts'
import { runOracle } from './oracle-run.ts'

/** Of `randomGraph`, the tensors that meet in a concat. */
const MET = new Set(['split', 'joined', 'neck'])

/** Bits by the name of a tensor, with one width for those that meet. */
const bitsFrom =
  (widths: readonly number[], met: number) =>
  (name: string): number =>
    MET.has(name) ? met : widths[[...name].reduce((sum, one) => sum + one.charCodeAt(0), 0) % widths.length]!

describe('spec, engine and onnxruntime', () => {
  test.each([
    { widths: [4, 8], met: 6 },
    { widths: [8, 4, 5], met: 4 },
    { widths: [1, 7, 2], met: 8 },
  ])('agree on tensors of $widths bits, $met where they meet', async ({ widths, met }) => {
    const bitsOf = bitsFrom(widths, met)
    for (const [seed, shape] of [
      [1, [3, 24, 40]],
      [2, [3, 27, 21]],
    ] as const) {
      const graph = randomGraph({ seed, shape, weightBits: 4, activationBits: 4, bitsOf })
      expect(new Set(graph.nodes.map(({ quant }) => quant.bits)).size).toBeGreaterThan(2)
      const image = randomImage(graph, seed)
      const spec = runSpec(graph, image)
      expectSameTensors(graph, spec, Engine.create(graph).run(image))
      expectSameTensors(graph, spec, await runOracle(graph, image))
      for (const { name, quant } of graph.nodes) {
        const [largest, top] = [Math.max(...spec.get(name)!), 2 ** quant.bits - 1]
        expect([largest <= top, largest > 0.8 * top], name).toEqual([true, true])
      }
    }
  })
})

describe('spec and engine', () => {
  // Codes of 16 bits are stored less 32768, others as they are: an addition reads both.
  test.each([
    { widths: [16, 8, 4], met: 8 },
    { widths: [4, 8, 12], met: 16 },
    { widths: [16, 15], met: 16 },
  ])('agree on tensors of $widths bits, $met where they meet', ({ widths, met }) => {
    const bitsOf = bitsFrom(widths, met)
    for (const seed of [1, 2, 3]) {
      const graph = randomGraph({ seed, tableBits: 11, weightBits: 7, activationBits: 8, bitsOf })
      const image = randomImage(graph, seed)
      expectSameTensors(graph, runSpec(graph, image), Engine.create(graph).run(image))
    }
  })
})
