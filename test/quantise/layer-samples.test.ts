import { describe, expect, test } from 'vitest'
import { convolve } from '../../src/golden/conv.ts'
import type { IntegerConv } from '../../src/golden/types.ts'
import type { ConvNode } from '../../src/graph/types.ts'
import { createSampler, drawPositions, gatherTaps } from '../../src/quantise/layer-samples.ts'
import { createRandom } from '../golden/random.ts'

describe('samples of a layer', () => {
  test.each([
    { kernel: 1, stride: 1, padding: 0 },
    { kernel: 3, stride: 1, padding: 1 },
    { kernel: 3, stride: 2, padding: 1 },
  ])('taps times weights are what the reference accumulates: %o', ({ kernel, stride, padding }) => {
    const random = createRandom(kernel + stride)
    const [inChannels, height, width] = [3, 6, 8] as const
    const shape = [2, height / stride, width / stride] as const
    const taps = inChannels * kernel * kernel
    const codes = Uint8Array.from({ length: inChannels * height * width }, () => random.integer(0, 255))
    const quant = { scale: 1, zeroPoint: 77, bits: 8 }
    const weight = Int8Array.from({ length: shape[0] * taps }, () => random.integer(-3, 3))
    const zero = [...Array(shape[0]).keys()].map(
      (o) => -77 * weight.subarray(o * taps, (o + 1) * taps).reduce((sum, w) => sum + w, 0),
    )
    // Multiplier 1 and a zero point in the middle: the code is the accumulator.
    const integer: IntegerConv = {
      op: 'conv',
      name: 'c',
      inputs: ['x'],
      shape,
      quant: { scale: 1, zeroPoint: 32768, bits: 16 },
      inChannels,
      kernel,
      stride,
      padding,
      weightBits: 3,
      weight,
      weightScale: Float64Array.of(1, 1),
      bias: Int32Array.from(zero),
      multiplier: Uint16Array.of(32768, 32768),
      shift: Uint8Array.of(15, 15),
      requantZeroPoint: 32768,
      requantBits: 16,
      requantScale: 1,
      table: null,
    }
    const expected = convolve(integer, { codes, shape: [inChannels, height, width], quant })
    const node: ConvNode = {
      op: 'conv',
      name: 'c',
      inputs: ['x'],
      shape,
      weight: Float32Array.from(weight),
      bias: null,
      batchNorm: null,
      inChannels,
      kernel,
      stride,
      padding,
      activation: 'none',
    }
    const area = shape[1] * shape[2]
    const pixels = Uint32Array.from({ length: area }, (_, i) => i)
    const rows = new Float32Array(area * taps)
    gatherTaps(node, { codes, quant, shape: [inChannels, height, width] }, pixels, rows, 0)
    for (let o = 0; o < shape[0]; o++)
      for (let pixel = 0; pixel < area; pixel++) {
        let sum = 0
        for (let t = 0; t < taps; t++) sum += rows[pixel * taps + t]! * weight[o * taps + t]!
        expect(sum + 32768).toBe(expected[o * area + pixel])
      }
  })

  test('positions are spread, repeatable, and all of them where the map is small', () => {
    const draw = (seed: number) => drawPositions([4, 10, 10], 3, 30, createSampler(seed))
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
    for (const list of draw(1)) {
      expect(list).toHaveLength(10)
      expect([...list].map((pixel) => Math.floor(pixel / 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    }
    expect([...drawPositions([4, 2, 2], 2, 1000, createSampler(1))[1]!]).toEqual([0, 1, 2, 3])
  })
})
