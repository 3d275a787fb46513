/** A small network whose integer parameters are worked by hand. */
import { describe, expect, test } from 'vitest'
import { AccumulatorError } from '../../src/golden/accumulator.ts'
import { makeHeadTables } from '../../src/golden/head-tables.ts'
import type { ConvNode, FloatGraph, FloatNode } from '../../src/graph/types.ts'
import { InputError } from '../../src/input/input-error.ts'
import {
  buildIntegerGraph,
  createNodeBuilder,
  lastConvolutions,
  nodesInScope,
  type QuantiseOptions,
} from '../../src/quantise/integer-graph.ts'
import type { Range } from '../../src/quantise/observers.ts'

const base = { op: 'conv', batchNorm: null, kernel: 1, stride: 1, padding: 0 } as const

/** Three channels, SiLU. The largest weight of each is 0.875 = 7/8, the largest code of 4 bits is 7: weight scales are 1/8. */
const stem: ConvNode = {
  ...base,
  name: 'stem',
  inputs: ['images'],
  shape: [3, 1, 1],
  inChannels: 2,
  weight: Float32Array.of(0.875, -0.3, -0.875, 0.45, 0.875, 0),
  // In steps of 1/15 * 1/8 = 1/120: 10.7, -10.7, -10.4.
  bias: Float32Array.of(10.7 / 120, -10.7 / 120, -10.4 / 120),
  activation: 'silu',
}
/** Largest weights 0.875, 1.75 and 7: scales of 1/8, 1/4 and 1. */
const box: ConvNode = {
  ...base,
  name: 'box',
  inputs: ['stem'],
  shape: [3, 1, 1],
  inChannels: 3,
  weight: Float32Array.of(0.875, -0.25, 0.125, 0, -1.75, 0.5, 7, 7, 7),
  bias: Float32Array.of(1, -2, 0),
  activation: 'none',
}
const cls: ConvNode = { ...box, name: 'cls' }
const sum: FloatNode = { op: 'add', name: 'sum', inputs: ['stem', 'box'], shape: [3, 1, 1] }

const graph: FloatGraph = {
  nodes: [{ op: 'input', name: 'images', shape: [2, 1, 1] }, stem, box, cls, sum],
  head: {
    name: 'model.22',
    levels: [{ stride: 8, box: 'box', cls: 'cls' }],
    regMax: 16,
    classes: ['cat'],
  },
  aliases: new Map([['model.0', 'stem']]),
}

const ranges: ReadonlyMap<string, Range> = new Map([
  ['stem.conv', { low: -3, high: 4.5 }],
  ['stem', { low: -0.5, high: 3.25 }],
  ['box', { low: -3, high: 4.5 }],
  ['cls', { low: -6, high: 1.5 }],
  ['sum', { low: -4, high: 5 }],
])
const options: QuantiseOptions = { weightBits: 4, activationBits: 4, tableBits: 4, scope: 'all' }

const build = (more: Partial<QuantiseOptions> = {}, change: Readonly<Record<string, Range>> = {}) =>
  createNodeBuilder(graph, new Map([...ranges, ...Object.entries(change)]), { ...options, ...more })

