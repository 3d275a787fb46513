import { describe, expect, test } from 'vitest'
import { steerSum } from '../../src/stimulus/solve.ts'
import { createRandom } from '../golden/random.ts'

const sumOf = (weights: Int32Array, codes: Int32Array): number =>
  weights.reduce((sum, weight, i) => sum + weight * codes[i]!, 0)

describe('steerSum', () => {
  test('reaches any sum that weights with a 1 among them allow, both ends included', () => {
    const random = createRandom(7)
    for (let round = 0; round < 300; round++) {
      const taps = random.integer(2, 40)
      const largestCode = round % 2 === 0 ? 255 : 15
      const weights = Int32Array.from({ length: taps }, () => random.integer(-127, 127))
      weights[random.integer(0, taps - 1)] = 1
      weights[0] = -1
      const least = weights.reduce((sum, w) => sum + Math.min(0, w) * largestCode, 0)
      const most = weights.reduce((sum, w) => sum + Math.max(0, w) * largestCode, 0)
      for (const target of [least, most, random.integer(least, most)]) {
        const codes = Int32Array.from({ length: taps }, () => random.integer(0, largestCode))
        const found = steerSum({ weights, codes, largestCode }, target, target)
        const isSure = target === least || target === most || taps > 12
        expect(found || !isSure).toBe(true)
        expect(sumOf(weights, codes) === target).toBe(found)
        expect(codes.every((code) => code >= 0 && code <= largestCode)).toBe(true)
      }
    }
  })

  test('two taps move together where no single one fits', () => {
    const weights = Int32Array.from([6, 10])
    const codes = Int32Array.from([5, 5])
    expect(steerSum({ weights, codes, largestCode: 255 }, 82, 82)).toBe(true)
    expect(sumOf(weights, codes)).toBe(82)
  })

  test('says no to what cannot be: out of range, or odd from even weights', () => {
    const weights = Int32Array.from([2, -4])
    const taps = (): { weights: Int32Array; codes: Int32Array; largestCode: number } => ({
      weights,
      codes: Int32Array.from([3, 3]),
      largestCode: 15,
    })
    expect(steerSum(taps(), 31, 40)).toBe(false)
    expect(steerSum(taps(), -90, -61)).toBe(false)
    expect(steerSum(taps(), 7, 7)).toBe(false)
    expect(steerSum(taps(), -60, -60)).toBe(true)
  })
})
