/** Every kind of fault, on golden data of the embedded model that is broken the way hardware breaks it. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { classifyFault, type FaultContext } from '../../src/diff/classify.ts'
import type { FaultName } from '../../src/diff/fault-kinds.ts'
import { convolve } from '../../src/golden/conv.ts'
import { Engine } from '../../src/golden/engine.ts'
import type { Codes, IntegerConv } from '../../src/golden/types.ts'
import type { Shape } from '../../src/graph/types.ts'
import { decodeImage } from '../../src/image/decode.ts'
import { letterbox } from '../../src/image/letterbox.ts'
import { toNchwCodes } from '../../src/image/planes.ts'
import { createRandom } from '../golden/random.ts'
import { prepareDefault } from '../pipeline/prepared.ts'
import { DEFAULT_IMAGE } from '../pipeline/shared-data.ts'

const graph = (await prepareDefault()).prepared.integer
const [, inputHeight, inputWidth] = graph.nodes[0]!.shape
const picture = letterbox(await decodeImage(readFileSync(DEFAULT_IMAGE), { name: DEFAULT_IMAGE }), {
  width: inputWidth,
  height: inputHeight,
})
const golden = Engine.create(graph).run(toNchwCodes(picture, graph.nodes[0]!.quant))

const nodeOf = (name: string): IntegerConv => {
  const node = graph.nodes.find((candidate) => candidate.name === name)!
  if (node.op !== 'conv') throw new TypeError(`${name} is no convolution`)
  return node
}
const inputOf = (node: IntegerConv) => {
  const source = graph.nodes.find((candidate) => candidate.name === node.inputs[0])!
  return { shape: source.shape, quant: source.quant, codes: golden.get(source.name)! }
}
const contextOf = (node: IntegerConv): FaultContext => ({
  inputLanes: 16,
  outputLanes: 16,
  pixels: 4,
  table: node.table,
  others: [{ ...inputOf(node), name: node.inputs[0] }],
})

/** With a table and without; both stride 1. */
const TABLED = 'model.2.cv2'
const PLAIN = 'model.22.cv2.0.2'
const KERNEL3 = 'model.22.cv2.0.1'

type At = (channel: number, y: number, x: number) => number

/** A tensor whose every element comes from a rule over the right one. */
function change(
  codes: Codes,
  [channels, height, width]: Shape,
  rule: (right: number, at: { channel: number; y: number; x: number }, get: At) => number,
): Int32Array {
  const get: At = (channel, y, x) =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : codes[(channel * height + y) * width + x]!
  const changed = new Int32Array(codes.length)
  for (let channel = 0, i = 0; channel < channels; channel++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) changed[i] = rule(codes[i]!, { channel, y, x }, get)
  return changed
}

const clamp = (code: number): number => Math.min(255, Math.max(0, code))

