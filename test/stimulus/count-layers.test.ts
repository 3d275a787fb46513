/** Counts of, against a look at every product and every sum in integers. */
import { expect, test } from 'vitest'
import type { IntegerAdd, IntegerConv } from '../../src/golden/types.ts'
import { countAdd, countConv } from '../../src/stimulus/count-layers.ts'
import { createRandom } from '../golden/random.ts'

function makeConv(seed: number): {
  readonly node: IntegerConv
  readonly input: readonly [number, number, number]
} {
  const random = createRandom(seed)
  const [kernel, stride, padding] = [random.integer(1, 3), random.integer(1, 2), random.integer(0, 1)]
  const [inChannels, outChannels] = [random.integer(1, 3), random.integer(1, 11)]
  const [inHeight, inWidth] = [random.integer(3, 6), random.integer(3, 6)]
  const side = (size: number) => Math.floor((size + 2 * padding - kernel) / stride) + 1
  const requantBits = random.integer(2, 4)
  const each = (low: number, high: number) =>
    Array.from({ length: outChannels }, () => random.integer(low, high))
  const shift = Uint8Array.from(each(0, 6))
  const node: IntegerConv = {
    op: 'conv',
    name: 'c',
    shape: [outChannels, side(inHeight), side(inWidth)],
    quant: { scale: 1, zeroPoint: 0, bits: requantBits },
    inputs: ['i'],
    inChannels,
    kernel,
    stride,
    padding,
    weightBits: 4,
    weight: Int8Array.from({ length: outChannels * inChannels * kernel ** 2 }, () => random.integer(-7, 7)),
    weightScale: Float64Array.from(each(1, 1)),
    bias: Int32Array.from(each(-20, 20)),
    multiplier: Uint16Array.from(shift, (s) => random.integer(1, 2 ** s)),
    shift,
    requantZeroPoint: random.integer(0, 2 ** requantBits - 1),
    requantBits,
    requantScale: 1,
    table: seed % 2 === 0 ? null : Uint8Array.from({ length: 2 ** requantBits }, () => random.integer(0, 1)),
  }
  return { node, input: [inChannels, inHeight, inWidth] }
}

/** Bits of two's complement that hold every number. */
const bitsOf = (numbers: readonly number[]): number =>
  Math.max(
    ...numbers.map((number) => (number < 0 ? ~number : number).toString(2).replace(/^0$/, '').length + 1),
  )

/** A-4 without the clamp, in integers, and whether the sum ties. */
function exactly({ multiplier, shift, requantZeroPoint }: IntegerConv, channel: number, sum: number) {
  const one = 1n << BigInt(shift[channel]!)
  const product = BigInt(sum) * BigInt(multiplier[channel]!)
  const part = ((product % one) + one) % one
  const floor = (product - part) / one
  return {
    raw: Number(floor + (2n * part >= one && one > 1n ? 1n : 0n)) + requantZeroPoint,
    tie: one > 1n && 2n * part === one,
  }
}

/** Codes that a channel's sums can reach, by looking at each. */
function* reached(node: IntegerConv, inputBits: number) {
  const taps = node.inChannels * node.kernel ** 2
  for (let o = 0; o < node.shape[0]; o++) {
    const weights = [...node.weight.subarray(o * taps, (o + 1) * taps)]
    const end = (pick: (w: number) => boolean) =>
      node.bias[o]! + weights.filter(pick).reduce((sum, w) => sum + w * (2 ** inputBits - 1), 0)
    for (let sum = end((w) => w < 0); sum <= end((w) => w > 0); sum++)
      yield { o, sum, ...exactly(node, o, sum) }
  }
}