describe('the worked example', () => {
  test('the image has one code a pixel value', () => {
    expect(build()(graph.nodes[0]!)).toEqual({
      ...{ op: 'input', name: 'images', shape: [2, 1, 1] },
      quant: { scale: 1 / 15, zeroPoint: 0, bits: 4 },
    })
    expect(build({ activationBits: 8 })(graph.nodes[0]!).quant).toEqual({
      ...{ scale: 1 / 255, zeroPoint: 0, bits: 8 },
    })
  })

  test('a convolution with SiLU', () => {
    expect(build()(stem)).toEqual({
      ...{ op: 'conv', name: 'stem', inputs: ['images'], shape: [3, 1, 1], inChannels: 2 },
      ...{ kernel: 1, stride: 1, padding: 0, weightBits: 4 },
      // S = 3.75 / 15, Z = 0.5 / 0.25
      quant: { scale: 0.25, zeroPoint: 2, bits: 4 },
      // By 8: 7, -2.4; -7, 3.6; 7, 0.
      weight: Int8Array.of(7, -2, -7, 4, 7, 0),
      weightScale: Float64Array.of(0.125, 0.125, 0.125),
      // To the nearest, whatever the sign; the image's zero point is 0, so that nothing is folded in.
      bias: Int32Array.of(11, -11, -10),
      // 1/120 / 0.5 = 1/60, between 2^-6 and 2^-5: s = 15 + 6, M = 2^21 / 60 = 34952.53.
      multiplier: Uint16Array.of(34953, 34953, 34953),
      shift: Uint8Array.of(21, 21, 21),
      // S_p = 7.5 / 15, Z_p = 3 / 0.5
      ...{ requantScale: 0.5, requantZeroPoint: 6, requantBits: 4 },
      // Worked in quant-params.test.ts.
      table: Uint8Array.of(1, 1, 1, 1, 1, 1, 2, 3, 5, 7, 9, 11, 13, 15, 15, 15),
    })
  })

  test('a convolution without activation, whose input has a zero point', () => {
    expect(build()(box)).toEqual({
      ...{ op: 'conv', name: 'box', inputs: ['stem'], shape: [3, 1, 1], inChannels: 3 },
      ...{ kernel: 1, stride: 1, padding: 0, weightBits: 4 },
      quant: { scale: 0.5, zeroPoint: 6, bits: 4 },
      weight: Int8Array.of(7, -2, 1, 0, -7, 2, 7, 7, 7),
      weightScale: Float64Array.of(1 / 8, 1 / 4, 1),
      // Steps: 1/4 * 1/8 = 1/32, 1/16, 1/4. 1 * 32 - 2 * (7 - 2 + 1); -2 * 16 - 2 * (-7 + 2); 0 - 2 * 21.
      bias: Int32Array.of(20, -22, -42),
      // 1/32 / 0.5 = 2^-4: M = 2^15, s = 15 + 4; 2^-3; 2^-1.
      multiplier: Uint16Array.of(32768, 32768, 32768),
      shift: Uint8Array.of(19, 18, 16),
      // The code is the output: its scale, its zero point, its bits.
      ...{ requantScale: 0.5, requantZeroPoint: 6, requantBits: 4 },
      table: null,
    })
  })

  test('an add', () => {
    // S_y = 9 / 15 = 0.6, Z = 4 / 0.6 = 6.67. 0.25 / 0.6 = 0.4167, 0.5 / 0.6 = 0.8333. The larger one decides: s = 16;
    // 0.4167 * 2^16 = 27306.67, 0.8333 * 2^16 = 54613.33.
    expect(build()(sum)).toEqual({
      ...{ op: 'add', name: 'sum', inputs: ['stem', 'box'], shape: [3, 1, 1] },
      quant: { scale: 0.6, zeroPoint: 7, bits: 4 },
      multipliers: [27307, 54613],
      shift: 16,
    })
  })

  test('an add of far smaller numbers than its sum keeps a shift of 31 (A-6)', () => {
    // S_y = 2^20: 2^-22 and 2^-21; M = 2^9 and 2^10 at s = 31.
    const add = build({}, { sum: { low: 0, high: 15 * 2 ** 20 } })(sum)
    expect(add).toMatchObject({ multipliers: [512, 1024], shift: 31 })
  })
})

describe('the whole graph', () => {
  test('has all nodes in order, the tables of its head, and the names of the float graph', () => {
    const integer = buildIntegerGraph(graph, ranges, options)
    const node = build()
    expect(integer).toEqual({
      nodes: graph.nodes.map((one) => node(one)),
      detect: graph.head,
      head: makeHeadTables(
        { scale: 0.5, zeroPoint: 6, bits: 4 },
        // 7.5 / 15, 6 / 0.5
        { scale: 0.5, zeroPoint: 12, bits: 4 },
      ),
      aliases: graph.aliases,
      weightBits: 4,
      activationBits: 4,
    })
  })

  test('without its last layers has neither them nor a head', () => {
    const inner = { ...graph, nodes: graph.nodes.filter(({ name }) => name !== 'sum') }
    const integer = buildIntegerGraph(inner, ranges, { ...options, scope: 'no-last' })
    expect(integer.nodes.map(({ name }) => name)).toEqual(['images', 'stem'])
    expect(integer.head).toBeNull()
    expect(lastConvolutions(graph)).toEqual(new Set(['box', 'cls']))
    expect(nodesInScope(inner, 'all')).toEqual(inner.nodes)
  })

  test('what passes codes on has the scale of its group (A-7)', () => {
    const shape = [3, 1, 1] as const
    const half = { op: 'slice', name: 'half', inputs: ['stem'], shape: [1, 1, 1], begin: 2 } as const
    const up = { op: 'upsample', name: 'up', inputs: ['stem'], shape: [3, 2, 2] } as const
    const pool = { op: 'max-pool', name: 'pool', inputs: ['stem'], shape, kernel: 5 } as const
    const joined = { op: 'concat', name: 'joined', inputs: ['stem', 'pool'], shape: [6, 1, 1] } as const
    const nodes = [...graph.nodes.slice(0, 4), half, up, pool, joined]
    const integer = buildIntegerGraph({ ...graph, nodes }, ranges, options)
    const quant = { scale: 0.25, zeroPoint: 2, bits: 4 }
    expect(integer.nodes.slice(4)).toEqual([half, up, pool, joined].map((node) => ({ ...node, quant })))
  })
})

