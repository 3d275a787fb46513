/**
 * The stages of a profile in doubles, for many accumulators: the second implementation beside requantise-exact.ts. A value is a pair,
 * high · 2^16 + low with 0 <= low < 2^16. High stays an exact integer below 2^53 where the value has at most 68 bits, which
 * `compileRequantise` proves of each stage before anything is computed.
 */
import { InputError } from '../input/input-error.ts'
import type { ChannelParameters, Profile, Rounding, Stage } from './profile.ts'

/** 2^16. */
const LOW = 65_536
/** Signed bits of a value that a pair holds. */
const MOST_BITS = 68

/** A value on its way through the stages. One object for all, so that none is allocated. */
interface Pair {
  high: number
  low: number
}
type Step = (value: Pair) => void

/**
 * The function from an accumulator to its code.
 *
 * @throws InputError where a value between two stages might have more than 68 bits, or where the last one might not fit 53
 */
export function compileRequantise(
  { name, accumulator, requantise }: Pick<Profile, 'name' | 'accumulator' | 'requantise'>,
  by: ChannelParameters,
): (acc: number) => number {
  let { bits } = accumulator
  const steps = requantise.map((stage, at) => {
    bits = widen(stage, bits, by)
    if (bits > MOST_BITS)
      throw new InputError(
        `after stage ${at + 1} (${stage.stage}) a value may have ${bits} bits`,
        `profile ${name}`,
        `Narrow it before: at most ${MOST_BITS} are computed.`,
      )
    return compileStage(stage, by)
  })
  if (bits > 53)
    throw new InputError(
      `the last stage may give ${bits} bits`,
      `profile ${name}`,
      'End with a stage that narrows to the bits of a code.',
    )
  const value: Pair = { high: 0, low: 0 }
  return (acc) => {
    set(value, acc)
    for (const step of steps) step(value)
    return value.high * LOW + value.low
  }
}

function set(value: Pair, number: number): void {
  value.high = Math.floor(number / LOW)
  value.low = number - value.high * LOW
}

/** Signed bits that a value may have behind a stage. */
function widen(stage: Stage, bits: number, by: ChannelParameters): number {
  switch (stage.stage) {
    case 'multiply':
      return bits + bitsOf(by.multiplier)
    case 'doubling-high-multiply':
      return Math.max(bits + bitsOf(by.multiplier) - stage.bits + 2, 2)
    case 'shift-left':
      return bits + Math.max(-by.shift, 0)
    case 'shift-right': {
      const s = stage.by ?? Math.max(by.shift, 0)
      return s === 0 ? bits : Math.max(bits - s, 1) + 1
    }
    case 'narrow':
      return Math.min(bits, (stage.bits ?? by.codeBits) + (stage.signed ? 0 : 1))
    case 'add-zero-point':
      return Math.max(bits, bitsOf(Math.abs(by.zeroPoint)) + 1) + 1
    case 'scale-float':
      return bits + Math.max(1, Math.ceil(Math.log2(Math.max(by.scale, Number.MIN_VALUE))) + 1)
  }
}

const bitsOf = (unsigned: number): number => (unsigned === 0 ? 0 : Math.floor(Math.log2(unsigned)) + 1)

function compileStage(stage: Stage, by: ChannelParameters): Step {
  switch (stage.stage) {
    case 'multiply':
      return multiplyBy(by.multiplier)
    case 'doubling-high-multiply': {
      const multiply = multiplyBy(by.multiplier)
      const shift = shiftBy(stage.bits - 1, 'half-up')
      return (value) => {
        multiply(value)
        shift(value)
      }
    }
    case 'shift-left':
      return multiplyBy(2 ** Math.max(-by.shift, 0))
    case 'shift-right':
      return shiftSeen(stage, stage.by ?? Math.max(by.shift, 0))
    case 'narrow':
      return (stage.overflow === 'wrap' ? wrapTo : saturateTo)(stage.bits ?? by.codeBits, stage.signed)
    case 'add-zero-point':
      return (value) => {
        const low = value.low + by.zeroPoint
        const carry = Math.floor(low / LOW)
        value.high += carry
        value.low = low - carry * LOW
      }
    case 'scale-float': {
      const scale = Math.fround(by.scale)
      return (value) => {
        const real = Math.fround(Math.fround(value.high * LOW + value.low) * scale)
        // From 2^23 on a float32 is an integer; below, adding and taking away 1.5 · 2^52 rounds a double half to even.
        set(value, Math.abs(real) < 2 ** 51 ? real + 1.5 * 2 ** 52 - 1.5 * 2 ** 52 : real)
      }
    }
  }
}

