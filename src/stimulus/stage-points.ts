/** The edges of a profile's stages for one output channel, searched over the accumulators that it can have. */
import type { Profile } from '../arithmetic/profile.ts'
import { roundingPair, saturated } from '../arithmetic/rounding-pair.ts'
import { narrow, runStages } from '../arithmetic/run-stages.ts'
import { addsZeroPoint, type ChannelParameters, rangeOf, type Stage } from '../arithmetic/stages.ts'
import { type AccumulatorRange, signedBits } from '../golden/accumulator.ts'
import { codeOffset } from '../golden/code-range.ts'
import { clamp } from '../golden/fixed-point.ts'
import { channelParameters } from '../golden/requantise.ts'
import { stageRunner } from '../golden/run-stages-fast.ts'
import type { IntegerConv } from '../golden/types.ts'

/** Codes whose ties are looked for at once. */
const TOGETHER = 256

type Codes = (sums: Float64Array) => Int32Array

/** A sum, and the upper of the codes between which roundings decide. */
interface Tie {
  readonly sum: number
  readonly code: number
}

export class StagePoints {
  /** Before the last narrow, as codes are carried. The bounds are proved, and reached where the stages are monotone. */
  readonly reach: { readonly least: number; readonly most: number }
  /** Nothing wraps before the last narrow, so that a larger sum has no smaller code; no edges are searched otherwise. */
  readonly isMonotone: boolean
  readonly #range: Pick<AccumulatorRange, 'smallest' | 'largest'>
  readonly #largestCode: number
  readonly #stages: readonly Stage[]
  readonly #by: ChannelParameters
  readonly #offset: number
  #runner: Codes | undefined
  #ties: readonly Tie[] | undefined

  /** @param range of the accumulator */
  constructor(profile: Profile, node: IntegerConv, range: AccumulatorRange) {
    this.#range = range
    this.#largestCode = 2 ** node.requantBits - 1
    this.#stages = profile.requantise
    this.#by = channelParameters(profile, node, range.channel)
    this.#offset = codeOffset(profile, node.requantBits)
    const behind = boundsBehind(this.#stages.slice(0, -1), range, this.#by)
    this.reach = { least: behind.low + this.#offset, most: behind.high + this.#offset }
    this.isMonotone = behind.isMonotone
  }

  /** The codes before the last narrow, as they are carried. */
  rawCodes(sums: Float64Array): Int32Array {
    this.#runner ??= this.#run([
      ...this.#stages.slice(0, -1),
      { stage: 'narrow', bits: 30, signed: true, overflow: 'saturate' },
    ])
    return this.#runner(sums)
  }

