/** A layer that reads on where it should pad, or reads its input at another place: beside an independent model of the memory, word by word. */
import { expect, test } from 'vitest'
import { convolve } from '../../../src/golden/conv.ts'
import { maxPool } from '../../../src/golden/max-pool.ts'
import type { Codes } from '../../../src/golden/types.ts'
import { packTensor } from '../../../src/rom/pack.ts'
import { DEFAULT_ENGINE } from '../../../src/rom/parameters.ts'
import { RandomGraphMaker } from '../../golden/random-graph.ts'
import { classify, LANES, layerOf, PIXELS, type TestLayer } from './planted.ts'

const SIDE = 9
const ENGINE = { ...DEFAULT_ENGINE, inputLanes: LANES, outputLanes: LANES, pixels: PIXELS }
const BANKS = 2 * PIXELS

const maker = new RandomGraphMaker({ seed: 31, shape: [3, SIDE, SIDE], tableBits: 9 })
maker.conv('before', 'images', { channels: 2 * LANES })
maker.conv('layer', 'before', { channels: 2 * LANES, kernel: 3, table: true })
maker.maxPool('pool', 'before')
const graph = maker.graph()
const conv = layerOf(graph, 'layer', 'conv')
const pool = layerOf(graph, 'pool', 'max-pool')

const placeAt = (base: number) => ({
  ...{ base, pitch: 2, plane: 2 * SIDE, width: SIDE, height: SIDE, blocks: 2, spaceToDepth: false },
  channels: Int32Array.from({ length: 2 * LANES }, (_, channel) => channel),
})
const [BELOW, INPUT, BEHIND] = [placeAt(4), placeAt(40), placeAt(76)]

/** A memory of words, what a border of `reach` pixels around the input holds, and what a layer makes of both. */
function readOn(
  { inputs }: Pick<TestLayer<'conv'>, 'inputs'>,
  output: typeof INPUT,
  reach: number,
  compute: (bordered: Codes, side: number) => Codes,
  from = INPUT,
): Codes {
  const memory = new Map<number, Uint8Array>()
  const write = (codes: Codes, place: typeof INPUT): void => {
    const beats = packTensor(codes, place, ENGINE)
    for (let at = 0; at < beats.length; at += 4 + LANES)
      memory.set(new DataView(beats.buffer).getUint32(at, true), beats.subarray(at + 4, at + 4 + LANES))
  }
  write(inputs[0]!.codes, INPUT)
  const side = SIDE + 2 * reach
  const run = (): Codes =>
    compute(
      Uint8Array.from({ length: 2 * LANES * side * side }, (_, index) => {
        const [channel, rest] = [Math.floor(index / (side * side)), index % (side * side)]
        const [y, x] = [Math.floor(rest / side) - reach, (rest % side) - reach]
        const block = Math.floor(channel / LANES)
        const word = (from.base + block * from.plane + y * from.pitch) * BANKS + x
        return memory.get(word)?.[channel % LANES] ?? 0
      }),
      side,
    )
  // The first lines of the results are written when what lies behind the input is read.
  if (output === BEHIND) write(run(), output)
  return run()
}

test.each([
  { because: 'the results behind it', output: BEHIND },
  { because: 'the results in front of it', output: BELOW },
])('a convolution with $because', ({ output }) => {
  const { node, inputs, context } = conv
  const actual = readOn(conv, output, 1, (codes, side) =>
    convolve({ ...node, padding: 0 }, { ...inputs[0]!, codes, shape: [2 * LANES, side, side] }),
  )
  const memory = { banks: BANKS, lanes: LANES, input: INPUT, output }
  const kind = classify({ ...conv, context: { ...context, memory } }, actual)!
  const elements = conv.expected.length
  expect(kind).toMatchObject({ name: 'border', cause: { id: 'no-padding', explained: elements, elements } })
})

test.each<[string, (y: number, x: number) => boolean]>([
  ['above', (y, x) => y < 0 && x >= 0 && x < SIDE],
  ['below', (y, x) => y >= SIDE && x >= 0 && x < SIDE],
  ['left', (y, x) => x < 0 && y >= 0 && y < SIDE],
  ['right', (y, x) => x >= SIDE && y >= 0 && y < SIDE],
])('a convolution that does not pad at one side: %s', (side, isThere) => {
  const { node, inputs, context } = conv
  const { zeroPoint } = inputs[0]!.quant
  const actual = readOn(conv, BEHIND, 1, (codes, length) => {
    const bordered = codes.map((code, index) => {
      const [y, x] = [(Math.floor(index / length) % length) - 1, (index % length) - 1]
      const isInside = y >= 0 && y < SIDE && x >= 0 && x < SIDE
      return isInside || isThere(y, x) ? code : zeroPoint
    }) as Codes
    return convolve(
      { ...node, padding: 0 },
      { ...inputs[0]!, codes: bordered, shape: [2 * LANES, length, length] },
    )
  })
  const memory = { banks: BANKS, lanes: LANES, input: INPUT, output: BEHIND }
  const kind = classify({ ...conv, context: { ...context, memory } }, actual)!
  const elements = conv.expected.length
  expect(kind).toMatchObject({
    name: 'border',
    cause: { id: `no-padding-${side}`, explained: elements, elements },
  })
})

