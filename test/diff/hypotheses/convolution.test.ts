/** A convolution with one thing changed has this change as its cause, and every element is explained by it. */
import { describe, expect, test } from 'vitest'
import { ASSAY } from '../../../src/arithmetic/built-in.ts'
import type { Profile } from '../../../src/arithmetic/profile.ts'
import type { Rounding } from '../../../src/arithmetic/stages.ts'
import type { FaultName } from '../../../src/diff/fault-kinds.ts'
import type { CodeTensor } from '../../../src/golden/codes.ts'
import { convolve } from '../../../src/golden/conv.ts'
import type { Codes } from '../../../src/golden/types.ts'
import { RandomGraphMaker } from '../../golden/random-graph.ts'
import { classify, LANES, layerOf, type Of, type TestLayer } from './planted.ts'

type Conv = Of<'conv'>

/** Three convolutions; that in the middle has a table of more bits than its codes, two groups of channels, and padding. */
function makeGraph(seed: number, table = true) {
  const maker = new RandomGraphMaker({ seed, shape: [3, 9, 9], tableBits: 9 })
  maker.conv('first', 'images', { channels: 16, kernel: 3 })
  maker.conv('before', 'first', { channels: 16 })
  maker.conv('layer', 'before', { channels: 16, kernel: 3, table })
  maker.conv('after', 'layer', { channels: 16 })
  return maker.graph()
}
const tabled = layerOf(makeGraph(3), 'layer', 'conv', ['first'])
const plain = layerOf(makeGraph(4, false), 'layer', 'conv', ['first'])

/** The weights, each that of another place; 0 where that is null. */
type Place = readonly [output: number, input: number, ky: number, kx: number]
function weighted(node: Conv, from: (...at: Place) => Place | null): Conv {
  const { kernel, inChannels } = node
  const indexOf = ([o, i, ky, kx]: Place): number => ((o * inChannels + i) * kernel + ky) * kernel + kx
  const weight = node.weight.slice()
  for (let at = 0; at < weight.length; at++) {
    const [kx, ky] = [at % kernel, Math.floor(at / kernel) % kernel]
    const [i, o] = [Math.floor(at / kernel ** 2) % inChannels, Math.floor(at / kernel ** 2 / inChannels)]
    const found = from(o, i, ky, kx)
    weight[at] = found === null ? 0 : node.weight[indexOf(found)]!
  }
  return { ...node, weight }
}
/** The kernel in one of 5 x 5, so far from its corner; at (1, 1) it is the same. */
function ofFive(node: Conv, down: number, right: number): Conv {
  const large = { ...node, kernel: 5, padding: 2, weight: new Int8Array((node.weight.length / 9) * 25) }
  for (const [at, w] of node.weight.entries()) {
    const [kx, ky, channel] = [at % 3, Math.floor(at / 3) % 3, Math.floor(at / 9)]
    large.weight[channel * 25 + (ky + down) * 5 + kx + right] = w
  }
  return large
}
const inGroup = (channel: number, lane: (lane: number) => number): number =>
  channel - (channel % LANES) + lane(channel % LANES)
/** Parameters of other channels. */
const moved = (
  node: Conv,
  of: readonly ('bias' | 'multiplier' | 'shift')[],
  from: (channel: number) => number,
) => ({
  ...node,
  ...Object.fromEntries(of.map((name) => [name, node[name].map((_, channel) => node[name][from(channel)]!)])),
})
const rounding = (to: Rounding): Profile => ({
  ...ASSAY,
  name: 'other',
  requantise: ASSAY.requantise.map((stage) =>
    stage.stage === 'shift-right' ? { ...stage, rounding: to } : stage,
  ),
})
/** By the values before clamp and table. */
function finished({ node, inputs }: TestLayer<'conv'>, finish: (value: number) => number): Codes {
  const half = 2 ** 15
  const wide = { ...node, requantBits: 16, requantZeroPoint: node.requantZeroPoint + half, table: null }
  const codes = convolve({ ...wide, quant: { ...node.quant, bits: 16 } }, inputs[0]!)
  return Uint8Array.from(codes, (code) => finish(code - half))
}
const through = (layer: TestLayer<'conv'>, indexOf: (value: number) => number): Codes =>
  finished(layer, (value) => (layer.node.table === null ? indexOf(value) : layer.node.table[indexOf(value)]!))
const clamp = (value: number, last: number): number => Math.min(last, Math.max(0, value))

/** The padding of another code. */
const padded = (input: CodeTensor, zeroPoint: number): CodeTensor => ({
  ...input,
  quant: { ...input.quant, zeroPoint },
})
const sumOf = ({ weight, shape }: Conv, channel: number): number => {
  const size = weight.length / shape[0]
  return [...weight.subarray(channel * size, (channel + 1) * size)].reduce((sum, w) => sum + w, 0)
}

