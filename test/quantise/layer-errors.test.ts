import { describe, expect, test } from 'vitest'
import { correctBias } from '../../src/quantise/bias-correction.ts'
import { type LayerSamples, measureErrors } from '../../src/quantise/layer-errors.ts'
import { MatrixProducts } from '../../src/quantise/matrix-products.ts'
import { measureCovariance, refitWeights } from '../../src/quantise/refit.ts'
import { createRandom } from '../golden/random.ts'

const [rows, taps, channels] = [400, 6, 3]
const random = createRandom(5)
const signed = (): number => random.next() * 2 - 1
const real = Float32Array.from({ length: rows * taps }, signed)
const weight = Float32Array.from({ length: channels * taps }, signed)

/** What the layer gives for inputs, by plain loops. */
function run(inputs: Float32Array, of: Float32Array, bias: readonly number[]): Float32Array {
  return Float32Array.from({ length: rows * channels }, (_, i) => {
    const [row, channel] = [Math.floor(i / channels), i % channels]
    let sum = bias[channel]!
    for (let t = 0; t < taps; t++) sum += inputs[row * taps + t]! * of[channel * taps + t]!
    return sum
  })
}

const bias = [0.5, -1, 0]
const samplesOf = (inputs: Float32Array, targets: Float32Array, hasActivation = false): LayerSamples => ({
  inputs: inputs.slice(),
  targets,
  taps,
  channels,
  activated: { activation: hasActivation ? 'silu' : 'none' },
})

describe('errors of a layer', () => {
  test('are target less actual', async () => {
    await using products = await MatrixProducts.create(1)
    const targets = run(real, weight, bias).map((value) => value + 0.25)
    const { errors, relevance } = await measureErrors(samplesOf(real, targets), weight, bias, products)
    for (const error of errors) expect(error).toBeCloseTo(0.25, 5)
    expect(relevance.every((value) => value === 1)).toBe(true)
  })

  test('count by what SiLU lets through', async () => {
    await using products = await MatrixProducts.create(1)
    const still = new Float32Array(channels * taps)
    const targets = new Float32Array(rows * channels).map((_, i) => [-20, 10, 0][i % channels]!)
    const { relevance } = await measureErrors(samplesOf(real, targets, true), still, [-19, 9, 0], products)
    expect(relevance[0]).toBeLessThan(1e-6)
    expect(relevance[1]).toBeCloseTo(1, 2)
    expect(relevance[2]).toBeCloseTo(0.25, 6)
  })

  test('worked by hand: one tap, with an activation', async () => {
    await using products = await MatrixProducts.create(1)
    const samples = {
      inputs: Float32Array.of(2, -1, 4),
      targets: Float32Array.of(3, 0, 1),
      taps: 1,
      channels: 1,
      activated: { activation: 'silu' } as const,
    }
    // 0.5 * x + 1: 2, 0.5, 3: errors 1, -0.5, -2.
    const { errors, relevance } = await measureErrors(samples, Float32Array.of(0.5), [1], products)
    expect([...errors]).toEqual([1, -0.5, -2])
    // silu: 0 -> 0, 0.5 -> 0.311230, 1 -> 0.731059, 2 -> 1.761594, 3 -> 2.857722. The slopes between: 1.096128 counts as 1.
    expect(relevance[0]).toBe(1)
    expect(relevance[1]).toBeCloseTo((0.31123 / 0.5) ** 2, 5)
    // (2.857722 - 0.731059) / 2 = 1.063: 1 as well.
    expect(relevance[2]).toBe(1)
  })

  test('where there is hardly an error, the slope of SiLU itself counts', async () => {
    await using products = await MatrixProducts.create(1)
    const samples = {
      inputs: Float32Array.of(0),
      targets: Float32Array.of(1, -1),
      taps: 1,
      channels: 2,
      activated: { activation: 'silu' } as const,
    }
    const weight = Float32Array.of(0, 0)
    const { relevance } = await measureErrors(samples, weight, [1, -1], products)
    // s(1 + x(1 - s)) with s = 0.731059 and 0.268941: 0.927671 and 0.072329.
    expect(relevance[0]).toBeCloseTo(0.927671 ** 2, 5)
    expect(relevance[1]).toBeCloseTo(0.072329 ** 2, 5)
  })
})

describe('bias correction', () => {
  test('takes a shift off every channel', async () => {
    await using products = await MatrixProducts.create(1)
    const targets = run(real, weight, [0.7, -1.1, 0.05])
    const shift = correctBias(await measureErrors(samplesOf(real, targets), weight, bias, products), channels)
    expect([...shift].map((value) => Number(value.toFixed(5)))).toEqual([0.2, -0.1, 0.05])
  })

  test('worked by hand: the mean of the errors, weighed, an error that is swallowed by a thousandth', () => {
    // Two channels, three rows. 1 * 2 + 0.5 * -4 + 0.001 * 100 of 1.501; three times 0.001: the plain mean.
    const errors = Float32Array.of(2, 3, -4, 6, 100, -3)
    const relevance = Float32Array.of(1, 0, 0.5, 0.0005, 0, 0.001)
    const shift = correctBias({ errors, relevance }, 2)
    expect(shift).toHaveLength(2)
    expect(shift[0]).toBeCloseTo(0.1 / 1.501, 9)
    expect(shift[1]).toBeCloseTo(2, 6)
    expect(correctBias({ errors: new Float32Array(0), relevance: new Float32Array(0) }, 2)).toEqual(
      Float64Array.of(0, 0),
    )
  })

  test('listens to errors that count, and to the others where there are no such', () => {
    const errors = Float32Array.of(1, 5, -3, 5)
    const relevance = Float32Array.of(1, 0, 0, 0)
    const shift = correctBias({ errors, relevance }, 2)
    expect(shift[0]).toBeCloseTo(1, 1)
    expect(shift[1]).toBeCloseTo(5, 10)
  })
})

describe('refit', () => {
  test('makes good a gain that the activations have lost', async () => {
    await using products = await MatrixProducts.create(1)
    const integer = real.map((value) => 0.8 * value)
    const samples = samplesOf(integer, run(real, weight, bias))
    const errors = await measureErrors(samples, weight, bias, products)
    const { covariance } = await measureCovariance(samples, products)
    const fitted = await refitWeights(weight, samples, errors, { covariance, pull: 1e-9 }, products)
    for (const [i, value] of fitted.entries()) expect(value).toBeCloseTo(weight[i]! / 0.8, 3)
  })

  test('a strong pull keeps the weights', async () => {
    await using products = await MatrixProducts.create(1)
    const samples = samplesOf(
      real,
      run(real, weight, bias).map((value) => value * 2),
    )
    const errors = await measureErrors(samples, weight, bias, products)
    const { covariance } = await measureCovariance(samples, products)
    const fitted = await refitWeights(weight, samples, errors, { covariance, pull: 1e9 }, products)
    for (const [i, value] of fitted.entries()) expect(value).toBeCloseTo(weight[i]!, 6)
  })
})
