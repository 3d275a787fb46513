import { allocateCodes, type CodeTensor } from './codes.ts'
import { clamp, shiftRoundHalfUp } from './fixed-point.ts'
import type { Codes, IntegerAdd } from './types.ts'

/**
 * q = clamp(Z_y + ⌊((q_a − Z_a) · M_a + (q_b − Z_b) · M_b + h) / 2^s⌋, 0, 2^A − 1).
 * Codes and multipliers have at most 16 bits: the sum is below 2^33 and s at most 31, exact in doubles.
 */
export function add(node: IntegerAdd, a: CodeTensor, b: CodeTensor): Codes {
  const [multiplierA, multiplierB] = node.multipliers
  const largest = 2 ** node.quant.bits - 1
  const output = allocateCodes(a.codes.length, node.quant.bits)
  for (let i = 0; i < output.length; i++) {
    const sum =
      (a.codes[i]! - a.quant.zeroPoint) * multiplierA + (b.codes[i]! - b.quant.zeroPoint) * multiplierB
    output[i] = clamp(node.quant.zeroPoint + shiftRoundHalfUp(sum, node.shift), 0, largest)
  }
  return output
}
