/** Pairs of codes at the edges of an addition: both saturations from both sides, ties, extremes, zero points. */
import { allocateCodes } from '../golden/codes.ts'
import type { RandomBits } from '../golden/random.ts'
import type { IntegerAdd, QuantParams } from '../golden/types.ts'
import type { Shape } from '../graph/types.ts'
import type { TensorInput } from './types.ts'

/** What an addition does with a pair of codes. */
export interface AddPoint {
  /** Z_y + ⌊(sum + h) / 2^s⌋, before the clamp. */
  readonly raw: number
  /** The sum falls exactly between two codes. */
  readonly tie: boolean
}

/** What one operand adds to the sum, in units of the output. Exact: 31 and 17 bits in a double, scaled by a power of two. */
export const addTerm = (
  { multipliers, shift }: IntegerAdd,
  operand: 0 | 1,
  zeroPoint: number,
  code: number,
): number => ((code - zeroPoint) * multipliers[operand]) / 2 ** shift

export function addTerms({ quant }: IntegerAdd, a: number, b: number): AddPoint {
  const scaled = a + b
  const rounded = Math.floor(scaled + 0.5)
  return { raw: quant.zeroPoint + rounded, tie: rounded - scaled === 0.5 }
}

export interface AddPairs {
  readonly pairs: readonly (readonly [number, number])[]
  /** Whether any pair of codes ties between two codes, or leaves the range at either end. */
  readonly canTie: boolean
  readonly canClampLow: boolean
  readonly canClampHigh: boolean
}

/** Pairs of each kind that are looked for; 16-bit codes have too many to see them all. */
const PAIRS_EACH = 6
const MOST_SEEN = 1 << 16

export function addPairs(node: IntegerAdd, quants: readonly [QuantParams, QuantParams]): AddPairs {
  const [zeroA, zeroB] = [quants[0].zeroPoint, quants[1].zeroPoint]
  const [codesA, codesB] = [2 ** quants[0].bits, 2 ** quants[1].bits]
  const largest = 2 ** node.quant.bits - 1
  const stepOf = (codes: number): number => Math.max(1, Math.ceil(codes / Math.sqrt(MOST_SEEN)))
  const [stepA, stepB] = [stepOf(codesA), stepOf(codesB)]
  const found = new Map<string, [number, number][]>()
  const take = (kind: string, a: number, b: number): boolean => {
    const own = found.get(kind) ?? []
    if (own.length < PAIRS_EACH) found.set(kind, [...own, [a, b]])
    return own.length < PAIRS_EACH
  }
  const termsOf = (operand: 0 | 1, zero: number, codes: number) =>
    Float64Array.from({ length: codes }, (_, code) => addTerm(node, operand, zero, code))
  const [ofA, ofB] = [termsOf(0, zeroA, codesA), termsOf(1, zeroB, codesB)]
  /** Kinds of which there are many pairs, while any is looked for. */
  const more = { tie: true, low: true, high: true }
  for (let i = 0; i < codesA; i += stepA)
    for (let b = 0; b < codesB; b += stepB) {
      // Not the same row first: pairs of a kind are to be spread.
      const a = (i * 97 + b) % codesA
      const { raw, tie } = addTerms(node, ofA[a]!, ofB[b]!)
      if (more.tie && tie && raw >= 1 && raw <= largest) more.tie = take('tie', a, b)
      if (more.low && raw < 0) more.low = take('low', a, b)
      if (more.high && raw > largest) more.high = take('high', a, b)
      if (raw === -1 || raw === 0 || raw === largest || raw === largest + 1) take(String(raw), a, b)
    }
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
    canTie: found.has('tie'),
    canClampLow: found.has('low'),
    canClampHigh: found.has('high'),
  }
}

/** Both operands of the corner stimulus: the pairs over and over, each time from another channel on, the rest at random. */
export function makeAddCorners(
  node: IntegerAdd,
  quants: readonly [QuantParams, QuantParams],
  shape: Shape,
  random: RandomBits,
): readonly [TensorInput, TensorInput] {
  const { pairs } = addPairs(node, quants)
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
