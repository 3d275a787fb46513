/** Codes at an end of the range, zeros and single bits: what stuck hardware and narrow words give. */
import { describe, expect, test } from 'vitest'
import { findBit, findSaturation, findZeros } from '../../src/diff/fault-ends.ts'
import type { Shape } from '../../src/graph/types.ts'
import { differ, fill, inOrder, someCodes as some } from './difference.ts'

describe('zeros', () => {
  const zeros = (found: string, range: string) => ({
    name: 'zeros',
    evidence: `${found} wrong elements are 0, where ${range} was expected: a memory not written, or read too early`,
  })

  test('each tells 8 bits: three of them do, two do not', () => {
    const expected = [90, 7, 30, 100, 2]
    expect(findZeros(inOrder(expected, [0, 0]))).toBeNull()
    expect(findZeros(inOrder(expected, [0, 0, 0]))).toEqual(zeros('all 3', '7 to 90'))
  })

  test('of 16 bits two do', () => {
    expect(findZeros(inOrder([90, 700, 30, 1000], [0, 0], 16))).toEqual(zeros('all 2', '90 to 700'))
  })

  test('one of a hundred may be another code, two may not', () => {
    const wrong = (others: number) =>
      inOrder(
        some(150),
        Array.from({ length: 100 }, (_, i) => (i < others ? 1 : 0)),
      )
    expect(findZeros(wrong(1))).toEqual(zeros('99 of 100', '40 to 189'))
    expect(findZeros(wrong(2))).toBeNull()
  })

  test('where exactly the largest codes are zeros, a width is too small and no memory at fault', () => {
    const largest = differ([1, 1, 6], [200, 1, 201, 2, 202, 3], [0, 1, 0, 2, 0, 3])
    expect(findZeros(largest)).toBeNull()
    const asLargeIsRight = differ([1, 1, 6], [200, 1, 201, 2, 202, 200], [0, 1, 0, 2, 0, 200])
    expect(findZeros(asLargeIsRight)).toEqual(zeros('all 3', '200 to 202'))
    expect(findZeros(inOrder([1, 2, 3], [0, 0, 0]))).toEqual(zeros('all 3', '1 to 3'))
  })

  const single = {
    name: 'zeros',
    evidence:
      'each of the 2 wrong channels holds one single value: only the bias arrives, the weights or the input read as zeros',
  }
  test.each<{
    because: string
    shape: Shape
    varies: readonly number[]
    value: (c: number, y: number, x: number) => number
    found: boolean
  }>([
    // 5x5 less one is 24 elements that the first of them predicts.
    {
      because: 'one channel varied',
      shape: [3, 5, 5],
      varies: [0],
      value: (c: number) => 9 - c,
      found: true,
    },
    { because: '4x6 are too few', shape: [3, 4, 6], varies: [0], value: (c: number) => 9 - c, found: false },
    {
      because: 'two channels of 4x4',
      shape: [3, 4, 4],
      varies: [0, 2],
      value: (c: number) => 9 - c,
      found: true,
    },
    { because: 'none varied', shape: [3, 5, 5], varies: [], value: (c: number) => 9 - c, found: false },
    {
      because: 'the last element of one is another',
      ...{ shape: [3, 5, 5], varies: [0], found: false },
      value: (c: number, y: number, x: number) => (c === 2 && y === 4 && x === 4 ? 1 : 9 - c),
    },
  ])('a channel of one value: $because', ({ shape, varies, value, found }) => {
    const expected = fill(shape, (c, y, x) => (varies.includes(c) ? 30 + 7 * y + x : 30 + c))
    const actual = fill(shape, (c, y, x) => (c === 1 ? 31 : value(c, y, x)))
    expect(findZeros(differ(shape, expected, actual))).toEqual(found ? single : null)
  })
})

