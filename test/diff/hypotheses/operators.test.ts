/** Additions and operators that pass codes on, with one thing changed, and right codes in other places. */
import { describe, expect, test } from 'vitest'
import { add } from '../../../src/golden/add.ts'
import type { CodeTensor } from '../../../src/golden/codes.ts'
import { maxPool } from '../../../src/golden/max-pool.ts'
import type { Codes } from '../../../src/golden/types.ts'
import type { Shape } from '../../../src/graph/types.ts'
import { RandomGraphMaker } from '../../golden/random-graph.ts'
import { classify, LANES, layerOf, type Of, type Operator, PIXELS, type TestLayer } from './planted.ts'

function makeGraph() {
  const maker = new RandomGraphMaker({ seed: 8, shape: [16, 10, 10] })
  maker.conv('a', 'images', { channels: 16, zeroPoint: 90 })
  maker.conv('b', 'images', { channels: 16, kernel: 3, zeroPoint: 120 })
  maker.add('sum', 'a', 'b')
  maker.maxPool('pool', 'sum')
  maker.upsample('up', 'pool')
  maker.slice('half', 'sum', 8, 8)
  maker.conv('c', 'images', { channels: 16, zeroPoint: 90 })
  maker.concat('joined', ['a', 'c'])
  return maker.graph()
}
const graph = makeGraph()
const sum = layerOf(graph, 'sum', 'add', ['images'])
const pool = layerOf(graph, 'pool', 'max-pool', ['a'])
const up = layerOf(graph, 'up', 'upsample', ['a'])
const half = layerOf(graph, 'half', 'slice')
const joined = layerOf(graph, 'joined', 'concat')

interface Planted<Name extends Operator['op']> {
  readonly id: string
  readonly says: string
  readonly make: (layer: TestLayer<Name>) => Codes
}

function expectCause<Name extends Operator['op']>(
  layer: TestLayer<Name>,
  { id, says, make }: Planted<Name>,
): void {
  const elements = layer.expected.length
  const { cause } = classify(layer, make(layer))!
  expect(cause).toMatchObject({ id, explained: elements, elements })
  expect(cause!.says).toContain(says)
}

type Pair = readonly [CodeTensor, CodeTensor]
const zeroAt = (tensor: CodeTensor, zeroPoint: number): CodeTensor => ({
  ...tensor,
  quant: { ...tensor.quant, zeroPoint },
})
const changedSum =
  (change: (node: Of<'add'>, pair: Pair) => { readonly node?: Partial<Of<'add'>>; readonly pair?: Pair }) =>
  ({ node, inputs }: TestLayer<'add'>): Codes => {
    const pair = inputs as unknown as Pair
    const changed = change(node, pair)
    return add({ ...node, ...changed.node }, ...(changed.pair ?? pair))
  }
/** By the sum before its shift. */
const shiftedSum =
  (finish: (sum: number, node: Of<'add'>) => number) =>
  ({ node, inputs: [a, b] }: TestLayer<'add'>): Codes =>
    a!.codes.map((code, i) =>
      finish(
        (code - a!.quant.zeroPoint) * node.multipliers[0] +
          (b!.codes[i]! - b!.quant.zeroPoint) * node.multipliers[1],
        node,
      ),
    ) as Codes
const clamp = (code: number): number => Math.min(255, Math.max(0, code))

