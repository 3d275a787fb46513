/** Right values in wrong places: each finder on small tensors of distinct codes, with the sentence compared whole. */
import { describe, expect, test } from 'vitest'
import type { FaultContext } from '../../src/diff/fault-evidence.ts'
import { findPixelOrder, findShift, findStale, findUnwritten } from '../../src/diff/fault-moves.ts'
import type { Shape } from '../../src/graph/types.ts'
import { differ, fill, inOrder } from './difference.ts'

/** Every code once: of n elements, each that is explained tells log2((n + 1) / 2) bits. */
const distinct = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => (i * 37 + 11) % 256)

/** A tensor of distinct codes, some of which hold what stands at another place; -1 is never written. */
function move(
  shape: Shape,
  isWrong: (c: number, y: number, x: number) => boolean,
  from: (c: number, y: number, x: number) => number | readonly [number, number, number],
) {
  const expected = distinct(shape[0] * shape[1] * shape[2])
  const codeAt = ([c, y, x]: readonly [number, number, number]): number =>
    expected[(c * shape[1] + y) * shape[2] + x] ?? 255
  const actual = fill(shape, (c, y, x) => {
    if (!isWrong(c, y, x)) return codeAt([c, y, x])
    const source = from(c, y, x)
    return typeof source === 'number' ? source : codeAt(source)
  })
  return differ(shape, expected, actual)
}

describe('never written', () => {
  const unwritten = (found: string) => ({
    name: 'not-written',
    evidence: `${found}: the walk ends too early, or writes elsewhere`,
  })
  test.each([
    { actual: [-1], says: '1 of 8 elements were never written' },
    { actual: [-1, -1, 9, 9], says: '2 of 8 elements were never written; 2 others are wrong' },
    { actual: [-1, 9, 9], says: null },
    { actual: [9, 9], says: null },
  ])('$actual', ({ actual, says }) => {
    const found = findUnwritten(inOrder([0, 1, 2, 3, 4, 5, 6, 7], actual))
    expect(found).toEqual(says === null ? null : unwritten(says))
  })

  test('code 0 is written; the elements of every channel are counted', () => {
    expect(findUnwritten(inOrder([1, 1], [0]))).toBeNull()
    const some = differ([2, 3, 4], distinct(24), distinct(24).with(5, -1))
    expect(findUnwritten(some)).toEqual(unwritten('1 of 24 elements were never written'))
  })
})

describe('stale', () => {
  const stale = (found: string, name: string) => ({
    name: 'stale',
    evidence: `${found} wrong elements hold what ${name} has at the same place: the memory still has the layer before, or the layer did not run`,
  })
  const other = (name: string, shape: Shape, codes: readonly number[]) => ({
    ...{ name, shape },
    codes: Uint8Array.from(codes),
  })
  /** 127 codes, of which each tells 6 bits; zeros were right. */
  const codes = distinct(127).map((code) => (code === 0 ? 1 : code))
  const zeros = codes.map(() => 0)
  const find = (n: number, others: FaultContext['others'], replaced: readonly number[] = []) =>
    findStale(inOrder(zeros, [...replaced, ...codes.slice(replaced.length, n)]), { others })

  test('four elements of 6 bits tell, three do not', () => {
    const others = [other('a', [1, 1, 127], codes)]
    expect(find(3, others)).toBeNull()
    expect(find(4, others)).toEqual(stale('all 4', 'a'))
    expect(find(4, undefined)).toBeNull()
  })

  test('the first tensor that fits is named; another plane, and another content, do not', () => {
    const fits = other('c', [1, 127, 1], codes)
    const others = [other('a', [127, 1, 1], codes), other('b', [1, 1, 127], codes.toReversed()), fits]
    expect(find(40, others)).toEqual(stale('all 40', 'c'))
    expect(find(40, others.slice(0, 2))).toBeNull()
  })

  test('one in a hundred may be another code', () => {
    const others = [other('a', [1, 1, 127], codes)]
    expect(find(100, others, [255])).toEqual(stale('99 of 100', 'a'))
    expect(find(100, others, [255, 254])).toBeNull()
  })

  test('a tensor of fewer channels tells of its own part, which must be three tenths', () => {
    const long = [1, 1, 127] as const
    const two = (told: number, wrong: number) => {
      const right = fill([2, 1, 127], () => 0)
      const actual = right.map((_, i) => (i < told ? codes[i]! : i >= 127 && i < 127 + wrong - told ? 99 : 0))
      return findStale(differ([2, 1, 127], right, actual), { others: [other('a', long, codes)] })
    }
    expect(two(6, 20)).toEqual(stale('all 6', 'a'))
    expect(two(6, 21)).toBeNull()
  })
})

