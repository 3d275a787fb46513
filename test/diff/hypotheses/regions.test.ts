/** A change in one lane alone is found, and says in which. */
import { describe, expect, test } from 'vitest'
import { convolve } from '../../../src/golden/conv.ts'
import type { Codes } from '../../../src/golden/types.ts'
import { RandomGraphMaker } from '../../golden/random-graph.ts'
import { classify, LANES, layerOf, PIXELS } from './planted.ts'

function makeLayer(channels: number) {
  const maker = new RandomGraphMaker({ seed: 21, shape: [3, 9, 9], tableBits: 9 })
  maker.conv('before', 'images', { channels: 8 })
  maker.conv('layer', 'before', { channels, kernel: 3, table: true })
  maker.conv('after', 'layer', { channels: 8 })
  return layerOf(maker.graph(), 'layer', 'conv')
}
const large = makeLayer(2 * LANES)
const small = makeLayer(LANES - 2)

/** The codes of a right shift by one bit more where `has` says so. */
function shifted(
  { node, inputs, expected }: typeof large,
  has: (channel: number, x: number, y: number) => boolean,
): Codes {
  const [, height, width] = node.shape
  const other = convolve({ ...node, shift: node.shift.map((s) => s + 1) }, inputs[0]!)
  return expected.map((code, index) =>
    has(Math.floor(index / (height * width)), index % width, Math.floor(index / width) % height)
      ? other[index]!
      : code,
  ) as Codes
}

describe.each([
  { because: 'two words of channels', layer: large },
  { because: 'less than one', layer: small },
])('$because', ({ layer }) => {
  const elements = layer.expected.length

  test('a lane of the channels', () => {
    const kind = classify(
      layer,
      shifted(layer, (channel) => channel % LANES === 3),
    )!
    expect(kind).toMatchObject({ name: 'parameters', cause: { explained: elements, elements } })
    expect(kind.cause!.id).toBe('shift+1@lane-3-of-8')
    expect(kind.evidence).toContain(
      'explained completely by: a right shift one bit too far, in lane 3 of every 8 channels',
    )
  })

  test('a pixel of those that are computed together', () => {
    const kind = classify(
      layer,
      shifted(layer, (_, x) => x % PIXELS === 2),
    )!
    expect(kind.cause).toMatchObject({ id: 'shift+1@pixel-2-of-4', explained: elements, elements })
    expect(kind.cause!.says).toContain('in pixel 2 of every 4 of a row')
  })

  test('every channel: no region is named', () => {
    expect(
      classify(
        layer,
        shifted(layer, () => true),
      )!.cause!.id,
    ).toBe('shift+1')
  })
})

test.each<[string, string, (channel: number, x: number, y: number) => boolean]>([
  ['group-1-of-8', 'in the 8 output channels from 8 on', (channel) => channel >= LANES],
  ['tile-1-of-4', 'in the 4 columns from 4 on', (_, x) => x >= 4 && x < 8],
  ['row-8-of-9', 'in row 8', (_channel, _x, y) => y === 8],
])('%s', (id, says, has) => {
  const { cause } = classify(large, shifted(large, has))!
  const elements = large.expected.length
  expect(cause).toMatchObject({ id: `shift+1@${id}`, explained: elements, elements })
  expect(cause!.says).toContain(says)
})

test('what changes nothing outside of a region is no other cause in it', () => {
  // Of one bias alone that is not 0, no bias is no bias of that channel.
  const { node, inputs, context } = small
  const bias = node.bias.map((own, channel) => (channel === 1 ? 2000 : 0 * own))
  const own = { ...node, bias }
  const layer = { ...small, node: own, expected: convolve(own, inputs[0]!) }
  const actual = convolve({ ...own, bias: bias.map(() => 0) }, inputs[0]!)
  const { cause } = classify({ ...layer, context: { ...context, layer: { node: own, inputs } } }, actual)!
  expect(cause).toMatchObject({ id: 'no-bias', explained: actual.length })
  expect((cause!.others ?? []).filter(({ id }) => id.startsWith('no-bias@'))).toEqual([])
})

test('a channel of a word behind the first', () => {
  const kind = classify(
    large,
    shifted(large, (channel) => channel === 11),
  )!
  const elements = large.expected.length
  expect(kind.cause).toMatchObject({ id: 'shift+1@channel-11', explained: elements, elements })
})

test('a lane whose codes no single change gives has no cause', () => {
  const actual = shifted(large, (channel) => channel % LANES === 3)
  for (let index = 3 * 81; index < 4 * 81; index += 2) actual[index] = (actual[index]! * 37 + 11) & 0xff
  expect(classify(large, actual)?.cause?.explained).not.toBe(large.expected.length)
})
