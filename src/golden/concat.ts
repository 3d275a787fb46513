import { ASSAY } from '../arithmetic/built-in.ts'
import type { Profile } from '../arithmetic/profile.ts'
import { roundHalfToEven, runStages } from '../arithmetic/run-stages.ts'
import type { ChannelParameters } from '../arithmetic/stages.ts'
import { codeOffset, codeRange } from './code-range.ts'
import { allocateCodes, type CodeTensor, countElements } from './codes.ts'
import { clamp } from './fixed-point.ts'
import type { Codes, IntegerConcat, IntegerSlice, QuantParams } from './types.ts'

/** A-7: the inputs' channels one after another, as they are, or requantised to the scale of the output. */
export function concat(node: IntegerConcat, inputs: readonly CodeTensor[], profile: Profile = ASSAY): Codes {
  const output = allocateCodes(countElements(node.shape), node.quant.bits)
  let offset = 0
  for (const [i, { codes, quant }] of inputs.entries()) {
    if (profile.concat === undefined) output.set(codes, offset)
    else {
      const become = Array.from({ length: 2 ** quant.bits }, (_, code) =>
        requantiseInput(node, i, quant, code, profile),
      )
      for (let k = 0; k < codes.length; k++) output[offset + k] = become[codes[k]!]!
    }
    offset += codes.length
  }
  return output
}

/** What the stages of a profile take of an input. Its zero point is that of the hardware's own codes. */
export function inputParameters(
  { name, quant: { zeroPoint, bits }, stages }: IntegerConcat,
  input: number,
  profile: Profile,
): ChannelParameters {
  if (stages === undefined) throw new RangeError(`${name}: expected the parameters of its stages, got none`)
  return {
    multiplier: stages.multipliers[input]!,
    shift: stages.shifts[input]!,
    scale: stages.factors[input]!,
    zeroPoint: zeroPoint - codeOffset(profile, bits),
    codeBits: bits,
  }
}

/** Of a code as it is carried. */
function requantiseInput(
  node: IntegerConcat,
  input: number,
  own: QuantParams,
  code: number,
  profile: Profile,
): number {
  const { quant } = node
  const offset = codeOffset(profile, quant.bits)
  const value = code - own.zeroPoint
  if (profile.concat?.form === 'stages')
    return (
      Number(runStages(profile.concat.input, BigInt(value), inputParameters(node, input, profile))) + offset
    )
  const real = Math.fround(value * Math.fround(own.scale))
  const rounded = Number(roundHalfToEven(Math.fround(real / Math.fround(quant.scale))))
  const [low, high] = codeRange(profile, quant.bits)
  return clamp(quant.zeroPoint - offset + rounded, low, high) + offset
}

/** channels begin .. begin + shape[0] − 1 of the input. */
export function slice(node: IntegerSlice, input: CodeTensor): Codes {
  const plane = node.shape[1] * node.shape[2]
  return input.codes.slice(node.begin * plane, (node.begin + node.shape[0]) * plane)
}
