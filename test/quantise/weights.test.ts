import { describe, expect, test } from 'vitest'
import { meanSquareWeightScales } from '../../src/quantise/weight-scales.ts'
import {
  maxWeightCode,
  maxWeightScales,
  quantiseWeights,
  roundWeights,
  smallestWeightScale,
} from '../../src/quantise/weights.ts'
import { createRandom } from '../golden/random.ts'

describe('weight codes (A-2)', () => {
  test('the most negative code is not used', () => {
    expect([2, 4, 8, 16].map(maxWeightCode)).toEqual([1, 7, 127, 32767])
  })

  test('the largest weight of a channel, whatever its sign, gets the largest code', () => {
    // 7 / 7, 3.5 / 7
    expect(maxWeightScales([1, -7, 2, 3.5, 0, -1], [0, 0], 1, 4)).toEqual(Float64Array.of(1, 0.5))
  })

  test('every weight is rounded to the nearest code of its channel', () => {
    // By 1: 1.4, -7, 1.6; by 0.5: 3.5 is 7, -1.2 is -2.4, -1.3 is -2.6.
    expect(quantiseWeights([1.4, -7, 1.6, 3.5, -1.2, -1.3], [0, 0], 1, 4)).toEqual({
      codes: Int8Array.of(1, -7, 2, 7, -2, -3),
      scale: Float64Array.of(1, 0.5),
    })
  })

  test('a weight beyond the scale gets the last code', () => {
    const scale = Float64Array.of(1, 0.1)
    expect(roundWeights([9, -9, 0.3, -0.6], scale, 4)).toEqual({ codes: Int8Array.of(7, -7, 3, -6), scale })
    expect(roundWeights([0.9, -0.9, 0.3, -0.6], scale, 4).codes).toEqual(Int8Array.of(1, -1, 3, -6))
  })

  test('more than 8 bits are held in words', () => {
    const scale = Float64Array.of(1)
    expect(roundWeights([300, -200], scale, 8).codes).toEqual(Int8Array.of(127, -127))
    expect(roundWeights([300, -200], scale, 9).codes).toEqual(Int16Array.of(255, -200))
  })

  test('a channel of zeros has a scale at which its bias fits', () => {
    // |b| / (S_x * 2^30), and no less than 1e-12.
    expect(smallestWeightScale(-(2 ** 10), 0.5)).toBe(2 ** -19)
    expect(smallestWeightScale(0, 0.5)).toBe(1e-12)
    expect(maxWeightScales([0, 0, 0, 2 ** -30], [2 ** 10, 2 ** 11], 0.5, 8)).toEqual(
      Float64Array.of(2 ** -19, 2 ** -18),
    )
  })
})

describe('weight scales by mean square error', () => {
  const random = createRandom(3)
  const weight = Float32Array.from({ length: 90 }, () => (random.next() - 0.5) ** 3)
  const importance = Float64Array.from({ length: 30 }, () => random.next())

  /** The error of a scale, by plain loops. */
  const errorOf = (values: Float32Array, scale: number, top: number, of: (i: number) => number) =>
    values.reduce(
      (sum, w, i) => sum + of(i) * (w - scale * Math.max(-top, Math.min(top, Math.round(w / scale)))) ** 2,
      0,
    )

  test.each([2, 3, 4, 8])('are the best of 41 shares of the largest weight, at %i bits', async (bits) => {
    const top = 2 ** (bits - 1) - 1
    for (const of of [undefined, importance]) {
      const expected = [0, 1, 2].map((o) => {
        const own = weight.subarray(o * 30, (o + 1) * 30)
        const largest = Math.max(...own.map(Math.abs)) / top
        // From the whole down to a third, by sixtieths.
        const shares = Array.from({ length: 41 }, (_, i) => largest * (1 - i / 60))
        const errors = shares.map((scale) => errorOf(own, scale, top, (i) => of?.[i] ?? 1))
        return shares[errors.indexOf(Math.min(...errors))]
      })
      expect([...(await meanSquareWeightScales(weight, [0, 0, 0], 1, bits, of))]).toEqual(expected)
    }
  })

  test('are never below what the bias needs', async () => {
    const [scale] = await meanSquareWeightScales(weight.subarray(0, 30), [2 ** 20], 2 ** -10, 4)
    expect(scale).toBe(1)
  })
})