test.each([
  { id: 'input-base+1', from: { ...INPUT, base: INPUT.base + 1 } },
  { id: 'input-plane+1', from: { ...INPUT, plane: INPUT.plane + 1 } },
  { id: 'input-plane-1', from: { ...INPUT, plane: INPUT.plane - 1 } },
  { id: 'input-pitch-1', from: { ...INPUT, pitch: INPUT.pitch - 1 } },
  { id: 'input-first-group', from: { ...INPUT, plane: 0 } },
])('a convolution that reads its input at another place: $id', ({ id, from }) => {
  const { node, inputs, context } = conv
  const { zeroPoint } = inputs[0]!.quant
  const actual = readOn(
    conv,
    BEHIND,
    1,
    (codes, length) => {
      const padded = codes.map((code, index) => {
        const [y, x] = [(Math.floor(index / length) % length) - 1, (index % length) - 1]
        return y >= 0 && y < SIDE && x >= 0 && x < SIDE ? code : zeroPoint
      }) as Codes
      return convolve(
        { ...node, padding: 0 },
        { ...inputs[0]!, codes: padded, shape: [2 * LANES, length, length] },
      )
    },
    from,
  )
  const memory = { banks: BANKS, lanes: LANES, input: INPUT, output: BEHIND }
  const kind = classify({ ...conv, context: { ...context, memory } }, actual)!
  const elements = conv.expected.length
  expect(kind).toMatchObject({ name: 'input', cause: { explained: elements, elements } })
  expect([kind.cause!.id, ...(kind.cause!.others ?? []).map((one) => one.id)]).toContain(id)
})

test.each([
  { id: 'output-base+1', change: { base: BEHIND.base + 1 } },
  { id: 'output-plane+1', change: { plane: BEHIND.plane + 1 } },
  { id: 'output-plane-1', change: { plane: BEHIND.plane - 1 } },
  { id: 'output-pitch+1', change: { pitch: BEHIND.pitch + 1 } },
])('a result that is written at another place: $id', ({ id, change }) => {
  const { expected, context } = conv
  const place = { ...BEHIND, ...change }
  const memory = new Map<number, number>()
  const wordOf = (at: typeof BEHIND, channel: number, y: number, x: number): number =>
    ((at.base + Math.floor(channel / LANES) * at.plane + y * at.pitch) * BANKS + x) * LANES +
    (channel % LANES)
  const all = Array.from({ length: expected.length }, (_, index) => {
    const rest = index % (SIDE * SIDE)
    return [Math.floor(index / (SIDE * SIDE)), Math.floor(rest / SIDE), rest % SIDE] as const
  })
  for (const [index, at] of all.entries()) memory.set(wordOf(place, ...at), expected[index]!)
  const actual = Int32Array.from(all, (at) => memory.get(wordOf(BEHIND, ...at)) ?? -1)
  const written = actual.filter((code) => code >= 0).length
  const around = { banks: BANKS, lanes: LANES, input: INPUT, output: BEHIND }
  const { cause } = classify({ ...conv, context: { ...context, memory: around } }, actual)!
  expect(cause).toMatchObject({ explained: written, elements: written })
  expect([cause!.id, ...(cause!.others ?? []).map((one) => one.id)]).toContain(id)
})

test('a max-pool', () => {
  const { node, inputs, context } = pool
  const reach = node.kernel >> 1
  const actual = readOn(pool, BEHIND, reach, (codes, side) => {
    const shape = [2 * LANES, side, side] as const
    const whole = maxPool({ ...node, shape }, { ...inputs[0]!, codes, shape })
    return Uint8Array.from({ length: 2 * LANES * SIDE * SIDE }, (_, index) => {
      const [channel, rest] = [Math.floor(index / (SIDE * SIDE)), index % (SIDE * SIDE)]
      const [y, x] = [Math.floor(rest / SIDE) + reach, (rest % SIDE) + reach]
      return whole[(channel * side + y) * side + x]!
    })
  })
  const memory = { banks: BANKS, lanes: LANES, input: INPUT, output: BEHIND }
  const kind = classify({ ...pool, context: { ...context, memory } }, actual)!
  const elements = pool.expected.length
  expect(kind).toMatchObject({ name: 'border', cause: { id: 'no-padding', explained: elements, elements } })
})
