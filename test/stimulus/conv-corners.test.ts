/** The corner tensors of convolutions, with the spec's sums as the witness of what they hit. */
import { describe, expect, test } from 'vitest'
import { accumulate } from '../../src/golden/accumulate.ts'
import { accumulatorRanges } from '../../src/golden/accumulator.ts'
import { Engine } from '../../src/golden/engine.ts'
import { createRandom } from '../../src/golden/random.ts'
import type { IntegerConv, IntegerGraph } from '../../src/golden/types.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { makeConvCorners } from '../../src/stimulus/conv-corners.ts'
import { convShapes } from '../../src/stimulus/conv-shape.ts'
import { countConv } from '../../src/stimulus/count-layers.ts'
import { canTie, channelPoints, rawCode, tieSums } from '../../src/stimulus/requant-points.ts'
import { randomConvGraph } from '../golden/random-graph.ts'

const CASES = [
  { because: '1x1', conv: { channels: 20 }, bits: 8, ties: true },
  { because: '3x3', conv: { channels: 9, kernel: 3 }, bits: 8, ties: true },
  {
    because: '3x3, stride 2, few channels',
    conv: { channels: 8, kernel: 3, stride: 2 },
    bits: 8,
    inputs: 3,
    ties: true,
  },
  { because: '1x1 without a table', conv: { channels: 17, table: false }, bits: 8, ties: true },
  { because: '3x3 at 4 bits', conv: { channels: 6, kernel: 3 }, bits: 4, ties: false },
] as const

function makeCase(
  { conv, bits, inputs = 18 }: { conv: object; bits: number; inputs?: number },
  seed: number,
) {
  const options = { seed, shape: [inputs, 8, 8] as const, activationBits: bits, tableBits: bits }
  const graph = randomConvGraph(options, conv as Parameters<typeof randomConvGraph>[1])
  const [input, node] = graph.nodes as [IntegerGraph['nodes'][0], IntegerConv]
  // Even multipliers tie sooner.
  const even = { ...node, multiplier: node.multiplier.map((m, o) => (o % 2 === 0 ? m & 0xff00 : m)) }
  const shapes = convShapes(even, DEFAULT_ENGINE, 'corners', false)
  const tensor = makeConvCorners(even, input.quant, shapes, createRandom(seed))
  return { graph, input, node: { ...even, shape: shapes.output }, tensor }
}

/** Every sum, by the spec. */
function specSums({ input, node, tensor }: ReturnType<typeof makeCase>): number[][] {
  const [channels, height, width] = node.shape
  const codes = { ...tensor, quant: input.quant }
  return Array.from({ length: channels }, (_, channel) =>
    Array.from({ length: height * width }, (_, i) =>
      accumulate(node, codes, { channel, y: Math.floor(i / width), x: i % width }),
    ),
  )
}

describe.each(CASES)('$because', (own) => {
  const made = makeCase(own, 5)
  const sums = specSums(made)
  const { node, input, tensor } = made
  const points = channelPoints(node, input.quant.bits)
  const all = sums.flatMap((list, channel) => list.map((sum) => ({ channel, sum })))

  test('codes fit, and the same lots give the same tensor', () => {
    expect(Math.max(...tensor.codes)).toBe(2 ** own.bits - 1)
    expect(makeCase(own, 5).tensor).toEqual(tensor)
    expect(makeCase(own, 6).tensor).not.toEqual(tensor)
  })

  test('both proved ends of an accumulator are reached', () => {
    const ranges = accumulatorRanges(node, input.quant.bits)
    const reaches = (end: 'smallest' | 'largest') =>
      all.some(({ channel, sum }) => sum === ranges[channel]![end])
    expect([reaches('smallest'), reaches('largest')]).toEqual([true, true])
  })

  test('sums fall on ties, and on both sides of both clamps', () => {
    const tied = all.filter(({ channel, sum }) => tieSums(points[channel]!, 1e6).includes(sum))
    for (const side of ['above', 'below'] as const) {
      const isReached = tied.some(({ sum }) => sum < 0 === (side === 'below'))
      expect([side, points.some((one) => canTie(one, side)), isReached]).toEqual([side, own.ties, own.ties])
    }
    const raws = new Set(all.map(({ channel, sum }) => rawCode(points[channel]!, sum)))
    const largest = 2 ** node.requantBits - 1
    for (const raw of [-1, 0, largest, largest + 1]) expect(raws).toContain(raw)
  })

  test('the count from the engine is the count from the spec', () => {
    const mini = { ...made.graph, nodes: [{ ...input, shape: tensor.shape }, node] }
    let meaning: ReturnType<typeof countConv> | undefined
    Engine.create(mini as IntegerGraph, { tallies: true }).runLayer(
      node.name,
      [tensor.codes],
      (conv, tally) => {
        meaning = countConv(conv, tensor.shape, input.quant.bits, tally)
      },
    )
    const largest = 2 ** node.requantBits - 1
    const raws = all.map(({ channel, sum }) => ({ channel, sum, raw: rawCode(points[channel]!, sum) }))
    const ties = new Map(points.map((point) => [point.channel, new Set(tieSums(point, 1e6))]))
    const tied = raws.filter(({ channel, sum }) => ties.get(channel)!.has(sum))
    expect(meaning).toMatchObject({
      tiesAbove: { count: tied.filter(({ sum }) => sum >= 0).length },
      tiesBelow: { count: tied.filter(({ sum }) => sum < 0).length },
      clampLow: { count: raws.filter(({ raw }) => raw < 0).length },
      clampHigh: { count: raws.filter(({ raw }) => raw > largest).length },
    })
    const read = new Set(raws.map(({ raw }) => Math.min(Math.max(raw, 0), largest)))
    expect(meaning!.entries.reduce((a, b) => a + b, 0)).toBe(read.size)
    expect(read.size / meaning!.entriesReachable).toBeGreaterThan(0.9)
  })
})