const sums: readonly Planted<'add'>[] = [
  {
    ...{ id: 'rounding-floor', says: 'no half is added' },
    make: shiftedSum((own, { quant, shift }) => clamp(quant.zeroPoint + Math.floor(own / 2 ** shift))),
  },
  {
    ...{ id: 'clamp-high-1', says: 'a clamp at 254 instead of 255' },
    make: ({ expected }) => expected.map((code) => Math.min(254, code)) as Codes,
  },
  {
    ...{ id: 'second-first-group', says: 'the first 8 channels of the second operand in the place of all' },
    make: changedSum((_, [a, b]) => ({
      pair: [a, { ...b, codes: b.codes.map((_, i) => b.codes[i % (LANES * 100)]!) as Codes }],
    })),
  },
  {
    ...{ id: 'no-clamp', says: 'a sum that does not fit wraps' },
    make: shiftedSum((own, { quant, shift }) => (quant.zeroPoint + Math.floor(own / 2 ** shift + 0.5)) & 255),
  },
  ...([1, -1] as const).map(
    (step): Planted<'add'> => ({
      ...{ id: `zero-point${step > 0 ? '+1' : '-1'}`, says: "the output's zero point 1 too" },
      make: changedSum(({ quant }) => ({ node: { quant: { ...quant, zeroPoint: quant.zeroPoint + step } } })),
    }),
  ),
  {
    ...{ id: 'no-zero-point', says: "the output's is not added" },
    make: changedSum(({ quant }) => ({ node: { quant: { ...quant, zeroPoint: 0 } } })),
  },
  {
    ...{ id: 'no-second-operand', says: 'no second operand' },
    make: changedSum(({ multipliers }) => ({ node: { multipliers: [multipliers[0], 0] } })),
  },
  {
    ...{ id: 'first-operand-twice', says: 'the first operand twice' },
    make: changedSum((_, [a, b]) => ({ pair: [a, { ...b, codes: a.codes }] })),
  },
  {
    ...{ id: 'first-unscaled', says: 'without its multiplier' },
    make: changedSum(({ multipliers, shift }) => ({ node: { multipliers: [2 ** shift, multipliers[1]] } })),
  },
  {
    ...{ id: 'multipliers-exchanged', says: 'the multipliers of the operands exchanged' },
    make: changedSum(({ multipliers: [a, b] }) => ({ node: { multipliers: [b, a] } })),
  },
  {
    ...{ id: 'no-first-zero-point', says: 'no zero point of the first operand' },
    make: changedSum((_, [a, b]) => ({ pair: [zeroAt(a, 0), b] })),
  },
  {
    ...{ id: 'second-zero-point+1', says: 'the zero point of the second operand 1 too high' },
    make: changedSum((_, [a, b]) => ({ pair: [a, zeroAt(b, b.quant.zeroPoint + 1)] })),
  },
  {
    ...{ id: 'zero-points-exchanged', says: 'the zero points of the operands exchanged' },
    make: changedSum((_, [a, b]) => ({ pair: [zeroAt(a, b.quant.zeroPoint), zeroAt(b, a.quant.zeroPoint)] })),
  },
  {
    ...{ id: 'stale-second', says: 'images as the second operand' },
    make: changedSum((_, [a, b]) => ({ pair: [a, { ...b, codes: sum.context.staleInputs![0]!.codes }] })),
  },
  {
    ...{ id: 'shift+1', says: 'one bit too far' },
    make: changedSum(({ shift }) => ({ node: { shift: shift + 1 } })),
  },
]
test.each(sums)('an addition: $id', (planted) => expectCause(sum, planted))

type At = (channel: number, y: number, x: number) => number
const codesOf = ([channels, height, width]: Shape, at: At): Codes =>
  Uint8Array.from({ length: channels * height * width }, (_, i) =>
    at(Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width),
  )
const readerOf =
  ({ codes, shape: [, height, width] }: CodeTensor, outside: number): At =>
  (channel, y, x) =>
    y < 0 || x < 0 || y >= height || x >= width ? outside : codes[(channel * height + y) * width + x]!
/** Of a window of 5 by 5, by its taps in it. */
const pooled =
  (
    reduce: (codes: readonly number[]) => number,
    outside: number,
    isTap: (ky: number, kx: number) => boolean = () => true,
  ) =>
  ({ node, inputs }: TestLayer<'max-pool'>): Codes => {
    const read = readerOf(inputs[0]!, outside)
    const taps = Array.from({ length: 25 }, (_, i) => [Math.floor(i / 5), i % 5] as const).filter((tap) =>
      isTap(...tap),
    )
    return codesOf(node.shape, (channel, y, x) => {
      const codes = taps.map(([ky, kx]) => read(channel, y + ky - 2, x + kx - 2)).filter((code) => code >= 0)
      return reduce(codes)
    })
  }
const largest = (codes: readonly number[]): number => Math.max(0, ...codes)

