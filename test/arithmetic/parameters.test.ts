import { describe, expect, test } from 'vitest'
import { ASSAY } from '../../src/arithmetic/built-in.ts'
import { factorOf } from '../../src/arithmetic/parameters.ts'
import type { Stage } from '../../src/arithmetic/stages.ts'
import { createRandom } from '../golden/random.ts'

const ADD: readonly Stage[] = [
  { stage: 'multiply', bits: 16 },
  { stage: 'shift-right', rounding: 'half-up', most: 31 },
]

describe('factors of assay (A-4, A-6)', () => {
  test.each([
    { because: 'one is 2^15 / 2^15', factor: 1, expected: { multiplier: 32768, shift: 15 } },
    { because: 'a half shifts by one more', factor: 0.5, expected: { multiplier: 32768, shift: 16 } },
    {
      because: 'just below one rounds up to one',
      factor: 1 - 2 ** -20,
      expected: { multiplier: 32768, shift: 15 },
    },
    {
      because: 'just below a power of two, where its logarithm is rounded to a whole number',
      factor: 2 ** -20 * (1 - 2 ** -53),
      expected: { multiplier: 32768, shift: 35 },
    },
    { because: 'a third: 2^17 / 3 = 43690.67', factor: 1 / 3, expected: { multiplier: 43691, shift: 17 } },
    {
      because: 'two thirds of 2^17: 87381.33 / 2',
      factor: 2 / 3,
      expected: { multiplier: 43691, shift: 16 },
    },
    { because: 'an odd half rounds up', factor: 32768.5, expected: { multiplier: 32769, shift: 0 } },
    { because: 'the largest that rounds down', factor: 65535.4, expected: { multiplier: 65535, shift: 0 } },
    { because: 'the last that is normalised', factor: 2 ** -32, expected: { multiplier: 32768, shift: 47 } },
    { because: 'the largest', factor: 65535, expected: { multiplier: 65535, shift: 0 } },
    {
      because: 'beyond the last shift M loses digits',
      factor: 2 ** -40,
      expected: { multiplier: 128, shift: 47 },
    },
    { because: 'and may vanish', factor: 2 ** -60, expected: { multiplier: 0, shift: 47 } },
  ])('$because', ({ factor, expected }) => {
    expect(factorOf(ASSAY.requantise, factor)).toMatchObject(expected)
  })

  test.each([
    { factor: 2 ** -16, expected: { multiplier: 32768, shift: 31 } },
    { factor: 3 * 2 ** -18, expected: { multiplier: 24576, shift: 31 } },
    { factor: 2 ** -31, expected: { multiplier: 1, shift: 31 } },
    { factor: 1, expected: { multiplier: 32768, shift: 15 } },
  ])('with shifts of up to 31, $factor is $expected', ({ factor, expected }) => {
    expect(factorOf(ADD, factor)).toMatchObject(expected)
  })

  test('is normalised and within half a unit of the last place, over the whole range', () => {
    const random = createRandom(3)
    for (let i = 0; i < 20_000; i++) {
      const factor = 2 ** (random.next() * 46.9 - 31.9)
      const { multiplier, shift } = factorOf(ASSAY.requantise, factor)
      expect(multiplier).toBeGreaterThanOrEqual(2 ** 15)
      expect(multiplier).toBeLessThan(2 ** 16)
      expect(Math.abs(multiplier - factor * 2 ** shift)).toBeLessThanOrEqual(0.5)
    }
  })

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d, which is no factor', (factor) => {
    expect(() => factorOf(ASSAY.requantise, factor)).toThrow(
      new RangeError(`a multiplier must be positive and finite, got ${factor}`),
    )
  })

  test.each([65535.5, 65536, 2 ** 40])('refuses %d, which takes more than 16 bits', (factor) => {
    expect(() => factorOf(ASSAY.requantise, factor)).toThrow(
      /^a factor of .* needs a shift of \d+ bits? to the left, the stages have 0$/,
    )
  })
})
