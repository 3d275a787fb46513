import { describe, expect, test } from 'vitest'
import { accumulatorRanges } from '../../src/golden/accumulator.ts'
import { requantise } from '../../src/golden/fixed-point.ts'
import type { IntegerConv } from '../../src/golden/types.ts'
import {
  type ChannelPoints,
  canClampHigh,
  canClampLow,
  canTie,
  channelPoints,
  clampSums,
  firstSum,
  nearestTies,
  reachableCodes,
  tieSums,
} from '../../src/stimulus/requant-points.ts'
import { createRandom } from '../golden/random.ts'

/** Small enough that every sum can be looked at. */
function randomPoints(seed: number): ChannelPoints {
  const random = createRandom(seed)
  const bits = random.integer(2, 6)
  const shift = random.integer(0, 12)
  return {
    channel: 0,
    multiplier: random.integer(1, 2 ** Math.max(1, shift)) << random.integer(0, 3),
    shift,
    zeroPoint: random.integer(0, 2 ** bits - 1),
    largest: 2 ** bits - 1,
    table:
      random.integer(0, 1) === 0 ? null : Uint8Array.from({ length: 2 ** bits }, () => random.integer(0, 1)),
    smallestSum: -random.integer(0, 600),
    largestSum: random.integer(0, 600),
  }
}

/** In integers: A-4 without the clamp, and whether the sum ties. */
function exactly({ multiplier, shift, zeroPoint }: ChannelPoints, sum: number) {
  const product = BigInt(sum) * BigInt(multiplier)
  const half = shift === 0 ? 0n : 1n << BigInt(shift - 1)
  const raw = Number((product + half) >> BigInt(shift)) + zeroPoint
  const tie =
    shift > 0 && ((product % (1n << BigInt(shift))) + (1n << BigInt(shift))) % (1n << BigInt(shift)) === half
  return { raw, tie }
}

describe('edges of requantisation, against every sum in integers', () => {
  test.each(Array.from({ length: 200 }, (_, seed) => seed))('parameters %i', (seed) => {
    const points = randomPoints(seed)
    const sums = Array.from(
      { length: points.largestSum - points.smallestSum + 1 },
      (_, i) => points.smallestSum + i,
    )
    const seen = sums.map((sum) => ({ sum, ...exactly(points, sum) }))
    for (const { sum, raw } of seen)
      expect(requantise(sum, { ...points, bits: Math.log2(points.largest + 1) })).toBe(
        Math.min(Math.max(raw, 0), points.largest),
      )
    const outputOf = (code: number): number => points.table?.[code] ?? code
    const ties = seen
      .filter(
        ({ tie, raw }) => tie && raw >= 1 && raw <= points.largest && outputOf(raw) !== outputOf(raw - 1),
      )
      .map(({ sum }) => sum)
    expect(tieSums(points, 10_000)).toEqual(ties)
    const [below, above] = [ties.filter((sum) => sum < 0), ties.filter((sum) => sum >= 0)]
    expect(nearestTies(points)).toEqual([...below.slice(-2), ...above.slice(0, 2)])
    expect(canTie(points, 'below')).toBe(below.length > 0)
    expect(canTie(points, 'above')).toBe(above.length > 0)
    for (const code of [0, 1, points.largest, points.largest + 1]) {
      const first = firstSum(points, code)
      expect(exactly(points, first).raw).toBeGreaterThanOrEqual(code)
      expect(exactly(points, first - 1).raw).toBeLessThan(code)
    }
    expect(canClampLow(points)).toBe(seen.some(({ raw }) => raw < 0))
    expect(canClampHigh(points)).toBe(seen.some(({ raw }) => raw > points.largest))
    const edges = [0, points.largest + 1].flatMap((code) => {
      const first = firstSum(points, code)
      return [first - 1, first]
    })
    expect(clampSums(points)).toEqual(edges.filter((sum) => sums.includes(sum)))
    const { least, most } = reachableCodes(points)
    const clamped = seen.map(({ raw }) => Math.min(Math.max(raw, 0), points.largest))
    expect([Math.min(...clamped), Math.max(...clamped)]).toEqual([least, most])
  })
})

test('points are of the parameters that are asked for, also where two layers share their weights', () => {
  const node = {
    shape: [2, 1, 1],
    inChannels: 2,
    kernel: 1,
    weight: Int8Array.of(1, -2, 3, 4),
    bias: Int32Array.of(5, 6),
    multiplier: Uint16Array.of(7, 8),
    shift: Uint8Array.of(2, 3),
    requantZeroPoint: 9,
    requantBits: 4,
  } as unknown as IntegerConv
  const others: readonly Partial<IntegerConv>[] = [
    {},
    { bias: Int32Array.of(50, 60) },
    { multiplier: Uint16Array.of(70, 80) },
    { shift: Uint8Array.of(4, 5) },
    { requantZeroPoint: 1 },
    { requantBits: 8 },
  ]
  for (const bits of [8, 4])
    for (const other of others) {
      const own = { ...node, ...other }
      expect(channelPoints(own, bits)).toEqual(
        accumulatorRanges(own, bits).map(({ channel, smallest, largest }) => ({
          channel,
          multiplier: own.multiplier[channel],
          shift: own.shift[channel],
          zeroPoint: own.requantZeroPoint,
          largest: 2 ** own.requantBits - 1,
          smallestSum: smallest,
          largestSum: largest,
        })),
      )
    }
})
