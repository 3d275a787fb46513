/** A convolution that reads other pixels: with another stride, or beyond its border. Each is cut out of a larger convolution. */
import { expect, test } from 'vitest'
import type { CodeTensor } from '../../../src/golden/codes.ts'
import { convolve } from '../../../src/golden/conv.ts'
import type { Codes } from '../../../src/golden/types.ts'
import { RandomGraphMaker } from '../../golden/random-graph.ts'
import { classify, layerOf, PIXELS } from './planted.ts'

const SIDE = 18

function makeLayer(stride: 1 | 2) {
  const maker = new RandomGraphMaker({ seed: 11, shape: [3, SIDE, SIDE], tableBits: 9 })
  maker.conv('before', 'images', { channels: 8 })
  maker.conv('layer', 'before', { channels: 8, kernel: 3, stride, table: true })
  return layerOf(maker.graph(), 'layer', 'conv')
}
const strided = makeLayer(2)
const plain = makeLayer(1)

/** Of the layer at every pixel of its input, those that the places name. */
function cut(
  { node, inputs }: typeof strided,
  place: (y: number, x: number) => readonly [y: number, x: number],
): Codes {
  const [channels, height, width] = node.shape
  const whole = convolve({ ...node, stride: 1, shape: [channels, SIDE, SIDE] }, inputs[0]!)
  return Uint8Array.from({ length: channels * height * width }, (_, index) => {
    const [channel, rest] = [Math.floor(index / (height * width)), index % (height * width)]
    const [y, x] = place(Math.floor(rest / width), rest % width)
    return whole[(channel * SIDE + y) * SIDE + x]!
  })
}

test('the layer itself is cut out at every second pixel', () => {
  expect(cut(strided, (y, x) => [2 * y, 2 * x])).toEqual(strided.expected)
})

const within = (x: number): number => 2 * (x - (x % PIXELS)) + (x % PIXELS)
test.each([
  { id: 'stride-1', says: 'stride 1 instead of 2', place: (y: number, x: number) => [y, x] as const },
  {
    id: 'stride-1-columns',
    says: 'from column to column',
    place: (y: number, x: number) => [2 * y, x] as const,
  },
  { id: 'stride-1-rows', says: 'from row to row', place: (y: number, x: number) => [y, 2 * x] as const },
  {
    id: 'stride-1-within-tiles',
    says: 'within the 4 pixels of a cycle',
    place: (y: number, x: number) => [2 * y, within(x)] as const,
  },
])('$id', ({ id, says, place }) => {
  const kind = classify(strided, cut(strided, place))!
  const elements = strided.expected.length
  expect(kind).toMatchObject({ name: 'input', cause: { id, explained: elements, elements } })
  expect(kind.cause!.says).toContain(says)
})

test.each([-2, -1])('every four columns %i of the input closer together', (by) => {
  const far = (x: number): number => 2 * x + by * Math.floor(x / PIXELS)
  const { cause } = classify(
    strided,
    cut(strided, (y, x) => [2 * y, far(x)]),
  )!
  const elements = strided.expected.length
  expect(cause).toMatchObject({ id: `tile-step${by}`, explained: elements, elements })
})

/** The input with a border of pixels, which a layer without padding reads. */
function bordered({ node, inputs }: typeof plain, from: (at: number) => number): Codes {
  const [input] = inputs as readonly [CodeTensor]
  const wide = SIDE + 2
  const codes = Uint8Array.from({ length: 8 * wide * wide }, (_, index) => {
    const [channel, rest] = [Math.floor(index / (wide * wide)), index % (wide * wide)]
    const [y, x] = [from(Math.floor(rest / wide) - 1), from((rest % wide) - 1)]
    return input.codes[(channel * SIDE + y) * SIDE + x]!
  })
  return convolve({ ...node, padding: 0 }, { ...input, codes, shape: [8, wide, wide] })
}

test.each([
  { id: 'padding-nearest', says: 'the nearest pixel', from: (at: number) => Math.min(17, Math.max(0, at)) },
  { id: 'padding-opposite', says: 'the opposite border', from: (at: number) => (at + 18) % 18 },
  {
    id: 'padding-mirrored',
    says: 'mirrored at the border',
    from: (at: number) => 17 - Math.abs(17 - Math.abs(at)),
  },
])('$id', ({ id, says, from }) => {
  const kind = classify(plain, bordered(plain, from))!
  const elements = plain.expected.length
  expect(kind).toMatchObject({ name: 'border', cause: { id, explained: elements, elements } })
  expect(kind.cause!.says).toContain(says)
})