/** @param factor below 2^32, so that both products are exact */
function multiplyBy(factor: number): Step {
  return (value) => {
    const product = value.low * factor
    const carry = Math.floor(product / LOW)
    value.high = value.high * factor + carry
    value.low = product - carry * LOW
  }
}

/** Bits that rounding does not see are dropped first. */
function shiftSeen(
  { rounding, fractionBits = 63 }: Extract<Stage, { stage: 'shift-right' }>,
  s: number,
): Step {
  const seen = Math.min(s, fractionBits)
  const [drop, round] = [shiftBy(s - seen, 'floor'), shiftBy(seen, rounding)]
  if (seen === s) return round
  return (value) => {
    drop(value)
    round(value)
  }
}

function shiftBy(s: number, rounding: Rounding): Step {
  if (s === 0) return () => {}
  const isUp = chooseUp(rounding)
  const extra = rounding === 'tosa-double' && s > 31 ? 2 ** 14 : 0
  if (s > 16) {
    const divisor = 2 ** (s - 16)
    const half = divisor / 2
    return (value) => {
      const isNegative = value.high < 0
      const high = value.high + (isNegative ? -extra : extra)
      const floor = Math.floor(high / divisor)
      const rest = high - floor * divisor
      const order = rest === half ? Math.sign(value.low) : Math.sign(rest - half)
      const isWhole = rest === 0 && value.low === 0
      set(value, floor + (isUp(order, isWhole, isNegative, floor) ? 1 : 0))
    }
  }
  const divisor = 2 ** s
  const half = divisor / 2
  return (value) => {
    const isNegative = value.high < 0
    const part = Math.floor(value.low / divisor)
    const rest = value.low - part * divisor
    const whole = value.high * (LOW / divisor)
    const isOdd = s === 16 ? value.high : part
    const up = isUp(Math.sign(rest - half), rest === 0, isNegative, isOdd) ? 1 : 0
    // What was high has lost no bits: the sum may have more than 53.
    const high = Math.floor(whole / LOW)
    const low = whole - high * LOW + part + up
    const carry = low >= LOW ? 1 : 0
    value.high = high + carry
    value.low = low - carry * LOW
  }
}

/**
 * @param order of the rest against one half: −1, 0 or 1
 * @param floor a number of the same parity as the floor
 */
type Up = (order: number, isWhole: boolean, isNegative: boolean, floor: number) => boolean

function chooseUp(rounding: Rounding): Up {
  switch (rounding) {
    case 'floor':
      return () => false
    case 'toward-zero':
      return (_order, isWhole, isNegative) => isNegative && !isWhole
    case 'half-up':
    case 'tosa-double':
      return (order) => order >= 0
    case 'half-down':
      return (order) => order > 0
    case 'half-away':
      return (order, _isWhole, isNegative) => order > 0 || (order === 0 && !isNegative)
    case 'half-to-even':
      return (order, _isWhole, _isNegative, floor) => order > 0 || (order === 0 && floor % 2 !== 0)
  }
}

/** A double beside the limits compares as the pair does: both are integers, and the limits have at most 53 bits. */
function saturateTo(bits: number, signed: boolean): Step {
  if (bits > 53) return () => {}
  const [low, high] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]
  return (value) => {
    const number = value.high * LOW + value.low
    if (number < low) set(value, low)
    else if (number > high) set(value, high)
  }
}

function wrapTo(bits: number, signed: boolean): Step {
  const modulus = 2 ** bits
  const sign = modulus / 2
  if (bits <= 16)
    return (value) => {
      const code = value.low % modulus
      set(value, signed && code >= sign ? code - modulus : code)
    }
  const [high, half] = [modulus / LOW, sign / LOW]
  return (value) => {
    const rest = value.high - Math.floor(value.high / high) * high
    value.high = signed && rest >= half ? rest - high : rest
  }
}
