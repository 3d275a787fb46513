/**
 * A profile declares the arithmetic of an accelerator, as a file of JSON: its codes, its weights, its accumulator, and the stages
 * between an accumulator and the next activation. Each field says what a clause of docs/arithmetic.md may be instead; the clauses
 * as they stand are the profile `assay`.
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
import { type HookStage, leak, rounding, type Stage, stage } from './stages.ts'

const scale = described(v.picklist(['free', 'power-of-two']), 'scales are any real numbers, or powers of two')

/** */
const codes = closedObject({
  signed: described(v.boolean(), "two's complement"),
  zeroPoint: described(
    v.union(
      [v.literal('tensor'), whole(-32_768, 65_535)],
      'tensor, or a whole number for all tensors (0: codes without a zero point)',
    ),
    'a zero point for each tensor, or one number for all: 0 for codes without a zero point',
  ),
  scale,
  padding: described(
    v.picklist(['zero-point', 'zero-code']),
    'what a tap outside the tensor holds: the zero point, or code 0 whatever the zero point (A-3)',
  ),
})

/** */
const weights = closedObject({
  mostNegative: described(v.boolean(), 'whether −2^(W−1) is a code'),
  scalePer: v.picklist(['channel', 'tensor']),
  scale,
})

/** */
const accumulator = closedObject({
  bits: described(whole(8, 64), 'signed'),
  overflow: described(
    v.picklist(['refuse', 'wrap', 'saturate']),
    'refuse: a model in which a sum might not fit is refused',
  ),
  at: described(
    v.picklist(['product', 'end']),
    'whether a sum wraps or saturates at each product, in the order channel, row, column of the kernel with the bias first, or once at the end',
  ),
})
const productShift = closedObject({ by: whole(1, 15), rounding })
const bias = closedObject({
  bits: described(whole(4, 64), 'signed'),
  shift: described(whole(0, 31), 'bits to the left by which it is aligned with the products'),
})

const indexBits = v.optional(
  described(whole(4, 16), 'P: bits of the index of a table. Without: those of --table-bits'),
)

/** what a layer with an activation does behind its stages. */
const activation = closedObject({
  smooth: described(
    choiceOf('form', [
      closedObject({ form: v.literal('table'), bits: indexBits }),
      closedObject({
        form: v.literal('interpolated-table'),
        bits: indexBits,
        segments: described(whole(1, 15), 'log2 of their number over the range of the index'),
        rounding,
      }),
      closedObject({
        form: v.literal('piecewise-linear'),
        bits: indexBits,
        segments: described(whole(1, 8), 'log2 of their number over the range of the index'),
        slopeBits: described(whole(1, 15), 'below the point of a slope'),
        rounding,
      }),
      closedObject({ form: v.literal('none') }),
    ]),
    'SiLU, hard-swish and others that are not straight: a table of 2^P codes, fewer entries and straight lines between them, or none',
  ),
  rectified: described(
    choiceOf('form', [
      closedObject({ form: v.literal('table') }),
      closedObject({ form: v.literal('codes'), leak: v.optional(leak) }),
      closedObject({ form: v.literal('stage') }),
    ]),
    'ReLU, ReLU6 and leaky ReLU: as the others by a table, on codes of the output, or by a stage `rectify`',
  ),
})

/** */
const add = choiceOf('form', [
  closedObject({
    form: v.literal('stages'),
    operand: described(listOf(stage, 0, 16), 'q − Z of each operand, with M and s of its own'),
    sum: described(listOf(stage, 1, 16), 'the sum of both'),
  }),
  closedObject({ form: v.literal('float32') }),
])

/** */
const concat = choiceOf('form', [
  closedObject({
    form: v.literal('stages'),
    input: described(listOf(stage, 1, 16), 'q − Z of each input, with M and s of its own, to a code'),
  }),
  closedObject({ form: v.literal('float32') }),
])

export const profileSchema = closedObject({
  name: described(fileName, 'what messages and reports call it'),
  source: described(text, 'where it is defined: a standard, a paper, a file of a public design'),
  codes: described(codes, 'A-1'),
  weights: described(weights, 'A-2'),
  productShift: v.optional(described(productShift, 'of each product, before it is added (A-3)')),
  accumulator: described(accumulator, 'A-3'),
  bias: described(bias, 'B of A-3'),
  requantise: described(listOf(stage, 1, 16), 'what an accumulator goes through, in this order (A-4)'),
  activation: described(activation, 'A-5'),
  add: described(
    add,
    'A-6: by stages, or in float32: both operands dequantised, added, divided by the scale of the sum, half to even',
  ),
  concat: v.optional(
    described(
      concat,
      'A-7: inputs of a concat keep scales of their own and are requantised, by stages, or in float32: dequantised and divided by the scale of the output, half to even. Without: they share one scale, and codes pass unchanged',
    ),
  ),
})
export type Profile = Checked<typeof profileSchema>

/** P of A-5 that a profile declares; undefined where it leaves it open, or has no table. */
export const tableBitsOf = ({ activation: { smooth } }: Pick<Profile, 'activation'>): number | undefined =>
  smooth.form === 'none' ? undefined : smooth.bits

/** All lists of stages that a profile has. */
export const stageLists = ({ requantise, add, concat }: Profile): readonly (readonly Stage[])[] => [
  requantise,
  ...(add.form === 'stages' ? [add.operand, add.sum] : []),
  ...(concat?.form === 'stages' ? [concat.input] : []),
]

export const hooksOf = (profile: Profile): readonly HookStage[] =>
  stageLists(profile).flatMap((stages) => stages.filter((one) => one.stage === 'hook'))