interface Planted {
  readonly id: string
  readonly name: FaultName
  readonly says: string
  readonly make: (layer: TestLayer<'conv'>) => Codes
}

/** Of a changed node. */
const node =
  (change: (node: Conv, layer: TestLayer<'conv'>) => Conv) =>
  (layer: TestLayer<'conv'>): Codes =>
    convolve(change(layer.node, layer), layer.inputs[0]!)
const parameters = 'parameters' as const
const weights = 'weights' as const
const input = 'input' as const
const groups = `in each group of ${LANES}`

const EVERYWHERE: readonly Planted[] = [
  {
    ...{ id: 'no-bias', name: parameters, says: 'no bias' },
    make: node((own) => ({ ...own, bias: own.bias.map(() => 0) })),
  },
  {
    ...{ id: 'bias-twice', name: parameters, says: 'the bias twice' },
    make: node((own) => ({ ...own, bias: own.bias.map((bias) => 2 * bias) })),
  },
  ...([1, -1] as const).map(
    (step): Planted => ({
      ...{ id: `input-zero-point${step > 0 ? '+1' : '-1'}`, name: parameters },
      says: `the input's zero point in the bias, 1 too ${step > 0 ? 'high' : 'low'}`,
      make: node((own) => ({
        ...own,
        bias: own.bias.map((bias, channel) => bias - step * sumOf(own, channel)),
      })),
    }),
  ),
  {
    ...{ id: 'no-input-zero-point', name: parameters, says: "the bias without the input's zero point" },
    make: node((own, { inputs }) => ({
      ...own,
      bias: own.bias.map((bias, channel) => bias + inputs[0]!.quant.zeroPoint * sumOf(own, channel)),
    })),
  },
  {
    ...{ id: 'bias-before', name: parameters, says: 'the biases of before (the layer before)' },
    make: node((own, { convolutions }) => ({ ...own, bias: convolutions[1]!.bias })),
  },
  {
    ...{ id: 'bias-lanes-next', name: parameters, says: `the biases each that of the next lane ${groups}` },
    make: node((own) => moved(own, ['bias'], (channel) => inGroup(channel, (lane) => (lane + 1) % LANES))),
  },
  {
    ...{ id: 'bias-next-channel', name: parameters, says: 'the biases each that of the next channel' },
    make: node((own) => moved(own, ['bias'], (channel) => Math.min(15, channel + 1))),
  },
  {
    ...{
      id: 'scale-lanes-previous',
      name: parameters,
      says: `multipliers and shifts each that of the lane before ${groups}`,
    },
    make: node((own) =>
      moved(own, ['multiplier', 'shift'], (channel) => inGroup(channel, (lane) => (lane + 7) % LANES)),
    ),
  },
  {
    ...{
      id: 'multiplier-lanes-pairs',
      name: parameters,
      says: `the multipliers with neighbours exchanged ${groups}`,
    },
    make: node((own) => moved(own, ['multiplier'], (channel) => channel ^ 1)),
  },
  {
    ...{
      id: 'parameters-group-0',
      name: parameters,
      says: `biases, multipliers and shifts all that of the first group of ${LANES}`,
    },
    make: node((own) => moved(own, ['bias', 'multiplier', 'shift'], (channel) => channel % LANES)),
  },
  {
    ...{
      id: 'parameters-address+1',
      name: parameters,
      says: `parameters one word of ${LANES} channels too far`,
    },
    make: node((own, { convolutions }) => {
      const after = convolutions[3]!
      const take = (name: 'bias' | 'multiplier' | 'shift') =>
        own[name].map((_, channel) =>
          channel < LANES ? own[name][channel + LANES]! : after[name][channel - LANES]!,
        )
      return { ...own, bias: take('bias'), multiplier: take('multiplier'), shift: take('shift') } as Conv
    }),
  },
  ...([1, -1] as const).map(
    (step): Planted => ({
      ...{ id: `shift${step > 0 ? '+1' : '-1'}`, name: parameters },
      says: `a right shift one bit too ${step > 0 ? 'far' : 'short'}`,
      make: node((own) => ({ ...own, shift: own.shift.map((s) => s + step) })),
    }),
  ),
  ...(['floor', 'toward-zero'] as const).map(
    (to): Planted => ({
      ...{ id: `rounding-${to}`, name: 'arithmetic', says: `assay with rounding ${to} instead of half-up` },
      make: ({ node: own, inputs }) => convolve(own, inputs[0]!, rounding(to)),
    }),
  ),
  {
    ...{
      id: 'accumulator-17-wraps',
      name: 'arithmetic',
      says: 'assay with an accumulator of 17 bits that wraps',
    },
    make: ({ node: own, inputs }) =>
      convolve(own, inputs[0]!, {
        ...ASSAY,
        name: 'other',
        accumulator: { bits: 17, overflow: 'wrap', at: 'end' },
      }),
  },
  {
    ...{ id: 'no-clamp-low', name: 'arithmetic', says: 'no clamp at 0' },
    make: (layer) => {
      const whole = 2 ** layer.node.requantBits
      return through(layer, (value) => (Math.min(value, whole - 1) + 4 * whole) % whole)
    },
  },
  {
    ...{ id: 'no-clamp-high', name: 'arithmetic', says: 'no clamp at ' },
    make: (layer) => through(layer, (value) => Math.max(value, 0) % 2 ** layer.node.requantBits),
  },
  ...(['+1', '-1'] as const).map(
    (step): Planted => ({
      ...{
        id: `zero-point${step}`,
        name: parameters,
        says: ` ${step === '+1' ? '1 too high' : '1 too low'}`,
      },
      make: (layer) =>
        through(layer, (value) => clamp(value + Number(step), 2 ** layer.node.requantBits - 1)),
    }),
  ),
  {
    ...{ id: 'padding-zero', name: 'border', says: 'padding with code 0 instead of' },
    make: ({ node: own, inputs }) => convolve(own, padded(inputs[0]!, 0)),
  },
  {
    ...{ id: 'padding-code', name: 'border', says: 'padding with code 77 instead of' },
    make: ({ node: own, inputs }) => convolve(own, padded(inputs[0]!, 77)),
  },
  {
    ...{ id: 'stale-input', name: input, says: 'first as the input' },
    make: ({ node: own, inputs, context }) =>
      convolve(own, { ...inputs[0]!, codes: context.staleInputs![0]!.codes }),
  },
  {
    ...{ id: 'taps-right', name: input, says: 'the input one pixel further right' },
    make: node((own) => ofFive(own, 1, 2)),
  },
  {
    ...{ id: 'no-tap-0-2', name: input, says: 'no tap (0, 2) of the kernel' },
    make: node((own) => weighted(own, (o, i, ky, kx) => (ky === 0 && kx === 2 ? null : [o, i, ky, kx]))),
  },
  {
    ...{ id: 'no-first-beat', name: input, says: `no first beat: ${LANES} products are not added` },
    make: node((own) =>
      weighted(own, (o, i, ky, kx) => (i < LANES && ky + kx === 0 ? null : [o, i, ky, kx])),
    ),
  },
  {
    ...{ id: 'no-last-beat', name: input, says: `no last beat: ${LANES} products are not added` },
    make: node((own) =>
      weighted(own, (o, i, ky, kx) => (i >= LANES && ky + kx === 4 ? null : [o, i, ky, kx])),
    ),
  },
  {
    ...{ id: 'no-last-group', name: input, says: 'no products of the last group of input channels' },
    make: node((own) => weighted(own, (o, i, ky, kx) => (i >= LANES ? null : [o, i, ky, kx]))),
  },
  {
    ...{ id: 'no-input-lane-5', name: input, says: `no products of input lane 5 of ${LANES}` },
    make: node((own) => weighted(own, (o, i, ky, kx) => (i % LANES === 5 ? null : [o, i, ky, kx]))),
  },
  {
    ...{ id: 'input-signed', name: 'sign', says: "the input's codes as signed" },
    // Whole numbers of 9 bits and more hold 128 less.
    make: ({ node: own, inputs }) => {
      const [of] = inputs as [CodeTensor]
      const signed = (code: number): number => (code > 127 ? code - 256 : code) + 128
      const bias = own.bias.map((b, channel) => b - 128 * sumOf(own, channel))
      return convolve(
        { ...own, bias },
        padded({ ...of, codes: of.codes.map(signed) as Codes }, signed(of.quant.zeroPoint)),
      )
    },
  },
  ...(
    [
      ['weights-lanes-reversed-pi', (o, i, ky, kx) => [o, inGroup(i, (lane) => 7 - lane), ky, kx]],
      ['weights-lanes-pairs-pi', (o, i, ky, kx) => [o, i ^ 1, ky, kx]],
      ['weights-lanes-next-pi', (o, i, ky, kx) => [o, inGroup(i, (lane) => (lane + 1) % LANES), ky, kx]],
      ['weights-lanes-reversed-po', (o, i, ky, kx) => [inGroup(o, (lane) => 7 - lane), i, ky, kx]],
      ['weights-lanes-pairs-po', (o, i, ky, kx) => [o ^ 1, i, ky, kx]],
      ['weights-next-channel-po', (o, i, ky, kx) => [Math.min(15, o + 1), i, ky, kx]],
      ['weights-kernel-transposed', (o, i, ky, kx) => [o, i, kx, ky]],
      ['weights-kernel-transposed-back', (o, i, ky, kx) => [o, i, 2 - kx, 2 - ky]],
      ['weights-kernel-turned-left', (o, i, ky, kx) => [o, i, kx, 2 - ky]],
      ['weights-kernel-turned-right', (o, i, ky, kx) => [o, i, 2 - kx, ky]],
      ['weights-kernel-mirrored-x', (o, i, ky, kx) => [o, i, ky, 2 - kx]],
      ['weights-kernel-mirrored-y', (o, i, ky, kx) => [o, i, 2 - ky, kx]],
      ['weights-kernel-mirrored', (o, i, ky, kx) => [o, i, 2 - ky, 2 - kx]],
      ['weights-in-out-exchanged', (o, i, ky, kx) => [i, o, ky, kx]],
      ['weights-blocks-reversed', (o, i, ky, kx) => [o, i ^ LANES, ky, kx]],
      [
        'weights-lanes-transposed',
        (o, i, ky, kx) => [o - (o % LANES) + (i % LANES), i - (i % LANES) + (o % LANES), ky, kx],
      ],
    ] as const satisfies readonly (readonly [string, (...at: Place) => Place])[]
  ).map(
    ([id, from]): Planted => ({
      id,
      name: weights,
      says: 'weights',
      make: node((own) => weighted(own, from)),
    }),
  ),
  {
    ...{ id: 'weights-negated', name: 'sign', says: 'weights with their sign inverted' },
    make: node((own) => ({ ...own, weight: own.weight.map((w) => -w) as Conv['weight'] })),
  },
  {
    ...{ id: 'sum-negated', name: 'sign', says: 'sums with their sign inverted' },
    make: node((own) => ({
      ...own,
      weight: own.weight.map((w) => -w) as Conv['weight'],
      bias: own.bias.map((bias) => -bias),
    })),
  },
]

