import { describe, expect, test } from 'vitest'
import { compareBoxes, describeBoxes } from '../../src/diff/boxes.ts'
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

  test('tensors of another size are no comparison', () => {
    expect(() => compareTensors(expected, expected.slice(1), shape)).toThrow(/expected 512 elements/)
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
      const other = { ...golden, boxes: [box(1), { ...box(2), [field]: box(2)[field] + 1 }] }
      expect(compareBoxes(golden, other)).toMatchObject({ mismatches: 1, first: { index: 1, field } })
    },
  )

  test('order, number and totals count', () => {
    expect(compareBoxes(golden, { ...golden, boxes: [box(2), box(1)] }).mismatches).toBe(2)
    const short = compareBoxes(golden, { ...golden, boxes: [box(1)] })
    expect(describeBoxes(short)).toBe('count: expected 2, received 1; 1 difference')
    expect(compareBoxes(golden, { ...golden, candidates: 6 }).first).toMatchObject({ field: 'candidates' })
    expect(compareBoxes(golden, { ...golden, overflow: true }).mismatches).toBe(1)
  })
})
