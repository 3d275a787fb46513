/** Corner stimuli under profiles: what they reach. */
import { expect, test } from 'vitest'
import { ASSAY } from '../../src/arithmetic/built-in.ts'
import type { Profile } from '../../src/arithmetic/profile.ts'
import { accumulate } from '../../src/golden/accumulate.ts'
import { accumulatorRanges } from '../../src/golden/accumulator.ts'
import { paddingCode } from '../../src/golden/code-range.ts'
import { createRandom } from '../../src/golden/random.ts'
import type { IntegerConv, IntegerNode } from '../../src/golden/types.ts'
import { Canvas } from '../../src/stimulus/canvas.ts'
import {
  type ChannelPoints,
  canTie,
  channelPoints,
  clampSums,
  reachableCodes,
  tieSums,
} from '../../src/stimulus/requant-points.ts'
import { withProfile, workConv } from '../golden/profile-graph.ts'
import { cornersOf, counted, coverConv, EXACT, LOOSE, possible, SMALL, sum, USUAL } from './profile-cases.ts'

/** Sums in units of shifted products, and an accumulator that most of them do not fit. */
const reached: readonly Profile[] = [
  ...EXACT,
  ...LOOSE.filter(({ name }) => /^product-shift$|-at-end$/.test(name)).map((profile) =>
    profile.accumulator.overflow === 'refuse'
      ? profile
      : { ...profile, accumulator: { ...profile.accumulator, bits: 16 } },
  ),
]

test.each(reached)('corners reach every edge of a network of 8 bits: $name', (profile) => {
  const made = withProfile(USUAL, profile)
  const by = profile.productShift?.by ?? 0
  const nodes = made.nodes.map((node) =>
    node.op === 'conv'
      ? { ...node, shift: node.shift.map((s) => s - by), bias: node.bias.map((own) => own >> by) }
      : node,
  )
  const meanings = cornersOf<IntegerConv>({ ...made, nodes }, 'conv').map((own) => coverConv(own, profile))
  expect(meanings.map((meaning) => counted(meaning).map((count) => count > 0))).toEqual(
    meanings.map(possible),
  )
  // Sums of clamped codes may be beyond what weights allow.
  const entries = meanings.map(({ entries, entriesReachable }) => sum(entries) / entriesReachable)
  expect(Math.min(...entries)).toBeGreaterThan(0.65)
  expect(
    sum(meanings.flatMap(({ clampLow, clampHigh }) => [clampLow.count, clampHigh.count])),
  ).toBeGreaterThan(100)
})

test.each(
  LOOSE.filter(({ accumulator }) => accumulator.overflow !== 'refuse').flatMap((profile) =>
    [9, 12, 16, 18, 21].map((bits) => ({
      name: profile.name,
      profile: { ...profile, accumulator: { ...profile.accumulator, bits } },
    })),
  ),
)('sums that do not fit: $name, $profile.accumulator.bits bits', ({ profile }) => {
  const { bits, overflow, at } = profile.accumulator
  const limitless = { ...profile, accumulator: { bits: 64, overflow: 'wrap', at: 'end' } } as const
  const fits = (acc: bigint): boolean => BigInt.asIntN(bits, acc) === acc
  for (const corners of cornersOf<IntegerConv>(withProfile(USUAL, profile), 'conv')) {
    const [input] = corners.inputs as [IntegerNode]
    const { node, codes } = corners
    const exact = workConv(node, input, codes[0]!, limitless).accs
    const held = workConv(node, input, codes[0]!, profile).accs
    const isOther = (acc: bigint, i: number): boolean =>
      !fits(acc) || (overflow === 'saturate' && at === 'product' && held[i] !== acc)
    const ranges = accumulatorRanges(node, input.quant.bits, profile)
    const half = 2 ** (bits - 1)
    const ends = [
      ranges.some(({ smallest }) => smallest < -half),
      ranges.some(({ largest }) => largest >= half),
    ]
    expect(coverConv(corners, profile).overflow).toEqual({
      count: exact.filter(isOther).length,
      possible: ends.includes(true),
    })
    // Past both ends, where weights allow it.
    expect([exact.some((acc) => acc < -half), exact.some((acc) => acc >= half)]).toEqual(ends)
  }
})