describe('saturation', () => {
  const saturated = (text: string) => ({ name: 'saturated', evidence: text })
  const atEnds = (found: string, ends: string) =>
    saturated(
      `${found} wrong elements are at an end of the range (${ends}): a shift too small, a sum too wide, or a clamp too early`,
    )

  test('four elements at the ends tell 7 bits each, three do not tell enough', () => {
    expect(findSaturation(inOrder(some(150), [255, 255, 0]), {})).toBeNull()
    expect(findSaturation(inOrder(some(150), [255, 255, 0, 0]), {})).toEqual(atEnds('all 4', '0, 255'))
  })

  test('nine in ten are enough', () => {
    const wrong = (others: number) =>
      inOrder(
        some(150),
        Array.from({ length: 10 }, (_, i) => (i < others ? 1 : 255)),
      )
    expect(findSaturation(wrong(1), {})).toEqual(atEnds('9 of 10', '0, 255'))
    expect(findSaturation(wrong(2), {})).toBeNull()
  })

  test('the ends of a table are ends', () => {
    const table = Uint8Array.from({ length: 9 }, (_, p) => 10 + p)
    const wrong = inOrder(some(150), [18, 10, 18, 10, 18])
    expect(findSaturation(wrong, {})).toBeNull()
    expect(findSaturation(wrong, { table })).toEqual(atEnds('all 5', '0, 10, 18, 255'))
    expect(findSaturation(wrong, { table: null })).toBeNull()
  })

  test('what tells are codes that are rarely at an end: one of 67 does for four elements, one of 66 does not', () => {
    // log2(67) is 6.066 bits, log2(66) is 6.044; four elements need 24 and a fifth.
    expect(findSaturation(inOrder(some(66), [255, 255, 0, 255]), {})).toEqual(atEnds('all 4', '0, 255'))
    expect(findSaturation(inOrder(some(65), [255, 255, 0, 255]), {})).toBeNull()
  })

  test('all zeros: from the lowest code that was hit', () => {
    expect(findSaturation(inOrder([90, 80, 85, 70, ...some(146)], [0, 0, 0, 0]), {})).toEqual(
      saturated(
        'all 4 wrong elements are 0, and exactly the codes from 70 up are hit: the range is too narrow or read as signed',
      ),
    )
  })

  test('codes that should be at an end and are not', () => {
    const wrong = (n: number) => inOrder([...Array.from({ length: n }, () => 255), ...some(200)], some(n))
    expect(findSaturation(wrong(4), {})).toBeNull()
    expect(findSaturation(wrong(5), {})).toEqual(
      saturated(
        'all 5 wrong elements should be at an end of the range and are not: the clamp is missing and the value wraps',
      ),
    )
  })

  test('where most codes are at an end anyway it tells nothing', () => {
    const ends = Array.from({ length: 100 }, (_, i) => (i < 92 ? 255 : 9))
    expect(findSaturation(inOrder([1, 2, 3, 4, 5, 6, ...ends], [255, 255, 0, 0, 0, 255]), {})).toBeNull()
  })
})

describe('one bit', () => {
  const bit = (which: string) => ({
    name: 'bit',
    evidence: `in all 4 wrong elements bit ${which}: a data line`,
  })
  test.each([
    { because: 'either way', actual: [1, 9, 2, 17], says: '3 of the code, and no other, is wrong' },
    { because: 'always 1', actual: [12, 15, 9, 10], says: '3 of the code, and no other, is wrong, always 1' },
    { because: 'too few', actual: [9, 1, 10], says: null },
    { because: 'two bits', actual: [5, 13, 6, 21], says: null },
    { because: 'another bit of the last', actual: [1, 9, 2, 25 ^ 16], says: null },
  ])('$because', ({ because, actual, says }) => {
    const expected = because === 'always 1' ? [4, 7, 1, 2, 0] : [9, 1, 10, 25, 0]
    expect(findBit(inOrder(expected, actual))).toEqual(says === null ? null : bit(says))
  })

  test('always 0; 16 bits need no fewer than three', () => {
    const always0 = bit('8 of the code, and no other, is wrong, always 0')
    const expected = [256, 257, 300, 1]
    expect(findBit(inOrder(expected, [0, 1, 44], 16))).toEqual({
      ...always0,
      evidence: always0.evidence.replace('all 4', 'all 3'),
    })
    expect(findBit(inOrder(expected, [0, 1], 16))).toBeNull()
  })
})
