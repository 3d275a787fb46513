/** The stages of a profile as records of the kernel: what each does to one channel, with its parameters put in. */
import type { ChannelParameters, Leak, Rounding, Stage } from '../arithmetic/stages.ts'
import { rangeOf } from '../arithmetic/stages.ts'
import { type LargestParameters, MOST_BITS, widthBehind, widthWithin } from '../arithmetic/widths.ts'
import { packHook } from './kernel-hook.ts'
import {
  ADD,
  ADD_SHIFT,
  CLAMP,
  END,
  HALF_AWAY,
  HALF_TO_EVEN,
  HOOK,
  LEAK,
  LOAD,
  LOAD_MULTIPLY,
  LOAD_MULTIPLY_AWAY,
  LOAD_MULTIPLY_SHIFT,
  LOAD_SCALE_FLOAT,
  MULTIPLY,
  MULTIPLY_LOW,
  NEGATE,
  RECTIFY,
  SCALE_FLOAT,
  SHIFT_LEFT,
  TOSA_DOUBLE,
  TOWARD_ZERO,
  WRAP_SIGNED,
  WRAP_UNSIGNED,
} from './kernel-operations.ts'

/** Bytes of a record: int32 operation, int32 s, int64 a, b, c. */
export const RECORD_BYTES = 32
/** Of an int32 and of what the kernel's shorter multiplications take. */
const WORD = 32

export interface StageRecord {
  readonly operation: number
  readonly s: number
  readonly a: bigint
  readonly b: bigint
  readonly c: bigint
}

/** What a run holds before its first stage. */
export interface RunBegin {
  /** Signed bits of a value. */
  readonly bits: number
  /** How the kernel reads it: `conv` leaves int32. */
  readonly from: 'int32' | 'int64'
  /** Called where a stage takes more bits than the kernel has. */
  readonly refuse: (stage: Stage, bits: number) => never
}

const LOWEST = -(1n << 63n)
const HIGHEST = (1n << 63n) - 1n
const record = (operation: number, s = 0, a = 0n, b = 0n, c = 0n): StageRecord => ({ operation, s, a, b, c })

/** Records that a list has at most: two a stage, and the first and the last. */
export const mostRecords = (stages: readonly Stage[]): number => 2 * stages.length + 2

export interface EncodedStages {
  readonly records: readonly StageRecord[]
  /** Signed bits of a value behind them. */
  readonly bits: number
}

/** A list of stages for one channel. The last record is END. */
export function encodeStages(
  stages: readonly Stage[],
  by: ChannelParameters,
  { bits: begin, from, refuse }: RunBegin,
): EncodedStages {
  const largest: LargestParameters = {
    // Of a negative number the complement has as many bits.
    multiplier: by.multiplier < 0 ? -by.multiplier - 1 : by.multiplier,
    ...{ shift: [by.shift, by.shift], scale: by.scale },
    ...{ zeroPoint: by.zeroPoint, codeBits: by.codeBits },
  }
  const records: StageRecord[] = []
  let bits = begin
  for (const stage of stages) {
    const within = widthWithin(stage, bits, largest)
    if (within > MOST_BITS) refuse(stage, within)
    records.push(...encodeStage(stage, by, bits))
    bits = widthBehind(stage, bits, largest)
  }
  const ended = withEnd(records)
  return { records: from === 'int64' ? ended : withLoad(ended, begin), bits }
}

/** @param bits of the value before the stage */
function encodeStage(stage: Stage, by: ChannelParameters, bits: number): readonly StageRecord[] {
  switch (stage.stage) {
    case 'multiply':
      return [multiply(by.multiplier, bits)]
    case 'doubling-high-multiply': {
      const [low, high] = rangeOf({ bits: stage.bits, signed: true })
      // Of a whole power of two nothing is rounded: v becomes -v, and the lowest the highest.
      if (BigInt(by.multiplier) === low) return [record(NEGATE, 0, low, high)]
      return [multiply(by.multiplier, bits), ...shiftRight(stage.bits - 1, 'half-up')]
    }
    case 'shift-left': {
      const s = stage.by ?? Math.max(-by.shift, 0)
      return s === 0 ? [] : [record(SHIFT_LEFT, s)]
    }
    case 'shift-right': {
      const s = stage.by ?? Math.max(by.shift, 0)
      const seen = Math.min(s, stage.fractionBits ?? s)
      return [...shiftRight(s - seen, 'floor'), ...shiftRight(seen, stage.rounding)]
    }
    case 'narrow':
      return narrow(stage, stage.bits ?? by.codeBits, bits)
    case 'add-zero-point':
      return by.zeroPoint === 0 ? [] : [record(ADD, 0, BigInt(by.zeroPoint))]
    case 'scale-float':
      return [record(SCALE_FLOAT, 0, BigInt(bitsOfFloat(by.scale)))]
    case 'hook':
      return [{ operation: HOOK, ...packHook(stage, by) }]
    case 'rectify':
      if (by.rectified !== true) return []
      return stage.leak === undefined ? [record(RECTIFY)] : [leakOf(stage.leak)]
  }
}

