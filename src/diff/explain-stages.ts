/** The stages of a profile with the numbers of one element: a step for each. */
import { leakOf, runStages } from '../arithmetic/run-stages.ts'
import { type ChannelParameters, rangeOf, type Stage } from '../arithmetic/stages.ts'
import type { ResultStep } from './explain-types.ts'

/** What a value is behind a stage, in one word. */
const NAMES: Readonly<Record<Stage['stage'], string>> = {
  multiply: 'scaled',
  'doubling-high-multiply': 'scaled',
  'shift-left': 'shifted',
  'shift-right': 'rounded',
  narrow: 'narrowed',
  'add-zero-point': 'placed',
  'scale-float': 'rounded',
  rectify: 'rectified',
  hook: 'computed',
}

export interface StageSteps {
  readonly steps: readonly ResultStep[]
  readonly value: bigint
}

/** A value beyond 2^53 as its digits. */
export const stepValue = (value: bigint): ResultStep['value'] =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value)

/** @param before what each name begins with */
export function explainStages(
  stages: readonly Stage[],
  value: bigint,
  by: ChannelParameters,
  before = '',
): StageSteps {
  const steps: ResultStep[] = []
  let last = value
  for (const stage of stages) {
    const formula = formulaOf(stage, last, by)
    last = runStages([stage], last, by)
    if (formula !== null)
      steps.push({ name: `${before}${NAMES[stage.stage]}`, formula, value: stepValue(last), real: null })
  }
  return { steps, value: last }
}

/** Null where the stage leaves every value of the channel alone. */
function formulaOf(stage: Stage, v: bigint, by: ChannelParameters): string | null {
  switch (stage.stage) {
    case 'multiply':
      return `${v} * M = ${v} * ${by.multiplier}`
    case 'doubling-high-multiply': {
      const half = 2n ** BigInt(stage.bits - 2)
      return `floor((${v} * M + ${half}) / 2^${stage.bits - 1}), M = ${by.multiplier}`
    }
    case 'shift-left': {
      const s = stage.by ?? Math.max(-by.shift, 0)
      return s === 0 ? null : `${v} * 2^${s}`
    }
    case 'shift-right':
      return shiftFormula(stage, v, by)
    case 'narrow': {
      const bits = stage.bits ?? by.codeBits
      const [low, high] = rangeOf({ bits, signed: stage.signed })
      return stage.overflow === 'saturate'
        ? `clamp(${v}, ${low}, ${high})`
        : `${v} in ${bits} bits, ${stage.signed ? '' : 'un'}signed`
    }
    case 'add-zero-point':
      return `Z + ${v} = ${by.zeroPoint} + ${v}`
    case 'scale-float':
      return `float32(${v}) * ${by.scale}, half to even`
    case 'hook':
      return `${stage.name}(${v})`
    case 'rectify':
      if (by.rectified !== true) return null
      return v >= 0n ? `${v}, as it is not below 0` : `${v} is below 0: ${leakFormula(stage, v)}`
  }
}

const leakFormula = ({ leak }: Extract<Stage, { stage: 'rectify' }>, v: bigint): string =>
  leak === undefined
    ? '0'
    : `${v} * ${leak.numerator} / 2^${leak.shift}, ${leak.rounding}, = ${leakOf(v, leak)}`

function shiftFormula(
  { by: fixed, rounding, fractionBits = 63 }: Extract<Stage, { stage: 'shift-right' }>,
  v: bigint,
  by: ChannelParameters,
): string | null {
  const s = fixed ?? Math.max(by.shift, 0)
  if (s === 0) return null
  const seen = s > fractionBits ? `, of which rounding sees ${fractionBits} bits` : ''
  const half = 2n ** BigInt(s - 1)
  switch (rounding) {
    case 'floor':
      return `floor(${v} / 2^${s})`
    case 'half-up':
      return seen === '' ? `floor((${v} + ${half}) / 2^${s})` : `${v} / 2^${s}, half up${seen}`
    case 'tosa-double':
      return s > 31
        ? `floor((${v} + ${half} ${v < 0n ? '-' : '+'} ${2 ** 30}) / 2^${s})`
        : `floor((${v} + ${half}) / 2^${s})`
    default:
      return `${v} / 2^${s}, ${rounding.replaceAll('-', ' ')}${seen}`
  }
}
