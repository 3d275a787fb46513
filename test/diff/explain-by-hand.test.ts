/** Elements worked out by hand, step by step: on tensors small enough to follow. */
import { describe, expect, test } from 'vitest'
import { explainConv } from '../../src/diff/explain-conv.ts'
import { explainElement, type NamedCodes, sourceOf } from '../../src/diff/explain-element.ts'
import type { IntegerAdd, IntegerConv, IntegerNode } from '../../src/golden/types.ts'
import type { Shape } from '../../src/graph/types.ts'

const quant = { scale: 0.5, zeroPoint: 3, bits: 8 }
const tensor = (name: string, shape: Shape, codes: readonly number[], own = {}): NamedCodes => ({
  ...{ name, shape, codes: Uint8Array.from(codes) },
  quant: { ...quant, ...own },
})

describe('a convolution', () => {
  /** 2 inputs, 2 outputs, 3x3, stride 2, padding 1, of 2x3 pixels: codes 10 to 15 and 20 to 25. */
  const input = tensor('in', [2, 2, 3], [10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 25])
  const weight = Int8Array.from({ length: 36 }, (_, i) => (i % 2 === 0 ? i : -i))
  const node: IntegerConv = {
    ...{ op: 'conv', name: 'c', shape: [2, 1, 2], inputs: ['in'], inChannels: 2, kernel: 3, stride: 2 },
    ...{ padding: 1, weightBits: 8, weight, weightScale: Float64Array.of(0.25, 0.125) },
    ...{ bias: Int32Array.of(0, -7), multiplier: Uint16Array.of(1, 5), shift: Uint8Array.of(0, 4) },
    ...{ requantZeroPoint: 20, requantBits: 6, requantScale: 0.1, table: null, quant: { ...quant, bits: 6 } },
  }
  /** Beat 0: two channels of tap (0, 0); beat 1: idle, then channel 1 of tap (1, 0); beat 2: channel 0 of tap (2, 1). */
  const order = { taps: Int32Array.of(0, 9, -1, 12, 7, -1), inputLanes: 2 }
  const at = { channel: 1, y: 0, x: 1 }
  // The window begins at y = -1, x = 1. Weights of channel 1 begin at 18: taps 0, 9, 12, 7 are 18, -27, 30, -25.
  const rows = [
    // Padding holds the zero point, 3.
    [0, 0, 0, 0, 0, -1, 1, 1, 3, 18, 54, 54, 0, 2.25, 0, 0],
    [0, 1, 0, 0, 1, -1, 1, 1, 3, -27, -81, -27, 0, -3.375, -0, 0],
    // Channel 1, y 0, x 1 is 21: real 0.5 * (21 - 3) = 9, weight 0.125 * 30 = 3.75.
    [1, 1, 1, 0, 1, 0, 1, 0, 21, 30, 630, 603, 9, 3.75, 33.75, 33.75],
    // Channel 0, y 1, x 2 is 15: real 6, weight -3.125.
    [2, 0, 2, 1, 0, 1, 2, 0, 15, -25, -375, 228, 6, -3.125, -18.75, 15],
  ]
  // acc = -7 + 228 = 221; 221 * 5 = 1105; (1105 + 8) / 16 = 69.56, so 69; 20 + 69 = 89, clamped to 63.
  const acc = { name: 'acc', formula: 'B + sum = -7 + 228', value: 221, real: 221 * 0.5 * 0.125 }
  const scaled = { name: 'scaled', formula: 'acc * M = 221 * 5', value: 1105, real: null }
  const rounded = { name: 'rounded', formula: 'floor((scaled + 8) / 2^4)', value: 69, real: 69 * 0.1 }
  const clamped = { formula: 'clamp(Z + rounded = 20 + 69, 0, 63)', value: 63, real: 0.1 * 43 }

  test('product by product, and from the sum to the code', () => {
    const { products, ...explanation } = explainConv(node, input, at, order)
    expect(explanation).toEqual({
      ...{ layer: 'c', op: 'conv', clauses: 'A-3, A-4', at, rows },
      columns: [
        'beat',
        'lane',
        'ky',
        'kx',
        'channel',
        'y',
        'x',
        'padding',
        'code',
        'weight',
        'product',
        'sum',
        'real_code',
        'real_weight',
        'real_product',
        'real_sum',
      ],
      result: [acc, scaled, rounded, { name: 'code', ...clamped }],
      output: { code: 63, real: 0.5 * 60 },
    })
    expect(products).toHaveLength(4)
    expect(products[2]).toEqual({
      ...{ beat: 1, lane: 1, ky: 1, kx: 0, channel: 1, y: 0, x: 1, isPadding: false, code: 21, weight: 30 },
      ...{ product: 630, sum: 603, realCode: 9, realWeight: 3.75, realProduct: 33.75, realSum: 33.75 },
    })
  })

  test('through a table', () => {
    const table = Uint8Array.from({ length: 64 }, (_, p) => 200 - p)
    const { clauses, result, output } = explainConv({ ...node, table }, input, at, order)
    expect({ clauses, result, output }).toEqual({
      clauses: 'A-3, A-4, A-5',
      result: [
        ...[acc, scaled, rounded, { name: 'index', ...clamped }],
        { name: 'code', formula: 'table[63], SiLU', value: 137, real: 67 },
      ],
      output: { code: 137, real: 67 },
    })
  })

  test('without a shift nothing is added; without products the bias is the sum; below 0 is 0', () => {
    const none = { taps: Int32Array.of(-1), inputLanes: 1 }
    const own = { ...node, bias: Int32Array.of(-30, 0) }
    expect(explainConv(own, input, { ...at, channel: 0 }, none).result).toEqual([
      { name: 'acc', formula: 'B + sum = -30 + 0', value: -30, real: -30 * 0.5 * 0.25 },
      { name: 'scaled', formula: 'acc * M = -30 * 1', value: -30, real: null },
      { name: 'rounded', formula: 'floor((scaled + 0) / 2^0)', value: -30, real: -3 },
      { name: 'code', formula: 'clamp(Z + rounded = 20 + -30, 0, 63)', value: 0, real: -2 },
    ])
  })

  test.each([
    // Of 2x3 pixels rows -1 and 2 and columns -1 and 3 are padding; stride 2 begins at -1 and 1.
    { y: 0, x: 0, padding: '000/011/011' },
    { y: 0, x: 1, padding: '000/110/110' },
    { y: 1, x: 1, padding: '110/000/000' },
  ])('what of the window at y$y x$x is inside: $padding', ({ y, x, padding }) => {
    const taps = { taps: Int32Array.from({ length: 9 }, (_, tap) => tap), inputLanes: 1 }
    const inside = explainConv(node, input, { channel: 0, y, x }, taps).products.map(({ isPadding }) =>
      isPadding ? 0 : 1,
    )
    expect([0, 3, 6].map((row) => inside.slice(row, row + 3).join('')).join('/')).toBe(padding)
  })
})