describe('a shift', () => {
  const shifted = (found: string, where: string, why: string, edge = 0) => ({
    name: 'shifted',
    evidence: `${found} wrong elements${edge === 0 ? '' : ` whose source is inside (${edge} others are at the edge)`} hold the value that belongs ${where}: ${why}`,
  })
  const address = 'padding, or an address that starts at the wrong place'
  const tile = 'a tile was written with its neighbour’s results'

  test.each<[string, number, number, FaultContext, string]>([
    ['1 column to the right', 0, 1, {}, address],
    ['2 columns to the left', 0, -2, { pixels: 4 }, address],
    ['3 columns to the right', 0, 3, {}, address],
    ['3 rows below', 3, 0, {}, address],
    ['1 row above', -1, 0, { pixels: 2 }, address],
    ['2 rows above and 1 column to the right', -2, 1, {}, address],
    ['1 row below and 3 columns to the left', 1, -3, {}, address],
    ['2 columns to the right', 0, 2, { pixels: 2 }, tile],
    ['4 columns to the left', 0, -4, { pixels: 4 }, tile],
    ['8 columns to the right', 0, 8, { pixels: 4 }, tile],
    ['8 columns to the left', 0, -8, { pixels: 4 }, tile],
    ['5 columns to the right', 0, 5, { pixels: 5 }, tile],
    ['1 column to the left', 0, -1, { pixels: 1 }, address],
  ])('%s', (where, dy, dx, context, why) => {
    const shape = [2, 8, 15] as const
    const isInside = (y: number, x: number) => y + dy >= 0 && y + dy < 8 && x + dx >= 0 && x + dx < 15
    const difference = move(
      shape,
      () => true,
      (c, y, x) => (isInside(y, x) ? [c, y + dy, x + dx] : 255),
    )
    const told = 2 * (8 - Math.abs(dy)) * (15 - Math.abs(dx))
    const edge = difference.wrong.length - told
    expect(edge).toBeGreaterThan(0)
    expect(findShift(difference, context)).toEqual(shifted(`all ${told}`, where, why, edge))
  })

  test.each([
    { because: 'further than three rows', dy: 4, dx: 0, pixels: 4 },
    { because: 'further than three columns, and no tile', dy: 0, dx: 4, pixels: 1 },
    { because: 'a row and a tile', dy: 1, dx: 4, pixels: 4 },
  ])('$because is none', ({ dy, dx, pixels }) => {
    const difference = move(
      [1, 8, 20],
      (_, y, x) => y + dy < 8 && x + dx < 20,
      (c, y, x) => [c, y + dy, x + dx],
    )
    expect(findShift(difference, { pixels })).toBeNull()
  })

  test.each([
    { where: '1 column to the left', code: (y: number, x: number) => 10 + (x % 2) + 0 * y },
    { where: '1 row above', code: (y: number, x: number) => 10 + (y % 2) + 0 * x },
    { where: '2 columns to the left', code: (y: number, x: number) => 10 + (x % 4 > 1 ? 1 : 0) + 0 * y },
  ])('of several that hold the nearest is named: $where', ({ where, code }) => {
    const shape = [1, 12, 12] as const
    const right = fill(shape, (_, y, x) => code(y, x))
    // Each inner element holds the other of the two codes.
    const wrong = fill(shape, (_, y, x) => (y > 2 && y < 9 && x > 2 && x < 9 ? 21 - code(y, x) : code(y, x)))
    expect(findShift(differ(shape, right, wrong), {})).toEqual(shifted('all 36', where, address))
  })

  const row = (n: number, others = 0) =>
    move(
      [1, 1, 127],
      (_c, _y, x) => x < n,
      (c, y, x) => (x < others ? 255 : [c, y, x + 1]),
    )
  test('four elements of 6 bits tell, three do not; one in a hundred may be another code', () => {
    expect(findShift(row(3), {})).toBeNull()
    expect(findShift(row(4), {})).toEqual(shifted('all 4', '1 column to the right', address))
    expect(findShift(row(100, 1), {})).toEqual(shifted('99 of 100', '1 column to the right', address))
    expect(findShift(row(100, 2), {})).toBeNull()
  })

  test('the shift must tell of three tenths of the wrong elements', () => {
    // Six columns to the left: the first six of a row come from outside.
    const some = (told: number, outside: number) =>
      move(
        [5, 1, 31],
        (c, _, x) => (c === 4 && x >= 6 && x < 6 + told) || (x < 6 && c * 6 + x < outside),
        (c, y, x) => (x < 6 ? 255 : [c, y, x - 6]),
      )
    const context = { pixels: 6 }
    expect(findShift(some(6, 14), context)).toEqual(shifted('all 6', '6 columns to the left', tile, 14))
    expect(findShift(some(6, 15), context)).toBeNull()
  })

  test('what holds in a sample must hold in all', () => {
    // Of 8,192 wrong elements every other is looked at first: the others hold anything.
    const codes = Array.from({ length: 8193 }, (_, i) => (i * 37) % 65536)
    const wrong = (odd: number) =>
      inOrder(
        codes,
        codes.slice(1).map((code, i) => (i % 2 === 0 ? code : code + odd)),
        16,
      )
    expect(findShift(wrong(0), {})).toEqual(shifted('all 8,192', '1 column to the right', address))
    expect(findShift(wrong(1), {})).toBeNull()
    // One in 51 of the sample is one in 102 of all.
    const others = codes.slice(1).map((code, i) => (i % 102 === 0 ? (code + 1) % 65536 : code))
    expect(findShift(inOrder(codes, others, 16), {})).toBeNull()
  })
})

