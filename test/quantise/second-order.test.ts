import { describe, expect, test } from 'vitest'
import { factorise } from '../../src/quantise/cholesky.ts'
import { listScaleShares, roundChannel, roundSecondOrder } from '../../src/quantise/second-order.ts'
import { createRandom } from '../golden/random.ts'

const codeOf = (multiple: number): number => Math.max(-7, Math.min(7, Math.round(multiple)))
const SCALE = 0.1

/** Inputs that are alike: what neighbouring taps of a feature map are. */
function makeSamples(rows: number, taps: number): Float64Array[] {
  const random = createRandom(3)
  return Array.from({ length: rows }, () => {
    const common = random.next() * 4 - 2
    return Float64Array.from({ length: taps }, () => common + random.next() - 0.5)
  })
}

function covarianceOf(samples: readonly Float64Array[], taps: number): Float64Array {
  const covariance = new Float64Array(taps * taps)
  for (const row of samples)
    for (let i = 0; i < taps; i++)
      for (let j = 0; j < taps; j++) covariance[i * taps + j]! += (row[i]! * row[j]!) / samples.length
  return covariance
}

/** Mean square error of the outputs themselves. */
function outputError(
  samples: readonly Float64Array[],
  weight: ArrayLike<number>,
  codes: ArrayLike<number>,
  scale: number,
): number {
  let error = 0
  for (const row of samples) {
    const difference = row.reduce((sum, x, i) => sum + x * (weight[i]! - scale * codes[i]!), 0)
    error += (difference * difference) / samples.length
  }
  return error
}

describe('second-order rounding', async () => {
  const taps = 5
  const samples = makeSamples(200, taps)
  const covariance = covarianceOf(samples, taps)
  const random = createRandom(9)
  const weights = Array.from({ length: 50 }, () =>
    Float64Array.from({ length: taps }, () => random.next() - 0.5),
  )
  const upper = covariance.slice()
  await factorise(upper, taps)

  test('the error it reports is that of the outputs', () => {
    for (const weight of weights) {
      const { codes, error } = roundChannel(weight, upper, SCALE, codeOf)!
      expect(error).toBeCloseTo(outputError(samples, weight, codes, SCALE), 10)
    }
  })

  test('it is far better than rounding to nearest, and near the best there is', () => {
    let [own, nearest, best] = [0, 0, 0]
    for (const weight of weights) {
      own += roundChannel(weight, upper, SCALE, codeOf)!.error
      nearest += outputError(
        samples,
        weight,
        weight.map((w) => Math.round(w / SCALE)),
        SCALE,
      )
      best += searchAll(weight)
    }
    expect(own).toBeGreaterThanOrEqual(best)
    expect(own).toBeLessThan(1.6 * best)
    expect(own).toBeLessThan(0.35 * nearest)
  })

  /** The least error with every weight rounded up or down. */
  function searchAll(weight: Float64Array): number {
    let least = Number.POSITIVE_INFINITY
    for (let choice = 0; choice < 2 ** taps; choice++) {
      const codes = weight.map((w, i) => Math.floor(w / SCALE) + ((choice >> i) & 1))
      least = Math.min(least, outputError(samples, weight, codes, SCALE))
    }
    return least
  }

  test('inputs that have nothing to do with each other leave rounding to nearest', () => {
    const diagonal = new Float64Array(taps * taps)
    for (let i = 0; i < taps; i++) diagonal[i * taps + i] = i + 1
    for (const weight of weights)
      expect([...roundChannel(weight, diagonal, SCALE, codeOf)!.codes]).toEqual(
        [...weight].map((w) => Math.round(w / SCALE) + 0),
      )
  })

  test('codes keep to the range, and a channel of zeros to zero', async () => {
    const weight = Float32Array.from([...weights[0]!, ...new Float64Array(taps)])
    const { codes, scale } = await roundSecondOrder(weight, [0, 0.5], covariance, {
      bits: 2,
      inputScale: 0.01,
      damping: 0.01,
    })
    expect(Math.max(...codes.map(Math.abs))).toBe(1)
    expect([...codes.subarray(taps)].every((code) => code === 0)).toBe(true)
    expect(scale.every((value) => value > 0)).toBe(true)
  })
})

test.each([
  [27, 25, 0.24],
  [144, 25, 0.24],
  [288, 13, 0.24],
  [1152, 3, 0.08],
  [2304, 3, 0.08],
])('%i taps: %i scales up to %f about the middle one', (taps, count, reach) => {
  const shares = listScaleShares(taps)
  expect([shares.length, new Set(shares).size, shares[0]]).toEqual([count, count, 1])
  expect(Math.max(...shares)).toBeCloseTo(1 + reach, 12)
  expect(Math.min(...shares)).toBeCloseTo(1 - reach, 12)
})