describe('what single layers have otherwise', () => {
  test('weight bits', () => {
    const layerWeightBits = new Map([['box', 2]])
    // One bit and a sign: the largest weight is 1, and 0.25 / 0.875 rounds to 0.
    expect(build({ layerWeightBits })(box)).toMatchObject({
      weightBits: 2,
      weight: Int8Array.of(1, 0, 0, 0, -1, 0, 1, 1, 1),
      weightScale: Float64Array.of(0.875, 1.75, 7),
    })
    expect(build({ layerWeightBits })(cls)).toMatchObject({ weightBits: 4 })
  })

  test('refined weights and biases, given with the options or with the node', () => {
    const weights = { codes: Int8Array.of(1, 2, 3, 4, 5, 6), scale: Float64Array.of(0.5, 0.5, 0.5) }
    // Steps of 1/15 * 1/2 = 1/30: 30, -60, 3.
    const bias = Float64Array.of(1, -2, 0.1)
    const both = { weight: weights.codes, weightScale: weights.scale, bias: Int32Array.of(30, -60, 3) }
    expect(build({ refined: new Map([['stem', { weights, bias }]]) })(stem)).toMatchObject(both)
    expect(build()(stem, { weights, bias })).toMatchObject(both)
    // The bias alone: in steps of 1/120.
    expect(build()(stem, { bias })).toMatchObject({
      weight: Int8Array.of(7, -2, -7, 4, 7, 0),
      bias: Int32Array.of(120, -240, 12),
    })
    // The weights alone: the layer's own bias, in steps of 1/30: 2.675, -2.675, -2.6.
    expect(build()(stem, { weights })).toMatchObject({ bias: Int32Array.of(3, -3, -3) })
  })
})

describe('a model that cannot be is refused', () => {
  test('a range that nobody calibrated', () => {
    const few = new Map([...ranges].filter(([key]) => key !== 'stem.conv'))
    const node = createNodeBuilder(graph, few, options)
    expect(() => node(stem)).toThrow('no calibrated range for stem.conv')
  })

  test('sums that do not fit the accumulator, with layer and channel (A-3)', () => {
    // In steps of 1/32 the second bias is 2^31.
    const weights = { codes: new Int8Array(9), scale: new Float64Array(3).fill(1 / 8) }
    const bias = Float64Array.of(0, 2 ** 26, 0)
    expect(() => build()(box, { weights, bias })).toThrow(AccumulatorError)
    expect(() => build()(box, { weights, bias })).toThrow('box, output channel 1')
    // One less fits; so does -2^31.
    const fits = { weights, bias: Float64Array.of(0, 2 ** 26 - 1 / 32, -(2 ** 26)) }
    expect(build()(box, fits)).toMatchObject({ bias: Int32Array.of(0, 2 ** 31 - 1, -(2 ** 31)) })
  })

  test('a positive and a negative sum are bounded each for itself', () => {
    // 15 * 7 * 3 above the bias, folded with 2 * 21: 2^31 - 1 + 42 - 315 is the largest that fits.
    const weights = { codes: new Int8Array(9).fill(7), scale: new Float64Array(3).fill(1 / 8) }
    const at = (steps: number) => ({ weights, bias: new Float64Array(3).fill(steps / 32) })
    expect(() => build()(box, at(2 ** 31 - 1 + 42 - 315))).not.toThrow()
    expect(() => build()(box, at(2 ** 31 + 42 - 315))).toThrow(AccumulatorError)
    const negative = { codes: new Int8Array(9).fill(-7), scale: weights.scale }
    expect(() => build()(box, { ...at(-(2 ** 31) - 42 + 315), weights: negative })).not.toThrow()
    expect(() => build()(box, { ...at(-(2 ** 31) - 43 + 315), weights: negative })).toThrow(AccumulatorError)
  })

  test('scales that are too far apart, with the layer (A-4)', () => {
    const weights = { codes: new Int8Array(9), scale: new Float64Array(3).fill(2 ** 20) }
    const attempt = () => build()(box, { weights, bias: new Float64Array(3) })
    expect(attempt).toThrow(InputError)
    expect(attempt).toThrow('box: cannot be requantised (A-4): a factor of')
    expect(attempt).toThrow(expect.objectContaining({ cause: expect.any(RangeError) }))
  })
})
