/** A-7 for one element of a concat whose inputs a profile requantises: by stages, or in float32. */
import type { Profile } from '../arithmetic/profile.ts'
import { roundHalfToEven } from '../arithmetic/run-stages.ts'
import { codeOffset, codeRange } from '../golden/code-range.ts'
import type { CodeTensor } from '../golden/codes.ts'
import { inputParameters } from '../golden/concat.ts'
import { clamp } from '../golden/fixed-point.ts'
import type { IntegerConcat } from '../golden/types.ts'
import { explainStages } from './explain-stages.ts'
import type { ResultStep } from './explain-types.ts'

/** @param code of the input, as it is carried. The last step is the code of the output. */
export function explainInput(
  node: IntegerConcat,
  input: number,
  { quant: own }: Pick<CodeTensor, 'quant'>,
  code: number,
  profile: Profile,
): readonly ResultStep[] {
  const { quant } = node
  const value = code - own.zeroPoint
  const zero = quant.zeroPoint - codeOffset(profile, quant.bits)
  const carried = codeOffset(profile, own.bits)
  const begin: ResultStep = {
    name: 'value',
    formula: `code - Z = ${code - carried} - ${own.zeroPoint - carried}`,
    value,
    real: own.scale * value,
  }
  const steps =
    profile.concat?.form === 'stages'
      ? explainStages(profile.concat.input, BigInt(value), inputParameters(node, input, profile)).steps
      : floatSteps(value, [own.scale, quant.scale], zero, codeRange(profile, quant.bits))
  const last = steps.at(-1)!
  const real = quant.scale * (Number(last.value) - zero)
  return [begin, ...steps.slice(0, -1), { ...last, name: 'code', real }]
}

/** Each number is a float32. */
function floatSteps(
  value: number,
  scales: readonly [own: number, output: number],
  zero: number,
  [low, high]: readonly [number, number],
): readonly ResultStep[] {
  const [own, output] = scales.map(Math.fround) as [number, number]
  const real = Math.fround(value * own)
  const quotient = Math.fround(real / output)
  const rounded = Number(roundHalfToEven(quotient))
  return [
    { name: 'real', formula: `float32(${value} * ${own})`, value: real, real },
    { name: 'quotient', formula: `float32(real / ${output})`, value: quotient, real: null },
    { name: 'rounded', formula: 'quotient, half to even', value: rounded, real: null },
    {
      name: 'code',
      formula: `clamp(Z + rounded = ${zero} + ${rounded}, ${low}, ${high})`,
      value: clamp(zero + rounded, low, high),
      real: null,
    },
  ]
}