  /** The smallest sums whose codes are at least these: −∞ if there are no smaller ones, ∞ if none is. */
  firstSums(codes: readonly number[]): Float64Array {
    const { smallest, largest } = this.#range
    return this.#search(Int32Array.from(codes)).map((sum) =>
      sum > largest ? Number.POSITIVE_INFINITY : sum === smallest ? Number.NEGATIVE_INFINITY : sum,
    )
  }

  /** Sums that tie, in order; of more than 256 codes some. Empty proves of monotone stages that none does. */
  get ties(): readonly Tie[] {
    this.#ties ??= this.isMonotone ? this.#findTies() : []
    return this.#ties
  }

  #findTies(): readonly Tie[] {
    const stride = Math.ceil(this.#largestCode / TOGETHER)
    const pair = roundingPair(saturated(this.#stages), this.#by).map(({ stages, by }) =>
      this.#run(stages, by),
    )
    for (let first = 1; first <= stride; first++) {
      const codes: number[] = []
      for (let code = first; code <= this.#largestCode; code += stride) codes.push(code)
      const found = this.#tiesBefore(codes, pair)
      if (found.length > 0) return found
    }
    return []
  }

  /** Ties between these codes and those before them: roundings of a kind differ beside the sum at which a code begins, or nowhere. */
  #tiesBefore(codes: readonly number[], pair: readonly Codes[]): readonly Tie[] {
    const { smallest, largest } = this.#range
    const found = new Map<number, Tie>()
    const firsts = this.#search(Int32Array.from(codes))
    for (const behind of [1, 0]) {
      const sums = firsts.map((sum) => clamp(sum - behind, smallest, largest))
      const [lower, upper] = pair.map((run) => run(sums)) as [Int32Array, Int32Array]
      const made = this.rawCodes(sums)
      for (let i = 0; i < codes.length; i++) {
        const isReached = lower[i]! >= codes[i]!
        if (isReached !== upper[i]! >= codes[i]! || isReached !== made[i]! >= codes[i]!)
          found.set(sums[i]!, { sum: sums[i]!, code: codes[i]! })
      }
    }
    return [...found.values()].sort((a, b) => a.sum - b.sum)
  }

  /** From the sum at which the code would begin without roundings, in steps that double, then by halves. */
  #search(codes: Int32Array): Float64Array {
    const { smallest, largest } = this.#range
    const guess = this.#guess()
    const low = new Float64Array(codes.length)
    const high = new Float64Array(codes.length)
    for (let i = 0; i < codes.length; i++) {
      high[i] = clamp(guess(codes[i]!), smallest, largest + 1)
      low[i] = high[i]! - 1
    }
    for (let step = 1, isOpen = true; isOpen; step *= 2) {
      isOpen = false
      const [atLow, atHigh] = [this.#reach(low, codes), this.#reach(high, codes)]
      for (let i = 0; i < codes.length; i++) {
        if (atLow[i] !== atHigh[i]) continue
        isOpen = true
        const [left, right] = [low[i]!, high[i]!]
        low[i] = atLow[i] === 1 ? Math.max(left - step, smallest - 1) : right
        high[i] = atLow[i] === 1 ? left : Math.min(right + step, largest + 1)
      }
    }
    while (low.some((sum, i) => high[i]! - sum > 1)) {
      const middle = low.map((sum, i) => Math.floor((sum + high[i]!) / 2))
      const reached = this.#reach(middle, codes)
      for (let i = 0; i < codes.length; i++) (reached[i] === 1 ? high : low)[i] = middle[i]!
    }
    return high
  }

  /** 1 where a sum's code is at least that one: of sums beyond the accumulator's range always above it, and never below. */
  #reach(sums: Float64Array, codes: Int32Array): Uint8Array {
    const { smallest, largest } = this.#range
    const made = this.rawCodes(sums.map((sum) => clamp(sum, smallest, largest)))
    const reached = new Uint8Array(sums.length)
    for (let i = 0; i < sums.length; i++)
      if (sums[i]! > largest || (sums[i]! >= smallest && made[i]! >= codes[i]!)) reached[i] = 1
    return reached
  }

  #guess(): (code: number) => number {
    const gain = this.#stages.reduce((product, stage) => product * gainOf(stage, this.#by), 1)
    const isDropped = this.#stages.some(
      (one) => one.stage === 'shift-right' && (one.rounding === 'floor' || one.rounding === 'toward-zero'),
    )
    const zero = this.#offset + (addsZeroPoint(this.#stages) ? this.#by.zeroPoint : 0)
    const half = isDropped ? 0 : 0.5
    return (code) => (gain === 0 ? 0 : Math.ceil((code - zero - half) / gain))
  }

  #run(stages: readonly Stage[], by = this.#by): Codes {
    const run = stageRunner(stages, by, signedBits(this.#range))
    const offset = this.#offset
    return (sums) => {
      const codes = run(sums)
      for (let i = 0; i < codes.length; i++) codes[i]! += offset
      return codes
    }
  }
}

/** What a stage multiplies by. */
function gainOf(stage: Stage, by: ChannelParameters): number {
  switch (stage.stage) {
    case 'multiply':
      return by.multiplier
    case 'doubling-high-multiply':
      return by.multiplier / 2 ** (stage.bits - 1)
    case 'shift-left':
      return 2 ** (stage.by ?? Math.max(-by.shift, 0))
    case 'shift-right':
      return 2 ** -(stage.by ?? Math.max(by.shift, 0))
    case 'scale-float':
      return by.scale
    default:
      return 1
  }
}

/** The range behind stages that keep the order of values, but for a narrow that wraps and a function: behind it is whatever it can hold. */
function boundsBehind(
  stages: readonly Stage[],
  { smallest, largest }: Pick<AccumulatorRange, 'smallest' | 'largest'>,
  by: ChannelParameters,
): { readonly low: number; readonly high: number; readonly isMonotone: boolean } {
  let [low, high, isMonotone] = [BigInt(smallest), BigInt(largest), true]
  for (const stage of stages) {
    if (stage.stage === 'hook') {
      isMonotone = false
      ;[low, high] = rangeOf({ bits: stage.bits, signed: true })
    } else if (stage.stage === 'narrow' && stage.overflow === 'wrap') {
      const bits = stage.bits ?? by.codeBits
      if (narrow(low, stage, bits) === low && narrow(high, stage, bits) === high) continue
      isMonotone = false
      ;[low, high] = rangeOf({ bits, signed: stage.signed })
    } else [low, high] = [runStages([stage], low, by), runStages([stage], high, by)]
  }
  return { low: Number(low), high: Number(high), isMonotone }
}
