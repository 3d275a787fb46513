/** A profile in plain English, clause by clause of docs/arithmetic.md. */
import { describeLeak, describeRounding, describeStage, summariseStages } from './describe-stages.ts'
import type { Profile } from './profile.ts'
import type { Stage } from './stages.ts'

/** A clause, and what the profile says of it. */
export interface ClauseText {
  /** `A-1` and the like. */
  readonly clause: string
  readonly title: string
  /** Sentences, in order. */
  readonly sentences: readonly string[]
  /** What a value goes through, a stage each; empty for a clause without stages. */
  readonly steps: readonly StepText[]
}

export interface StepText {
  /** What the steps belong to, where a clause has several lists. */
  readonly of?: string
  readonly formula: string
  readonly note: string
}

/** What happens between accumulator and code, in one line. */
export const summariseProfile = ({ requantise }: Profile): string => summariseStages(requantise)

/** The clauses A-1 to A-6 as a profile has them, for a person to read; A-7 where its concat is another. */
export function describeProfile(profile: Profile): readonly ClauseText[] {
  const { codes, weights, activation } = profile
  const clause = (
    name: string,
    title: string,
    sentences: readonly string[],
    steps: readonly StepText[] = [],
  ): ClauseText => ({ clause: name, title, sentences, steps })
  return [
    clause('A-1', 'codes', [
      `Codes are ${codes.signed ? "signed (two's complement)" : 'unsigned'}.`,
      describeZeroPoint(codes.zeroPoint),
      `Scales are ${describeScale(codes.scale)}.`,
      `A tap outside the tensor holds ${codes.padding === 'zero-point' ? 'the zero point' : 'code 0'}.`,
    ]),
    clause('A-2', 'weights', [
      'Weights are signed.',
      `The most negative code is ${weights.mostNegative ? 'used' : 'not used'}.`,
      `Each ${weights.scalePer === 'channel' ? 'output channel' : 'tensor'} has a scale; scales are ${describeScale(weights.scale)}.`,
    ]),
    clause('A-3', 'accumulator and bias', describeSum(profile)),
    clause(
      'A-4',
      'requantisation',
      ['An accumulator v becomes a code by these stages, in this order.'],
      describeSteps(profile.requantise),
    ),
    clause('A-5', 'activation', [describeSmooth(activation.smooth), describeRectified(activation.rectified)]),
    describeAdd(profile.add),
    ...(profile.concat === undefined ? [] : [describeConcat(profile.concat)]),
  ]
}

const describeScale = (scale: 'free' | 'power-of-two'): string =>
  scale === 'free' ? 'any real numbers' : 'powers of two'

function describeZeroPoint(zeroPoint: Profile['codes']['zeroPoint']): string {
  if (zeroPoint === 'tensor') return 'Each tensor has a zero point.'
  return zeroPoint === 0 ? 'There is no zero point.' : `The zero point of every tensor is ${zeroPoint}.`
}

const OVERFLOWS = {
  refuse: 'A model in which a sum might not fit is refused.',
  wrap: 'A sum that does not fit wraps.',
  saturate: 'A sum that does not fit saturates.',
} as const

function describeSum({ productShift, accumulator, bias }: Profile): readonly string[] {
  const at = accumulator.at === 'end' ? 'once, at the end' : 'at each product, in order, the bias first'
  return [
    ...(productShift === undefined
      ? []
      : [
          `Each product is shifted ${productShift.by} bits to the right before it is added, rounded ${describeRounding(productShift.rounding)}.`,
        ]),
    `The accumulator is signed and has ${accumulator.bits} bits.`,
    OVERFLOWS[accumulator.overflow],
    ...(accumulator.overflow === 'refuse' ? [] : [`That happens ${at}.`]),
    `The bias is signed and has ${bias.bits} bits${bias.shift === 0 ? '.' : `; it is shifted ${bias.shift} bits to the left.`}`,
  ]
}

const describeSteps = (stages: readonly Stage[], of?: string): readonly StepText[] =>
  stages.map((stage) => ({ ...describeStage(stage), ...(of === undefined ? {} : { of }) }))

const SMOOTH = 'SiLU, hard-swish and other smooth activations'

function describeSmooth(smooth: Profile['activation']['smooth']): string {
  switch (smooth.form) {
    case 'table':
      return `${SMOOTH} are a table of ${smooth.bits === undefined ? '2^P codes, with P of --table-bits' : `2^${smooth.bits} codes`}.`
    case 'interpolated-table':
      return `${SMOOTH} are a table of 2^${smooth.segments} + 1 codes with straight lines between them, rounded ${describeRounding(smooth.rounding)}.`
    case 'piecewise-linear':
      return `${SMOOTH} are 2^${smooth.segments} straight lines, whose slopes have ${smooth.slopeBits} bits below the point, rounded ${describeRounding(smooth.rounding)}.`
    case 'none':
      return `There are no smooth activations: a model with one is refused.`
  }
}

function describeRectified(rectified: Profile['activation']['rectified']): string {
  switch (rectified.form) {
    case 'table':
      return 'ReLU, ReLU6 and leaky ReLU are tables as well.'
    case 'codes':
      return rectified.leak === undefined
        ? 'ReLU and ReLU6 are limits on the codes of the output.'
        : `ReLU is computed on the codes of the output; a negative v becomes ${describeLeak(rectified.leak)}.`
    case 'stage':
      return 'ReLU is the stage "rectify" of A-4.'
  }
}

function describeAdd(add: Profile['add']): ClauseText {
  const head = { clause: 'A-6', title: 'addition' }
  if (add.form === 'float32')
    return {
      ...head,
      sentences: [
        'Both operands are dequantised to float32 and added; the sum is divided by its scale and rounded to the nearest, ties to even.',
      ],
      steps: [],
    }
  return {
    ...head,
    sentences: [
      'Each operand v = code − Z goes through stages with M and s of its own; then their sum does.',
    ],
    steps: [...describeSteps(add.operand, 'operand'), ...describeSteps(add.sum, 'sum')],
  }
}

const describeConcat = (concat: NonNullable<Profile['concat']>): ClauseText => ({
  clause: 'A-7',
  title: 'concat',
  sentences: [
    'Inputs of a concat have scales of their own.',
    concat.form === 'float32'
      ? 'Each is dequantised to float32, divided by the scale of the output and rounded to the nearest, ties to even.'
      : 'Each v = code − Z goes through stages with M and s of its own.',
  ],
  steps: concat.form === 'float32' ? [] : describeSteps(concat.input, 'input'),
})