describe('a constructed fault has its name', () => {
  type Rule = Parameters<typeof change>[2]
  const faults: readonly { because: string; name: FaultName; says: RegExp; rule: Rule }[] = [
    {
      because: 'one too low everywhere',
      name: 'rounding',
      says: /always too low/,
      rule: (q) => clamp(q - 1),
    },
    {
      because: 'one too low at every other value',
      name: 'rounding',
      says: /off by one code, always too low.*64 of 64 channels/,
      rule: (q, { y, x, channel }) => ((y * 7 + x * 5 + channel * 3) % 4 < 2 ? clamp(q - 1) : q),
    },
    {
      because: 'three too high everywhere',
      name: 'offset',
      says: /constant \+3 is added/,
      rule: (q) => clamp(q + 3),
    },
    {
      because: 'a constant a channel',
      name: 'offset',
      says: /constant of its own/,
      rule: (q, { channel }) => clamp(q + 2 + (channel % 5)),
    },
    {
      because: 'channels in another order',
      name: 'permuted',
      says: /0 holds 63/,
      rule: (_, { channel, y, x }, get) => get((channel * 5 + 63) % 64, y, x),
    },
    {
      because: 'channels one further on',
      name: 'permuted',
      says: /each that of 1 channel further on|turned by 1/,
      rule: (_, { channel, y, x }, get) => get((channel + 1) % 64, y, x),
    },
    {
      because: 'lanes of each word reversed',
      name: 'lanes',
      says: /output channels in reverse order in each group of 16/,
      rule: (_, { channel, y, x }, get) => get(channel ^ 15, y, x),
    },
    {
      because: 'pixels of each tile reversed',
      name: 'lanes',
      says: /pixels in reverse order in each group of 4/,
      rule: (_, { channel, y, x }, get) => get(channel, y, x ^ 3),
    },
    {
      because: 'every fourth pixel broken',
      name: 'lanes',
      says: /lane 3 of every 4 columns/,
      rule: (q, { channel, y, x }) => (x % 4 === 3 ? (q * 77 + channel * 31 + y * 17 + 5) & 255 : q),
    },
    {
      because: 'every sixteenth channel broken',
      name: 'lanes',
      says: /lane 5 of every 16 channels/,
      rule: (q, { channel, y, x }) => (channel % 16 === 5 ? (q * 77 + x * 31 + y * 17 + 5) & 255 : q),
    },
    {
      because: 'a column too far left',
      name: 'shifted',
      says: /belongs 1 column to the right/,
      rule: (_, { channel, y, x }, get) => get(channel, y, x + 1),
    },
    {
      because: 'a row and a column too far down',
      name: 'shifted',
      says: /belongs 1 row above and 1 column to the left/,
      rule: (_, { channel, y, x }, get) => get(channel, y - 1, x - 1),
    },
    {
      because: 'from row 9 on one row was lost',
      name: 'shifted',
      says: /belongs 1 row below/,
      rule: (q, { channel, y, x }, get) => (y < 9 ? q : get(channel, y + 1, x)),
    },
    {
      because: 'a tile late',
      name: 'shifted',
      says: /belongs 4 columns to the left: a tile/,
      rule: (_, { channel, y, x }, get) => get(channel, y, x - 4),
    },
    {
      because: 'transposed',
      name: 'transposed',
      says: /rows and columns exchanged/,
      rule: (_, { channel, y, x }, get) => get(channel, x, y),
    },
    { because: 'all zeros', name: 'zeros', says: /are 0, where/, rule: () => 0 },
    {
      because: 'zeros in the lower half',
      name: 'zeros',
      says: /are 0, where/,
      rule: (q, { y }) => (y >= 10 ? 0 : q),
    },
    {
      because: 'the upper half never written',
      name: 'not-written',
      says: /12,800 of 25,600 elements were never written/,
      rule: (q, { y }) => (y < 10 ? -1 : q),
    },
    {
      because: 'the top bit inverted',
      name: 'sign',
      says: /with their top bit inverted/,
      rule: (q) => q ^ 128,
    },
    {
      because: 'too large by four, clamped',
      name: 'saturated',
      says: /at an end of the range/,
      rule: (q) => (q > 150 ? 255 : q),
    },
    {
      because: 'signed: what is above 127 is 0',
      name: 'saturated',
      says: /exactly the codes from 1\d\d up/,
      rule: (q) => (q > 127 ? 0 : q),
    },
    { because: 'bit 3 stuck at 1', name: 'bit', says: /bit 3 .* always 1/, rule: (q) => q | 8 },
    {
      because: 'one channel scrambled',
      name: 'one-channel',
      says: /channel 37 of 64/,
      rule: (q, { channel, x, y }) => (channel === 37 ? (q * 91 + 7 * x + 13 * y + 3) & 255 : q),
    },
    {
      because: 'the left column scrambled',
      name: 'border',
      says: /outermost row or column \(left\)/,
      rule: (q, { channel, x, y }) => (x === 0 ? (q * 91 + 7 * channel + 13 * y + 3) & 255 : q),
    },
    {
      because: 'the border of a 5x5 pool scrambled',
      name: 'border',
      says: /outer 2 rows or columns \(bottom\)/,
      rule: (q, { channel, x, y }) => (y >= 18 ? (q * 91 + 7 * channel + 13 * x + y + 3) & 255 : q),
    },
  ]
  test.each(faults)('$because: $name', ({ rule, name, says }) => {
    const node = nodeOf(PLAIN)
    const expected = golden.get(PLAIN)!
    const found = classifyFault(expected, change(expected, node.shape, rule), node.shape, 8, contextOf(node))
    expect(found).toMatchObject({ name })
    expect(found!.evidence).toMatch(says)
  })

  test('mirrored about the zero point', () => {
    const node = nodeOf(PLAIN)
    const expected = golden.get(PLAIN)!
    const actual = expected.map((q) => clamp(2 * node.quant.zeroPoint - q))
    const context = { ...contextOf(node), layer: { node, inputs: [inputOf(node)] } }
    expect(classifyFault(expected, actual, node.shape, 8, context)).toMatchObject({ name: 'sign' })
  })

  test("the operand's data, where the layer did not run", () => {
    const node = nodeOf(KERNEL3)
    const found = classifyFault(golden.get(KERNEL3)!, inputOf(node).codes, node.shape, 8, contextOf(node))
    expect(found).toMatchObject({ name: 'stale' })
    expect(found!.evidence).toContain('model.22.cv2.0.0')
  })

  test('nothing where nothing differs', () => {
    const expected = golden.get(PLAIN)!
    expect(classifyFault(expected, expected, nodeOf(PLAIN).shape, 8)).toBeNull()
  })
})