const pools: readonly Planted<'max-pool'>[] = [
  { id: 'min-pool', says: 'the smallest code', make: pooled((codes) => Math.min(...codes), -1) },
  { id: 'min-pool-padded', says: 'padding among them', make: pooled((codes) => Math.min(...codes), 0) },
  { id: 'no-tap-3-1', says: 'no tap (3, 1)', make: pooled(largest, -1, (ky, kx) => ky !== 3 || kx !== 1) },
  { id: 'no-first-row', says: 'no first row', make: pooled(largest, -1, (ky) => ky > 0) },
  { id: 'padding-greatest', says: 'padding with code 255 instead of 0', make: pooled(largest, 255) },
  { id: 'first-of-window', says: 'the first code', make: pooled(largest, 0, (ky, kx) => ky + kx === 0) },
  { id: 'last-of-window', says: 'the last code', make: pooled(largest, 0, (ky, kx) => ky + kx === 8) },
  {
    ...{ id: 'window-smaller-last', says: 'a window of 4x4: without the last row and column' },
    make: pooled(largest, -1, (ky, kx) => ky < 4 && kx < 4),
  },
  {
    ...{ id: 'window-smaller-first', says: 'a window of 4x4: without the first row and column' },
    make: pooled(largest, -1, (ky, kx) => ky > 0 && kx > 0),
  },
  { id: 'no-pool', says: 'the input as it is', make: ({ inputs }) => inputs[0]!.codes },
  {
    ...{ id: 'stale-input', says: 'a as the input' },
    make: ({ node, inputs, context }) =>
      maxPool(node, { ...inputs[0]!, codes: context.staleInputs![0]!.codes }),
  },
]
test.each(pools)('a max-pool: $id', (planted) => expectCause(pool, planted))

const upsampled =
  (from: At) =>
  ({ node, inputs }: TestLayer<'upsample'>): Codes => {
    const read = readerOf(inputs[0]!, 0)
    return codesOf(node.shape, (channel, y, x) => read(channel, from(0, y, x), from(1, y, x)))
  }
const ups: readonly Planted<'upsample'>[] = [
  {
    ...{ id: 'neighbour-right', says: 'the next pixel' },
    make: upsampled((axis, y, x) => (axis === 0 ? y >> 1 : Math.min(9, (x + 1) >> 1))),
  },
  {
    ...{ id: 'neighbour-left', says: 'pixels doubled one column too far' },
    make: upsampled((axis, y, x) => (axis === 0 ? y >> 1 : Math.max(0, (x - 1) >> 1))),
  },
  {
    ...{ id: 'neighbour-above-left', says: 'pixels doubled one row and column too far' },
    make: upsampled((axis, y, x) => Math.max(0, ((axis === 0 ? y : x) - 1) >> 1)),
  },
  {
    ...{ id: 'repeated', says: 'side by side' },
    make: upsampled((axis, y, x) => (axis === 0 ? y % 10 : x % 10)),
  },
]
test.each(ups)('an upsampling: $id', (planted) => expectCause(up, planted))

test('a slice of the other channels, and a concat in another order', () => {
  expectCause(half, {
    ...{ id: 'slice-other-half', says: 'the other half' },
    make: ({ inputs }) => inputs[0]!.codes.slice(0, 800),
  })
  expectCause(joined, {
    ...{ id: 'parts-reversed', says: 'in reverse order' },
    make: ({ expected }) => Uint8Array.from([...expected.subarray(1600), ...expected.subarray(0, 1600)]),
  })
})

describe('right codes in other places', () => {
  const moved =
    (from: (...at: readonly [number, number, number]) => readonly [number, number, number]) =>
    ({ node, expected }: TestLayer<'add'>): Codes => {
      const [, height, width] = node.shape
      return codesOf(node.shape, (...at) => {
        const [channel, y, x] = from(...at)
        return expected[(channel * height + y) * width + x]!
      })
    }
  test.each<Planted<'add'>>([
    { id: 'output-transposed', says: 'rows and columns', make: moved((c, y, x) => [c, x, y]) },
    { id: 'output-mirrored-x', says: 'mirrored in x', make: moved((c, y, x) => [c, y, 9 - x]) },
    { id: 'output-reversed-all', says: 'reverse order', make: moved((c, y, x) => [15 - c, 9 - y, 9 - x]) },
    {
      id: 'output-lanes-reversed',
      says: `in each group of ${LANES}`,
      make: moved((c, y, x) => [c ^ 7, y, x]),
    },
    { id: 'output-pixels-reversed', says: 'reverse order', make: moved((c, y, x) => [c, 9 - y, 9 - x]) },
    { id: 'output-next-group', says: 'the next group', make: moved((c, y, x) => [(c + LANES) % 16, y, x]) },
    {
      ...{ id: 'output-order-y-x-c', says: 'in the order y-x-c' },
      make: ({ expected }) => codesOf([10, 10, 16], (y, x, c) => expected[(c * 10 + y) * 10 + x]!),
    },
  ])('$id', (planted) => expectCause(sum, planted))

  test('pixels of a tile', () => {
    const make = moved((c, y, x) => [c, y, x < 8 ? x ^ (PIXELS - 1) : x])
    const kind = classify(sum, make(sum))!
    expect(kind.name).toBe('lanes')
  })
})
