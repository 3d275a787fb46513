import { describe, expect, test } from 'vitest'
import { type BoxComparison, compareBoxes, describeBoxes } from '../../src/diff/boxes.ts'
import { compareTensors, describeComparison } from '../../src/diff/compare.ts'
import type { IntegerBox } from '../../src/golden/types.ts'

const shape = [4, 8, 16] as const
const expected = Uint8Array.from({ length: 512 }, (_, i) => i % 251)

describe('compareTensors', () => {
  test('equal tensors', () => {
    expect(compareTensors(expected, expected.slice(), shape)).toEqual({
      elements: 512,
      mismatches: 0,
      first: null,
    })
  })

  test('any single flipped bit is found, at its place', () => {
    for (const at of [0, 15, 16, 127, 128, 300, 511])
      for (let bit = 0; bit < 8; bit++) {
        const actual = Int32Array.from(expected)
        actual[at] = actual[at]! ^ (1 << bit)
        const { mismatches, first } = compareTensors(expected, actual, shape, (element) => element + 1000)
        expect(mismatches).toBe(1)
        expect(first).toEqual({
          channel: Math.floor(at / 128),
          y: Math.floor((at % 128) / 16),
          x: at % 16,
          expected: expected[at],
          actual: actual[at],
          cycle: at + 1000,
        })
      }
  })

  test('an element that was never written differs from every code', () => {
    const actual = Int32Array.from(expected)
    actual[7] = -1
    const comparison = compareTensors(expected, actual, shape)
    expect(comparison.first).toMatchObject({ x: 7, actual: null, cycle: null })
    expect(describeComparison(comparison)).toBe(
      'c0 y0 x7: expected 7, received nothing (never written); 1 of 512 differs',
    )
  })

  test.each([
    { because: 'simulated', golden: 512, simulated: 511 },
    { because: 'golden', golden: 511, simulated: 512 },
    { because: 'longer golden', golden: 513, simulated: 512 },
    { because: 'both', golden: 511, simulated: 511 },
  ])('$because data of another size is no comparison', ({ golden, simulated }) => {
    const [want, got] = [new Uint8Array(golden), new Int32Array(simulated)]
    expect(() => compareTensors(want, got, shape)).toThrow(
      new RangeError(`expected 512 elements, got ${golden} golden and ${simulated} simulated`),
    )
  })

  test('every difference counts, the first in order is shown; without a clock it has no cycle', () => {
    const actual = Int32Array.from(expected)
    for (const at of [2 * 128 + 3 * 16 + 5, 400, 511]) actual[at] = 255
    const comparison = compareTensors(expected, actual, shape)
    // Element 309 is 309 - 251 = 58.
    expect(comparison).toEqual({
      ...{ elements: 512, mismatches: 3 },
      first: { channel: 2, y: 3, x: 5, expected: 58, actual: 255, cycle: null },
    })
    expect(describeComparison(comparison)).toBe('c2 y3 x5: expected 58, received 255; 3 of 512 differ')
  })

  test.each([
    { mismatches: 0, first: null, says: 'all 512 elements equal' },
    { mismatches: 2, first: null, says: '2 of 512 differ' },
    {
      mismatches: 1,
      first: { channel: 0, y: 1, x: 2, expected: 3, actual: 0, cycle: 0 },
      says: 'c0 y1 x2: expected 3, received 0 at cycle 0 of the run; 1 of 512 differs',
    },
  ])('$says', ({ says, ...comparison }) => {
    expect(describeComparison({ elements: 512, ...comparison })).toBe(says)
  })
})

describe('compareBoxes', () => {
  const box = (anchor: number): IntegerBox => ({
    x0: 1,
    y0: 2,
    x1: 30,
    y1: 40,
    classIndex: 3,
    code: 200,
    score: 60000,
    anchor,
  })
  const golden = { boxes: [box(1), box(2)], candidates: 5, overflow: false }

  test('equal', () => {
    expect(compareBoxes(golden, structuredClone(golden))).toEqual({
      expected: 2,
      actual: 2,
      mismatches: 0,
      first: null,
    })
  })

  test.each(['x0', 'y0', 'x1', 'y1', 'classIndex', 'code', 'score', 'anchor'] as const)(
    '%s off by one is found',
    (field) => {
      const [expected, actual] = [box(2)[field], box(2)[field] + 1]
      const other = { ...golden, boxes: [box(1), { ...box(2), [field]: actual }] }
      const first = { index: 1, field, expected, actual }
      expect(compareBoxes(golden, other)).toEqual({ expected: 2, actual: 2, mismatches: 1, first })
    },
  )

  const makeBoxes = (...anchors: readonly number[]) => ({ ...golden, boxes: anchors.map(box) })
  const count = { index: 2, field: 'count', expected: 2 }
  const at = (index: number, expected: number, actual: number) => ({
    ...{ index, field: 'anchor', expected, actual },
  })
  test.each([
    { because: 'another order', actual: makeBoxes(2, 1), mismatches: 2, first: at(0, 1, 2) },
    { because: 'one missing', actual: makeBoxes(1), mismatches: 1, first: { ...count, index: 1, actual: 1 } },
    { because: 'all missing', actual: makeBoxes(), mismatches: 2, first: { ...count, index: 0, actual: 0 } },
    { because: 'one too many', actual: makeBoxes(1, 2, 3), mismatches: 1, first: { ...count, actual: 3 } },
    {
      because: 'three too many',
      actual: makeBoxes(1, 2, 3, 4, 5),
      mismatches: 3,
      first: { ...count, actual: 5 },
    },
    { because: 'one wrong, two too many', actual: makeBoxes(1, 9, 3, 4), mismatches: 3, first: at(1, 2, 9) },
    {
      because: 'the number of candidates',
      actual: { ...golden, candidates: 6 },
      ...{ mismatches: 1, first: { index: 0, field: 'candidates', expected: 5, actual: 6 } },
    },
    {
      because: 'an overflow',
      actual: { ...golden, overflow: true },
      ...{ mismatches: 1, first: { index: 0, field: 'overflow', expected: 0, actual: 1 } },
    },
    {
      because: 'one missing, and both totals',
      actual: { ...makeBoxes(1), candidates: 4, overflow: true },
      ...{ mismatches: 3, first: { ...count, index: 1, actual: 1 } },
    },
  ])('$because: $mismatches', ({ actual, mismatches, first }) => {
    expect(compareBoxes(golden, actual)).toEqual({
      ...{ expected: 2, actual: actual.boxes.length, mismatches },
      first,
    })
  })

  test.each([
    { mismatches: 0, first: null, says: 'all 2 boxes equal' },
    { mismatches: 2, first: null, says: '2 differences' },
    { mismatches: 1, first: at(0, 1, 2), says: 'box 0 anchor: expected 1, received 2; 1 difference' },
    { mismatches: 2, first: { ...count, actual: 0 }, says: 'count: expected 2, received 0; 2 differences' },
    {
      ...{ mismatches: 1, first: { index: 0, field: 'candidates', expected: 5, actual: 6 } },
      says: 'candidates: expected 5, received 6; 1 difference',
    },
    {
      ...{ mismatches: 1, first: { index: 0, field: 'overflow', expected: 0, actual: 1 } },
      says: 'overflow: expected 0, received 1; 1 difference',
    },
  ])('$says', ({ mismatches, first, says }) => {
    const comparison = { expected: 2, actual: 2, mismatches, first: first as BoxComparison['first'] }
    expect(describeBoxes(comparison)).toBe(says)
  })
})