describe('a convolution with one thing broken has the name of what is broken', () => {
  const reverseLanes = (node: IntegerConv): IntegerConv => {
    const size = node.weight.length / node.shape[0]
    const weight = node.weight.slice()
    const permute = <T extends { [i: number]: number }>(to: T, from: T): void => {
      for (let o = 0; o < node.shape[0]; o++) to[o] = from[o ^ 15]!
    }
    const [bias, multiplier, shift] = [node.bias.slice(), node.multiplier.slice(), node.shift.slice()]
    permute(bias, node.bias)
    permute(multiplier, node.multiplier)
    permute(shift, node.shift)
    for (let o = 0; o < node.shape[0]; o++)
      weight.set(node.weight.subarray((o ^ 15) * size, ((o ^ 15) + 1) * size), o * size)
    return { ...node, weight, bias, multiplier, shift }
  }
  const breaks: readonly {
    because: string
    layer: string
    name: FaultName
    how: (node: IntegerConv) => IntegerConv
  }[] = [
    {
      because: 'weights read as zeros',
      layer: KERNEL3,
      name: 'zeros',
      how: (node) => ({ ...node, weight: new Int8Array(node.weight.length) }),
    },
    {
      because: 'shift one too small',
      layer: PLAIN,
      name: 'unknown',
      how: (node) => ({ ...node, shift: node.shift.map((s) => s - 1) }),
    },
    {
      because: 'shift nine too small: nearly everything at the ends',
      layer: PLAIN,
      name: 'saturated',
      how: (node) => ({ ...node, shift: node.shift.map((s) => s - 9) }),
    },
    {
      because: 'multiplier without its lowest bits',
      layer: PLAIN,
      name: 'rounding',
      how: (node) => ({ ...node, multiplier: node.multiplier.map((m) => m & 0xff80) }),
    },
    {
      because: 'multiplier without its lowest bits, before a table',
      layer: TABLED,
      name: 'rounding',
      how: (node) => ({ ...node, multiplier: node.multiplier.map((m) => m & 0xffc0) }),
    },
    { because: 'output lanes reversed', layer: KERNEL3, name: 'lanes', how: reverseLanes },
    {
      because: "one channel's bias lost",
      layer: KERNEL3,
      name: 'one-channel',
      how: (node) => ({ ...node, bias: node.bias.map((b, o) => (o === 11 ? b + 100_000 : b)) }),
    },
    {
      because: 'the zero point of the output forgotten',
      layer: PLAIN,
      name: 'offset',
      how: (node) => ({ ...node, requantZeroPoint: node.requantZeroPoint - 20 }),
    },
  ]
  test.each([TABLED, PLAIN, KERNEL3])('%s with nothing broken is right', (layer) => {
    const node = nodeOf(layer)
    expect(convolve(node, inputOf(node))).toEqual(golden.get(layer)!)
  })

  test.each(breaks)('$because: $name', ({ layer, name, how }) => {
    const node = nodeOf(layer)
    const expected = golden.get(layer)!
    const actual = convolve(how(node), inputOf(node))
    expect(classifyFault(expected, actual, node.shape, 8, contextOf(node))).toMatchObject({ name })
  })

  test('padding with 0 in place of the zero point: the border', () => {
    const node = nodeOf(KERNEL3)
    const input = inputOf(node)
    const expected = golden.get(KERNEL3)!
    // The bias holds the zero point's share, so only the padding taps change.
    const [channels, height, width] = input.shape
    const wide: Shape = [channels, height + 2, width + 2]
    const codes = new Uint8Array(channels * (height + 2) * (width + 2))
    for (let c = 0; c < channels; c++)
      for (let y = 0; y < height; y++)
        codes.set(
          input.codes.subarray((c * height + y) * width, (c * height + y + 1) * width) as Uint8Array,
          (c * wide[1] + y + 1) * wide[2] + 1,
        )
    const actual = convolve({ ...node, padding: 0 }, { ...input, shape: wide, codes })
    const found = classifyFault(expected, actual, node.shape, 8, contextOf(node))
    expect(found).toMatchObject({ name: 'border' })
    expect(found!.evidence).toContain('top, bottom, left, right')
  })
})

