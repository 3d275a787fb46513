// The stages of a profile on runs of int64, a loop a stage. A record is what one stage does to one channel:
// { i32 operation, i32 s, i64 a, i64 b, i64 c }; engine-stages.ts writes them. The last record of a channel, END, adds a and limits to b .. c.

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
} from './kernel-operations'

export const RECORD: usize = 32

// A function of the user's profile on a run of int64, in place: it reads its parameters from the record.
// @ts-ignore: decorator
@external("env", "hook")
declare function hook(values: usize, count: i32, record: usize): void

// @ts-ignore: decorator
@inline
function splat(record: usize, at: usize): v128 {
  return v128.load64_splat(record + at)
}

// v / 2^s of a value that is rounded as this operation does; engine-stages.ts says what `a` is. No sum is above 64 bits.
// @ts-ignore: decorator
@inline
function shiftOne(operation: i32, v: v128, s: i32, a: v128): v128 {
  const below = i64x2.lt_s(v, i64x2.splat(0))
  if (operation == HALF_AWAY) v = i64x2.add(i64x2.add(v, a), below)
  else if (operation == HALF_TO_EVEN) v = i64x2.add(i64x2.add(v, a), v128.and(i64x2.shr_u(v, s), i64x2.splat(1)))
  else if (operation == TOWARD_ZERO) v = i64x2.add(v, v128.and(below, a))
  else if (operation == TOSA_DOUBLE)
    v = i64x2.add(i64x2.add(i64x2.shr_s(v, 1), a), v128.and(below, i64x2.splat(-(1 << 30))))
  else v = i64x2.add(v, a)
  return i64x2.shr_s(v, s)
}

// @ts-ignore: decorator
@inline
function clamp(v: v128, low: v128, high: v128): v128 {
  v = v128.bitselect(low, v, i64x2.gt_s(low, v))
  return v128.bitselect(high, v, i64x2.gt_s(v, high))
}

// The float32 of a double is what the specification takes: an integer above 2^53 is rounded twice.
// @ts-ignore: decorator
@inline
function scaleOne(v: i64, scale: f32): i64 {
  return <i64>nearest<f32>(<f32><f64>v * scale)
}

// The first record of a channel, on int32; the run is padded to fours.
export function loadRun(from: usize, to: usize, count: i32, record: usize): void {
  const operation = load<i32>(record)
  const s = load<i32>(record, 4)
  const a = splat(record, 16)
  const end = from + <usize>count * 4
  const multiplier = v128.load32_splat(record + 8)
  if (operation == LOAD) {
    for (; from < end; from += 16, to += 32) {
      const v = v128.load(from)
      v128.store(to, i64x2.extend_low_i32x4_s(v))
      v128.store(to, i64x2.extend_high_i32x4_s(v), 16)
    }
  } else if (operation == LOAD_MULTIPLY) {
    for (; from < end; from += 16, to += 32) {
      const v = v128.load(from)
      v128.store(to, i64x2.extmul_low_i32x4_s(v, multiplier))
      v128.store(to, i64x2.extmul_high_i32x4_s(v, multiplier), 16)
    }
  } else if (operation == LOAD_MULTIPLY_SHIFT) {
    for (; from < end; from += 16, to += 32) {
      const v = v128.load(from)
      v128.store(to, shiftOne(ADD_SHIFT, i64x2.extmul_low_i32x4_s(v, multiplier), s, a))
      v128.store(to, shiftOne(ADD_SHIFT, i64x2.extmul_high_i32x4_s(v, multiplier), s, a), 16)
    }
  } else if (operation == LOAD_MULTIPLY_AWAY) {
    for (; from < end; from += 16, to += 32) {
      const v = v128.load(from)
      v128.store(to, shiftOne(HALF_AWAY, i64x2.extmul_low_i32x4_s(v, multiplier), s, a))
      v128.store(to, shiftOne(HALF_AWAY, i64x2.extmul_high_i32x4_s(v, multiplier), s, a), 16)
    }
  } else {
    for (; from < end; from += 16, to += 32) {
      const v = i32x4.trunc_sat_f32x4_s(
        f32x4.nearest(f32x4.mul(f32x4.convert_i32x4_s(v128.load(from)), multiplier)),
      )
      v128.store(to, i64x2.extend_low_i32x4_s(v))
      v128.store(to, i64x2.extend_high_i32x4_s(v), 16)
    }
  }
}

// @ts-ignore: decorator
@inline
function shiftRun(operation: i32, at: usize, end: usize, record: usize): void {
  const s = load<i32>(record, 4)
  const a = splat(record, 8)
  for (; at < end; at += 16) v128.store(at, shiftOne(operation, v128.load(at), s, a))
}

