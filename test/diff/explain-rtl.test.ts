/** A simulation's side of an explanation: the probe's lines, and the first difference in time. */
import { describe, expect, test } from 'vitest'
import { type MacBeat, parseProbe, traceBox, traceOutput, traceProducts } from '../../src/diff/explain-rtl.ts'
import type { Product } from '../../src/diff/explain-types.ts'
import type { IntegerBox } from '../../src/golden/types.ts'

describe('the lines of the probe', () => {
  test('lane 0 is the lowest bits; codes are unsigned, weights signed', () => {
    const output =
      'noise\nassay-mac -17 0a0bff 7f80ff\nassay-mac 5 000001 000081 \nassay-mac 6 3 5 \nx assay-mac 1 1 1\n'
    expect(parseProbe(output, 3, 8, 8)).toEqual([
      { sum: -17, codes: [255, 11, 10], weights: [-1, -128, 127] },
    ])
    expect(parseProbe('assay-mac 5 1 81', 3, 8, 8)).toEqual([
      { sum: 5, codes: [1, 0, 0], weights: [-127, 0, 0] },
    ])
  })

  test('widths may be of no whole byte, and words wider than a double', () => {
    // Codes of 4 bits, weights of 6: 0b100000 is -32, 0b011111 is 31, 0b111111 is -1.
    const weights = ((0b100000n << 12n) | (0b011111n << 6n) | 0b111111n).toString(16)
    expect(parseProbe(`assay-mac 1 f0a ${weights}`, 3, 6, 4)).toEqual([
      { sum: 1, codes: [10, 0, 15], weights: [-1, 31, -32] },
    ])
    const wide = `${'01'.repeat(15)}ff`
    expect(parseProbe(`assay-mac 1 ${wide} ${wide}`, 16, 8, 8)[0]).toEqual({
      ...{ sum: 1, codes: [255, ...new Array(15).fill(1)] },
      weights: [-1, ...new Array(15).fill(1)],
    })
  })

  test('none where a model prints none', () => {
    expect(parseProbe('done\n', 2, 8, 8)).toEqual([])
  })
})

const product = (beat: number, lane: number, code: number, weight: number, sum: number): Product => ({
  ...{ beat, lane, ky: 0, kx: 0, channel: lane, y: 0, x: 0, isPadding: false, code, weight },
  ...{ product: code * weight, sum, realCode: 0, realWeight: 0, realProduct: 0, realSum: 0 },
})

/** Beat 0 has two products, beat 1 none but idle lanes, beat 2 one. */
const products = [product(0, 0, 2, 3, 6), product(0, 1, 4, -5, -14), product(2, 1, 7, 1, -7)]
const beats: readonly MacBeat[] = [
  { sum: -14, codes: [2, 4], weights: [3, -5] },
  { sum: -14, codes: [9, 9], weights: [0, 0] },
  { sum: -7, codes: [9, 7], weights: [0, 1] },
]
const change = (at: number, own: Partial<MacBeat>): readonly MacBeat[] =>
  beats.map((beat, index) => (index === at ? { ...beat, ...own } : beat))

describe('the first difference of a sum of products', () => {
  test('there is none; sums stand at the last product of their beat', () => {
    expect(traceProducts(products, beats, 3)).toEqual({ sums: [null, -14, -7], first: null })
  })

  test.each<[string, readonly MacBeat[], number, object]>([
    [
      'a code',
      change(0, { codes: [2, 5] }),
      3,
      { what: 'input code', beat: 0, lane: 1, expected: 4, actual: 5 },
    ],
    [
      'a weight',
      change(2, { weights: [0, 2] }),
      3,
      { what: 'weight', beat: 2, lane: 1, expected: 1, actual: 2 },
    ],
    [
      'a sum',
      change(0, { sum: -13 }),
      3,
      { what: 'accumulator', beat: 0, lane: null, expected: -14, actual: -13 },
    ],
    [
      'a sum that an idle beat changed',
      change(1, { sum: 0 }),
      3,
      { what: 'accumulator', beat: 1, lane: null, expected: -14, actual: 0 },
    ],
    [
      'a beat too few',
      beats.slice(0, 2),
      3,
      { what: 'number of beats', beat: null, lane: null, expected: 3, actual: 2 },
    ],
    ['no beat', [], 3, { what: 'number of beats', beat: null, lane: null, expected: 3, actual: 0 }],
    [
      'a beat too many',
      [...beats, beats[2]!],
      3,
      { what: 'number of beats', beat: null, lane: null, expected: 3, actual: 4 },
    ],
  ])('%s', (_, actual, expectedBeats, first) => {
    expect(traceProducts(products, actual, expectedBeats).first).toEqual(first)
  })

  test('the sums that there are stand beside the difference', () => {
    expect(traceProducts(products, change(0, { codes: [0, 0] }), 3).sums).toEqual([null, -14, -7])
    expect(traceProducts(products, change(2, { sum: 5 }), 3).sums).toEqual([null, -14, 5])
    expect(traceProducts(products, beats.slice(0, 1), 3).sums).toEqual([null, -14, null])
  })

  test('a code comes before the weight of its lane, and both before the sum', () => {
    const all = change(0, { codes: [0, 0], weights: [0, 0], sum: 0 })
    expect(traceProducts(products, all, 3).first).toMatchObject({ what: 'input code', lane: 0 })
    const weight = change(0, { weights: [3, 0], sum: 0 })
    expect(traceProducts(products, weight, 3).first).toMatchObject({ what: 'weight', lane: 1 })
  })

  test('an accumulator has 32 bits', () => {
    const large = [product(0, 0, 65535, 65535, 2 ** 32 + 5)]
    const beat = { codes: [65535], weights: [65535] }
    expect(traceProducts(large, [{ ...beat, sum: 5 }], 1).first).toBeNull()
    expect(traceProducts(large, [{ ...beat, sum: 6 }], 1).first).toMatchObject({ expected: 5, actual: 6 })
  })
})

test.each([
  { expected: 5, actual: 5, first: null },
  { expected: 5, actual: 6, first: { what: 'output code', beat: null, lane: null, expected: 5, actual: 6 } },
  {
    expected: 0,
    actual: null,
    first: { what: 'output code', beat: null, lane: null, expected: 0, actual: null },
  },
])('output code $actual for $expected', ({ expected, actual, first }) => {
  expect(traceOutput(expected, actual)).toEqual(first)
})

describe('a box', () => {
  const box: IntegerBox = { x0: 1, y0: 2, x1: 3, y1: 4, classIndex: 5, code: 6, score: 7, anchor: 8 }
  const at = (what: string, expected: number, actual: number | null) => ({
    ...{ what, beat: null, lane: null },
    ...{ expected, actual },
  })

  test.each(Object.keys(box) as (keyof IntegerBox)[])('another %s', (field) => {
    expect(traceBox(box, { ...box, [field]: 99 })).toEqual(at(field, box[field], 99))
  })

  test('the same, another in several fields, and none', () => {
    expect(traceBox(box, { ...box })).toBeNull()
    expect(traceBox(box, { ...box, y1: 0, score: 0 })).toEqual(at('score', 7, 0))
    expect(traceBox(box, null)).toEqual(at('classIndex', 5, null))
  })
})
