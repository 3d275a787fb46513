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

export function addPoint(
  { multipliers, shift, quant }: IntegerAdd,
  zeroA: number,
  zeroB: number,
  a: number,
  b: number,
): AddPoint {
  const scaled = ((a - zeroA) * multipliers[0] + (b - zeroB) * multipliers[1]) / 2 ** shift
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
  const codes = 2 ** node.quant.bits
  const largest = codes - 1
  const step = Math.max(1, Math.ceil(codes / Math.sqrt(MOST_SEEN)))
  const found = new Map<string, [number, number][]>()
  const take = (kind: string, a: number, b: number): void => {
    const own = found.get(kind) ?? []
    if (own.length < PAIRS_EACH) found.set(kind, [...own, [a, b]])
  }
  for (let i = 0; i < codes; i += step)
    for (let b = 0; b < codes; b += step) {
      // Not the same row first: pairs of a kind are to be spread.
      const a = (i * 97 + b) % codes
      const { raw, tie } = addPoint(node, zeroA, zeroB, a, b)
      if (tie && raw >= 1 && raw <= largest) take('tie', a, b)
      if (raw < 0) take('low', a, b)
      if (raw > largest) take('high', a, b)
      if (raw === -1 || raw === 0 || raw === largest || raw === largest + 1) take(String(raw), a, b)
    }
  const ends = [0, largest]
  const zeros = [zeroA, zeroB] as const
  return {
    pairs: [
      ...ends.flatMap((a) => ends.map((b): [number, number] => [a, b])),
      ...ends.flatMap((end): [number, number][] => [[end, zeros[1]], [zeros[0], end]]), // biome-ignore format: pairs
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
  const a = allocateCodes(count, node.quant.bits)
  const b = allocateCodes(count, node.quant.bits)
  for (let i = 0; i < count; i++) {
    const pair = random() % 4 === 0 ? undefined : pairs[i % pairs.length]
    a[i] = pair?.[0] ?? random() % 2 ** node.quant.bits
    b[i] = pair?.[1] ?? random() % 2 ** node.quant.bits
  }
  return [
    { shape, codes: a },
    { shape, codes: b },
  ]
}
