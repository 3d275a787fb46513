import { allocateCodes, type CodeTensor } from './codes.ts'
import type { Codes, IntegerUpsample } from './types.ts'

/** nearest neighbour, factor 2. */
export function upsample(node: IntegerUpsample, input: CodeTensor): Codes {
  const [channels, height, width] = node.shape
  const [, inHeight, inWidth] = input.shape
  const output = allocateCodes(channels * height * width, node.quant.bits)
  let i = 0
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      const row = (c * inHeight + (y >> 1)) * inWidth
      for (let x = 0; x < width; x++) output[i++] = input.codes[row + (x >> 1)]!
    }
  }
  return output
}