describe('the order of pixels', () => {
  const order = (found: string, n: number, list: string) => ({
    name: 'lanes',
    evidence: `${found} wrong elements hold a neighbour's value: the pixels of each group of ${n} stand in the order ${list}: the lanes of a tile or of a memory row`,
  })
  const shuffle = (shape: Shape, lanes: readonly number[], n = 1000) => {
    let left = n
    return move(
      shape,
      (_c, _y, x) => lanes[x % lanes.length] !== x % lanes.length && left-- > 0,
      (c, y, x) => [c, y, x - (x % lanes.length) + lanes[x % lanes.length]!],
    )
  }
  test.each([
    { lanes: [1, 0], context: {}, list: '1, 0' },
    { lanes: [3, 2, 1, 0], context: {}, list: '3, 2, 1, 0' },
    { lanes: [0, 2, 1, 3], context: {}, list: '0, 2, 1, 3' },
    { lanes: [2, 0, 1], context: { pixels: 3 }, list: '2, 0, 1' },
    { lanes: [5, 1, 2, 3, 4, 0], context: { pixels: 3 }, list: '5, 1, 2, 3, 4, 0' },
    { lanes: [7, 1, 2, 3, 4, 5, 6, 0], context: { pixels: 1 }, list: '7, 1, 2, 3, 4, 5, 6, 0' },
  ])('$lanes', ({ lanes, context, list }) => {
    const difference = shuffle([2, 4, 24], lanes)
    const expected = order(`all ${difference.wrong.length}`, lanes.length, list)
    // Neighbours exchanged are so in each group of four, too: the array's own group is named.
    expect(findPixelOrder(difference, { pixels: lanes.length, ...context })).toEqual(expected)
  })

  test('the array has four pixels where nobody says; their group is looked for first', () => {
    expect(findPixelOrder(shuffle([2, 4, 24], [1, 0]), {})).toEqual(order('all 192', 4, '1, 0, 3, 2'))
  })

  test('a group that is wider than the row is none', () => {
    expect(findPixelOrder(shuffle([8, 8, 2], [1, 0]), {})).toEqual(order('all 128', 2, '1, 0'))
    expect(findPixelOrder(shuffle([20, 4, 3], [2, 0, 1]), { pixels: 4 })).toBeNull()
    expect(findPixelOrder(shuffle([20, 4, 3], [2, 0, 1]), { pixels: 3 })).toMatchObject({ name: 'lanes' })
  })

  test('six elements of 48 tell 4.6 bits each, five do not tell enough', () => {
    expect(findPixelOrder(shuffle([1, 2, 24], [1, 0], 6), { pixels: 2 })).toEqual(order('all 6', 2, '1, 0'))
    expect(findPixelOrder(shuffle([1, 2, 24], [1, 0], 5), { pixels: 2 })).toBeNull()
  })

  test('one in a hundred of a lane may hold another value', () => {
    const swap = (others: number) =>
      move(
        [50, 1, 4],
        () => true,
        (c, y, x) => (c < others && x < 2 ? 255 : [c, y, x ^ 1]),
      )
    expect(findPixelOrder(swap(1), { pixels: 2 })).toEqual(order('198 of 200', 2, '1, 0'))
    expect(findPixelOrder(swap(2), { pixels: 2 })).toBeNull()
  })

  test('one value that happens to stand in a nearer lane does not hide the order', () => {
    const expected = distinct(48).with(1, distinct(48)[3]!)
    const actual = expected.map((_, i) => expected[i ^ 3]!)
    expect(findPixelOrder(differ([2, 1, 24], expected, actual), {})).toMatchObject({
      evidence: expect.stringContaining('group of 4 stand in the order 3, 2, 1, 0'),
    })
  })

  test('a lane that nothing explains leaves no order', () => {
    // Lanes 1 and 3 are exchanged, and one element of lane 0 holds what is nowhere.
    const exchanged = (one: boolean) =>
      move(
        [30, 1, 8],
        (c, _, x) => x % 2 === 1 || (one && c === 0 && x === 0),
        (c, y, x) => (x === 0 ? 255 : [c, y, x ^ 2]),
      )
    expect(findPixelOrder(exchanged(false), {})).toEqual(order('all 120', 4, '0, 3, 2, 1'))
    expect(findPixelOrder(exchanged(true), {})).toBeNull()
  })

  test('what would come from beyond the row is not told, and explains nothing', () => {
    const rest = move(
      [4, 3, 6],
      () => true,
      (c, y, x) => (x < 4 ? [c, y, 3 - x] : 255),
    )
    expect(findPixelOrder(rest, {})).toMatchObject({
      evidence: expect.stringMatching(
        /^all 48 wrong elements whose source is inside \(24 others are at the edge\) hold/,
      ),
    })
    // Only the last group of lane 0 is wrong, and its values are nowhere.
    const last = move(
      [8, 2, 6],
      (_c, _y, x) => x === 2 || x === 3 || x === 4,
      (c, y, x) => (x < 4 ? [c, y, x ^ 1] : 255),
    )
    expect(findPixelOrder(last, {})).toBeNull()
  })

  test('a value of another row is no neighbour', () => {
    const difference = move(
      [1, 8, 8],
      () => true,
      (c, y, x) => [c, (y + 1) % 8, x],
    )
    expect(findPixelOrder(difference, {})).toBeNull()
  })
})
