import { allocateCodes, type CodeTensor } from './codes.ts'
import type { Codes, IntegerMaxPool } from './types.ts'

/** stride 1, padding kernel >> 1 with code 0, so the shape does not change. */
export function maxPool(node: IntegerMaxPool, input: CodeTensor): Codes {
  const [channels, height, width] = input.shape
  const reach = node.kernel >> 1
  const output = allocateCodes(input.codes.length, node.quant.bits)
  let i = 0
  for (let c = 0; c < channels; c++) {
    const plane = c * height * width
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let largest = 0
        for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++) {
          for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++) {
            largest = Math.max(largest, input.codes[plane + v * width + u]!)
          }
        }
        output[i++] = largest
      }
    }
  }
  return output
}
