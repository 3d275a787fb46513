/** A-6 for one element as a profile has it: by stages, or in float32. */
import type { Profile } from '../arithmetic/profile.ts'
import { roundHalfToEven } from '../arithmetic/run-stages.ts'
import { codeOffset, codeRange } from '../golden/code-range.ts'
import type { CodeTensor } from '../golden/codes.ts'
import { clamp } from '../golden/fixed-point.ts'
import type { IntegerAdd } from '../golden/types.ts'
import { explainStages, stepValue } from './explain-stages.ts'
import type { Cell, ResultStep } from './explain-types.ts'

interface Operand extends Pick<CodeTensor, 'quant'> {
  readonly name: string
  /** The hardware's own. */
  readonly code: number
}

interface Work {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  readonly result: readonly ResultStep[]
}

/** Names of the operands in the steps. */
const BEFORE = ['a', 'b'] as const

/** The last step is the code. */
export function explainAdd(node: IntegerAdd, operands: readonly Operand[], profile: Profile): Work {
  const zeroOf = ({ quant }: Pick<CodeTensor, 'quant'>): number =>
    quant.zeroPoint - codeOffset(profile, quant.bits)
  const values = operands.map((operand) => operand.code - zeroOf(operand))
  const columns = ['input', 'code', 'zero_point', 'value', 'real_code']
  const rows = operands.map((operand, i): readonly Cell[] => [
    operand.name,
    operand.code,
    zeroOf(operand),
    values[i]!,
    operand.quant.scale * values[i]!,
  ])
  const zero = zeroOf(node)
  const steps =
    profile.add.form === 'float32'
      ? floatSteps(node, operands, values, { zero, range: codeRange(profile, node.quant.bits) })
      : stageSteps(node, values, zero, profile.add)
  const code = Number(steps.at(-1)!.value)
  const last = { ...steps.at(-1)!, name: 'code', real: node.quant.scale * (code - zero) }
  return { columns, rows, result: [...steps.slice(0, -1), last] }
}

function stageSteps(
  { name, multipliers, shift, stages, quant }: IntegerAdd,
  values: readonly number[],
  zeroPoint: number,
  form: Extract<Profile['add'], { form: 'stages' }>,
): readonly ResultStep[] {
  if (stages === undefined) throw new RangeError(`${name}: expected the parameters of its stages, got none`)
  const codeBits = quant.bits
  const terms = values.map((value, i) =>
    explainStages(
      form.operand,
      BigInt(value),
      {
        ...{ multiplier: multipliers[i]!, shift: stages.shifts[i]!, scale: stages.factors[i]! },
        ...{ zeroPoint: 0, codeBits },
      },
      `${BEFORE[i]} `,
    ),
  )
  const [a, b] = terms.map(({ value }) => value)
  const by = { multiplier: stages.multiplier, shift, scale: stages.factor, zeroPoint, codeBits }
  return [
    ...terms.flatMap((term) => term.steps),
    { name: 'sum', formula: `a + b = ${a} + ${b}`, value: stepValue(a! + b!), real: null },
    ...explainStages(form.sum, a! + b!, by).steps,
  ]
}

/** Each number is a float32. */
function floatSteps(
  { quant }: IntegerAdd,
  operands: readonly Operand[],
  values: readonly number[],
  { zero, range: [low, high] }: { readonly zero: number; readonly range: readonly [number, number] },
): readonly ResultStep[] {
  const reals = operands.map((operand, i) => {
    const scale = Math.fround(operand.quant.scale)
    const real = Math.fround(values[i]! * scale)
    return { name: BEFORE[i]!, formula: `float32(${values[i]} * ${scale})`, value: real, real }
  })
  const sum = Math.fround(reals[0]!.value + reals[1]!.value)
  const scale = Math.fround(quant.scale)
  const quotient = Math.fround(sum / scale)
  const rounded = Number(roundHalfToEven(quotient))
  return [
    ...reals,
    { name: 'sum', formula: 'float32(a + b)', value: sum, real: sum },
    { name: 'quotient', formula: `float32(sum / ${scale})`, value: quotient, real: null },
    { name: 'rounded', formula: 'quotient, half to even', value: rounded, real: null },
    {
      name: 'code',
      formula: `clamp(Z + rounded = ${zero} + ${rounded}, ${low}, ${high})`,
      value: clamp(zero + rounded, low, high),
      real: null,
    },
  ]
}
