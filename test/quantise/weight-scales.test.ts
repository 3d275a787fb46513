import { describe, expect, test } from 'vitest'
import { meanSquareWeightScales } from '../../src/quantise/weight-scales.ts'
import { maxWeightScales, roundWeights } from '../../src/quantise/weights.ts'
import { createRandom } from '../golden/random.ts'

/** Two channels of bell-shaped weights, one with an outlier. */
const random = createRandom(11)
const bell = (): number => Array.from({ length: 12 }, () => random.next()).reduce((sum, x) => sum + x, -6)
const weight = Float32Array.from({ length: 400 }, bell)
weight[7] = 15
const bias = [0, 0]

function errorOf(scale: Float64Array, bits: number): number {
  const { codes } = roundWeights(weight, scale, bits)
  return weight.reduce((sum, w, i) => sum + (w - codes[i]! * scale[Math.floor(i / 200)]!) ** 2, 0)
}

describe('weight scales by mean square error', () => {
  test.each([
    { bits: 2, share: 0.9 },
    { bits: 3, share: 0.9 },
    { bits: 4, share: 0.9 },
    { bits: 6, share: 1 },
  ])('have less error than the largest weight at $bits bits', async ({ bits, share }) => {
    const own = await meanSquareWeightScales(weight, bias, 1, bits)
    expect(errorOf(own, bits)).toBeLessThan(share * errorOf(maxWeightScales(weight, bias, 1, bits), bits))
  })

  test('an important outlier is not cut', async () => {
    const importance = Float64Array.from({ length: 200 }, (_, i) => (i === 7 ? 1e6 : 1))
    const [scale] = await meanSquareWeightScales(weight, bias, 1, 4, importance)
    const code = roundWeights(weight, Float64Array.of(scale!, 1), 4).codes[7]!
    expect(code * scale!).toBeCloseTo(15, 1)
  })

  test('a dead channel keeps a scale that its bias fits', async () => {
    const scale = await meanSquareWeightScales(new Float32Array(4), [1000, 0], 0.001, 8)
    expect(1000 / (0.001 * scale[0]!)).toBeLessThanOrEqual(2 ** 30 * (1 + 1e-12))
    expect(scale[1]).toBeGreaterThan(0)
  })
})