const a = tensor('a', [2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7])
const b = tensor('b', [1, 2, 2], [10, 20, 30, 40], { scale: 2, zeroPoint: 10 })
type PlainNode = Exclude<IntegerNode, { op: 'conv' }>
const node = (own: Partial<PlainNode>) =>
  ({ name: 'n', inputs: ['a'], shape: [2, 2, 2], quant, ...own }) as PlainNode

describe('operators without weights', () => {
  test('an addition', () => {
    const add = {
      op: 'add',
      inputs: ['a', 'b'],
      multipliers: [100, 300],
      shift: 5,
    } satisfies Partial<IntegerAdd>
    const at = { channel: 0, y: 1, x: 0 }
    // (2 - 3) * 100 + (30 - 10) * 300 = 5900; (5900 + 16) / 32 = 184.9, so 184; 3 + 184 = 187.
    expect(explainElement(node(add), [a, b], at)).toEqual({
      ...{ layer: 'n', op: 'add', clauses: 'A-6', at },
      columns: ['input', 'code', 'zero_point', 'multiplier', 'term', 'sum', 'real_code'],
      rows: [
        ['a', 2, 3, 100, -100, -100, -0.5],
        ['b', 30, 10, 300, 6000, 5900, 40],
      ],
      result: [
        { name: 'rounded', formula: 'floor((5900 + 16) / 2^5)', value: 184, real: 92 },
        { name: 'code', formula: 'clamp(Z + rounded = 3 + 184, 0, 255)', value: 187, real: 92 },
      ],
      output: { code: 187, real: 92 },
    })
    const small = { ...add, shift: 1, quant: { ...quant, bits: 4 } }
    expect(explainElement(node(small), [a, b], at).output.code).toBe(15)
    expect(explainElement(node({ ...add, multipliers: [300, -300] }), [a, b], at).output.code).toBe(0)
  })

  test('a maximum, with padding of code 0', () => {
    const at = { channel: 1, y: 0, x: 1 }
    // Channel 1 is 4 5 / 6 7; the window of (0, 1) has 4 5 above 6 7 in its lower left.
    const pad = (beat: number, ky: number, kx: number, y: number, x: number, max: number) => [
      beat,
      ky,
      kx,
      1,
      y,
      x,
      1,
      0,
      max,
      null,
    ]
    expect(explainElement(node({ op: 'max-pool', kernel: 3 }), [a], at)).toEqual({
      ...{ layer: 'n', op: 'max-pool', clauses: 'A-7', at },
      columns: ['beat', 'ky', 'kx', 'channel', 'y', 'x', 'padding', 'code', 'max', 'real_code'],
      rows: [
        pad(0, 0, 0, -1, 0, 0),
        pad(1, 0, 1, -1, 1, 0),
        pad(2, 0, 2, -1, 2, 0),
        [3, 1, 0, 1, 0, 0, 0, 4, 4, 0.5],
        [4, 1, 1, 1, 0, 1, 0, 5, 5, 1],
        pad(5, 1, 2, 0, 2, 5),
        [6, 2, 0, 1, 1, 0, 0, 6, 6, 1.5],
        [7, 2, 1, 1, 1, 1, 0, 7, 7, 2],
        pad(8, 2, 2, 1, 2, 7),
      ],
      result: [{ name: 'code', formula: 'largest of 9 taps', value: 7, real: 2 }],
      output: { code: 7, real: 2 },
    })
    const left = explainElement(node({ op: 'max-pool', kernel: 3 }), [a], { channel: 0, y: 1, x: 0 })
    expect(left.rows.map((row) => row[6]).join('')).toBe('100100111')
  })

  test.each<
    [
      string,
      Partial<PlainNode>,
      readonly NamedCodes[],
      readonly [number, number, number],
      readonly unknown[],
      string,
    ]
  >([
    ['an input', { op: 'input' }, [a], [1, 0, 1], ['a', 1, 0, 1, 5, 1], 'A-1'],
    ['a slice', { op: 'slice', begin: 1 }, [a], [0, 1, 1], ['a', 1, 1, 1, 7, 2], 'A-7'],
    ['an upsampling', { op: 'upsample' }, [a], [1, 3, 1], ['a', 1, 1, 0, 6, 1.5], 'A-7'],
    ['the first of a concatenation', { op: 'concat' }, [a, b], [1, 1, 0], ['a', 1, 1, 0, 6, 1.5], 'A-7'],
    ['the second', { op: 'concat' }, [a, b], [2, 1, 0], ['b', 0, 1, 0, 30, 40], 'A-7'],
    ['the third', { op: 'concat' }, [b, b, a], [3, 0, 1], ['a', 1, 0, 1, 5, 1], 'A-7'],
  ])('%s', (_, own, inputs, [channel, y, x], row, clauses) => {
    const [code, real] = [row[4] as number, row[5] as number]
    const own_ = node(own)
    expect(explainElement(own_, inputs, { channel, y, x })).toEqual({
      ...{ layer: 'n', op: own_.op, clauses, at: { channel, y, x } },
      columns: ['input', 'channel', 'y', 'x', 'code', 'real_code'],
      rows: [row],
      result: [{ name: 'code', formula: 'unchanged', value: code, real }],
      output: { code, real: 0.5 * (code - 3) },
    })
  })

  test('a channel beyond the last input is refused', () => {
    const beyond = () => sourceOf(node({ op: 'concat' }), [a, b], { channel: 3, y: 0, x: 0 })
    expect(beyond).toThrow('n: channel 3 is beyond the last input')
  })
})
