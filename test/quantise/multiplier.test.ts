import { describe, expect, test } from 'vitest'
import { toFixedMultiplier } from '../../src/quantise/multiplier.ts'
import { createRandom } from '../golden/random.ts'

describe('toFixedMultiplier (A-4)', () => {
  test.each([
    { because: 'one is 2^15 / 2^15', factor: 1, expected: { multiplier: 32768, shift: 15 } },
    { because: 'a half shifts by one more', factor: 0.5, expected: { multiplier: 32768, shift: 16 } },
    {
      because: 'just below one rounds up to one',
      factor: 1 - 2 ** -20,
      expected: { multiplier: 32768, shift: 15 },
    },
    { because: 'the largest', factor: 65535, expected: { multiplier: 65535, shift: 0 } },
    {
      because: 'beyond the last shift M loses digits',
      factor: 2 ** -40,
      expected: { multiplier: 128, shift: 47 },
    },
    { because: 'and may vanish', factor: 2 ** -60, expected: { multiplier: 0, shift: 47 } },
  ])('$because', ({ factor, expected }) => {
    expect(toFixedMultiplier(factor)).toEqual(expected)
  })

  test('is normalised and within half a unit of the last place, over the whole range', () => {
    const random = createRandom(3)
    for (let i = 0; i < 20_000; i++) {
      const factor = 2 ** (random.next() * 46.9 - 31.9)
      const { multiplier, shift } = toFixedMultiplier(factor)
      expect(multiplier).toBeGreaterThanOrEqual(2 ** 15)
      expect(multiplier).toBeLessThan(2 ** 16)
      expect(Math.abs(multiplier - factor * 2 ** shift)).toBeLessThanOrEqual(0.5)
    }
  })

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 65536])('refuses %d', (factor) => {
    expect(() => toFixedMultiplier(factor)).toThrow(RangeError)
  })
})
