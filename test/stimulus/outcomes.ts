/** What a profile's stages make of a value where each tie may fall either way, from the words of docs/arithmetic.md and docs/stimulus.md. */
import type { Profile } from '../../src/arithmetic/profile.ts'
import { narrow, roundHalfToEven, runStages, shiftRight } from '../../src/arithmetic/run-stages.ts'
import type { ChannelParameters, Rounding, Stage } from '../../src/arithmetic/stages.ts'
import { codeOffset } from '../../src/golden/code-range.ts'
import type { IntegerAdd, QuantParams } from '../../src/golden/types.ts'

export interface Outcome {
  /** Of the sum, before all stages. */
  readonly isNegative: boolean
  /** Before the last narrow. */
  readonly raw: bigint
  readonly code: bigint
  /** One for each way in which ties may fall, with limits in the place of a last narrow that wraps. */
  readonly codes: ReadonlySet<bigint>
}

export function convOutcomes({ requantise }: Profile, by: ChannelParameters, acc: bigint): Outcome {
  const raw = runStages(requantise.slice(0, -1), acc, by)
  const ways = waysOf(requantise.slice(0, -1), acc, by)
  const code = runStages(requantise.slice(-1), raw, by)
  return { isNegative: acc < 0n, raw, code, codes: limited(ways, requantise, by) }
}

/** Of the codes of an addition, as they are carried. */
export function addOutcomes(
  profile: Profile,
  node: IntegerAdd,
  [first, second]: readonly [QuantParams, QuantParams],
): (a: number, b: number) => Outcome {
  const { add } = profile
  const offset = codeOffset(profile, node.quant.bits)
  const codeBits = node.quant.bits
  const zeroPoint = node.quant.zeroPoint - offset
  const real = (code: number, { zeroPoint: zero, scale }: QuantParams): number =>
    Math.fround((code - zero) * Math.fround(scale))
  if (add.form === 'float32')
    return (a, b) => {
      const sum = Math.fround(real(a, first) + real(b, second))
      const exact = Math.fround(sum / Math.fround(node.quant.scale))
      const [down, up] = [Math.ceil(exact - 0.5), Math.floor(exact + 0.5)].map((to) => BigInt(to + zeroPoint))
      const raw = BigInt(zeroPoint) + roundHalfToEven(exact)
      const end: Stage = { stage: 'narrow', signed: profile.codes.signed, overflow: 'saturate' }
      return { isNegative: exact < 0, raw, code: raw, codes: limited([down!, up!], [end], { codeBits }) }
    }
  const parts = node.stages ?? { shifts: [0, 0], factors: [0, 0], multiplier: 0, factor: 0 }
  const by = [first, second].map((_, i) => ({
    ...{ multiplier: node.multipliers[i]!, shift: parts.shifts[i]!, scale: parts.factors[i]! },
    ...{ zeroPoint: 0, codeBits },
  }))
  const sumBy = {
    ...{ multiplier: parts.multiplier, shift: node.shift, scale: parts.factor },
    ...{ zeroPoint, codeBits },
  }
  const cut = add.sum.slice(0, -1)
  return (a, b) => {
    const operands = [a - first.zeroPoint, b - second.zeroPoint].map(BigInt)
    const [ofA, ofB] = operands.map((value, i) => runStages(add.operand, value, by[i]!))
    const [waysA, waysB] = operands.map((value, i) => waysOf(add.operand, value, by[i]!))
    const raw = runStages(cut, ofA! + ofB!, sumBy)
    const ways = waysA!.flatMap((own) => waysB!.flatMap((other) => waysOf(cut, own + other, sumBy)))
    return { isNegative: ofA! + ofB! < 0n, raw, code: raw, codes: limited(ways, add.sum, sumBy) }
  }
}

/** Values before the last narrow as codes, at the ends of their range where they do not fit. */
function limited(
  values: readonly bigint[],
  stages: readonly Stage[],
  { codeBits }: Pick<ChannelParameters, 'codeBits'>,
): ReadonlySet<bigint> {
  const { signed } = stages.at(-1) as Extract<Stage, { stage: 'narrow' }>
  return new Set(values.map((value) => narrow(value, { signed, overflow: 'saturate' }, codeBits)))
}

/** Every value behind the stages. */
export const waysOf = (stages: readonly Stage[], value: bigint, by: ChannelParameters): readonly bigint[] =>
  stages.reduce<readonly bigint[]>(
    (values, stage) => [...new Set(values.flatMap((own) => stageWays(stage, own, by)))],
    [value],
  )

function stageWays(stage: Stage, value: bigint, by: ChannelParameters): readonly bigint[] {
  switch (stage.stage) {
    case 'doubling-high-multiply':
      return shiftWays(value * BigInt(by.multiplier), stage.bits - 1, 'half-up')
    case 'shift-right': {
      const s = stage.by ?? Math.max(by.shift, 0)
      const seen = Math.min(s, stage.fractionBits ?? s)
      return shiftWays(value >> BigInt(s - seen), seen, stage.rounding)
    }
    case 'scale-float': {
      const product = Math.fround(Math.fround(Number(value)) * Math.fround(by.scale))
      const floor = Math.floor(product)
      if (product - floor === 0.5) return [BigInt(floor), BigInt(floor + 1)]
      return [BigInt(Math.round(product))]
    }
    case 'rectify':
      return by.rectified === true && value < 0n && stage.leak !== undefined
        ? shiftWays(value * BigInt(stage.leak.numerator), stage.leak.shift, stage.leak.rounding)
        : runStages([stage], value, by) === value
          ? [value]
          : [0n]
    default:
      return [runStages([stage], value, by)]
  }
}

function shiftWays(value: bigint, s: number, rounding: Rounding): readonly bigint[] {
  const floor = value >> BigInt(s)
  const rest = value - (floor << BigInt(s))
  const declared = shiftRight(value, s, rounding)
  if (s === 0) return [value]
  if (rounding === 'floor' || rounding === 'toward-zero')
    return rest !== 0n && value < 0n ? [floor, floor + 1n] : [declared]
  const half = 1n << BigInt(s - 1)
  if (rest === half) return [floor, floor + 1n]
  return [declared, rest > half ? floor + 1n : floor]
}
