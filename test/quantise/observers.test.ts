import { describe, expect, test } from 'vitest'
import { silu } from '../../src/graph/activation.ts'
import { toQuantParams } from '../../src/quantise/integer-graph.ts'
import { observeMax, observeMeanSquare, type Range } from '../../src/quantise/observers.ts'
import { createRandom } from '../golden/random.ts'
import { histogramOf } from './histogram-of.ts'

/** A bell with a few values far out, as activations have. */
function makeActivations(outliers: number): Float32Array {
  const random = createRandom(7)
  const values = Float32Array.from({ length: 50_000 }, () => {
    let total = 0
    for (let i = 0; i < 12; i++) total += random.next()
    return total - 6
  })
  for (let i = 0; i < outliers; i++) values[i] = 60 + random.next()
  return values
}

/** Mean square error by direct quantisation of the values themselves: independent of the histogram. */
function errorOf(values: Float32Array, range: Range, bits: number, transfer = (x: number) => x): number {
  const { scale, zeroPoint } = toQuantParams(range, bits)
  let error = 0
  for (const value of values) {
    const code = Math.max(0, Math.min(2 ** bits - 1, Math.round(value / scale) + zeroPoint))
    error += (transfer(scale * (code - zeroPoint)) - transfer(value)) ** 2
  }
  return error / values.length
}

describe('observers', () => {
  const values = makeActivations(5)
  const histogram = histogramOf(values)

  test('max keeps the extremes and zero', () => {
    expect(observeMax([histogram])).toEqual({ low: Math.min(...values), high: Math.max(...values) })
    expect(observeMax([histogramOf(Float32Array.of(2, 3))])).toEqual({ low: 0, high: 3 })
    expect(observeMax([histogramOf(Float32Array.of(-2, -3))])).toEqual({ low: -3, high: 0 })
    const two = [histogramOf(Float32Array.of(-1, 5)), histogramOf(Float32Array.of(-4, 2))]
    expect(observeMax(two)).toEqual({ low: -4, high: 5 })
  })

  test.each([4, 6, 8])('mse has less error than max and than any range of a grid, at %d bits', (bits) => {
    const chosen = errorOf(values, observeMeanSquare([histogram], bits), bits)
    expect(chosen).toBeLessThan(errorOf(values, observeMax([histogram]), bits))
    for (const high of [2, 3, 4, 5, 6, 10, 20, 40])
      for (const low of [-2, -3, -4, -5])
        expect(chosen).toBeLessThan(1.05 * errorOf(values, { low, high }, bits) + 1e-6)
  })

  test('mse counts the error behind the activation: the flat tail of SiLU gets no codes', () => {
    const wide = histogramOf(values.map((value) => value * 5))
    const plain = observeMeanSquare([wide], 6)
    const aware = observeMeanSquare([wide], 6, silu)
    expect(aware.low).toBeGreaterThan(plain.low)
  })
})