/** Factors that fit an int32 have an instruction of their own. */
const multiply = (multiplier: number, bits: number): StageRecord => {
  const isShort = bits <= WORD && multiplier >= 0 && multiplier < 2 ** (WORD - 1)
  return record(isShort ? MULTIPLY_LOW : MULTIPLY, 0, BigInt(multiplier))
}

function narrow(
  { signed, overflow }: Extract<Stage, { stage: 'narrow' }>,
  to: number,
  bits: number,
): readonly StageRecord[] {
  if (signed && bits <= to) return []
  if (overflow === 'saturate') {
    const [low, high] = rangeOf({ bits: to, signed })
    return [record(CLAMP, 0, low, high < HIGHEST ? high : HIGHEST)]
  }
  return [signed ? record(WRAP_SIGNED, MOST_BITS - to) : record(WRAP_UNSIGNED, 0, (1n << BigInt(to)) - 1n)]
}

/** The kernel adds `a` to a value, and what the rounding says of its sign or of its lowest bit, and shifts. */
function shiftRight(s: number, rounding: Rounding): readonly StageRecord[] {
  if (s === 0) return []
  const half = 1n << BigInt(s - 1)
  switch (rounding) {
    case 'floor':
      return [record(ADD_SHIFT, s)]
    case 'half-up':
      return [record(ADD_SHIFT, s, half)]
    case 'half-down':
      return [record(ADD_SHIFT, s, half - 1n)]
    case 'half-away':
      return [record(HALF_AWAY, s, half)]
    case 'half-to-even':
      return [record(HALF_TO_EVEN, s, half - 1n)]
    case 'toward-zero':
      return [record(TOWARD_ZERO, s, 2n * half - 1n)]
    case 'tosa-double':
      // Half of the sum, whose terms are even, so that it stays below 64 bits.
      return [s > 31 ? record(TOSA_DOUBLE, s - 1, (half + (1n << 30n)) >> 1n) : record(ADD_SHIFT, s, half)]
  }
}

function leakOf({ numerator, shift, rounding }: Leak): StageRecord {
  const [rounded = record(ADD_SHIFT)] = shiftRight(shift, rounding)
  return record(LEAK, shift, BigInt(numerator), rounded.a, BigInt(rounded.operation))
}

function bitsOfFloat(value: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return view.getUint32(0)
}

/** END takes the last sum and the last limits, and with them all limits before that lie outside. */
function withEnd(records: readonly StageRecord[]): readonly StageRecord[] {
  const rest = [...records]
  const pop = (operation: number): StageRecord | undefined =>
    rest.at(-1)?.operation === operation ? rest.pop() : undefined
  const limits = pop(CLAMP)
  const { a: low, b: high } = limits ?? { a: LOWEST, b: HIGHEST }
  if (limits !== undefined) while (isOutside(rest.at(-1), low, high)) rest.pop()
  const sum = pop(ADD)?.a ?? 0n
  if (limits !== undefined) while (isOutside(rest.at(-1), low - sum, high - sum)) rest.pop()
  return [...rest, record(END, 0, sum, low, high)]
}

const isOutside = (limits: StageRecord | undefined, low: bigint, high: bigint): boolean =>
  limits?.operation === CLAMP && limits.a <= low && limits.b >= high

/** The first record reads int32, and does what else it can. */
function withLoad(records: readonly StageRecord[], bits: number): readonly StageRecord[] {
  if (bits > WORD) throw new RangeError(`Expected at most ${WORD} bits, got ${bits}`)
  const [first, second] = records as readonly [StageRecord, StageRecord | undefined]
  const isMultiplied = first.operation === MULTIPLY_LOW
  const shifted = isMultiplied ? second : first
  const operation = LOADS.get(shifted?.operation ?? END)
  if (operation !== undefined) {
    const loaded = record(operation, shifted!.s, isMultiplied ? first.a : 1n, shifted!.a)
    return [loaded, ...records.slice(isMultiplied ? 2 : 1)]
  }
  if (isMultiplied) return [record(LOAD_MULTIPLY, 0, first.a), ...records.slice(1)]
  if (first.operation === SCALE_FLOAT && second?.operation === END && isWord(second))
    return [record(LOAD_SCALE_FLOAT, 0, first.a), second]
  return [record(LOAD), ...records]
}
const LOADS: ReadonlyMap<number, number> = new Map([
  [ADD_SHIFT, LOAD_MULTIPLY_SHIFT],
  [HALF_AWAY, LOAD_MULTIPLY_AWAY],
])

/** Whether the limits of END are inside those of an int32, at which a conversion saturates. */
const isWord = ({ a, b, c }: StageRecord): boolean => b - a > -(1n << 31n) && c - a < (1n << 31n) - 1n

/** Writes records, one behind the other. */
export function writeRecords(memory: SharedArrayBuffer, at: number, records: readonly StageRecord[]): void {
  const view = new DataView(memory, at, records.length * RECORD_BYTES)
  for (const [i, { operation, s, a, b, c }] of records.entries()) {
    const begin = i * RECORD_BYTES
    view.setInt32(begin, operation, true)
    view.setInt32(begin + 4, s, true)
    view.setBigInt64(begin + 8, a, true)
    view.setBigInt64(begin + 16, b, true)
    view.setBigInt64(begin + 24, c, true)
  }
}
