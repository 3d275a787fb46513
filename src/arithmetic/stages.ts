/** The stages that an integer goes through on its way from an accumulator to a code, as a profile lists them. */
import * as v from 'valibot'
import {
  type Checked,
  choiceOf,
  closedObject,
  described,
  fileName,
  sha256Text,
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

export const rounding = v.picklist(
  ROUNDINGS,
  `one of ${ROUNDINGS.join(', ')}; a stochastic one is not reproducible, so nothing can be proved of it`,
)
const overflow = described(v.picklist(['saturate', 'wrap']), 'what a value does that does not fit')

const multiply = closedObject({
  stage: v.literal('multiply'),
  bits: described(whole(1, 31), 'of M, which is unsigned'),
})

/**
 * ⌊(v · M + 2^(bits−2)) / 2^(bits−1)⌋ of two signed numbers of `bits` bits, where the smallest times itself gives the largest: the
 * SaturatingRoundingDoublingHighMul of gemmlowp (fixedpoint.h), VQRDMULH of Arm.
 */
const doublingHighMultiply = closedObject({
  stage: v.literal('doubling-high-multiply'),
  bits: v.picklist([16, 32]),
})

const shiftLeft = closedObject({
  stage: v.literal('shift-left'),
  by: v.optional(
    described(whole(0, 31), 'for all channels; without, by −s where s of the channel is negative'),
  ),
})

const shiftRight = closedObject({
  stage: v.literal('shift-right'),
  rounding,
  by: v.optional(
    described(whole(0, 63), 'for all channels; without, by s of the channel where it is positive'),
  ),
  shared: v.optional(
    described(v.literal(true), 'one s for all channels of a layer. Without: each has its own'),
  ),
  most: v.optional(described(whole(1, 63), 'the greatest s that the shifter takes. Without: 63')),
  fractionBits: v.optional(
    described(
      whole(1, 63),
      'bits below the point that rounding sees: lower ones are dropped before. Without: all',
    ),
  ),
})

const narrow = closedObject({
  stage: v.literal('narrow'),
  bits: v.optional(described(whole(1, 64), 'without: those of a code of the tensor that is made')),
  signed: v.boolean(),
  overflow,
})

const addZeroPoint = closedObject({ stage: v.literal('add-zero-point') })

/**
 * The value and the scale of the channel as float32, their product as float32, rounded half to even (QLinearConv of ONNX as
 * onnxruntime computes it; ACC_SCALE of Gemmini).
 */
const scaleFloat = closedObject({ stage: v.literal('scale-float') })

/** v · numerator / 2^shift, for a leaky ReLU. */
export const leak = closedObject({ numerator: whole(0, 65_535), shift: whole(0, 31), rounding })

export type Leak = Checked<typeof leak>

/** ReLU, or leaky ReLU: of layers that have it in the network. Others pass. */
const rectify = closedObject({
  stage: v.literal('rectify'),
  leak: v.optional(described(leak, 'of a negative value. Without: 0')),
})

/**
 * A function of a profile in TypeScript, for what no other stage says (hooks.ts). A file of JSON can name one, and holds none: it is
 * known by the SHA-256 of the file that has it.
 */
const hook = closedObject({
  stage: v.literal('hook'),
  name: described(fileName, 'of the function'),
  sha256: described(sha256Text, 'of the TypeScript file that has it'),
  bits: described(whole(2, 64), 'signed, of the value that it returns'),
  multiplierBits: v.optional(
    described(whole(1, 31), 'of M, where the function multiplies. Without: another stage does, or none'),
  ),
})

export const stage = choiceOf('stage', [
  multiply,
  doublingHighMultiply,
  shiftLeft,
  shiftRight,
  narrow,
  addZeroPoint,
  scaleFloat,
  rectify,
  hook,
])
export type Stage = Checked<typeof stage>
export type HookStage = Checked<typeof hook>

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
  /** Whether the layer has a ReLU that the stage `rectify` computes. */
  readonly rectified?: boolean
}

/** Of M, unsigned, that a stage multiplies by; undefined where it does not. A doubling high multiply takes one bit less. */
export function multiplierBits(stage: Stage): number | undefined {
  switch (stage.stage) {
    case 'multiply':
    case 'doubling-high-multiply':
      return stage.bits
    case 'hook':
      return stage.multiplierBits
    default:
      return undefined
  }
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

/** The list with another rounding wherever it shifts to the right. */
export const withRounding = (stages: readonly Stage[], rounding: Rounding): readonly Stage[] =>
  stages.map((stage) => (stage.stage === 'shift-right' ? { ...stage, rounding } : stage))

/** The list as it ends at codes of another kind: its last stage narrows to them, behind their zero point where they have one. */
export function endAtCodes(
  stages: readonly Stage[],
  { signed, hasZeroPoint }: { readonly signed: boolean; readonly hasZeroPoint: boolean },
): readonly Stage[] {
  const kept = stages.slice(0, -1).filter(({ stage }) => stage !== 'add-zero-point')
  const last = stages.at(-1)!
  return [
    ...kept,
    ...(hasZeroPoint ? [{ stage: 'add-zero-point' } as const] : []),
    last.stage === 'narrow' ? { ...last, signed } : last,
  ]
}

/** Whether a list adds the zero point of the tensor that is made. */
export const addsZeroPoint = (stages: readonly Stage[]): boolean =>
  stages.some(({ stage }) => stage === 'add-zero-point')
