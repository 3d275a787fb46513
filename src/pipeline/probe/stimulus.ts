/** Accumulators that tell arithmetics apart, for several M, s and Z. */
import { type Candidate, computeWith, readAs, type Sample } from '../../arithmetic/fit-profiles.ts'
import { type ChannelParameters, rangeOf } from '../../arithmetic/stages.ts'
import type { RandomBits } from '../../golden/random.ts'

/** What a module is driven with. */
export type Beat = Pick<Sample, 'acc' | 'by'>

/** Which values its ports take; one value where the module has it inside. */
export interface ProbeRanges {
  readonly accBits: number
  readonly codeBits: number
  readonly multiplier: readonly [least: number, greatest: number]
  readonly shift: readonly [least: number, greatest: number]
  /** Whether s is unknown: shifts of all sizes are then aimed at. */
  readonly isShiftInside: boolean
  readonly zeroPoint: readonly [least: number, greatest: number]
  readonly scales: readonly number[]
}

const SETTINGS = 28
/** For each setting, and more where there are few settings. */
const ACCUMULATORS = 130
const FEWEST = 3600
/** Random accumulators that are searched for some on which candidates disagree, for each channel. */
const SEARCHED = 400

/** M, s, Z and scales: the ends, powers of two, small and large numbers, and random ones. */
export function chooseSettings(ranges: ProbeRanges, random: RandomBits): readonly ChannelParameters[] {
  const [leastM, mostM] = ranges.multiplier
  const [leastS, mostS] = ranges.shift
  const [leastZ, mostZ] = ranges.zeroPoint
  const within = (low: number, high: number): number =>
    low + Math.floor((random() / 2 ** 32) * (high - low + 1))
  const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)
  const bits = Math.floor(Math.log2(Math.max(mostM, 1))) + 1
  const multipliers = [1, 3, 2 ** (bits - 1), mostM, 2 ** (bits - 1) + 1]
  // Shifts that make codes of middling accumulators, whether s is all of the shift or what is left of it.
  const shifts = [bits + 3, 0, 1, bits + 7, 2, 4, bits, 8, bits + 11, leastS, mostS, bits + 1, 6]
  const zeros = [0, 3, mostZ, leastZ, Math.round((leastZ + mostZ) / 2)]
  const made = Array.from({ length: SETTINGS }, (_, index): ChannelParameters => {
    const isRandom = index >= 18 || index % 3 === 2
    const multiplier = isRandom ? within(2 ** (bits - 1), mostM) : multipliers[index % multipliers.length]!
    const shift = index >= 24 ? within(leastS, mostS) : shifts[index % shifts.length]!
    return {
      multiplier: clamp(multiplier, leastM, mostM),
      // A small M makes codes with a small shift.
      shift: clamp(multiplier <= 3 && index < 18 ? Math.min(shift, 5) : shift, leastS, mostS),
      // Every M meets several of them.
      zeroPoint: clamp(zeros[(index + Math.floor(index / 5)) % zeros.length]!, leastZ, mostZ),
      scale: ranges.scales[index % ranges.scales.length] ?? 0,
      codeBits: ranges.codeBits,
    }
  })
  // A module may be wrong at a single shift: each is tried.
  const seen = new Set(made.map(({ shift }) => shift))
  for (let shift = leastS; shift <= mostS; shift++)
    if (!seen.has(shift))
      made.push({
        ...made[made.length - 1]!,
        multiplier: within(Math.max(leastM, 2 ** (bits - 1)), mostM),
        shift,
      })
  const unique = new Map(made.map((by) => [JSON.stringify(by), by]))
  return [...unique.values()]
}

/** For every channel: ties and their neighbours, small numbers, ends of the codes and of the accumulator, and random ones. */
export function chooseBeats(
  settings: readonly ChannelParameters[],
  ranges: ProbeRanges,
  random: RandomBits,
): readonly Beat[] {
  const possible = 2 ** (ranges.accBits - 2)
  const each = Math.min(Math.max(ACCUMULATORS, Math.ceil(FEWEST / settings.length)), possible)
  return settings.flatMap((by) => {
    const accs = new Set<bigint>()
    const [low, high] = rangeOf({ bits: ranges.accBits, signed: true })
    const add = (acc: bigint): void => {
      if (acc >= low && acc <= high) accs.add(acc)
    }
    for (const acc of fixedAccumulators(low, high)) add(acc)
    for (const factor of factorsOf(by, ranges))
      for (const acc of aimedAccumulators(factor, by, random)) add(acc)
    const aimed = shuffle([...accs].slice(FIXED), random).slice(0, Math.floor((each * 3) / 4))
    const kept = new Set([...[...accs].slice(0, FIXED), ...aimed])
    while (kept.size < each) kept.add(randomAccumulator(ranges.accBits, random))
    return [...kept].map((acc) => ({ acc, by }))
  })
}

