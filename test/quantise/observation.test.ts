import { describe, expect, test } from 'vitest'
import { sampleStep } from '../../src/quantise/float-samples.ts'
import { createSampler } from '../../src/quantise/layer-samples.ts'
import { Observation } from '../../src/quantise/observation.ts'
import { sampleOf } from './sample-of.ts'

const random = createSampler(5)
const make = (length: number) => Float32Array.from({ length }, () => 8 * random() - 3)

describe('an observation', () => {
  test.each([
    [3, 1, 1],
    [2, 1, 2],
    [4, 3, 3],
    [1, 5, 7],
    [2, 4, 6],
  ] as const)('of %ix%ix%i has the extremes of each channel and of all', (...shape) => {
    const observation = new Observation(shape[0])
    const area = shape[1] * shape[2]
    const images = [make(shape[0] * area), make(shape[0] * area)]
    for (const values of images)
      expect(observation.add(sampleOf(values, shape[0]))).toEqual({
        min: Math.min(...values),
        max: Math.max(...values),
      })
    for (let c = 0; c < shape[0]; c++) {
      const channel = images.flatMap((values) => [...values.subarray(c * area, (c + 1) * area)])
      expect(observation.channelMin[c]).toBe(Math.min(...channel))
      expect(observation.channelMax[c]).toBe(Math.max(...channel))
    }
    expect(observation.histogram.total).toBe(2 * shape[0] * area)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'of %d anywhere is none, and counts nothing',
    (value) => {
      for (const area of [1, 2, 5])
        for (let at = 0; at < 2 * area; at++) {
          const observation = new Observation(2)
          const values = make(2 * area)
          values[at] = value
          expect(observation.add(sampleOf(values, 2))).toBeNull()
          expect(observation.histogram.total).toBe(0)
        }
      const both = Float32Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, value)
      expect(new Observation(1).add(sampleOf(both, 1))).toBeNull()
    },
  )

  test('without extremes, known or its own, is none', () => {
    const observation = new Observation(1)
    expect(observation.add({ values: make(3), channels: null })).toBeNull()
    expect(observation.histogram.total).toBe(0)
  })

  // At least 28,000 values of an image are looked at; the steps are prime to the widths of feature maps.
  test.each([
    { length: 28_000, step: 1 },
    { length: 3 * 28_000 - 1, step: 1 },
    { length: 3 * 28_000, step: 3 },
    { length: 7 * 28_000, step: 7 },
    { length: 11 * 28_000, step: 11 },
    { length: 13 * 28_000, step: 13 },
    { length: 17 * 28_000, step: 17 },
    { length: 23 * 28_000, step: 23 },
    { length: 31 * 28_000, step: 31 },
    { length: 37 * 28_000 - 1, step: 31 },
    { length: 37 * 28_000, step: 37 },
    { length: 100 * 28_000, step: 37 },
  ])('of $length values one in $step is looked at', ({ length, step }) => {
    expect(sampleStep(length)).toBe(step)
  })

  test('with known extremes looks at no channel', () => {
    const observation = new Observation(2)
    expect(observation.add(sampleOf(Float32Array.of(1, 2), 2), { min: 0, max: 5 })).toEqual({
      min: 0,
      max: 5,
    })
    expect(observation.histogram).toMatchObject({ min: 0, max: 5, total: 2 })
    expect([...observation.channelMin, ...observation.channelMax]).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ])
  })
})
