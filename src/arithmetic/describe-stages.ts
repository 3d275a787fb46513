/** The stages of a profile in words and formulas: v is the value that goes through them. */
import type { Leak, Rounding, Stage } from './stages.ts'

/** What each rounding means, as it stands behind "rounded". */
const ROUNDING_WORDS: Readonly<Record<Rounding, string>> = {
  floor: 'down (floor, an arithmetic shift)',
  'toward-zero': 'toward zero',
  'half-up': 'to the nearest, ties up',
  'half-down': 'to the nearest, ties down',
  'half-away': 'to the nearest, ties away from zero',
  'half-to-even': 'to the nearest, ties to even',
  'tosa-double': 'to the nearest, ties up, with ±2^30 added before where the shift is above 31',
}

export const describeRounding = (rounding: Rounding): string => ROUNDING_WORDS[rounding]

/** Of a stage: the new v as a formula, and what has to be said of it. */
export interface StageText {
  readonly formula: string
  /** Empty where the formula says all. */
  readonly note: string
}

const bitsOf = (bits: number | undefined, signed: boolean): string =>
  `${signed ? 'signed' : 'unsigned'} ${bits === undefined ? 'code' : `${bits}-bit number`}`

export function describeStage(stage: Stage): StageText {
  switch (stage.stage) {
    case 'multiply':
      return { formula: 'v · M', note: `M unsigned, ${stage.bits} bits` }
    case 'doubling-high-multiply': {
      const { bits } = stage
      return {
        formula: `⌊(v · M + 2^${bits - 2}) / 2^${bits - 1}⌋`,
        note: `M of ${bits - 1} bits: the upper half of the doubled product, ties up`,
      }
    }
    case 'shift-left':
      return stage.by === undefined
        ? { formula: 'v · 2^(−s)', note: 'where s is negative' }
        : { formula: `v · 2^${stage.by}`, note: '' }
    case 'shift-right':
      return describeShift(stage)
    case 'narrow':
      return {
        formula: stage.overflow === 'saturate' ? 'clamp(v)' : 'wrap(v)',
        note: `to a ${bitsOf(stage.bits, stage.signed)}`.replace('a unsigned', 'an unsigned'),
      }
    case 'add-zero-point':
      return { formula: 'v + Z', note: 'Z of the tensor that is made' }
    case 'scale-float':
      return {
        formula: 'float32(v) · scale',
        note: 'the product as float32, rounded to the nearest integer, ties to even',
      }
    case 'hook':
      return {
        formula: `${stage.name}(v)`,
        note: `a function in TypeScript, to a signed ${stage.bits}-bit number`,
      }
    case 'rectify':
      return {
        formula: `v ≥ 0 ? v : ${describeLeak(stage.leak)}`,
        note: 'in layers with a ReLU',
      }
  }
}

/** What a negative v becomes. */
export const describeLeak = (leak: Leak | undefined): string =>
  leak === undefined ? '0' : `v · ${leak.numerator} / 2^${leak.shift} (${leak.rounding})`

function describeShift({
  by,
  rounding,
  most,
  shared,
  fractionBits,
}: Extract<Stage, { stage: 'shift-right' }>): StageText {
  const notes = [
    `rounded ${describeRounding(rounding)}`,
    ...(fractionBits === undefined ? [] : [`which sees ${fractionBits} bits below the point`]),
    ...(by !== undefined
      ? []
      : [`s from 0 to ${most ?? 63}${shared ? ', one for all channels of a layer' : ''}`]),
  ]
  return { formula: by === undefined ? 'v / 2^s' : `v / 2^${by}`, note: notes.join('; ') }
}

/** A list of stages in one line: `·M (16 bits), >>s half-up, +Z, saturate to unsigned code`. */
export const summariseStages = (stages: readonly Stage[]): string => stages.map(summariseStage).join(', ')

function summariseStage(stage: Stage): string {
  switch (stage.stage) {
    case 'multiply':
      return `·M (${stage.bits} bits)`
    case 'doubling-high-multiply':
      return `doubling high ·M (${stage.bits} bits)`
    case 'shift-left':
      return `<<${stage.by ?? '(−s)'}`
    case 'shift-right': {
      const seen = stage.fractionBits === undefined ? '' : ` of ${stage.fractionBits} bits`
      return `>>${stage.by ?? 's'} ${stage.rounding}${seen}`
    }
    case 'narrow':
      return `${stage.overflow} to ${stage.signed ? 'signed' : 'unsigned'}${stage.bits === undefined ? ' code' : ` ${stage.bits} bits`}`
    case 'add-zero-point':
      return '+Z'
    case 'scale-float':
      return '·scale (float32)'
    case 'hook':
      return `${stage.name}() of ${stage.bits} bits`
    case 'rectify':
      return stage.leak === undefined ? 'ReLU' : `ReLU with leak ${describeLeak(stage.leak)}`
  }
}