function leakRun(at: usize, end: usize, record: usize): void {
  const s = load<i32>(record, 4)
  const rounding = load<i32>(record, 24)
  const a = splat(record, 16)
  const numerator = load<i64>(record, 8)
  for (; at < end; at += 8) {
    const v = load<i64>(at)
    if (v >= 0) continue
    let p = i64x2.splat(v * numerator)
    if (rounding == HALF_AWAY) p = shiftOne(HALF_AWAY, p, s, a)
    else if (rounding == HALF_TO_EVEN) p = shiftOne(HALF_TO_EVEN, p, s, a)
    else if (rounding == TOWARD_ZERO) p = shiftOne(TOWARD_ZERO, p, s, a)
    else p = shiftOne(ADD_SHIFT, p, s, a)
    store<i64>(at, i64x2.extract_lane(p, 0))
  }
}

// All records of a channel but END, on a run of int64 that is padded to an even count. @returns the address of END.
export function runRecords(values: usize, count: i32, record: usize): usize {
  const end = values + <usize>count * 8
  while (true) {
    const operation = load<i32>(record)
    const s = load<i32>(record, 4)
    const a = splat(record, 8)
    let at = values
    switch (operation) {
      case END:
        return record
      case MULTIPLY:
        for (; at < end; at += 16) v128.store(at, i64x2.mul(v128.load(at), a))
        break
      case MULTIPLY_LOW: {
        const low = v128.shuffle<i32>(a, a, 0, 2, 0, 2)
        for (; at < end; at += 16) {
          const v = v128.load(at)
          v128.store(at, i64x2.extmul_low_i32x4_s(v128.shuffle<i32>(v, v, 0, 2, 0, 2), low))
        }
        break
      }
      case SHIFT_LEFT:
        for (; at < end; at += 16) v128.store(at, i64x2.shl(v128.load(at), s))
        break
      case ADD:
        for (; at < end; at += 16) v128.store(at, i64x2.add(v128.load(at), a))
        break
      case CLAMP: {
        const high = splat(record, 16)
        for (; at < end; at += 16) v128.store(at, clamp(v128.load(at), a, high))
        break
      }
      case WRAP_SIGNED:
        for (; at < end; at += 16) v128.store(at, i64x2.shr_s(i64x2.shl(v128.load(at), s), s))
        break
      case WRAP_UNSIGNED:
        for (; at < end; at += 16) v128.store(at, v128.and(v128.load(at), a))
        break
      case NEGATE: {
        const other = splat(record, 16)
        for (; at < end; at += 16) {
          const v = v128.load(at)
          v128.store(at, v128.bitselect(other, i64x2.neg(v), i64x2.eq(v, a)))
        }
        break
      }
      case HALF_AWAY:
        shiftRun(HALF_AWAY, at, end, record)
        break
      case HALF_TO_EVEN:
        shiftRun(HALF_TO_EVEN, at, end, record)
        break
      case TOWARD_ZERO:
        shiftRun(TOWARD_ZERO, at, end, record)
        break
      case TOSA_DOUBLE:
        shiftRun(TOSA_DOUBLE, at, end, record)
        break
      case SCALE_FLOAT: {
        const scale = load<f32>(record, 8)
        for (; at < end; at += 8) store<i64>(at, scaleOne(load<i64>(at), scale))
        break
      }
      case RECTIFY: {
        const zero = i64x2.splat(0)
        for (; at < end; at += 16) {
          const v = v128.load(at)
          v128.store(at, v128.and(v, i64x2.gt_s(v, zero)))
        }
        break
      }
      case HOOK:
        hook(values, count, record)
        break
      case LEAK:
        leakRun(at, end, record)
        break
      default:
        shiftRun(ADD_SHIFT, at, end, record)
    }
    record += RECORD
  }
}

// A run of int64 through the records of a channel, END too. Padded to an even count.
export function runStages(values: usize, count: i32, records: usize): void {
  const record = runRecords(values, count, records)
  const add = splat(record, 8)
  const low = splat(record, 16)
  const high = splat(record, 24)
  const end = values + <usize>count * 8
  for (let at = values; at < end; at += 16) v128.store(at, clamp(i64x2.add(v128.load(at), add), low, high))
}

// The same from a run of int32, padded to fours, to one of int64.
export function runStages32(from: usize, values: usize, count: i32, records: usize): void {
  loadRun(from, values, count, records)
  runStages(values, count, records + RECORD)
}
