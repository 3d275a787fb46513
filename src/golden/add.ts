import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { roundHalfToEven, runStages } from '../arithmetic/run-stages.ts'
import type { ChannelParameters } from '../arithmetic/stages.ts'
import { codeOffset, codeRange } from './code-range.ts'
import { allocateCodes, type CodeTensor } from './codes.ts'
import { clamp, shiftRoundHalfUp } from './fixed-point.ts'
import type { Codes, IntegerAdd, QuantParams } from './types.ts'

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
function addBy(node: IntegerAdd, operands: readonly [CodeTensor, CodeTensor], profile: Profile): AddOne {
  const { quant } = node
  const offset = codeOffset(profile, quant.bits)
  const { add: form } = profile
  if (form.form === 'float32') {
    const [low, high] = codeRange(profile, quant.bits)
    const quotientOf = floatSum(quant, [operands[0].quant, operands[1].quant])
    return (a, b) =>
      clamp(Number(roundHalfToEven(quotientOf(a, b))) + quant.zeroPoint - offset, low, high) + offset
  }
  const by = addParameters(node, profile)
  return (a, b) => {
    const [ofA, ofB] = by.operands
    const sum = runStages(form.operand, BigInt(a), ofA) + runStages(form.operand, BigInt(b), ofB)
    return Number(runStages(form.sum, sum, by.sum)) + offset
  }
}

type Scaled = Pick<QuantParams, 'scale'>

/** Both operands dequantised, added, and divided by the scale of the sum, each step in float32. */
export function floatSum(quant: Scaled, [ofA, ofB]: readonly [Scaled, Scaled]): AddOne {
  const [a, b, whole] = [ofA, ofB, quant].map(({ scale }) => Math.fround(scale)) as [number, number, number]
  return (left, right) => Math.fround(Math.fround(Math.fround(left * a) + Math.fround(right * b)) / whole)
}

/** What the stages of a profile take of the operands and of their sum. The zero point is that of the hardware's own codes. */
export function addParameters({ name, quant, multipliers, shift, stages }: IntegerAdd, profile: Profile) {
  if (stages === undefined) throw new RangeError(`${name}: expected the parameters of its stages, got none`)
  const codeBits = quant.bits
  const operandBy = (i: 0 | 1): ChannelParameters => ({
    multiplier: multipliers[i],
    shift: stages.shifts[i],
    scale: stages.factors[i],
    zeroPoint: 0,
    codeBits,
  })
  const zeroPoint = quant.zeroPoint - codeOffset(profile, codeBits)
  const sum: ChannelParameters = {
    ...{ multiplier: stages.multiplier, shift, scale: stages.factor },
    ...{ zeroPoint, codeBits },
  }
  return { operands: [operandBy(0), operandBy(1)] as const, sum }
}
