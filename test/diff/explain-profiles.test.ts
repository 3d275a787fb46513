/** What `explain` shows of an element under a profile ends in the code that the specification computes. */
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { explainConv } from '../../src/diff/explain-conv.ts'
import { explainElement } from '../../src/diff/explain-element.ts'
import { codeOffset } from '../../src/golden/code-range.ts'
import { runSpec } from '../../src/golden/run.ts'
import type { IntegerAdd, IntegerConcat, IntegerConv, IntegerNode } from '../../src/golden/types.ts'
import { withProfile } from '../golden/profile-graph.ts'
import { randomGraph, randomImage } from '../golden/random-graph.ts'
import { withProfile as withScales } from '../golden/with-profile.ts'
import { withConcat } from '../quantise/concat-profiles.ts'

const profileOf = (name: string): Profile => PROFILES.find((one) => one.name === name)!
const floor = profileOf('power-of-two-floor')
const narrow: Profile = {
  ...floor,
  name: 'narrow',
  productShift: { by: 3, rounding: 'half-away' },
  accumulator: { bits: 12, overflow: 'saturate', at: 'product' },
}
const wrapping: Profile = {
  ...floor,
  name: 'wrapping',
  accumulator: { bits: 14, overflow: 'wrap', at: 'end' },
}

const naturalOrder = (node: IntegerConv) => ({
  taps: Int32Array.from({ length: node.weight.length / node.shape[0] }, (_, tap) => tap),
  inputLanes: 4,
})

describe.each(
  [...PROFILES, ...PROFILES.map(withConcat), narrow, wrapping].map(
    (profile) => [profile.name, profile] as const,
  ),
)('under %s', (_name, profile) => {
  const make = profile.concat === undefined ? withProfile : withScales
  const graph = make(randomGraph({ seed: 5 }), profile)
  const results = runSpec(graph, randomImage(graph, 3))
  const inputsOf = (node: IntegerNode) =>
    (node.op === 'input' ? [node.name] : node.inputs).map((name) => {
      const { shape, quant } = graph.nodes.find((one) => one.name === name)!
      return { name, shape, quant, codes: results.get(name)! }
    })

  test.each([...new Set(graph.nodes.map(({ op }) => op))])('an element of %s', (op) => {
    for (const node of graph.nodes.filter((one) => one.op === op)) {
      const [channels, height, width] = node.shape
      for (const at of [
        { channel: 0, y: 0, x: 0 },
        { channel: channels - 1, y: height - 1, x: width >> 1 },
        { channel: channels >> 1, y: height >> 1, x: width - 1 },
      ]) {
        const inputs = inputsOf(node)
        const explanation =
          node.op === 'conv'
            ? explainConv(node, inputs[0]!, at, naturalOrder(node), profile)
            : explainElement(node, inputs, at, profile)
        const carried = results.get(node.name)![(at.channel * height + at.y) * width + at.x]!
        expect(explanation.output.code, `${node.name} ${JSON.stringify(at)}`).toBe(
          carried - codeOffset(profile, node.quant.bits),
        )
        expect(explanation.result.at(-1)).toMatchObject({ name: 'code', value: explanation.output.code })
      }
    }
  })
})

/** One channel of 1 x 2, -3 and 100 as codes, times 5, plus 4. */
const quant = { scale: 0.5, zeroPoint: 128, bits: 8 }
const conv = {
  ...{ op: 'conv', name: 'conv', inputs: ['images'], shape: [1, 1, 2], quant, inChannels: 1, kernel: 1 },
  ...{ stride: 1, padding: 0, weightBits: 8, requantZeroPoint: 128, requantBits: 8, requantScale: 0.5 },
  weight: Int8Array.of(5),
  weightScale: Float64Array.of(0.25),
  bias: Int32Array.of(4),
  multiplier: Uint16Array.of(0),
  shift: Int8Array.of(2),
  table: null,
} as unknown as IntegerConv
const input = { shape: [1, 1, 2] as const, quant, codes: Uint8Array.of(125, 228) }
const order = { taps: Int32Array.of(0), inputLanes: 1 }