test.each(Array.from({ length: 40 }, (_, seed) => seed))('a convolution, by lot %i', (seed) => {
  const { node, input } = makeConv(seed)
  const random = createRandom(seed + 1000)
  const [channels, height, width] = node.shape
  const largest = 2 ** node.requantBits - 1
  const inputBits = 3
  const possible = [...reached(node, inputBits)]
  const seen = Array.from({ length: channels }, (_, o) => possible.filter((point) => point.o === o)).flatMap(
    (own) => Array.from({ length: height * width }, () => own[random.integer(0, own.length - 1)]!),
  )
  const outputOf = (own: number): number => node.table?.[own] ?? own
  const isTie = ({ tie, raw }: (typeof seen)[number]) =>
    tie && raw >= 1 && raw <= largest && outputOf(raw) !== outputOf(raw - 1)
  const isAbove = (point: (typeof seen)[number]) => isTie(point) && point.sum >= 0
  const isBelow = (point: (typeof seen)[number]) => isTie(point) && point.sum < 0
  const code = ({ raw }: (typeof seen)[number]) => Math.min(Math.max(raw, 0), largest)
  let padded = 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let ky = 0; ky < node.kernel; ky++)
        for (let kx = 0; kx < node.kernel; kx++) {
          const [row, column] = [y * node.stride + ky - node.padding, x * node.stride + kx - node.padding]
          if (row < 0 || row >= input[1] || column < 0 || column >= input[2])
            padded += channels * node.inChannels
        }
  const codes = new Set(seen.map(code))
  const tally = {
    least: Math.min(0, ...seen.map(({ sum }) => sum)),
    most: Math.max(0, ...seen.map(({ sum }) => sum)),
    tiesAbove: seen.filter(isAbove).length,
    tiesBelow: seen.filter(isBelow).length,
    clampedLow: seen.filter(({ raw }) => raw < 0).length,
    clampedHigh: seen.filter(({ raw }) => raw > largest).length,
    codes: Uint8Array.from({ length: largest + 1 }, (_, entry) => (codes.has(entry) ? 1 : 0)),
  }
  expect(countConv(node, input, inputBits, tally)).toEqual({
    kind: 'conv',
    tiesAbove: { count: seen.filter(isAbove).length, possible: possible.some(isAbove) },
    tiesBelow: { count: seen.filter(isBelow).length, possible: possible.some(isBelow) },
    clampLow: {
      count: seen.filter(({ raw }) => raw < 0).length,
      possible: possible.some(({ raw }) => raw < 0),
    },
    clampHigh: {
      count: seen.filter(({ raw }) => raw > largest).length,
      possible: possible.some(({ raw }) => raw > largest),
    },
    padding: { count: padded, possible: node.padding > 0 },
    entries: Uint8Array.from({ length: largest + 1 }, (_, entry) => (codes.has(entry) ? 1 : 0)),
    entriesReachable: new Set(possible.map(code)).size,
    hasTable: node.table !== null,
    sumBits: bitsOf(seen.map(({ sum }) => sum)),
    sumBitsPossible: bitsOf(possible.map(({ sum }) => sum)),
  })
})

test.each(Array.from({ length: 40 }, (_, seed) => seed))('an addition, by lot %i', (seed) => {
  const random = createRandom(seed)
  const bits = random.integer(2, 4)
  const most = 2 ** bits - 1
  const [zeroA, zeroB, zeroY] = [0, 0, 0].map(() => random.integer(0, most)) as [number, number, number]
  const shift = random.integer(1, 4)
  const node: IntegerAdd = {
    op: 'add',
    name: 'a',
    shape: [1, 4, 4],
    quant: { scale: 1, zeroPoint: zeroY, bits },
    inputs: ['x', 'y'],
    multipliers: [random.integer(1, 2 ** shift), random.integer(1, 2 ** shift)],
    shift,
  }
  const point = (a: number, b: number) => {
    const sum = (a - zeroA) * node.multipliers[0] + (b - zeroB) * node.multipliers[1]
    const one = 2 ** shift
    const part = ((sum % one) + one) % one
    return { sum, raw: (sum - part) / one + (2 * part >= one ? 1 : 0) + zeroY, tie: 2 * part === one }
  }
  const codes = () => Uint8Array.from({ length: 16 }, () => random.integer(0, most))
  const [a, b] = [codes(), codes()]
  const seen = [...a].map((code, i) => point(code, b[i]!))
  const all = Array.from({ length: (most + 1) ** 2 }, (_, i) =>
    point(i % (most + 1), Math.floor(i / (most + 1))),
  )
  const count = (is: (one: ReturnType<typeof point>) => boolean) => ({
    count: seen.filter(is).length,
    possible: all.some(is),
  })
  const quants = [zeroA, zeroB].map((zeroPoint) => ({ scale: 1, zeroPoint, bits }))
  expect(countAdd(node, [quants[0]!, quants[1]!], a, b)).toEqual({
    kind: 'add',
    tiesAbove: count(({ sum, tie, raw }) => tie && raw >= 1 && raw <= most && sum >= 0),
    tiesBelow: count(({ sum, tie, raw }) => tie && raw >= 1 && raw <= most && sum < 0),
    clampLow: count(({ raw }) => raw < 0),
    clampHigh: count(({ raw }) => raw > most),
  })
})
