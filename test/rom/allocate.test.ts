import { describe, expect, test } from 'vitest'
import { allocate, findOverlaps, type Lifetime, mostAtOnce, refuseOverlaps } from '../../src/rom/allocate.ts'
import { createRandom } from '../golden/random.ts'

describe('allocate', () => {
  test('buffers that never live together share rows', () => {
    const { rows, peak } = allocate([
      { rows: 10, first: 0, last: 1 },
      { rows: 6, first: 1, last: 2 },
      { rows: 10, first: 2, last: 3 },
    ])
    expect(rows).toEqual([0, 10, 0])
    expect(peak).toBe(16)
  })

  test('the largest goes first, equals in order, each into the lowest gap that it fits', () => {
    // By size: 3 at 0, 1 at 0 (not alive with 3), 0 above 3. Between 1 and 0, row 8 is free: 4 fits, 2 does not and goes on top.
    const { rows, peak } = allocate([
      { rows: 7, first: 4, last: 9 },
      { rows: 8, first: 5, last: 5 },
      { rows: 2, first: 5, last: 6 },
      { rows: 9, first: 1, last: 4 },
      { rows: 1, first: 5, last: 5 },
    ])
    expect(rows).toEqual([9, 0, 16, 0, 8])
    expect(peak).toBe(18)
    // The first of two equals is placed first.
    expect(
      allocate([
        { rows: 2, first: 0, last: 0 },
        { rows: 2, first: 0, last: 0 },
      ]).rows,
    ).toEqual([0, 2])
    expect(allocate([])).toEqual({ rows: [], peak: 0 })
  })

  test('a gap is what no buffer of that time has, also under one that begins lower and ends higher', () => {
    // 0 takes rows 0-9, 1 and 2 each lie on it at times of their own: rows 10-14 and 10-11. 3 lives with all three.
    const { rows, peak } = allocate([
      { rows: 10, first: 0, last: 9 },
      { rows: 5, first: 0, last: 3 },
      { rows: 2, first: 4, last: 9 },
      { rows: 1, first: 3, last: 4 },
    ])
    expect(rows).toEqual([0, 10, 10, 15])
    expect(peak).toBe(16)
  })

  test('random lifetimes: no overlap, by marking every row of every moment', () => {
    const random = createRandom(11)
    for (let trial = 0; trial < 200; trial++) {
      const buffers: Lifetime[] = Array.from({ length: 12 }, () => {
        const first = random.integer(-1, 20)
        return { rows: random.integer(1, 40), first, last: first + random.integer(0, 6) }
      })
      const { rows, peak } = allocate(buffers)
      for (let moment = -1; moment <= 26; moment++) {
        const used = new Int32Array(peak)
        buffers.forEach((buffer, index) => {
          if (moment < buffer.first || moment > buffer.last) return
          for (let row = rows[index]!; row < rows[index]! + buffer.rows; row++) used[row]! += 1
        })
        expect(Math.max(...used)).toBeLessThanOrEqual(1)
      }
      expect(findOverlaps(buffers, rows)).toEqual([])
    }
  })

  test('where the largest first leaves a gap, another order does not', () => {
    // Largest first: 0 and 1 at row 0, 2 on top of 0 from 6, and 3, which lives with 1 and 2, on top of 2 up to 12. In the order of
    // their begins 1 and 3 take 8 rows, 2 the first 3 when it comes, and 0 the 6 behind it.
    const buffers = [
      { rows: 6, first: 4, last: 5 },
      { rows: 5, first: 1, last: 1 },
      { rows: 3, first: 3, last: 6 },
      { rows: 3, first: 1, last: 3 },
    ]
    expect([mostAtOnce(buffers), allocate(buffers).peak]).toEqual([9, 9])
  })

  test('no allocation is below what lives at once, and most of a network are just that', () => {
    const random = createRandom(12)
    const over: number[] = []
    for (let trial = 0; trial < 100; trial++) {
      const buffers: Lifetime[] = Array.from({ length: 20 }, (_, index) => {
        return { rows: 2 ** random.integer(3, 6), first: index, last: index + random.integer(1, 5) }
      })
      over.push(allocate(buffers).peak / mostAtOnce(buffers))
    }
    expect(Math.min(...over)).toBe(1)
    expect(over.filter((ratio) => ratio === 1).length).toBeGreaterThan(50)
  })

  test.each<{ what: string; a: Lifetime; b: Lifetime; rows: [number, number]; pairs: [number, number][] }>([
    {
      what: 'share a row in the last instruction of one',
      a: { rows: 4, first: 0, last: 2 },
      b: { rows: 4, first: 2, last: 3 },
      rows: [0, 3],
      pairs: [[0, 1]],
    },
    {
      what: 'share it the other way round in rows and in time',
      a: { rows: 4, first: 2, last: 3 },
      b: { rows: 4, first: 0, last: 2 },
      rows: [3, 0],
      pairs: [[0, 1]],
    },
    {
      what: 'touch in rows',
      a: { rows: 4, first: 0, last: 2 },
      b: { rows: 4, first: 2, last: 3 },
      rows: [0, 4],
      pairs: [],
    },
    {
      what: 'touch in rows, the other below',
      a: { rows: 4, first: 0, last: 2 },
      b: { rows: 4, first: 2, last: 3 },
      rows: [4, 0],
      pairs: [],
    },
    {
      what: 'follow each other in time',
      a: { rows: 4, first: 0, last: 1 },
      b: { rows: 4, first: 2, last: 3 },
      rows: [0, 0],
      pairs: [],
    },
    {
      what: 'follow each other in time, the other before',
      a: { rows: 4, first: 2, last: 3 },
      b: { rows: 4, first: 0, last: 1 },
      rows: [0, 0],
      pairs: [],
    },
  ])('findOverlaps of two that $what', ({ a, b, rows, pairs }) => {
    expect(findOverlaps([a, b], rows)).toEqual(pairs)
    // Behind one that is alone, the pair has the next numbers.
    const alone = { rows: 4, first: 0, last: 9 }
    expect(findOverlaps([alone, a, b], [100, ...rows])).toEqual(pairs.map(() => [1, 2]))
  })

  test('rows that overlap are refused by the numbers of the buffers', () => {
    const buffers = [0, 1, 2].map(() => ({ rows: 4, first: 0, last: 0 }))
    expect(() => refuseOverlaps(buffers, [0, 8, 5])).toThrow('feature memory: buffers 1 and 2 overlap')
    expect(() => refuseOverlaps(buffers, [0, 9, 5])).not.toThrow()
  })
})
