/** A convolution whose numbers have lost bits, or whose beats or table entries are missing, has that as its cause. */
import { describe, expect, test } from 'vitest'
import type { FaultName } from '../../../src/diff/fault-kinds.ts'
import { convolve } from '../../../src/golden/conv.ts'
import type { Codes } from '../../../src/golden/types.ts'
import { RandomGraphMaker } from '../../golden/random-graph.ts'
import { classify, LANES, layerOf, type Of } from './planted.ts'

type Conv = Of<'conv'>

function makeLayer(seed: number, table: boolean) {
  const maker = new RandomGraphMaker({ seed, shape: [3, 9, 9], tableBits: 9 })
  maker.conv('before', 'images', { channels: 2 * LANES })
  maker.conv('layer', 'before', { channels: 2 * LANES, kernel: 3, table })
  return layerOf(maker.graph(), 'layer', 'conv')
}
const tabled = makeLayer(3, true)
const plain = makeLayer(4, false)

type Change = (node: Conv) => Partial<Conv>
const low = (value: number, lost: number): number => Math.floor(value / 2 ** lost) * 2 ** lost
const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits)
const lengthOf = (values: Iterable<number>): number =>
  Math.floor(Math.log2(Math.max(...[...values].map(Math.abs)))) + 1

/** Weights of the beats, and of the lanes of each, that are there. */
const beats =
  (isThere: (beat: number, lane: number) => boolean): Change =>
  ({ weight, inChannels, kernel }) => ({
    weight: weight.map((value, at) => {
      const [tap, input] = [at % kernel ** 2, Math.floor(at / kernel ** 2) % inChannels]
      const beat = tap * (inChannels / LANES) + Math.floor(input / LANES)
      return isThere(beat, input % LANES) ? value : 0
    }) as Conv['weight'],
  })
const last = 2 * 9 - 1

/** The values behind the shift, before clamp and table. */
function valuesOf({ node, inputs }: typeof plain): Int32Array {
  const half = 2 ** 15
  const wide = { ...node, requantBits: 16, requantZeroPoint: node.requantZeroPoint + half, table: null }
  const codes = convolve({ ...wide, quant: { ...node.quant, bits: 16 } }, inputs[0]!)
  return Int32Array.from(codes, (code) => code - half)
}

const CHANGES: readonly (readonly [id: string, name: FaultName, says: string, change: Change])[] = [
  [
    'bias-low-8',
    'parameters',
    'the bias without its lower 8 bits',
    ({ bias }) => ({ bias: bias.map((b) => low(b, 8)) }),
  ],
  [
    'multiplier-top-1',
    'parameters',
    'the multipliers without their upper bit of ',
    ({ multiplier }) => {
      const bits = lengthOf(multiplier)
      return { multiplier: multiplier.map((m) => m % 2 ** (bits - 1)) as Conv['multiplier'] }
    },
  ],
  [
    'multiplier-low-8',
    'parameters',
    'the multipliers without their lower 8 bits',
    ({ multiplier }) => ({ multiplier: multiplier.map((m) => low(m, 8)) as Conv['multiplier'] }),
  ],
  [
    'weights-low-2',
    'weights',
    'weights without their lower 2 bits',
    ({ weight }) => ({ weight: weight.map((w) => low(w, 2)) as Conv['weight'] }),
  ],
  [
    'weights-7-bits',
    'weights',
    'the lower 7 bits of the weights, signed',
    ({ weight }) => ({ weight: weight.map((w) => signed(w, 7)) as Conv['weight'] }),
  ],
  ['only-first-beat', 'input', 'the products of the first beat alone', beats((beat) => beat === 0)],
  ['only-last-beat', 'input', 'the products of the last beat alone', beats((beat) => beat === last)],
  ['no-first-2-lanes', 'input', 'no products of the first 2 input lanes of 8', beats((_, lane) => lane > 1)],
  ['no-last-4-lanes', 'input', 'no products of the last 4 input lanes of 8', beats((_, lane) => lane < 4)],
]

describe.each([
  { because: 'behind a table', layer: tabled },
  { because: 'without a table', layer: plain },
])('$because', ({ layer }) => {
  const elements = layer.expected.length
  const causeOf = (actual: Codes) => {
    const kind = classify(layer, actual)!
    expect(kind.evidence).toContain(`all 1,296 elements are explained completely by: ${kind.cause?.says}`)
    return kind
  }

  test.each(CHANGES)('%s', (id, name, says, change) => {
    const kind = causeOf(convolve({ ...layer.node, ...change(layer.node) }, layer.inputs[0]!))
    expect(kind).toMatchObject({ name, cause: { id, explained: elements, elements } })
    expect(kind.cause!.says).toContain(says)
  })

  test('the bias in so few bits that the largest do not fit', () => {
    const { bias } = layer.node
    const bits = lengthOf(bias) - 1
    const kind = causeOf(
      convolve({ ...layer.node, bias: bias.map((b) => signed(b, bits)) }, layer.inputs[0]!),
    )
    expect(kind.cause).toMatchObject({ id: `bias-${bits}-bits`, explained: elements })
  })

  test.each([
    { id: 'clamp-high-1', finish: (value: number, most: number) => Math.min(Math.max(value, 0), most - 1) },
    { id: 'clamp-low-1', finish: (value: number, most: number) => Math.min(Math.max(value, 1), most) },
    {
      id: 'value-1-bits-more',
      finish: (value: number, most: number) =>
        Math.min(Math.max(signed(value, Math.log2(most + 1) + 1), 0), most),
    },
  ])('$id', ({ id, finish }) => {
    const { table, requantBits } = layer.node
    const most = 2 ** requantBits - 1
    const actual = Uint8Array.from(valuesOf(layer), (value) => {
      const code = finish(value, most)
      return table === null ? code : table[code]!
    })
    const kind = causeOf(actual)
    expect([kind.cause!.id, ...(kind.cause!.others ?? []).map((one) => one.id)]).toContain(id)
  })
})

test.each([
  { id: 'table-first-lost', entry: 0 },
  { id: 'table-last-lost', entry: 511 },
])('$id: where the entry is read there is another code', ({ id, entry }) => {
  const { node, expected } = tabled
  const own = Int32Array.from(valuesOf(tabled), (value) => Math.min(Math.max(value, 0), 511))
  const actual = expected.map((code, at) => (own[at] === entry ? code ^ 85 : code)) as Codes
  expect(node.table).not.toBeNull()
  expect(classify(tabled, actual)).toMatchObject({ name: 'table', cause: { id, explained: expected.length } })
  // Two codes are not one entry.
  const two = expected.map((code, at) =>
    own[at] === entry ? code ^ (at % 2 === 0 ? 85 : 51) : code,
  ) as Codes
  expect(classify(tabled, two)?.cause?.explained).not.toBe(expected.length)
})
