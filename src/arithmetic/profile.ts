/**
 * A profile declares what an accelerator computes between an accumulator and the next activation: a list of stages that its
 * integers go through, as a file of JSON. The clauses of docs/arithmetic.md are those of the profile `assay`.
 */
import * as v from 'valibot'
import {
  type Checked,
  choiceOf,
  closedObject,
  described,
  fileName,
  listOf,
  text,
  whole,
} from '../input/schema.ts'

/**
 * What becomes of bits that a right shift drops. `half-…`: the nearest integer, and of two the one above, below, away from
 * zero, or the even one. `tosa-double`: half up, with 2^30 more for a value of at least 0 and 2^30 less for others where the
 * shift is above 31 (TOSA 1.0, apply_scale_32 with double_round).
 */
export const ROUNDINGS = [
  'floor',
  'toward-zero',
  'half-up',
  'half-down',
  'half-away',
  'half-to-even',
  'tosa-double',
] as const
export type Rounding = (typeof ROUNDINGS)[number]

const rounding = v.picklist(ROUNDINGS)
const MOST_BITS = 64
const width = (least: number) => whole(least, MOST_BITS)
/** What a value does that does not fit. */
const overflow = v.picklist(['saturate', 'wrap'])

const multiply = closedObject({
  stage: v.literal('multiply'),
  /** M of the channel is unsigned and has so many bits. */
  bits: whole(1, 32),
})

/**
 * ⌊(v · M + 2^(bits−2)) / 2^(bits−1)⌋ of two signed numbers of `bits` bits, where the smallest times itself gives the largest: the
 * SaturatingRoundingDoublingHighMul of gemmlowp (fixedpoint.h), VQRDMULH of Arm.
 */
const doublingHighMultiply = closedObject({
  stage: v.literal('doubling-high-multiply'),
  bits: v.picklist([16, 32]),
})

/** v · 2^−s where the channel's shift s is negative; else nothing. */
const shiftLeft = closedObject({ stage: v.literal('shift-left') })

const shiftRight = closedObject({
  stage: v.literal('shift-right'),
  rounding,
  /** A number for all channels; else s of the channel, where it is positive. */
  by: v.optional(whole(0, 63)),
  /** Bits below the point that rounding sees: lower ones are dropped before. Without: all. */
  fractionBits: v.optional(whole(1, 63)),
})

/** To so many bits; without `bits` to those of a code of the tensor that is made. */
const narrow = closedObject({
  stage: v.literal('narrow'),
  bits: v.optional(width(1)),
  signed: v.boolean(),
  overflow,
})

const addZeroPoint = closedObject({ stage: v.literal('add-zero-point') })

/**
 * The value and the scale of the channel as float32, their product as float32, rounded half to even (QLinearConv of ONNX as
 * onnxruntime computes it; ACC_SCALE of Gemmini).
 */
const scaleFloat = closedObject({ stage: v.literal('scale-float') })

export const stage = choiceOf('stage', [
  multiply,
  doublingHighMultiply,
  shiftLeft,
  shiftRight,
  narrow,
  addZeroPoint,
  scaleFloat,
])
export type Stage = Checked<typeof stage>

export const profileSchema = closedObject({
  name: described(fileName, 'what messages and reports call it'),
  source: described(text, 'where it is defined: a standard, a paper, a file of a public design'),
  accumulator: closedObject({
    bits: described(width(8), 'signed'),
    overflow: described(
      v.picklist(['refuse', 'wrap', 'saturate']),
      'refuse: a model in which a sum might not fit is refused (A-3)',
    ),
  }),
  requantise: described(listOf(stage, 1, 16), 'what an accumulator goes through, in this order'),
})
export type Profile = Checked<typeof profileSchema>

/** What the stages of a profile take of an output channel. */
export interface ChannelParameters {
  /** M of `multiply` and of `doubling-high-multiply`. */
  readonly multiplier: number
  /** s, −31 to 63: below 0 it shifts to the left. */
  readonly shift: number
  /** Z of `add-zero-point`. */
  readonly zeroPoint: number
  /** Of `scale-float`, a float32. */
  readonly scale: number
  /** Bits of a code of the tensor that is made. */
  readonly codeBits: number
}

/** The closed range of a number of so many bits. */
export const rangeOf = ({
  bits,
  signed,
}: {
  readonly bits: number
  readonly signed: boolean
}): readonly [low: bigint, high: bigint] =>
  signed ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n] : [0n, (1n << BigInt(bits)) - 1n]
