/** Sums that do not fit an accumulator, counted by the engine and one by one. */
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { accumulate } from '../../src/golden/accumulate.ts'
import { runSpec } from '../../src/golden/run.ts'
import { countOverflows, findOverflowing } from '../../src/quantise/count-overflows.ts'
import { quantisedSmall } from './quantised-small.ts'

const LIMITLESS = { bits: 64, overflow: 'wrap', at: 'end' } as const

describe.each(['assay', 'tflite', 'power-of-two-floor'])('%s', (name) => {
  const base = PROFILES.find((profile) => profile.name === name)!
  const narrow = (bits: number): Profile => ({
    ...base,
    name: 'narrow',
    accumulator: { bits, overflow: 'saturate', at: 'end' },
  })

  test.each([12, 14, 16])('%d bits', async (bits) => {
    const { graph, image } = quantisedSmall(narrow(bits))
    const tensors = runSpec(graph, image)
    const limit = 2 ** (bits - 1)
    const expected = findOverflowing(graph).map((node) => {
      const input = graph.nodes.find((one) => one.name === node.inputs[0])!
      const tensor = { codes: tensors.get(input.name)!, shape: input.shape, quant: input.quant }
      const [channels, height, width] = node.shape
      const wide: Profile = { ...base, accumulator: LIMITLESS }
      let outside = 0
      for (let channel = 0; channel < channels; channel++)
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++) {
            const sum = accumulate(node, tensor, { channel, y, x }, wide)
            if (sum < -limit || sum >= limit) outside++
          }
      return { layer: node.name, sums: 2 * channels * height * width, outside: 2 * outside }
    })
    expect(await countOverflows(graph, [image, image])).toEqual(expected)
    // Few bits are too few for some, so that a count of nothing cannot pass.
    const least = bits === 12 ? 1 : 0
    expect(expected.reduce((sum, { outside }) => sum + outside, 0)).toBeGreaterThanOrEqual(least)
  })

  test('a sum that saturated on its way counts, though its end would fit', async () => {
    const profile = narrow(12)
    const each: Profile = { ...profile, accumulator: { ...profile.accumulator, at: 'product' } }
    const { graph, image } = quantisedSmall(each)
    const tensors = runSpec(graph, image)
    const expected = findOverflowing(graph).map((node) => {
      const input = graph.nodes.find((one) => one.name === node.inputs[0])!
      const tensor = { codes: tensors.get(input.name)!, shape: input.shape, quant: input.quant }
      const [channels, height, width] = node.shape
      const positions = Array.from({ length: channels * height * width }, (_, i) => ({
        channel: Math.floor(i / (height * width)),
        y: Math.floor(i / width) % height,
        x: i % width,
      }))
      const isOther = (at: (typeof positions)[number]) =>
        accumulate(node, tensor, at, each) !==
        accumulate(node, tensor, at, { ...base, accumulator: LIMITLESS })
      return { layer: node.name, sums: positions.length, outside: positions.filter(isOther).length }
    })
    expect(await countOverflows(graph, [image])).toEqual(expected)
  })

  test('an accumulator that holds every sum has no layer to count', async () => {
    const { graph, image } = quantisedSmall(narrow(32))
    expect(await countOverflows(graph, [image])).toEqual([])
  })
})