const BEHIND_A_TABLE: readonly Planted[] = [
  {
    ...{ id: 'table-before', name: 'table', says: 'the activation table of before (the layer before)' },
    make: node((own, { convolutions }) => ({ ...own, table: convolutions[1]!.table })),
  },
  {
    ...{ id: 'table-after', name: 'table', says: 'the activation table of after (the layer after)' },
    make: node((own, { convolutions }) => ({ ...own, table: convolutions[3]!.table })),
  },
  {
    ...{ id: 'table-of-first', name: 'table', says: 'the activation table of first' },
    make: node((own, { convolutions }) => ({ ...own, table: convolutions[0]!.table })),
  },
  ...([1, -1] as const).map(
    (step): Planted => ({
      ...{ id: `table-index${step > 0 ? '+1' : '-1'}`, name: 'table' },
      says: `the activation table's index, 1 too ${step > 0 ? 'high' : 'low'} (it wraps)`,
      make: (layer) => through(layer, (value) => (clamp(value, 511) + step + 512) % 512),
    }),
  ),
  {
    ...{ id: 'no-table', name: 'table', says: 'no activation table: the low bits of its index' },
    make: (layer) => finished(layer, (value) => clamp(value, 511) % 256),
  },
  {
    ...{ id: 'no-table-high', name: 'table', says: 'no activation table: the upper bits of its index' },
    make: (layer) => finished(layer, (value) => clamp(value, 511) >> 1),
  },
  {
    ...{ id: 'output+1', name: parameters, says: "the output's zero point, behind the table, 1 too high" },
    make: ({ expected }) => expected.map((code) => Math.min(255, code + 1)) as Codes,
  },
]

