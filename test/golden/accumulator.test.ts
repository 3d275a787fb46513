import { describe, expect, test } from 'vitest'
import { accumulate } from '../../src/golden/accumulate.ts'
import {
  AccumulatorError,
  accumulatorRanges,
  checkAccumulators,
  checkChannel,
  checkGraphAccumulators,
  signedBits,
} from '../../src/golden/accumulator.ts'
import type { IntegerConv } from '../../src/golden/types.ts'
import { InputError } from '../../src/input/input-error.ts'
import { randomConvGraph } from './random-graph.ts'

/** The 1x1 convolution of a seeded graph with these weights and biases instead. */
function convWith(weight: number[], bias: number[]): IntegerConv {
  const inChannels = weight.length / bias.length
  const graph = randomConvGraph({ seed: 1, shape: [inChannels, 1, 1] }, { channels: bias.length })
  const node = graph.nodes[1] as IntegerConv
  return { ...node, name: 'model.7', weight: Int8Array.from(weight), bias: Int32Array.from(bias) }
}

const MAX = 2 ** 31 - 1
const MIN = -(2 ** 31)

describe('A-3 worst case', () => {
  test('is what the inputs that reach it give', () => {
    const node = convWith([3, -5, 7, -2, -4, 0], [100, -9])
    const reach = (channel: number, sign: number) => {
      const codes = Uint8Array.from(
        [0, 1, 2].map((c) => (Math.sign(node.weight[channel * 3 + c]!) === sign ? 255 : 0)),
      )
      const input = { codes, shape: [3, 1, 1] as const, quant: { scale: 1, zeroPoint: 0, bits: 8 } }
      return accumulate(node, input, { channel, y: 0, x: 0 })
    }
    expect(accumulatorRanges(node, 8)).toEqual([
      { channel: 0, smallest: reach(0, -1), largest: reach(0, 1) },
      { channel: 1, smallest: reach(1, -1), largest: reach(1, 1) },
    ])
    expect(accumulatorRanges(node, 8)[0]).toEqual({
      channel: 0,
      smallest: 100 - 5 * 255,
      largest: 100 + 10 * 255,
    })
  })

  test('counts every tap of a kernel of 3x3', () => {
    // Two input channels of nine taps, two output channels, at 4 bits: the largest code is 15.
    const graph = randomConvGraph({ seed: 1, shape: [2, 1, 1] }, { channels: 2, kernel: 3 })
    const weight = Int8Array.from([
      ...[1, -2, 3, -4, 5, -6, 7, -8, 9], // 25 and -20
      ...[0, 10, 0, 0, 0, 0, 0, -30, 0], // 10 and -30: 35 and -50
      ...[-1, 0, 0, 0, 0, 0, 0, 0, 0],
      ...[0, 0, 0, 0, 0, 0, 0, 0, 2],
    ])
    const node = { ...(graph.nodes[1] as IntegerConv), weight, bias: Int32Array.of(7, -3) }
    expect(accumulatorRanges(node, 4)).toEqual([
      { channel: 0, smallest: 7 - 15 * 50, largest: 7 + 15 * 35 },
      { channel: 1, smallest: -3 - 15, largest: -3 + 15 * 2 },
    ])
  })

  /** Both ways to ask: of a finished convolution, and of a channel before its bias is stored. */
  const checks = (weight: number[], bias: number) => [
    () => checkAccumulators(convWith([0, 0, ...weight], [0, bias]), 8),
    () =>
      checkChannel(
        'model.7',
        1,
        { positive: Math.max(...weight), negative: Math.min(...weight), bias, taps: 2 },
        8,
      ),
  ]

  test.each([
    { because: 'the largest sum is 2^31 - 1', weight: [1, -1], bias: MAX - 255 },
    { because: 'the smallest sum is -2^31', weight: [2, -1], bias: MIN + 255 },
  ])('$because: it fits', ({ weight, bias }) => {
    for (const check of checks(weight, bias)) expect(check).not.toThrow()
  })

  test.each([
    { because: 'the largest sum is 2^31', weight: [1, -1], bias: MAX - 254 },
    { because: 'the smallest sum is -2^31 - 1', weight: [2, -1], bias: MIN + 254 },
    { because: 'positive and negative weights do not cancel', weight: [127, -127], bias: MAX - 127 },
  ])('$because: it does not fit', ({ weight, bias }) => {
    for (const check of checks(weight, bias)) expect(check).toThrow(AccumulatorError)
  })

  test('the bits of what it reads bound a layer', () => {
    const node = convWith([3, -5], [100])
    const range = (largestCode: number) => [
      { channel: 0, smallest: 100 - 5 * largestCode, largest: 100 + 3 * largestCode },
    ]
    expect([accumulatorRanges(node, 8), accumulatorRanges(node, 4)]).toEqual([range(255), range(15)])
  })

  test('the error names the layer, the channel, the range and what to do', () => {
    const check = () => checkAccumulators(convWith([0, 0, 1, 1], [0, MAX]), 8)
    expect(check).toThrow(InputError)
    expect(check).toThrow(
      `model.7, output channel 1: with 8-bit inputs the accumulator reaches ${MAX} to ${MAX + 510}: that takes ` +
        '33 bits, signed, and does not fit signed 32 bits (A-3). Use fewer weight or activation bits.',
    )
  })

  test.each([
    { smallest: 0, largest: 0, bits: 1 },
    { smallest: -1, largest: 0, bits: 1 },
    { smallest: 0, largest: 1, bits: 2 },
    { smallest: -128, largest: 127, bits: 8 },
    { smallest: -129, largest: 127, bits: 9 },
    { smallest: -128, largest: 128, bits: 9 },
    { smallest: 0, largest: 2 ** 40, bits: 42 },
  ])('$smallest to $largest takes $bits signed bits', ({ bits, ...range }) => {
    expect(signedBits(range)).toBe(bits)
  })

  test('a bias that 32 bits cannot store is refused before it is stored', () => {
    const sums = { positive: 3, negative: -4, bias: 2 ** 32, taps: 2 }
    expect(() => checkChannel('model.7', 2, sums, 16)).toThrow(/model\.7, output channel 2: .*34 bits/)
    expect(() => checkChannel('model.7', 2, { ...sums, bias: 5 }, 16)).not.toThrow()
  })

  test('the error carries the layer and the range', () => {
    const error = new AccumulatorError('model.7', { channel: 2, smallest: -1, largest: 2 ** 31 }, 8)
    expect(error).toMatchObject({ layer: 'model.7', range: { channel: 2, smallest: -1, largest: 2 ** 31 } })
  })

  test('the bits are those of the tensor that is read, in every convolution', () => {
    const graph = randomConvGraph({ seed: 1, shape: [2, 1, 1] }, { channels: 1 })
    const [image, conv] = graph.nodes as [(typeof graph.nodes)[0], IntegerConv]
    const heavy = { ...conv, weight: Int8Array.from([1, 1]), bias: Int32Array.from([MAX - 510]) }
    expect(() => checkGraphAccumulators({ ...graph, nodes: [image, heavy] })).not.toThrow()
    const wide = { ...image, quant: { ...image.quant, bits: 9 } }
    expect(() => checkGraphAccumulators({ ...graph, nodes: [wide, heavy] })).toThrow('with 9-bit inputs')
    // The second convolution reads the first, whose codes have 9 bits.
    const first = { ...conv, quant: { ...conv.quant, bits: 9 } }
    const second = { ...heavy, name: 'second', inputs: ['conv'] as const }
    expect(() => checkGraphAccumulators({ ...graph, nodes: [image, first, second] })).toThrow('second, ')
  })
})
