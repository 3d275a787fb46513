import { describe, expect, test } from 'vitest'
import { allocate, findOverlaps, type Lifetime } from '../../src/rom/allocate.ts'
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

  test('findOverlaps sees what allocate would never do', () => {
    const buffers = [
      { rows: 4, first: 0, last: 2 },
      { rows: 4, first: 2, last: 3 },
    ]
    expect(findOverlaps(buffers, [0, 3])).toEqual([[0, 1]])
    expect(findOverlaps(buffers, [0, 4])).toEqual([])
  })
})
