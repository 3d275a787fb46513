/** How often the interval holds what is true: a simulation of data sets from a population that is known. */
import { describe, expect, test } from 'vitest'
import { createRandom } from '../../src/golden/random.ts'
import { compareResamples, drawWeights, type Resamples } from '../../src/validate/bootstrap.ts'

const IMAGES = 30
const DATASETS = 400
const REPLICATES = 200

/** Standard normal numbers, by Box and Muller. */
function createNormal(seed: number): () => number {
  const random = createRandom(seed)
  const share = () => (random() + 1) / 2 ** 32
  return () => Math.sqrt(-2 * Math.log(share())) * Math.cos(2 * Math.PI * share())
}

/** A measure of a data set whose images count `weights[i]` times. */
type Statistic = (values: readonly (readonly number[])[], weights: Uint16Array) => number

const meanOf = (values: readonly number[], weights: Uint16Array): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * weights[i]!
  return sum / values.length
}

/** Its resamples lie evenly about the whole. */
const mean: Statistic = (values, weights) => meanOf(values[0]!, weights)

/** As mAP is: a mean over classes of what noise only raises, so that resamples lie above the whole, and that above the truth. */
const meanSquare: Statistic = (values, weights) =>
  values.reduce((sum, one) => sum + meanOf(one, weights) ** 2, 0) / values.length

function resample(
  statistic: Statistic,
  classes: number,
  seed: number,
): readonly [Resamples, Resamples, Float64Array] {
  const normal = createNormal(seed)
  const values = Array.from({ length: classes }, () => Array.from({ length: IMAGES }, () => 0.5 + normal()))
  const random = createRandom(seed)
  const draws = Float64Array.from({ length: REPLICATES }, () =>
    statistic(values, drawWeights(IMAGES, random)),
  )
  const whole = statistic(values, new Uint16Array(IMAGES).fill(1))
  const nothing = { whole: 0, draws: new Float64Array(REPLICATES), seed }
  return [nothing, { whole, draws, seed }, draws.toSorted()]
}

/** Shares of the data sets whose interval holds the truth: this interval's, and that of the percentiles of the resamples. */
function cover(
  statistic: Statistic,
  classes: number,
  truth: number,
): readonly [own: number, percentile: number] {
  let [own, percentile] = [0, 0]
  for (let seed = 1; seed <= DATASETS; seed++) {
    const [first, second, sorted] = resample(statistic, classes, seed)
    const { low, high } = compareResamples(first, second)
    if (low <= truth && truth <= high) own++
    const [from, to] = [
      sorted[Math.round(0.025 * (REPLICATES - 1))]!,
      sorted[Math.round(0.975 * (REPLICATES - 1))]!,
    ]
    if (from <= truth && truth <= to) percentile++
  }
  return [own / DATASETS, percentile / DATASETS]
}

describe('the interval of 95 %', () => {
  test('holds the truth nearly as often as it says where resamples lie to one side; percentiles do not', () => {
    const [own, percentile] = cover(meanSquare, 20, 0.25)
    expect(percentile).toBeLessThan(0.8)
    expect(own).toBeGreaterThan(0.88)
    expect(Math.abs(own - 0.95)).toBeLessThan(Math.abs(percentile - 0.95))
  })

  test('is that of the percentiles where resamples lie on both sides alike', () => {
    const [own, percentile] = cover(mean, 1, 0.5)
    expect(own).toBeGreaterThan(0.9)
    expect(own).toBeCloseTo(percentile, 1)
  })

  test('equals the percentiles of draws that mirror each other', () => {
    const draws = Float64Array.from({ length: 4001 }, (_, i) => 7 + (i - 2000) ** 3)
    const sorted = draws.toSorted()
    const nothing = { whole: 0, draws: new Float64Array(4001), seed: 1 }
    const { low, high } = compareResamples(nothing, { whole: 7, draws, seed: 1 })
    expect(low).toBe(sorted[100])
    expect(high).toBe(sorted[3900])
  })
})
