/** The specification of a profile's stages, over integers without limits: a line a rule, as docs/arithmetic.md has them. */
import { runHook } from './hooks.ts'
import { type ChannelParameters, type Leak, type Rounding, rangeOf, type Stage } from './stages.ts'

/** What a value becomes behind all stages: of an accumulator that fits its bits, the code. */
export const runStages = (stages: readonly Stage[], value: bigint, by: ChannelParameters): bigint =>
  stages.reduce((before, stage) => runStage(stage, before, by), value)

function runStage(stage: Stage, value: bigint, by: ChannelParameters): bigint {
  switch (stage.stage) {
    case 'multiply':
      return value * BigInt(by.multiplier)
    case 'doubling-high-multiply': {
      const [low, high] = rangeOf({ bits: stage.bits, signed: true })
      const multiplier = BigInt(by.multiplier)
      if (value === low && multiplier === low) return high
      return shiftRight(value * multiplier, stage.bits - 1, 'half-up')
    }
    case 'shift-left':
      return value << BigInt(stage.by ?? Math.max(-by.shift, 0))
    case 'shift-right':
      return shiftBy(stage, value, by)
    case 'narrow':
      return narrow(value, stage, stage.bits ?? by.codeBits)
    case 'add-zero-point':
      return value + BigInt(by.zeroPoint)
    case 'scale-float':
      return roundHalfToEven(Math.fround(Math.fround(Number(value)) * Math.fround(by.scale)))
    case 'hook':
      return runHook(stage, value, by)
    case 'rectify':
      return by.rectified === true && value < 0n ? leakOf(value, stage.leak) : value
  }
}

/** Of a negative value: 0, or its leak. */
export const leakOf = (value: bigint, leak: Leak | undefined): bigint =>
  leak === undefined ? 0n : shiftRight(value * BigInt(leak.numerator), leak.shift, leak.rounding)

function shiftBy(
  { by: fixed, rounding, fractionBits = 63 }: Extract<Stage, { stage: 'shift-right' }>,
  value: bigint,
  by: ChannelParameters,
): bigint {
  const s = fixed ?? Math.max(by.shift, 0)
  const seen = Math.min(s, fractionBits)
  return shiftRight(value >> BigInt(s - seen), seen, rounding)
}

/** value / 2^s as an integer. */
export function shiftRight(value: bigint, s: number, rounding: Rounding): bigint {
  if (s === 0) return value
  const divisor = 1n << BigInt(s)
  const half = divisor >> 1n
  const floor = value >> BigInt(s)
  const rest = value - (floor << BigInt(s))
  switch (rounding) {
    case 'floor':
      return floor
    case 'toward-zero':
      return value / divisor
    case 'half-up':
      return rest >= half ? floor + 1n : floor
    case 'half-down':
      return rest > half ? floor + 1n : floor
    case 'half-away':
      return rest > half || (rest === half && value >= 0n) ? floor + 1n : floor
    case 'half-to-even':
      return rest > half || (rest === half && (floor & 1n) === 1n) ? floor + 1n : floor
    case 'tosa-double': {
      const extra = s > 31 ? (value >= 0n ? 1n << 30n : -(1n << 30n)) : 0n
      return (value + half + extra) >> BigInt(s)
    }
  }
}

/** How a value is brought to fewer bits. */
export interface Narrowing {
  readonly signed: boolean
  readonly overflow: 'wrap' | 'saturate'
}

export function narrow(value: bigint, { signed, overflow }: Narrowing, bits: number): bigint {
  if (overflow === 'wrap') return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)
  const [low, high] = rangeOf({ bits, signed })
  return value < low ? low : value > high ? high : value
}

/** Of a finite number; of two integers that are as near, the even one. */
export function roundHalfToEven(value: number): bigint {
  const floor = Math.floor(value)
  const rest = value - floor
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0)
  return BigInt(floor) + (up ? 1n : 0n)
}
