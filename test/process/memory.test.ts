/** What runs at once where memory is short. */
import { expect, test } from 'vitest'
import { countWithin } from '../../src/process/memory.ts'

test('half of the memory is shared out, and one piece of work runs in any case', () => {
  expect([1, 400, 500, 501, 1000, 1001].map((bytes) => countWithin(bytes, 2000))).toEqual([
    1000, 2, 2, 1, 1, 1,
  ])
  expect(countWithin(1, 0)).toBe(1)
})

test('without a number it is what is available here', () => {
  expect(countWithin(1)).toBeGreaterThan(2 ** 20)
})