describe('chance has no name', () => {
  const names = [TABLED, PLAIN, KERNEL3, 'model.9.cv1', 'model.22.cv3.2.2']
  const random = createRandom(20260701)
  const check = (make: (expected: Codes) => Int32Array): void => {
    for (const name of names)
      for (let round = 0; round < 3; round++) {
        const node = nodeOf(name)
        const expected = golden.get(name)!
        expect(classifyFault(expected, make(expected), node.shape, 8, contextOf(node))).toMatchObject({
          name: 'unknown',
        })
      }
  }

  test.each([0.0005, 0.01, 0.3, 1])('random codes in %d of the elements (seed 20260701)', (part) => {
    check((expected) => {
      const actual = Int32Array.from(expected, (q) => (random.next() < part ? random.integer(0, 255) : q))
      actual[0] = expected[0]! ^ 3
      return actual
    })
  })

  test('the right codes in random places (seed 20260701)', () => {
    check((expected) => {
      const actual = Int32Array.from(expected)
      for (let i = actual.length - 1; i > 0; i--) {
        const j = random.integer(0, i)
        const held = actual[i]!
        actual[i] = actual[j]!
        actual[j] = held
      }
      return actual
    })
  })

  test('random bits, one an element (seed 20260701)', () => {
    check((expected) =>
      Int32Array.from(expected, (q) => (random.next() < 0.1 ? q ^ (1 << random.integer(0, 7)) : q)),
    )
  })

  test('one, two or three wrong elements', () => {
    const node = nodeOf(PLAIN)
    const expected = golden.get(PLAIN)!
    for (const wrong of [1, 2, 3]) {
      const actual = Int32Array.from(expected)
      for (let i = 0; i < wrong; i++) actual[i * 777] = expected[i * 777]! ^ 1
      const found = classifyFault(expected, actual, node.shape, 8, contextOf(node))
      expect(found).toMatchObject({ name: 'unknown' })
      expect(found!.evidence).toContain('too few')
    }
  })
})
