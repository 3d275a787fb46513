/** Samples, and the ways to choose, worked out by hand. */
import { describe, expect, test } from 'vitest'
import { log2Choose, thinOut } from '../../../src/diff/hypotheses/chance.ts'

describe('a sample', () => {
  const indices = Int32Array.from({ length: 10 }, (_, i) => 100 + i)
  test('is evenly spread, from the first on', () => {
    expect([...thinOut(indices, 3)]).toEqual([100, 103, 106])
    expect([...thinOut(indices, 4)]).toEqual([100, 102, 105, 107])
    expect([...thinOut(indices, 9)]).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108])
  })

  test('of as many as there are is all of them', () => {
    expect(thinOut(indices, 10)).toBe(indices)
    expect(thinOut(indices, 11)).toBe(indices)
  })
})

test.each([
  [4, 0, 1],
  [4, 1, 4],
  [4, 2, 6],
  [16, 1, 16],
  [64, 3, 41664],
])('log2 of %i over %i is that of %i', (n, k, ways) => {
  expect(log2Choose(n, k)).toBeCloseTo(Math.log2(ways), 10)
})