describe('the steps of an element', () => {
  test('have signed codes and the stages of the profile, with numbers', () => {
    const { rows, result, output } = explainConv(conv, input, { channel: 0, y: 0, x: 0 }, order, floor)
    expect(rows[0]!.slice(8, 14)).toEqual([-3, 5, -15, -15, -1.5, 1.25])
    expect(result).toEqual([
      { name: 'acc', formula: 'B + sum = 4 + -15', value: -11, real: -1.375 },
      { name: 'rounded', formula: 'floor(-11 / 2^2)', value: -3, real: null },
      { name: 'code', formula: 'clamp(-3, -128, 127)', value: -3, real: -1.5 },
    ])
    expect(output).toEqual({ code: -3, real: -1.5 })
  })

  test('say where the accumulator wraps', () => {
    const tight: Profile = { ...floor, accumulator: { bits: 9, overflow: 'wrap', at: 'end' } }
    const { result } = explainConv(conv, input, { channel: 0, y: 0, x: 1 }, order, tight)
    expect(result.slice(0, 3)).toEqual([
      { name: 'acc', formula: 'B + sum = 4 + 500', value: 504, real: 63 },
      { name: 'wrapped', formula: 'acc in 9 bits, signed', value: -8, real: -1 },
      { name: 'rounded', formula: 'floor(-8 / 2^2)', value: -2, real: null },
    ])
  })

  test('look a signed index up', () => {
    const table = Uint8Array.from({ length: 256 }, (_, index) => (index === 125 ? 130 : 0))
    const { result, output } = explainConv(
      { ...conv, table },
      input,
      { channel: 0, y: 0, x: 0 },
      order,
      floor,
    )
    expect(result.slice(-2).map(({ name, formula, value }) => [name, formula, value])).toEqual([
      ['index', 'clamp(-3, -128, 127)', -3],
      ['code', 'table[-3], SiLU', 2],
    ])
    expect(output.real).toBe(1)
  })

  test('of a product beyond 2^53 are its digits', () => {
    const single = profileOf('tflite-single')
    const node = {
      ...conv,
      weight: Int16Array.of(32_767),
      bias: Int32Array.of(2 ** 31 - 1),
      multiplier: Uint32Array.of(2 ** 31 - 1),
      shift: Uint8Array.of(62),
    }
    const { result } = explainConv(node, input, { channel: 0, y: 0, x: 1 }, order, single)
    const acc = 2n ** 31n - 1n + 3_276_700n
    expect(result[1]).toEqual({
      name: 'scaled',
      formula: `${acc} * M = ${acc} * 2147483647`,
      value: String(acc * (2n ** 31n - 1n)),
      real: null,
    })
  })

  test('of a sum in float32 are those of each operand, their sum, and its quotient', () => {
    const add: IntegerAdd = {
      ...{ op: 'add', name: 'add', inputs: ['a', 'b'], shape: [1, 1, 2], quant: { ...quant, scale: 1 } },
      ...{ multipliers: [0, 0], shift: 0 },
    }
    const a = { ...input, name: 'a' }
    const { result, rows } = explainElement(
      add,
      [a, { ...a, name: 'b' }],
      { channel: 0, y: 0, x: 0 },
      profileOf('onnx-qlinear'),
    )
    expect(rows[0]).toEqual(['a', 125, 128, -3, -1.5])
    expect(result.map(({ name, value }) => [name, value])).toEqual([
      ['a', -1.5],
      ['b', -1.5],
      ['sum', -3],
      ['quotient', -3],
      ['rounded', -3],
      ['code', 125],
    ])
  })

  test('of an input of a concat are its value and the stages, or each step in float32', () => {
    const cat: IntegerConcat = {
      ...{ op: 'concat', name: 'cat', inputs: ['a', 'b'], shape: [2, 1, 2], quant: { ...quant, scale: 1 } },
      stages: { multipliers: [2 ** 15, 2 ** 15], shifts: [16, 16], factors: [0, 0] },
    }
    const inputs = ['a', 'b'].map((name) => ({ ...input, name }))
    const at = { channel: 1, y: 0, x: 0 }
    const staged = explainElement(cat, inputs, at, withConcat(profileOf('assay')))
    expect(staged.rows).toEqual([['b', 0, 0, 0, 125, -1.5]])
    expect(staged.result.map(({ formula, value }) => [formula, value])).toEqual([
      ['code - Z = 125 - 128', -3],
      ['-3 * M = -3 * 32768', -98304],
      ['floor((-98304 + 32768) / 2^16)', -1],
      ['Z + -1 = 128 + -1', 127],
      ['clamp(127, 0, 255)', 127],
    ])
    expect(staged.output).toEqual({ code: 127, real: -1 })
    const real = explainElement(cat, inputs, at, withConcat(profileOf('onnx-qlinear')))
    expect(real.result.map(({ name, value }) => [name, value])).toEqual([
      ['value', -3],
      ['real', -1.5],
      ['quotient', -1.5],
      ['rounded', -2],
      ['code', 126],
    ])
  })
})