describe.each([
  { because: 'behind a table', layer: tabled, planted: [...BEHIND_A_TABLE, ...EVERYWHERE] },
  { because: 'without a table', layer: plain, planted: EVERYWHERE },
])('$because', ({ layer, planted }) => {
  test.each(planted)('$id', ({ id, name, says, make }) => {
    const kind = classify(layer, make(layer))!
    const elements = layer.expected.length
    expect(kind.cause).toMatchObject({ id, explained: elements, elements })
    expect(kind.name).toBe(name)
    expect(kind.cause!.says).toContain(says)
    expect(kind.evidence).toContain(`all 1,296 elements are explained completely by: ${kind.cause!.says}`)
  })
})

describe('where a cause is one of several', () => {
  test('each is named, the simplest first', () => {
    // A kernel of one tap and groups of one word: rows for columns in the input are rows for columns in the output.
    const maker = new RandomGraphMaker({ seed: 9, shape: [8, 9, 9] })
    maker.conv('layer', 'images', { channels: 8 })
    const layer = layerOf(maker.graph(), 'layer', 'conv')
    const actual = layer.expected.map((_, at) => {
      const own = at % 81
      return layer.expected[at - own + (own % 9) * 9 + Math.floor(own / 9)]!
    })
    const kind = classify(layer, actual as Codes)!
    expect(kind.name).toBe('transposed')
    expect(kind.cause!.others!.map(({ id }) => id)).toContain('input-transposed')
    expect(kind.evidence).toContain(', or by: ')
  })
})
