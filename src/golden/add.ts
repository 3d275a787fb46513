import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { roundHalfToEven, runStages } from '../arithmetic/run-stages.ts'
import { codeOffset, codeRange } from './code-range.ts'
import { allocateCodes, type CodeTensor } from './codes.ts'
import { clamp, shiftRoundHalfUp } from './fixed-point.ts'
import type { Codes, IntegerAdd } from './types.ts'

type AddOne = (a: number, b: number) => number

/** */
export function add(node: IntegerAdd, a: CodeTensor, b: CodeTensor, profile: Profile = ASSAY): Codes {
  const output = allocateCodes(a.codes.length, node.quant.bits)
  const addOne = profile === ASSAY ? addOnce(node) : addBy(node, [a, b], profile)
  for (let i = 0; i < output.length; i++)
    output[i] = addOne(a.codes[i]! - a.quant.zeroPoint, b.codes[i]! - b.quant.zeroPoint)
  return output
}

/**
 * q = clamp(Z_y + ⌊((q_a − Z_a) · M_a + (q_b − Z_b) · M_b + h) / 2^s⌋, 0, 2^A − 1).
 * Codes and multipliers have at most 16 bits: the sum is below 2^33 and s at most 31, exact in doubles.
 */
function addOnce({ multipliers: [multiplierA, multiplierB], shift, quant }: IntegerAdd): AddOne {
  const largest = 2 ** quant.bits - 1
  return (a, b) =>
    clamp(quant.zeroPoint + shiftRoundHalfUp(a * multiplierA + b * multiplierB, shift), 0, largest)
}

/** By the stages of the profile, or in float32. */
function addBy(
  { name, quant, multipliers, shift, stages }: IntegerAdd,
  operands: readonly [CodeTensor, CodeTensor],
  profile: Profile,
): AddOne {
  const offset = codeOffset(profile, quant.bits)
  const zeroPoint = quant.zeroPoint - offset
  const { add: form } = profile
  if (form.form === 'float32') {
    const [low, high] = codeRange(profile, quant.bits)
    const real = (value: number, { quant: own }: CodeTensor) => Math.fround(value * Math.fround(own.scale))
    return (a, b) => {
      const sum = Math.fround(real(a, operands[0]) + real(b, operands[1]))
      const rounded = Number(roundHalfToEven(Math.fround(sum / Math.fround(quant.scale))))
      return clamp(rounded + zeroPoint, low, high) + offset
    }
  }
  if (stages === undefined) throw new RangeError(`${name}: expected the parameters of its stages, got none`)
  const codeBits = quant.bits
  const operandBy = (i: 0 | 1) => ({
    multiplier: multipliers[i],
    shift: stages.shifts[i],
    scale: stages.factors[i],
    zeroPoint: 0,
    codeBits,
  })
  const by = [operandBy(0), operandBy(1)] as const
  const sumBy = { multiplier: stages.multiplier, shift, scale: stages.factor, zeroPoint, codeBits }
  return (a, b) => {
    const sum = runStages(form.operand, BigInt(a), by[0]) + runStages(form.operand, BigInt(b), by[1])
    return Number(runStages(form.sum, sum, sumBy)) + offset
  }
}