test('the edges of assay that are known without a search are those that a search finds', () => {
  const copy = structuredClone(ASSAY)
  for (const graph of [SMALL, USUAL]) {
    const found = cornersOf<IntegerConv>({ ...graph, profile: copy }, 'conv')
    const known = cornersOf<IntegerConv>(graph, 'conv')
    expect(known.map(({ codes }) => codes)).toEqual(found.map(({ codes }) => codes))
    expect(known.map((own) => coverConv(own, ASSAY))).toEqual(found.map((own) => coverConv(own, copy)))
  }
})

test('where a value may wrap on the way nothing is aimed at, and no tie is called impossible', () => {
  const profile = LOOSE.find(({ name }) => name === 'wraps-between')!
  const [, node] = withProfile(USUAL, profile).nodes as [IntegerNode, IntegerConv]
  const points = channelPoints(node, 8, profile)
  for (const side of ['above', 'below'] as const)
    expect(points.map((own) => canTie(own, side))).toEqual(points.map(() => true))
  expect(points.flatMap((own) => [...tieSums(own, 9), ...clampSums(own)])).toEqual([])
  // Of four bits, before the zero point is added.
  const zero = node.requantZeroPoint
  expect(points.map(({ stages }) => stages!.reach)).toEqual(
    points.map(() => ({ least: zero - 8, most: zero + 7 })),
  )
})

test('codes that wrap may be any', () => {
  const points = { largest: 31, stages: { reach: { least: 3, most: 40 } } } as unknown as ChannelPoints
  expect(reachableCodes({ ...points, wraps: true })).toEqual({ least: 0, most: 31 })
  expect(reachableCodes(points)).toEqual({ least: 3, most: 31 })
})

test.each([...EXACT, ...LOOSE])('aimed sums are those of the specification: $name', (profile) => {
  const [, made] = withProfile(USUAL, profile).nodes as [IntegerNode, IntegerConv]
  const [images] = USUAL.nodes as [IntegerNode]
  // Every window has taps in the padding.
  const node: IntegerConv = {
    ...made,
    stride: 2,
    padding: 1,
    shape: [made.shape[0], 1, 1],
    bias: made.bias.map((_, o) => 50 * o),
  }
  const limitless = { ...profile, accumulator: { bits: 64, overflow: 'wrap', at: 'end' } } as const
  const random = createRandom(3)
  let met = 0
  const missed: number[] = []
  for (let lo = -4000; lo < 4000; lo += 200) {
    const canvas = new Canvas(node, images.quant, [3, 2, 2], node.shape, profile)
    if (!canvas.steer(canvas.open(0, 0), 0, 0, { channel: 1, lo, hi: lo }, random)) continue
    met++
    const input = { codes: canvas.toCodes(), shape: [3, 2, 2], quant: images.quant } as const
    if (accumulate(node, input, { channel: 1, y: 0, x: 0 }, limitless) !== lo) missed.push(lo)
  }
  expect(missed).toEqual([])
  expect(met).toBeGreaterThan(20)
})

test('a padding tap and what lies along the border are one code', () => {
  const profile = EXACT.find(({ name }) => name === 'zero-code')!
  const [stem] = cornersOf<IntegerConv>(withProfile(USUAL, profile), 'conv')
  const [input] = stem!.inputs as [IntegerNode]
  const [, , width] = input.shape
  const [top] = stem!.codes.map((codes) => [...codes.subarray(0, width)])
  expect(top!.filter((code) => code === paddingCode(profile, input.quant)).length).toBeGreaterThan(width - 4)
})
