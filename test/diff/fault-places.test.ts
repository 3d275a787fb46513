/** Where wrong elements lie: a place has a name from the element on from which chance would be rarer than one in 2^24. */
import { describe, expect, test } from 'vitest'
import type { FaultContext } from '../../src/diff/fault-evidence.ts'
import { describeExtent, findPlace } from '../../src/diff/fault-places.ts'
import type { Shape } from '../../src/graph/types.ts'
import { onesAt, type Place, places } from './difference.ts'

const find = (shape: Shape, at: readonly Place[], context: FaultContext = {}) =>
  findPlace(onesAt(shape, at), context)

describe('one channel', () => {
  const shape = [64, 4, 4] as const
  // Inside of the border, and of no order of lanes.
  const inside = (n: number, channel: number): readonly Place[] =>
    (
      [
        [1, 1],
        [1, 2],
        [2, 1],
        [2, 2],
        [0, 3],
      ] as const
    )
      .slice(0, n)
      .map(([y, x]) => [channel, y, x])

  test.each([0, 37, 63])('%i: each element after the first tells 6 bits of 64 channels', (channel) => {
    expect(find(shape, inside(4, channel))).toBeNull()
    expect(find(shape, inside(5, channel))).toEqual({
      name: 'one-channel',
      evidence: `all 5 wrong elements are in channel ${channel} of 64: its weights, bias, multiplier or shift`,
    })
  })

  test('one element in another channel is not one channel', () => {
    expect(find(shape, [...inside(5, 3), [4, 1, 1]])).toBeNull()
  })
})

describe('the border', () => {
  const border = (count: string, depth: string, sides: string) => ({
    name: 'border',
    evidence: `all ${count} wrong elements are in ${depth} (${sides}): the padding, its code or its extent`,
  })
  const outermost = 'the outermost row or column'

  test.each<[string, Shape, (...at: Place) => boolean, number]>([
    // A quarter of the plane is 2 bits an element: 14 of them less 4 are 24.
    ['left', [2, 8, 4], (_c, _y, x) => x === 0, 14],
    ['right', [2, 8, 4], (_c, _y, x) => x === 3, 14],
    ['top', [2, 4, 8], (_c, y) => y === 0, 14],
    ['bottom', [2, 4, 8], (_c, y) => y === 3, 14],
    // 44 of 128 pixels are log2(128 / 44) = 1.541 bits: 19 of them less 4 are 25.3, 18 are 23.7.
    ['top, bottom, left, right', [2, 8, 16], (_c, y, x) => y % 7 === 0 || x % 15 === 0, 19],
  ])('%s', (sides, shape, takes, enough) => {
    const all = places(shape, takes)
    // Evenly spread, so that every side is among them.
    const some = (n: number): readonly Place[] =>
      Array.from({ length: n }, (_, i) => all[Math.floor((i * all.length) / n)]!)
    expect(find(shape, some(enough - 1))).toBeNull()
    expect(find(shape, some(enough))).toEqual(border(`${enough}`, outermost, sides))
  })

  test.each<[string, Shape, (...at: Place) => boolean, string, string]>([
    ['a corner alone is of the row', [32, 8, 8], (_c, y, x) => y === 0 && x === 0, outermost, 'top'],
    ['the other corner', [32, 8, 8], (_c, y, x) => y === 7 && x === 7, outermost, 'bottom'],
    [
      'a corner belongs to the column that other elements are in',
      [8, 8, 8],
      (_c, y, x) => x === 0 && y < 5,
      outermost,
      'left',
    ],
    [
      'two sides',
      [8, 8, 8],
      (_c, y, x) => (x === 7 && y > 1) || (y === 7 && x > 1),
      outermost,
      'bottom, right',
    ],
    ['two rows', [4, 8, 8], (_c, y) => y > 5, 'the outer 2 rows or columns', 'bottom'],
    ['two columns', [4, 8, 8], (_c, _y, x) => x < 2, 'the outer 2 rows or columns', 'left'],
    ['three rows of seven', [8, 7, 7], (_c, y) => y < 3, 'the outer 3 rows or columns', 'top'],
  ])('%s', (_, shape, takes, depth, sides) => {
    const at = places(shape, takes)
    expect(find(shape, at)).toEqual(border(`${at.length}`, depth, sides))
  })

  test.each<[string, Shape, (...at: Place) => boolean]>([
    ['three rows of six are half of the plane', [8, 6, 7], (_c, y, x) => y < 3 && (x + y) % 2 === 0],
    ['three columns of six', [8, 7, 6], (_c, y, x) => x < 3 && (x + y) % 2 === 0],
    ['an element inside', [8, 9, 9], (c, y, x) => y === 0 || (c === 7 && y === 4 && x === 4)],
  ])('%s: no border', (_, shape, takes) => {
    expect(find(shape, places(shape, takes))?.name).not.toBe('border')
  })
})

