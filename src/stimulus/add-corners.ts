/** Pairs of codes at the edges of an addition: both saturations from both sides, ties, extremes, zero points. */
import { isDeepStrictEqual } from 'node:util'
import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { allocateCodes } from '../golden/codes.ts'
import type { RandomBits } from '../golden/random.ts'
import type { IntegerAdd } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import { type AddPair, addPointsOf, TIE } from './add-points.ts'
import type { TensorInput } from './types.ts'

export interface AddPairs {
  readonly pairs: readonly (readonly [number, number])[]
  /** Whether any pair of codes ties between two codes, or leaves the range at either end; not proved of codes too many to see all. */
  readonly canTieAbove: boolean
  readonly canTieBelow: boolean
  readonly canClampLow: boolean
  readonly canClampHigh: boolean
}

/** Pairs of each kind that are looked for; 16-bit codes have too many to see them all. */
const PAIRS_EACH = 6
const MOST_SEEN = 1 << 16

const wraps = ({ add }: Profile): boolean =>
  add.form === 'stages' &&
  [...add.operand, ...add.sum].some((stage) => stage.stage === 'narrow' && stage.overflow === 'wrap')

/** By the array of multipliers: several stimuli of an addition ask for the same. */
const known = new WeakMap<IntegerAdd['multipliers'], { readonly by: unknown; readonly pairs: AddPairs }>()

export function addPairs(node: IntegerAdd, quants: AddPair, profile: Profile = ASSAY): AddPairs {
  const by = [node.shift, node.stages, node.quant, quants, profile]
  const before = known.get(node.multipliers)
  if (before !== undefined && isDeepStrictEqual(before.by, by)) return before.pairs
  const pairs = findPairs(node, quants, profile)
  known.set(node.multipliers, { by, pairs })
  return pairs
}

function findPairs(node: IntegerAdd, quants: AddPair, profile: Profile): AddPairs {
  const [zeroA, zeroB] = [quants[0].zeroPoint, quants[1].zeroPoint]
  const [codesA, codesB] = [2 ** quants[0].bits, 2 ** quants[1].bits]
  const largest = 2 ** node.quant.bits - 1
  const stepOf = (codes: number): number => Math.max(1, Math.ceil(codes / Math.sqrt(MOST_SEEN)))
  const [stepA, stepB] = [stepOf(codesA), stepOf(codesB)]
  const count = Math.ceil(codesA / stepA) * Math.ceil(codesB / stepB)
  const [ofA, ofB] = [allocateCodes(count, quants[0].bits), allocateCodes(count, quants[1].bits)]
  // Not the same row first: pairs of a kind are to be spread.
  for (let i = 0, at = 0; i < codesA; i += stepA)
    for (let b = 0; b < codesB; b += stepB, at++) {
      ofA[at] = (i * 97 + b) % codesA
      ofB[at] = b
    }
  const pointsOf = addPointsOf(node, quants, profile)
  const { raw: raws, tie } = pointsOf(ofA, ofB)
  const found = new Map<string, [number, number][]>()
  const take = (kind: string, pair: [number, number]): boolean => {
    const own = found.get(kind) ?? []
    if (own.length < PAIRS_EACH) found.set(kind, [...own, pair])
    return own.length < PAIRS_EACH
  }
  /** Kinds of which there are many pairs, while any is looked for. */
  const more = { above: true, below: true, low: true, high: true }
  for (let i = 0; i < count; i++) {
    const raw = raws[i]!
    const isEdge = raw === -1 || raw === 0 || raw === largest || raw === largest + 1
    if (!isEdge && raw >= 0 && raw <= largest && tie[i] === TIE.none) continue
    const pair: [number, number] = [ofA[i]!, ofB[i]!]
    if (more.above && tie[i] === TIE.above) more.above = take('above', pair)
    if (more.below && tie[i] === TIE.below) more.below = take('below', pair)
    if (more.low && raw < 0) more.low = take('low', pair)
    if (more.high && raw > largest) more.high = take('high', pair)
    if (isEdge) take(String(raw), pair)
  }
  // The least and the greatest codes have the ends, unless something wraps on the way.
  const [least, most] = pointsOf(Uint16Array.of(0, codesA - 1), Uint16Array.of(0, codesB - 1)).raw
  const isWhole = stepA === 1 && stepB === 1
  const isOpen = !isWhole && wraps(profile)
  const [endsA, endsB] = [[0, codesA - 1], [0, codesB - 1]] // biome-ignore format: pairs
  const zeros = [zeroA, zeroB] as const
  return {
    pairs: [
      ...endsA.flatMap((a) => endsB.map((b): [number, number] => [a, b])),
      ...endsA.map((a): [number, number] => [a, zeros[1]]),
      ...endsB.map((b): [number, number] => [zeros[0], b]),
      [...zeros],
      ...[...found.values()].flat(),
    ],
    canTieAbove: !isWhole || found.has('above'),
    canTieBelow: !isWhole || found.has('below'),
    canClampLow: isOpen || found.has('low') || least! < 0,
    canClampHigh: isOpen || found.has('high') || most! > largest,
  }
}

/** Both operands of the corner stimulus: the pairs over and over, each time from another channel on, the rest at random. */
export function makeAddCorners(
  node: IntegerAdd,
  quants: AddPair,
  shape: Shape,
  random: RandomBits,
  profile: Profile,
): readonly [TensorInput, TensorInput] {
  const { pairs } = addPairs(node, quants, profile)
  const count = shape[0] * shape[1] * shape[2]
  const a = allocateCodes(count, quants[0].bits)
  const b = allocateCodes(count, quants[1].bits)
  for (let i = 0; i < count; i++) {
    const pair = random() % 4 === 0 ? undefined : pairs[i % pairs.length]
    a[i] = pair?.[0] ?? random() % 2 ** quants[0].bits
    b[i] = pair?.[1] ?? random() % 2 ** quants[1].bits
  }
  return [
    { shape, codes: a },
    { shape, codes: b },
  ]
}
