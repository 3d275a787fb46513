import { allocateCodes, type CodeTensor, countElements } from './codes.ts'
import type { Codes, IntegerConcat, IntegerSlice } from './types.ts'

/** A-7: the inputs' channels one after another. */
export function concat(node: IntegerConcat, inputs: readonly CodeTensor[]): Codes {
  const output = allocateCodes(countElements(node.shape), node.quant.bits)
  let offset = 0
  for (const { codes } of inputs) {
    output.set(codes, offset)
    offset += codes.length
  }
  return output
}

/** channels begin .. begin + shape[0] − 1 of the input. */
export function slice(node: IntegerSlice, input: CodeTensor): Codes {
  const plane = node.shape[1] * node.shape[2]
  return input.codes.slice(node.begin * plane, (node.begin + node.shape[0]) * plane)
}