describe('lanes', () => {
  const lanes = (count: number, which: string, n: number, axis: string) => ({
    name: 'lanes',
    evidence: `all ${count} wrong elements are in ${which} of every ${n} ${axis}: a lane of the array, of a memory word or of a bank`,
  })
  // Each place apart from the others in what is no lane.
  const spread = (c: number, y: number, x: number): boolean => (c * 5 + y * 3 + x * 2) % 7 < 5

  test.each<[string, Shape, (...at: Place) => boolean, string, number, string, FaultContext]>([
    ['channels', [32, 5, 5], (c) => c % 8 === 3, 'lane 3', 8, 'channels', {}],
    ['columns', [5, 5, 32], (_c, _y, x) => x % 4 === 2, 'lane 2', 4, 'columns', {}],
    ['rows', [5, 32, 5], (_c, y) => y % 4 === 1, 'lane 1', 4, 'rows', {}],
    ['elements', [7, 5, 5], (c, y, x) => ((c * 5 + y) * 5 + x) % 4 === 1, 'lane 1', 4, 'elements', {}],
    ['two groups of four', [8, 5, 5], (c) => c % 4 === 3, 'lane 3', 4, 'channels', {}],
    [
      'the higher of two comes first',
      [32, 5, 5],
      (c) => c % 8 === 6 || (c % 8 === 3 && c > 8),
      'lanes 3, 6',
      8,
      'channels',
      {},
    ],
    [
      'an array of one lane',
      [32, 5, 5],
      (c) => c % 8 === 3,
      'lane 3',
      8,
      'channels',
      { inputLanes: 1, outputLanes: 1, pixels: 1 },
    ],
    ['two of eight channels', [32, 5, 5], (c) => c % 8 === 3 || c % 8 === 6, 'lanes 3, 6', 8, 'channels', {}],
    ['half of the columns', [5, 5, 32], (_c, _y, x) => x % 4 < 2, 'lanes 0, 1', 4, 'columns', {}],
    ['input lanes', [60, 3, 3], (c) => c % 12 === 5, 'lane 5', 12, 'channels', { inputLanes: 12 }],
    ['output lanes', [60, 3, 3], (c) => c % 12 === 5, 'lane 5', 12, 'channels', { outputLanes: 12 }],
    [
      'the smaller of two',
      [96, 3, 3],
      (c) => c % 12 === 5,
      'lane 5',
      12,
      'channels',
      { inputLanes: 24, outputLanes: 12 },
    ],
    ['pixels', [3, 3, 60], (_c, _y, x) => x % 10 === 5, 'lane 5', 10, 'columns', { pixels: 10 }],
    ['two tiles', [3, 3, 60], (_c, _y, x) => x % 10 === 7, 'lane 7', 10, 'columns', { pixels: 5 }],
  ])('%s', (_, shape, takes, which, n, axis, context) => {
    const at = places(shape, (...place) => takes(...place) && spread(...place))
    expect(find(shape, at, context)).toEqual(lanes(at.length, which, n, axis))
  })

  test('of four: 2 bits an element less 8, so 16 of them', () => {
    const shape = [5, 5, 32] as const
    const all = places(shape, (c, y, x) => x % 4 === 2 && spread(c, y, x))
    const some = (n: number): readonly Place[] => all.filter((_, i) => i % 7 === 0).slice(0, n)
    expect(find(shape, some(15))).toBeNull()
    expect(find(shape, some(16))).toEqual(lanes(16, 'lane 2', 4, 'columns'))
  })

  test('a lane is told by groups: one column alone is none, nor are columns of one group', () => {
    const shape = [9, 9, 13] as const
    const column = (...columns: readonly number[]) =>
      find(
        shape,
        places(shape, (c, y, x) => columns.includes(x) && y > 0 && y < 8 && spread(c, y, x)),
      )
    expect(column(5)).toBeNull()
    expect(column(6, 7)).toBeNull()
    expect(column(1, 5, 9)).toMatchObject({ name: 'lanes' })
  })

  test('five lanes of eight are too many to be a lane', () => {
    const shape = [128, 3, 3] as const
    expect(
      find(
        shape,
        places(shape, (c) => [0, 1, 3, 4, 6].includes(c % 8)),
      ),
    ).toBeNull()
  })

  test('more than eight lanes are named by the first eight', () => {
    const shape = [128, 3, 3] as const
    const at = places(shape, (c) => [1, 3, 4, 8, 13, 14, 17, 20, 26, 31].includes(c % 32))
    expect(find(shape, at)).toEqual(lanes(at.length, 'lanes 1, 3, 4, 8, 13, 14, 17, 20', 32, 'channels'))
  })
})

test.each<[readonly Place[], string]>([
  [[[1, 2, 3]], 'channel 1, row 2, column 3'],
  [
    [
      [0, 4, 1],
      [2, 1, 0],
      [3, 3, 3],
    ],
    'channels 0, 2 and 3, rows 1 to 4, columns 0 to 3',
  ],
])('the extent of %j', (at, text) => {
  expect(describeExtent(onesAt([4, 5, 6], at))).toBe(text)
})

describe('one column of a row that 5 divides is no lane', () => {
  const shape = [8, 10, 20] as const

  test('of the elements, although it is every fifth of them', () => {
    expect(
      find(
        shape,
        places(shape, (_c, _y, x) => x === 3),
      ),
    ).toBeNull()
  })

  test('and every fifth column is', () => {
    expect(
      find(
        shape,
        places(shape, (_c, _y, x) => x % 5 === 3),
      )?.evidence,
    ).toMatch(/in lane 3 of every 5 columns: /)
  })

  test('and every fifth element of rows of 18 is', () => {
    const odd = [8, 10, 18] as const
    const fifth = places(odd, (c, y, x) => (c * 180 + y * 18 + x) % 5 === 3)
    expect(find(odd, fifth)?.evidence).toMatch(/in lane 3 of every 5 elements: /)
  })
})
