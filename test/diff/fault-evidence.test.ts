/** The figures on which a fault's name rests, worked out by hand. */
import { describe, expect, test } from 'vitest'
import { count, share, surprise, wrongChannels, wrongElements } from '../../src/diff/fault-evidence.ts'
import { onesAt } from './difference.ts'

test('numbers have thousands separators; a whole is called all', () => {
  expect([count(999), count(1234567)]).toEqual(['999', '1,234,567'])
  expect([share(1000, 1000), share(3, 4000)]).toEqual(['all 1,000', '3 of 4,000'])
})

describe('surprise', () => {
  test('a code is the more surprising the rarer it is; one that never occurs counts as one of one more', () => {
    // Of 7 codes, 3 are 0, 1 is 2: 4/8, 1/8, 2/8, and 3 three times: 4/8.
    expect([...surprise(Uint8Array.of(0, 0, 0, 2, 3, 3, 3), 3)]).toEqual([1, 3, 2, 1])
  })

  test('is 8 bits at most', () => {
    expect(surprise(new Uint8Array(511), 1)[1]).toBe(8)
    expect(surprise(new Uint8Array(127), 1)[1]).toBe(7)
  })
})

test('the elements and channels that differ, ascending', () => {
  const wrong = wrongElements(Uint8Array.of(0, 1, 2, 3), Int32Array.of(0, 7, -1, 3))
  expect([...wrong]).toEqual([1, 2])
  expect([...wrongElements(Uint8Array.of(1), Uint8Array.of(1))]).toEqual([])
  const places = [
    [0, 1, 2],
    [2, 0, 0],
    [2, 1, 1],
    [3, 1, 2],
  ] as const
  expect(wrongChannels(onesAt([4, 2, 3], places))).toEqual([0, 2, 3])
})