const FIXED = 13
const fixedAccumulators = (low: bigint, high: bigint): readonly bigint[] => [
  ...[0n, 1n, -1n, 2n, -2n, 3n, -3n],
  ...[low, low + 1n, high, high - 1n, low / 2n, high / 2n],
]

/** By how much an accumulator may be scaled, as the shift may be all of it or what is left of it. */
function factorsOf(
  by: ChannelParameters,
  { multiplier, isShiftInside, scales }: ProbeRanges,
): readonly number[] {
  if (scales.length > 0) return [by.scale]
  const own = by.multiplier === 0 ? 1 : by.multiplier
  if (isShiftInside) return Array.from({ length: 24 }, (_, s) => own * 2 ** -s)
  const bits = Math.floor(Math.log2(Math.max(multiplier[1], 1))) + 1
  const whole = own * 2 ** -by.shift
  const inside = multiplier[1] === multiplier[0] ? [] : [whole * 2 ** -bits, whole * 2 ** bits]
  return [whole, ...inside, ...(by.shift < 0 ? [own * 2 ** by.shift] : [])]
}

/** Those whose codes lie at ties, ends and zero. */
function aimedAccumulators(factor: number, by: ChannelParameters, random: RandomBits): readonly bigint[] {
  const half = 2 ** (by.codeBits - 1)
  const codes = [
    ...[0, 1, -1, 2, -2, -3],
    ...[half, half - 1, -half, -half - 1, 2 * half - 1, 2 * half, -2 * half, 3 * half],
    ...Array.from({ length: 6 }, () => (random() % (2 * half)) - half),
  ]
  // With and without the zero point, which comes before or behind.
  const places = codes.flatMap((code) => [code, code - by.zeroPoint])
  const ties = [1, 3, 5, 7].flatMap((odd) => [BigInt(odd) * tieUnit(by), -BigInt(odd) * tieUnit(by)])
  const near = places.flatMap((code) =>
    [code + 0.5, code, code - 0.5].flatMap((place) => {
      const near = place / factor
      if (!Number.isFinite(near) || Math.abs(near) > 2 ** 62) return []
      const acc = BigInt(Math.round(near))
      return [acc, acc + 1n, acc - 1n]
    }),
  )
  return [...ties, ...near]
}

/** Odd multiples of it are exact ties where s is all of the shift. */
function tieUnit({ multiplier, shift }: ChannelParameters): bigint {
  const own = multiplier === 0 ? 0 : 31 - Math.clz32(multiplier & -multiplier)
  return 1n << BigInt(Math.max(0, shift - 1 - own))
}

/** Of any size: small ones are as likely as large ones. */
function randomAccumulator(bits: number, random: RandomBits): bigint {
  const size = 1 + (random() % (bits - 1))
  const value = BigInt.asUintN(size, (BigInt(random()) << 32n) | BigInt(random()))
  return random() % 2 === 0 ? value : -value - 1n
}

function shuffle<Item>(items: Item[], random: RandomBits): readonly Item[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random() % (i + 1)
    ;[items[i], items[j]] = [items[j]!, items[i]!]
  }
  return items
}

/**
 * Accumulators on which candidates disagree that agree on everything so far.
 *
 * @returns at most `most`; none where none was found
 */
export function searchBeats(
  candidates: readonly Candidate[],
  settings: readonly ChannelParameters[],
  ranges: ProbeRanges,
  random: RandomBits,
  most: number,
): readonly Beat[] {
  const found: Beat[] = []
  const computes = candidates.map(computeWith)
  for (const by of settings) {
    // Where the shift is inside, those that fit say which it is.
    const shifts = [...new Set(candidates.map(({ reading }) => readAs(reading, by).shift))]
    const places = shifts.map((shift) => ({ ...by, shift }))
    const factors = places.flatMap((place) => factorsOf(place, { ...ranges, isShiftInside: false }))
    for (let turn = 0; turn < SEARCHED && found.length < most; turn++) {
      const acc = searchAccumulator(turn, places, factors, ranges.accBits, random)
      const codes = computes.map((compute) => BigInt.asUintN(ranges.codeBits, compute({ acc, by })))
      if (codes.some((code) => code !== codes[0])) found.push({ acc, by })
    }
  }
  return found
}

/** In turn a tie, a random one, and two near a code or a half. */
function searchAccumulator(
  turn: number,
  places: readonly ChannelParameters[],
  factors: readonly number[],
  accBits: number,
  random: RandomBits,
): bigint {
  const by = places[turn % places.length]!
  if (random() % 4 === 0) return BigInt.asIntN(accBits, BigInt((random() % 512) * 2 - 511) * tieUnit(by))
  const place = (random() % 2 ** (by.codeBits + 1)) / 2 - 2 ** (by.codeBits - 1)
  const near = Math.round(place / factors[turn % factors.length]!)
  const isNear = Number.isFinite(near) && Math.abs(near) < 2 ** (accBits - 1)
  return isNear && random() % 3 !== 0 ? BigInt(near) : randomAccumulator(accBits, random)
}
